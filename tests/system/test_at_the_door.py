"""Refused peers: the hub sends a condition and a text that say what to correct, and nothing about the internal network.
The operator reads the same in the log, with the peer's address or domain."""

import pytest

from peers.component import Component, message
from peers.dialback import send_key
from peers.misbehaviour import end_with_error, mute
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Stream
from peers.xml import Element

INSIDE_NODE = "im-secret-name"  # a node's name, which must not appear in any answer to a peer


class Door:
    """A hub with one component node and one s2s node, and a remote server."""

    def __init__(self, site):
        self.site = site
        self.corp, self.inside = fresh_domain("corp"), fresh_domain("corp")
        self.remote = site.server()
        self.denied = site.server()
        node = {"name": INSIDE_NODE, "domains": [self.inside], "protocol": "s2s", "address": "127.0.0.9:5269",
                "trusted_from": ["127.0.0.2/32"]}  # fmt: skip
        self.hub = site.hub(
            component_node(self.corp), node,
            federation={"privacy_mode": "deny-list", "deny": [self.denied.domain], "security_mode": "tls-required"},
            timeouts={"negotiation": 5, "dialback": 3})  # fmt: skip
        self.node_name = f"node of {self.corp}"

    def open(self, to=None, peer=None, **how):
        peer = peer or self.remote
        return peer.open_stream(self.hub.s2s, self.corp if to is None else to, **{"secure": True} | how)

    def raw(self, listener, source="127.0.0.1", **header):
        stream = Stream.connect(listener, source=(source, 0))
        stream.send_header(**header)
        return stream


def wrong_version(door):
    return door.raw(door.hub.s2s, from_=door.remote.domain, to=door.corp, version="x")


def unknown_host(door):
    return door.raw(door.hub.s2s, from_=door.remote.domain, to="elsewhere.example")


def no_domain(door):
    return door.raw(door.hub.s2s, from_="a b", to=door.corp)


def wrong_namespace(door):
    return door.raw(door.hub.s2s, from_=door.remote.domain, to=door.corp, namespace="jabber:client")


def old_without_tls(door):
    return door.raw(door.hub.s2s, from_=door.remote.domain, to=door.corp, version="")


def key_without_tls(door):
    stream = door.open(secure=False)
    send_key(stream, door.remote.domain, door.corp, "0123")
    return stream


def stanza_before_proof(door):
    return door.open().send(message(door.remote.domain, door.corp))


def foreign_stanza(door):
    stream = door.remote.connect(door.hub.s2s, door.corp, secure=True)
    return stream.send(message("other.example", door.corp))


def nothing_said(door):
    return door.open()


def wrong_component_secret(door):
    return Component.connect(door.hub.nodes).open(door.corp).send_handshake("wrong")


def unknown_component(door):
    return door.raw(door.hub.nodes, to="elsewhere.example", namespace="jabber:component:accept")


def untrusted_node(door):
    return door.raw(door.hub.nodes, source="127.0.0.3", from_=door.inside, to=door.remote.domain)


def second_component(door):
    door.site.component(door.hub, door.corp)
    first = door.site.component(door.hub, door.corp)  # takes over the node's link
    door.site.component(door.hub, door.corp)
    return first


STREAM_ERRORS = {
    # what: (how, condition, the peer's text has, the log has)
    "a version that is none": (wrong_version, "unsupported-version", "version", "version"),
    "a domain that is not served": (unknown_host, "host-unknown", "is not served here", "is not served here"),
    "a from that is no domain": (no_domain, "improper-addressing", "is not a domain", "is not a domain"),
    "a client": (wrong_namespace, "invalid-namespace", "not those of an S2S stream", "not those of an S2S stream"),
    "XMPP before 1.0 where TLS is required": (old_without_tls, "policy-violation", "TLS is required", "TLS is required"),
    "a key before TLS": (key_without_tls, "policy-violation", "TLS", "TLS"),
    "a stanza before any proof": (stanza_before_proof, "not-authorized", "this stream is not authorised", "{remote}"),
    "a stanza of another domain": (foreign_stanza, "invalid-from", "other.example", "other.example"),
    "no word within timeouts.negotiation": (nothing_said, "connection-timeout", "not authenticated within", "not authenticated within"),
    "a component's wrong secret": (wrong_component_secret, "not-authorized", "", "{corp}"),
    "a component nobody knows": (unknown_component, "host-unknown", "", "elsewhere.example"),
    "a node from elsewhere": (untrusted_node, "not-authorized", "no node is trusted at the address 127.0.0.3", "127.0.0.3"),
    "a component whose link is taken over": (second_component, "conflict", "", "{node}"),
}  # fmt: skip


