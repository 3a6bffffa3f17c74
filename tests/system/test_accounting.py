"""Promise: accepted = delivered + bounced + dropped + queued, and each bounced stanza is answered exactly once."""

from collections import Counter

from peers.component import message
from peers.misbehaviour import mute
from peers.site import component_node, fresh_domain
from peers.waiting import eventually


def closed_port(site) -> tuple:
    """An address that refuses connections."""
    listener = site.listener()
    address = listener.address
    listener.close()
    return address


def test_every_stanza_ends_exactly_once_in_a_run_with_every_kind_of_failure(site, dns):
    node, absent = fresh_domain("corp"), fresh_domain("corp")
    hub = site.hub(component_node(node), component_node(absent))
    component = site.component(hub, node)

    good = site.server(verify_at=hub.s2s)
    denying, failing, silent = site.server(), site.server(), site.server()
    denying.key_answer = ("invalid", "")
    failing.key_answer = ("error", "item-not-found")
    silent.misbehave["key received"] = mute
    refused, unknown, broken, unanswered = (fresh_domain() for _ in range(4))
    dns.add_server(refused, *closed_port(site))
    dns.behave(broken, "servfail")
    dns.behave(unanswered, "drop")

    conditions = {
        denying.domain: None, failing.domain: None, silent.domain: "remote-server-timeout", refused: None,
        unknown: "remote-server-not-found", broken: None, unanswered: "remote-server-timeout",
        "two@at@signs": "jid-malformed", "a..b": "jid-malformed", "@": "jid-malformed",
    }  # fmt: skip
    each = 20
    for number in range(each):
        for domain in (good.domain, *conditions):
            component.message(f"a@{node}", domain, id=f"{domain} {number}")
            # The hub must never answer these (RFC 6120 §8.3.1), even if it can't deliver them.
            component.send(f"<message from='a@{node}' to='{domain}' type='error' id='error'/>")
            component.send(f"<iq from='a@{node}' to='{domain}' type='result' id='result'/>")

    # From the remote domain: to a connected node, and to an absent one.
    stream = good.connect(hub.s2s, node)
    good.authenticate(stream, absent)
    for number in range(each):
        stream.send(message(good.domain, f"b@{node}", id=f"in {number}"))
        stream.send(message(good.domain, f"b@{absent}", id=f"away {number}"))

    bounces, arrived = [], []
    for stanza in component.collect(each * len(conditions) + each, within=20):
        (bounces if stanza.get("type") == "error" else arrived).append(stanza)
    assert [stanza["id"] for stanza in arrived] == [f"in {number}" for number in range(each)]
    assert Counter(bounce["id"].rpartition(" ")[0] for bounce in bounces) == dict.fromkeys(conditions, each)
    for bounce in bounces:
        expected = conditions[bounce["id"].rpartition(" ")[0]]
        assert bounce.condition and expected in (None, bounce.condition), bounce

    # The good server gets three stanzas of each kind, and the bounces of its own stanzas to the absent node.
    at_good = good.collect(3 * each + each, within=20)
    kinds = Counter((stanza["id"].rpartition(" ")[0] or stanza["id"], stanza.get("type")) for stanza in at_good)
    assert kinds == {
        (good.domain, "chat"): each, ("error", "error"): each, ("result", "result"): each, ("away", "error"): each,
    }  # fmt: skip

    accounts = hub.balanced_accounts(accepted=3 * each * (len(conditions) + 1) + 2 * each)
    assert accounts == {
        "accepted": accounts["accepted"],
        "delivered": 3 * each + each,
        "bounced": each * len(conditions) + each,
        "dropped": 2 * each * len(conditions),
        "queued": 0,
    }
    eventually(lambda: hub.metric("fedhub_replies_total", result="sent") == accounts["bounced"], what="all answers")
    assert_nothing_more(component)


def assert_nothing_more(component):
    """Checks that the hub has nothing more for the component: the bounce of a last stanza is the next to arrive."""
    component.message(component.domain, "@", id="last")
    component.expect_bounce("jid-malformed", id="last")


def test_stanzas_in_the_queue_are_counted_as_queued(hub, component, site):
    remote = site.server()
    remote.misbehave["key received"] = mute
    for number in range(7):
        component.message(component.domain, remote.domain, id=str(number))
    eventually(lambda: hub.metric("fedhub_stanzas_queued", direction="from-node") == 7, what="seven queued")
    assert [component.expect_bounce("remote-server-timeout")["id"] for _ in range(7)] == [str(n) for n in range(7)]
    assert hub.metric("fedhub_stanzas_queued") == 0


def test_a_bounce_says_to_whom_and_why(hub, component, site):
    unknown = fresh_domain()
    component.send(
        f"<iq type='set' id='q&amp;1' from='a@{component.domain}/r&apos;s' to='b@{unknown}/x'><secret xmlns='x'/></iq>"
    )
    bounce = component.expect("component:iq", type="error", id="q&1", from_=f"b@{unknown}/x")
    assert bounce["to"] == f"a@{component.domain}/r's"
    error = bounce.find("component:error")
    assert error.get("type") == "cancel" and bounce.condition == "remote-server-not-found"
    assert "DNS" in bounce.error_text
    assert b"secret" not in bounce.octets
