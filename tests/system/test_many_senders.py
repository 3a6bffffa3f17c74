"""Thousands of own domains that speak with one remote domain, as a provider's do."""

from peers.component import message
from peers.site import component_node, fresh_domain

SENDERS = 10_000
TOGETHER = 200
STANZAS = 20_000


def test_a_stanza_costs_the_same_however_many_domains_share_its_stream(site):
    parent = fresh_domain("corp")
    hub = site.hub(component_node(parent, f"*.{parent}"))
    component = site.component(hub, parent)
    remote = site.server(receive_buffer=4 << 20)

    def introduce(senders):
        """Each has its own key verified, after which the stream takes its stanzas."""
        for number in senders:
            component.message(f"n{number}.{parent}", remote.domain)
            if number % TOGETHER == TOGETHER - 1:
                remote.collect(TOGETHER, 30)

    def cost_of_stanzas():
        """Few at a time, so that they come in many batches."""
        before = hub.cpu_seconds()
        text = message(f"n0.{parent}", remote.domain, "once more")
        for _ in range(STANZAS // 4):
            component.send(text * 4)
            remote.collect(4, 30)
        return hub.cpu_seconds() - before

    introduce(range(TOGETHER))
    alone = cost_of_stanzas()
    introduce(range(TOGETHER, SENDERS))
    among_all = cost_of_stanzas()
    # Where each batch looks at every sender domain it is fivefold.
    assert among_all < 3 * alone, (alone, among_all)
    hub.balanced_accounts(accepted=SENDERS + 2 * STANZAS)
