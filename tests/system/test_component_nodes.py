"""Component nodes (XEP-0114)."""

import hashlib

import pytest

from peers.component import Component, message
from peers.misbehaviour import mute
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import eventually


def test_a_component_is_answered_as_xep_0114_says(hub):
    domain = hub.spare_domain()
    component = Component.connect(hub.nodes).open(domain)
    assert component.header["from"] == domain and component.header["id"]
    component.handshake(NODE_SECRET).close()


def test_the_digest_may_be_in_upper_case(hub):
    component = Component.connect(hub.nodes).open(hub.spare_domain())
    digest = hashlib.sha1((component.header["id"] + NODE_SECRET).encode()).hexdigest().upper()
    component.send(f"<handshake>{digest}</handshake>").expect("component:handshake")


@pytest.mark.parametrize("secret", [NODE_SECRET + "x", "", NODE_SECRET[:-1]])
def test_a_wrong_secret_is_not_authorized(hub, secret):
    component = Component.connect(hub.nodes).open(hub.spare_domain())
    component.send_handshake(secret).expect_stream_error("not-authorized")


def test_an_unknown_host_is_told_so(hub):
    Component.connect(hub.nodes).open("nobody.example").expect_stream_error("host-unknown")


def test_a_stanza_before_the_handshake_is_not_authorized(hub, site):
    remote, domain = site.server(), hub.spare_domain()
    component = Component.connect(hub.nodes).open(domain)
    component.message(domain, remote.domain).expect_stream_error("not-authorized")
    assert remote.attempts == 0


def test_a_component_that_reconnects_gets_its_stanzas(hub, site):
    remote, domain = site.server(), hub.spare_domain()
    stream = remote.connect(hub.s2s, domain)
    for ending in (Component.close, Component.cut, Component.close):
        component = site.component(hub, domain)
        stream.send(message(remote.domain, domain, id="1"))
        component.expect_message(id="1")
        ending(component)
        node = f"node of {domain}"
        eventually(lambda: hub.metric("fedhub_node_links", node=node) == 0, what="the link's end noticed")


def test_stanzas_wait_for_a_component_that_is_away(site):
    domain = fresh_domain("corp")
    hub, remote = site.hub(component_node(domain), timeouts={"node": 60}), site.server()
    stream = remote.connect(hub.s2s, domain)
    for number in range(20):
        stream.send(message(remote.domain, domain, id=str(number)))
    eventually(lambda: hub.metric("fedhub_stanzas_queued", direction="from-world") == 20, what="twenty queued")
    component = site.component(hub, domain)
    assert [stanza["id"] for stanza in component.collect(20)] == [str(number) for number in range(20)]


def test_stanzas_for_a_component_that_stays_away_come_back(hub, site):
    """After timeouts.node, which is 5 s."""
    remote, domain = site.server(), hub.spare_domain()
    stream = remote.connect(hub.s2s, domain)
    stream.send(message(remote.domain, f"a@{domain}", id="1"))
    bounce = remote.expect_message(within=8, type="error", id="1", from_=f"a@{domain}", to=remote.domain)
    assert bounce.condition in ("service-unavailable", "remote-server-timeout", "recipient-unavailable"), bounce
    assert bounce.error_text


def test_nodes_talk_to_each_other_through_the_hub(hub, component, site):
    other = site.component(hub, hub.spare_domain())
    component.message(component.domain, other.domain, "one", id="1")
    assert other.expect_message(id="1", from_=component.domain).payload == b"<body>one</body>"
    other.message(other.domain, component.domain, "two", id="2")
    component.expect_message(id="2")


def test_a_component_is_answered_for_its_own_unknown_neighbour(hub, component):
    """A domain below the node's own is not the node's: the hub looks for it in DNS."""
    component.message(component.domain, f"sub.{component.domain}", id="1")
    component.expect_bounce("remote-server-not-found", id="1")


