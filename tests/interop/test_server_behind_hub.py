"""An ordinary server behind the hub: its users and users of a server outside chat, subscribe and ping each other.

The server behind the hub has no configuration for it. Only its DNS leads every foreign domain to the hub.
"""

from xml.etree import ElementTree

import pytest

from federation import check_accounts
from payload import XML_FOR_ANY_SERVERS as XML, as_passed_by_servers_of, payload_in
from support.client import Client
from support.hub import Hub
from support.servers import BY_NAME, Tls, User
from support.wire_tap import WireTap

PING = "<ping xmlns='urn:xmpp:ping'/>"


class Estate:
    """corp.example's server inside, the hub, partner.example's server outside, and a user at each."""

    def __init__(self, world, directory, inside, inside_tls, outside, outside_tls):
        hosts = world.hosts
        self.hub = Hub(hosts["hub"], directory, {
            "federation": {"security_mode": "tls-required" if outside_tls is Tls.REQUIRED else "tls-optional"},
            "node": [{"name": "im-1", "domains": ["corp.example"], "protocol": "s2s",
                      "address": f"{hosts['node'].address}:5269", "trusted_from": [f"{hosts['node'].address}/32"]}],
        }, hosts["dns"].address)
        self.node_tap = WireTap(hosts["node"])
        self._servers = [
            BY_NAME[inside](hosts["node"], directory, "corp.example", inside_tls, [User("alice", "secret")]),
            BY_NAME[outside](hosts["server"], directory, "partner.example", outside_tls, [User("bob", "secret")])]
        self.server_inside = self._servers[0]
        self.alice = Client(hosts["node"], "alice@corp.example/desk", "secret")
        self.bob = Client(hosts["server"], "bob@partner.example/phone", "secret")

    def __enter__(self):
        try:
            self.hub.start()
            for server in self._servers:
                server.start()
            self.alice.log_in()
            self.bob.log_in()
        except BaseException:
            self._stop_all_but_hub()
            if self.hub.daemon is not None:
                self.hub.daemon.stop()
            raise
        return self

    def _stop_all_but_hub(self):
        self.alice.log_out()
        self.bob.log_out()
        for server in self._servers:
            server.stop()
        self.node_tap.close()

    def __exit__(self, kind, *_):
        self._stop_all_but_hub()
        if kind is None:
            self.hub.stop()
        else:
            self.hub.daemon.stop()  # without checks, so that the test's own failure is the one reported


def is_presence(sender, kind=None):
    """@returns a function that matches a presence of this type from `sender`, a full or a bare JID."""
    return lambda x: (x.tag.endswith("}presence") and x.get("type") == kind
                      and sender in (x.get("from"), x.get("from").partition("/")[0]))


def is_roster_push(jid, subscription):
    def matches(x):
        item = x.find("{jabber:iq:roster}query/{jabber:iq:roster}item")
        return (x.get("type") == "set" and item is not None and item.get("jid") == jid
                and item.get("subscription") == subscription)
    return matches


def chat(sender, receiver, stanza_id):
    body = "<body>Grüße &amp; &lt;3</body>"
    sender.send(f"<message type='chat' to='{receiver.jid}' id='{stanza_id}'>{body}{XML}</message>")
    got = receiver.expect(f"message {stanza_id}", lambda x: x.get("id") == stanza_id)
    assert got.get("from") == sender.jid
    assert got.findtext("{jabber:client}body") == "Grüße & <3"
    return payload_in(got)


def subscribe(watcher, watched):
    """Has `watcher` ask and `watched` grant, and checks that `watcher` sees `watched` online."""
    watcher.send(f"<presence type='subscribe' to='{watched.bare_jid}'/>")
    watched.expect("the request for a subscription", is_presence(watcher.bare_jid, "subscribe"))
    watched.send(f"<presence type='subscribed' to='{watcher.bare_jid}'/>")
    watcher.expect("the grant of the subscription", is_presence(watched.bare_jid, "subscribed"))
    watcher.expect("the presence of the one watched", is_presence(watched.jid))


