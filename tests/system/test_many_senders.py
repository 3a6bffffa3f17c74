"""Thousands of local domains that send to one remote domain, as at a hosting provider."""

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
        """Has each sender's key verified, so that the stream takes its stanzas."""
        for number in senders:
            component.message(f"n{number}.{parent}", remote.domain)
            if number % TOGETHER == TOGETHER - 1:
                remote.collect(TOGETHER, 30)

    def cost_of_stanzas():
        """Sends few stanzas at a time, so that they come in many batches. Returns the cost."""
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
    # If each batch looked at every sender domain, the factor would be 5.
    assert among_all < 3 * alone, (alone, among_all)
    hub.balanced_accounts(accepted=SENDERS + 2 * STANZAS)