def test_a_wildcard_node_serves_all_subdomains_but_not_the_domain_itself(site):
    parent = fresh_domain("corp")
    hub = site.hub(component_node(f"*.{parent}"))
    component, remote = site.component(hub, f"a.{parent}"), site.server()
    stream = remote.connect(hub.s2s, f"b.c.{parent}")
    stream.send(message(remote.domain, f"b.c.{parent}", id="1"))
    component.expect_message(id="1")
    component.message(f"z.{parent}", remote.domain, id="2")
    remote.expect_message(id="2", from_=f"z.{parent}")
    component.message(parent, remote.domain, id="3")
    component.expect_stream_error("invalid-from")


# -- several nodes for one domain ---------------------------------------------------------------------------------


class Pair:
    """Two nodes of one domain, and a stream from a remote server."""

    def __init__(self, site, **changes):
        self.domain, self.site = fresh_domain("corp"), site
        rows = [component_node(self.domain, name=name, secret=f"secret of {name}") for name in ("one", "two")]
        self.hub = site.hub(*rows, **changes)
        self.nodes = [self.connect(name) for name in ("one", "two")]
        self.remote = site.server()
        self.stream = self.remote.connect(self.hub.s2s, self.domain)

    def connect(self, name: str):
        return self.site.component(self.hub, self.domain, f"secret of {name}")

    def send(self, to: str) -> None:
        self.stream.send(message(self.remote.domain, f"{to.split('/')[0]}@{self.domain}/{to.partition('/')[2] or 'x'}"))

    def received(self, count: int) -> list:
        """Returns the localparts of the addressees at each live node, once `count` stanzas arrived in all."""
        lists = [[] for _ in self.nodes]

        def enough():
            for node, got in zip(self.nodes, lists):
                try:
                    while True:
                        got.append(node.expect_message(within=0.05)["to"].partition("@")[0])
                except (TimeoutError, Closed):
                    continue
            return sum(map(len, lists)) >= count

        eventually(enough, what=f"{count} messages")
        return lists


USERS = [f"user{number}" for number in range(40)]


def test_one_bare_jid_sticks_to_one_node_and_different_ones_spread(site):
    pair = Pair(site)
    for resource in ("phone", "desk", "web"):
        for user in USERS:
            pair.send(f"{user}/{resource}")
    first, second = pair.received(3 * len(USERS))
    assert len(first) + len(second) == 3 * len(USERS)
    assert not set(first) & set(second)
    assert len(set(first)) >= 8 and len(set(second)) >= 8


def test_when_one_node_dies_the_other_takes_over_and_the_survivors_users_stay(site):
    pair = Pair(site)
    for user in USERS:
        pair.send(user)
    first, second = pair.received(len(USERS))
    pair.nodes[0].cut()
    eventually(lambda: pair.hub.metric("fedhub_node_links", node="one") == 0, what="the death noticed")
    survivor = pair.nodes.pop(1)
    pair.nodes = [survivor]
    for user in USERS:
        pair.send(user)
    (everything,) = pair.received(len(USERS))
    assert everything == USERS
    pair.nodes = [pair.connect("one"), survivor]
    eventually(lambda: pair.hub.metric("fedhub_node_links", node="one") == 1, what="the return noticed")
    for user in USERS:
        pair.send(user)
    again = pair.received(len(USERS))
    assert [set(again[0]), set(again[1])] == [set(first), set(second)]


def test_both_nodes_speak_for_the_domain_over_one_outgoing_stream(site):
    pair, remote = Pair(site), site.server()
    for node in pair.nodes:
        node.message(pair.domain, remote.domain)
        remote.expect_message()
    assert remote.attempts == 1


def test_a_stanza_in_negotiation_survives_its_node(site):
    """If the node goes, the bounce of its stanza goes to the domain's other node."""
    pair = Pair(site)
    silent = site.server()
    silent.misbehave["connected"] = mute
    pair.nodes[0].message(f"a@{pair.domain}", silent.domain, id="1")
    eventually(lambda: silent.attempts == 1, what="the attempt")
    pair.nodes[0].close()
    pair.nodes[1].expect_bounce("remote-server-timeout", id="1", to=f"a@{pair.domain}")