@pytest.mark.parametrize("what", STREAM_ERRORS)
def test_a_refused_stream_gets_a_condition_and_what_to_correct(site, what):
    door = Door(site)
    how, condition, text, line = STREAM_ERRORS[what]
    stream = how(door)
    item = stream.read()
    while not (isinstance(item, Element) and item.is_a("stream:error")):
        item = stream.read()
    assert item.condition == condition
    assert text in (item.error_text or "")
    assert INSIDE_NODE not in item.octets.decode() and "127.0.0.9" not in item.octets.decode()
    facts = {"remote": door.remote.domain, "corp": door.corp, "node": door.node_name}
    door.hub.wait_for_log(line.format(**facts))


def bad_key(door):
    door.remote.verify_answer = ("invalid", "")
    door.remote.send_key(stream := door.open(), door.corp)
    return stream, {"type": "invalid"}


def mute_authority(door):
    door.remote.misbehave["verify received"] = mute
    door.remote.send_key(stream := door.open(), door.corp)
    return stream, {"type": "error", "condition": "remote-server-timeout"}


def refusing_authority(door):
    door.remote.misbehave["header sent"] = end_with_error("resource-constraint")
    peer = door.remote
    stream = door.open()
    peer.send_key(stream, door.corp)
    return stream, {"type": "error"}


def key_for_nobody(door):
    stream = door.open()
    send_key(stream, door.remote.domain, "elsewhere.example", "0123")
    return stream, {"type": "error", "condition": "item-not-found"}


def key_of_nobody(door):
    stream = door.open()
    send_key(stream, fresh_domain("missing"), door.corp, "0123")
    return stream, {"type": "error", "condition": "remote-server-not-found"}


def key_of_the_inside(door):
    stream = door.open()
    send_key(stream, door.inside, door.corp, "0123")
    return stream, {"type": "error", "condition": "policy-violation"}


def denied_key(door):
    stream = door.open(peer=door.denied)
    door.denied.send_key(stream, door.corp)
    return stream, {"type": "error", "condition": "policy-violation"}


KEYS = {
    # what: (how, the log has)
    "an invalid key": (bad_key, "invalid"),
    "an authority that says nothing": (mute_authority, "dialback|did not end in time"),
    "an authority that refuses the stream": (refusing_authority, "resource-constraint"),
    "a key for a domain that is not served": (key_for_nobody, "elsewhere.example"),
    "a key of a domain without DNS records": (key_of_nobody, "no such domain in DNS|dns-not-found"),
    "a key of a node's domain": (key_of_the_inside, "denied"),
    "a key of a denied domain": (denied_key, "federation.deny"),
}


@pytest.mark.parametrize("what", KEYS)
def test_a_refused_key_gets_a_condition_and_the_stream_stays(site, what):
    door = Door(site)
    how, line = KEYS[what]
    stream, expected = how(door)
    answer = stream.expect("db:result")
    assert answer["type"] == expected["type"]
    if "condition" in expected:
        assert answer.condition == expected["condition"]
    assert INSIDE_NODE not in answer.octets.decode() and "127.0.0." not in answer.octets.decode()
    door.hub.wait_for_log(line)
    if answer["type"] == "invalid":
        return stream.expect_end()  # XEP-0220 §2.4.1
    # A refused key does not affect other domains' keys.
    door.remote.misbehave.clear()
    door.remote.authenticate(stream, door.corp)


def test_a_component_with_the_right_secret_is_admitted(site):
    door = Door(site)
    site.component(door.hub, door.corp, NODE_SECRET)