def ping(sender, target, stanza_id):
    sender.send(f"<iq type='get' to='{target}' id='{stanza_id}'>{PING}</iq>")
    pong = sender.expect(f"the pong of {target}", lambda x: x.get("id") == stanza_id)
    assert (pong.get("type"), pong.get("from")) == ("result", target), ElementTree.tostring(pong)


@pytest.mark.parametrize("inside, inside_tls, outside, outside_tls", [
    pytest.param("prosody", Tls.NONE, "ejabberd", Tls.REQUIRED, id="prosody-in-clear-behind-hub-ejabberd-tls"),
    pytest.param("prosody", Tls.OPTIONAL, "ejabberd", Tls.REQUIRED, id="prosody-tls-behind-hub-ejabberd-tls"),
    pytest.param("prosody", Tls.OPTIONAL, "ejabberd", Tls.NONE, id="prosody-tls-behind-hub-ejabberd-in-clear"),
    pytest.param("ejabberd", Tls.OPTIONAL, "prosody", Tls.REQUIRED, id="ejabberd-tls-behind-hub-prosody-tls"),
    pytest.param("ejabberd", Tls.NONE, "jabberd2", Tls.OPTIONAL, id="ejabberd-in-clear-behind-hub-jabberd2-tls"),
    pytest.param("jabberd2", Tls.OPTIONAL, "ejabberd", Tls.REQUIRED, id="jabberd2-tls-behind-hub-ejabberd-tls"),
    pytest.param("jabberd2", Tls.NONE, "prosody", Tls.REQUIRED, id="jabberd2-in-clear-behind-hub-prosody-tls"),
])
def test_users_on_both_sides_chat_subscribe_and_ping(world, directory, request, inside, inside_tls, outside,
                                                     outside_tls):
    with Estate(world, directory / request.node.callspec.id, inside, inside_tls, outside, outside_tls) as estate:
        alice, bob = estate.alice, estate.bob
        assert chat(alice, bob, "chat-1") == as_passed_by_servers_of(alice, bob, xml=XML)
        assert chat(bob, alice, "chat-2") == as_passed_by_servers_of(bob, alice, xml=XML)

        subscribe(alice, bob)
        subscribe(bob, alice)
        alice.expect("the roster's word that both see each other", is_roster_push(bob.bare_jid, "both"))
        bob.expect("the roster's word that both see each other", is_roster_push(alice.bare_jid, "both"))
        bob.send("<presence><show>away</show></presence>")
        alice.expect("that bob is away",
                     lambda x: is_presence(bob.jid)(x) and x.findtext("{jabber:client}show") == "away")

        ping(alice, bob.jid, "ping-1")
        ping(bob, alice.jid, "ping-2")
        ping(alice, "partner.example", "ping-3")
        ping(bob, "corp.example", "ping-4")

        bob.log_out()
        alice.expect("that bob has gone", is_presence(bob.jid, "unavailable"))

        check_streams_and_accounts(estate.hub, inside_tls, outside_tls)
        node, server = world.hosts["node"], world.hosts["server"]
        assert not estate.node_tap.octets(node.address, server.address), "the node went past the hub"
        assert not estate.node_tap.octets(server.address, node.address), "the partner went past the hub"


def check_streams_and_accounts(hub, inside_tls, outside_tls):
    metrics = hub.metrics()
    for leg, tls in (("s2s-in", outside_tls), ("s2s-out", outside_tls), ("node-s2s-in", inside_tls),
                     ("node-s2s-out", inside_tls)):
        security = "plain" if tls is Tls.NONE else "tls"
        assert metrics.total("fedhub_streams", leg=leg, state="authenticated", security=security) >= 1, leg
    for role in ("initiating", "receiving", "authoritative"):
        assert metrics.total("fedhub_dialback_total", role=role, result="valid") >= 1, role
    check_accounts(hub)
    assert metrics.total("fedhub_stanzas_bounced_total") == 0
