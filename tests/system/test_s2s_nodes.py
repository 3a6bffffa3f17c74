"""s2s nodes: an ordinary server behind the hub, trusted by its address. To it the hub speaks for remote domains."""

import pytest

from peers.component import message
from peers.dialback import ask_about_key, dialback_key
from peers.site import component_node, fresh_domain
from peers.stream import Closed, Stream
from peers.xml import Element

NODE_ADDRESS = "127.0.0.2"  # source address of the streams that the node opens


class Estate:
    """A hub with an s2s node and a component, and a remote server. All three verify the keys they get."""

    def __init__(self, site, security="optional", **changes):
        self.node = site.server(fresh_domain("corp"), security=security)
        self.node.source = (NODE_ADDRESS, 0)
        component = component_node(fresh_domain("corp"))
        row = {
            "name": "server behind the hub", "domains": [self.node.domain], "protocol": "s2s",
            "address": "%s:%d" % self.node.address, "trusted_from": [f"{NODE_ADDRESS}/32"],
        }  # fmt: skip
        self.hub = site.hub(row, component, **changes)
        self.component = site.component(self.hub, component["domains"][0])
        self.remote = site.server(verify_at=self.hub.s2s)
        self.node.verify_at = self.hub.nodes  # the DNS view leads the node there for every foreign domain


@pytest.fixture(scope="module")
def estate(module_site):
    return Estate(module_site)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "STARTTLS"])
def test_the_nodes_stanzas_reach_the_world(estate, secure):
    stream = estate.node.connect(estate.hub.nodes, estate.remote.domain, secure=secure)
    payload = "<body>&#13; out</body>"
    stream.send(f"<message from='a@{estate.node.domain}' to='b@{estate.remote.domain}'>{payload}</message>")
    there = estate.remote.expect_message(from_=f"a@{estate.node.domain}")
    assert there.payload == payload.encode()


def test_the_worlds_stanzas_reach_the_node(estate):
    """The hub dials the node as the remote domain, and answers the node's question about the key."""
    stream = estate.remote.connect(estate.hub.s2s, estate.node.domain)
    payload = "<body>&#13; in</body>"
    stream.send(f"<message from='b@{estate.remote.domain}' to='a@{estate.node.domain}'>{payload}</message>")
    there, way = estate.node.next()
    assert there.is_a("server:message") and there.payload == payload.encode()
    assert way.header["to"] == estate.node.domain


def test_one_stream_of_the_node_serves_several_remote_domains(estate, site):
    others = [site.server(verify_at=estate.hub.s2s) for _ in range(3)]
    stream = estate.node.connect(estate.hub.nodes, others[0].domain)
    for other in others[1:]:
        estate.node.authenticate(stream, other.domain)
    for other in others:
        stream.send(message(estate.node.domain, other.domain, id=other.domain))
        other.expect_message(id=other.domain)


def test_the_node_and_a_component_talk_to_each_other(estate):
    stream = estate.node.connect(estate.hub.nodes, estate.component.domain)
    stream.send(message(estate.node.domain, estate.component.domain, id="1"))
    estate.component.expect_message(id="1")
    estate.component.message(estate.component.domain, estate.node.domain, id="2")
    estate.node.expect_message(id="2")


def test_a_bounce_reaches_the_node(estate):
    stream = estate.node.connect(estate.hub.nodes, "unknown.example")
    stream.send(message(f"a@{estate.node.domain}", "unknown.example", id="1"))
    bounce = estate.node.expect_message(type="error", id="1", from_="unknown.example", to=f"a@{estate.node.domain}")
    assert bounce.condition == "remote-server-not-found"


def test_the_hub_answers_only_for_its_own_keys(estate):
    """Asked on listen.nodes about a remote domain: an arbitrary key is invalid."""
    stream = estate.node.open_stream(estate.hub.nodes, estate.remote.domain)
    answer = ask_about_key(stream, estate.node.domain, estate.remote.domain, "some-id", "some key")
    assert answer["type"] == "invalid"
    stream.close()


def test_the_s2s_listener_does_not_answer_for_remote_domains(estate, site):
    """The hub answers for remote domains on listen.nodes only."""
    stranger = site.server()
    stream = stranger.open_stream(estate.hub.s2s, estate.node.domain)
    stream.send(f"<db:verify from='{stranger.domain}' to='{estate.remote.domain}' id='x'>key</db:verify>")
    items = [stream.read()]
    assert isinstance(items[0], Element) and items[0].get("type") != "valid" and items[0].condition, items


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.3"])
def test_a_stream_that_does_not_come_from_the_nodes_address_is_refused(estate, source):
    stream = Stream.connect(estate.hub.nodes, source=(source, 0))
    refused = False
    try:
        stream.send_header(from_=estate.node.domain, to=estate.remote.domain)
        while not refused:
            item = stream.read()
            if isinstance(item, Element) and item.is_a("stream:features"):
                key = dialback_key(estate.node.secret, estate.remote.domain, estate.node.domain, stream.header["id"])
                stream.send(f"<db:result from='{estate.node.domain}' to='{estate.remote.domain}'>{key}</db:result>")
            if isinstance(item, Element):
                refused = item.is_a("stream:error") or item.get("type") in ("error", "invalid")
    except Closed:
        refused = True
    assert refused


def test_the_node_speaks_only_for_its_own_domains(estate, site):
    stranger = site.server()  # not behind the hub, so the node may not speak for it
    stream = estate.node.connect(estate.hub.nodes, estate.remote.domain)
    stream.send(message(stranger.domain, estate.remote.domain, "forged"))
    stream.expect_stream_error("invalid-from")
    again = estate.node.open_stream(estate.hub.nodes, estate.remote.domain)
    estate.node.send_key(again, estate.remote.domain, from_=stranger.domain)
    items = [again.read()]
    assert items[0].is_a("stream:error") or items[0]["type"] in ("invalid", "error"), items
    honest = estate.node.connect(estate.hub.nodes, estate.remote.domain)
    honest.send(message(estate.node.domain, estate.remote.domain, "honest"))
    assert estate.remote.expect_message().find("server:body").text == "honest"


def test_a_stranger_on_the_s2s_listener_does_not_pass_as_the_node(estate, site):
    stranger = site.server()
    stream = stranger.open_stream(estate.hub.s2s, estate.component.domain, estate.node.domain)
    key = dialback_key("guessed", estate.component.domain, estate.node.domain, stream.header["id"])
    stream.send(f"<db:result from='{estate.node.domain}' to='{estate.component.domain}'>{key}</db:result>")
    item = stream.read()
    assert item.is_a("stream:error") or item["type"] in ("invalid", "error"), item


def test_stanzas_wait_for_a_node_that_is_down_and_come_back(site):
    estate = Estate(site)
    estate.node.close()
    for stream in estate.node.streams:
        stream.close()
    stream = estate.remote.connect(estate.hub.s2s, estate.node.domain)
    stream.send(message(estate.remote.domain, estate.node.domain, id="1"))
    bounce = estate.remote.expect_message(within=10, type="error", id="1")
    assert bounce.condition and bounce.error_text


def test_tls_required_holds_towards_the_node_as_well(site):
    estate = Estate(site, security="required", federation={"security_mode": "tls-required"})
    stream = estate.remote.connect(estate.hub.s2s, estate.node.domain, secure=True)
    stream.send(message(estate.remote.domain, estate.node.domain))
    _, way = estate.node.next()
    assert way.secure
