"""Promise: the hub passes on nothing malformed. A bad peer loses its own stream and affects no other."""

import pytest

from peers.component import Component, message
from peers.site import PHASES, open_in_phase, spare_nodes
from peers.stream import Stream

FAULTS = {
    "mismatched tags": (b"<message><body></message>", {"not-well-formed"}),
    "an attribute twice": (b"<message a='1' a='2'/>", {"not-well-formed"}),
    "an attribute twice by namespace": (
        b"<message xmlns:a='u' xmlns:b='u'><x a:c='' b:c=''/></message>",
        {"not-well-formed", "bad-namespace-prefix"},
    ),
    "no quotes": (b"<message to=x/>", {"not-well-formed"}),
    "a bare ampersand": (b"<message>a & b</message>", {"not-well-formed"}),
    "a less-than sign in an attribute": (b"<message a='<'/>", {"not-well-formed"}),
    "]]> in text": (b"<message>]]></message>", {"not-well-formed"}),
    "a reference to no character": (b"<message>&#0;</message>", {"not-well-formed"}),
    "a control character": (b"<message>\x01</message>", {"not-well-formed"}),
    "an unknown entity": (b"<message>&nbsp;</message>", {"restricted-xml", "not-well-formed"}),
    "an unbound prefix": (b"<message><x:y/></message>", {"bad-namespace-prefix", "not-well-formed"}),
    "two colons": (b"<message xmlns:a='u'><a:b:c/></message>", {"bad-namespace-prefix", "not-well-formed"}),
    "the xmlns prefix": (b"<message><xmlns:y/></message>", {"bad-namespace-prefix", "not-well-formed"}),
    "a comment": (b"<message><!-- x --></message>", {"restricted-xml"}),
    "a comment between stanzas": (b"<!-- x -->", {"restricted-xml"}),
    "a processing instruction": (b"<?php x?>", {"restricted-xml"}),
    "a document type": (b"<!DOCTYPE a [<!ENTITY b 'c'>]>", {"restricted-xml", "not-well-formed"}),
    "text between stanzas": (b"hello", {"not-well-formed", "bad-format", "invalid-xml"}),
    "an overlong sequence": (b"<message>\xc0\xaf</message>", {"not-well-formed", "bad-format", "unsupported-encoding"}),
    "a surrogate": (b"<message>\xed\xa0\x80</message>", {"not-well-formed", "bad-format", "unsupported-encoding"}),
    "half a character": (b"<message>\xe2\x82</message>", {"not-well-formed", "bad-format", "unsupported-encoding"}),
    "Latin-1": (b"<message>Gr\xfc\xdfe</message>", {"not-well-formed", "bad-format", "unsupported-encoding"}),
    "an element of TLS that has no place here": (
        b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        {"unsupported-stanza-type"},
    ),
    "the end of another element": (b"</stream>", {"not-well-formed"}),
}


@pytest.fixture(scope="module")
def good(module_site, hub):
    """A conversation that must go on undisturbed whatever other peers do."""

    class Good:
        component = module_site.component(hub, hub.spare_domain())
        remote = module_site.server(verify_at=hub.s2s)
        stream = remote.connect(hub.s2s, component.domain, secure=True)
        count = 0

        def goes_on(self):
            self.count += 1
            self.stream.send(message(self.remote.domain, self.component.domain, id=str(self.count)))
            self.component.expect_message(id=str(self.count))
            self.component.message(self.component.domain, self.remote.domain, id=str(self.count))
            self.remote.expect_message(id=str(self.count))

    return Good()


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(2 * len(FAULTS)), limits={"log_lines_per_second": 10000})


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_peer_loses_its_own_stream_only(site, hub, good, phase, fault):
    octets, conditions = FAULTS[fault]
    remote = site.server(verify_at=hub.s2s)
    stream = open_in_phase(phase, remote, hub, good.component.domain)
    stream.send(b" \n" + octets)
    stream.expect_stream_error(*conditions)
    good.goes_on()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_node_loses_its_own_stream_only(site, hub, good, fault):
    octets, conditions = FAULTS[fault]
    component = site.component(hub, hub.spare_domain())
    component.send(octets)
    component.expect_stream_error(*conditions)
    good.goes_on()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("stanza", ["<message xmlns='jabber:client'/>", "<c:iq xmlns:c='jabber:client' to='a.example'/>"])
def test_an_unanswerable_stanza_of_another_namespace_ends_its_own_stream_only(site, hub, good, phase, stanza):
    stream = open_in_phase(phase, site.server(verify_at=hub.s2s), hub, good.component.domain)
    stream.send(stanza)
    stream.expect_stream_error("invalid-namespace")
    good.goes_on()


@pytest.mark.parametrize("fault", ["mismatched tags", "a comment", "an unbound prefix", "Latin-1"])
def test_a_bad_node_is_told_before_its_handshake_as_well(hub, good, fault):
    octets, conditions = FAULTS[fault]
    component = Component.connect(hub.nodes).open(hub.config["node"][-1]["domains"][0])
    component.send(octets)
    component.expect_stream_error(*conditions)
    good.goes_on()


STREAM = "xmlns:stream='http://etherx.jabber.org/streams'"
BAD_HEADERS = {
    "another stream namespace": ("xmlns='jabber:server' xmlns:stream='urn:x'", ["invalid-namespace"]),
    "another content namespace": (f"xmlns='jabber:client' {STREAM}", ["invalid-namespace"]),
    "an unbound prefix": ("xmlns='jabber:server'", ["bad-namespace-prefix", "not-well-formed", "invalid-namespace"]),
    "a bad version": (f"xmlns='jabber:server' {STREAM} version='one'", ["unsupported-version"]),
    "an unknown host": (f"xmlns='jabber:server' {STREAM} to='nobody.example' version='1.0'", ["host-unknown"]),
}


@pytest.mark.parametrize("fault", BAD_HEADERS)
def test_a_bad_header_is_answered_by_a_header_and_the_error(hub, good, fault):
    """RFC 6120 §4.9.1.2: the hub opens its own stream, sends the error and closes."""
    header, conditions = BAD_HEADERS[fault]
    stream = Stream.connect(hub.s2s)
    stream.send(f"<?xml version='1.0'?><stream:stream {header}>")
    stream.read_header()
    stream.expect_stream_error(*conditions)
    good.goes_on()


def test_half_a_stanza_and_then_nothing_disturbs_nobody(site, hub, good):
    remote = site.server()
    stream = remote.connect(hub.s2s, good.component.domain)
    stream.send(f"<message from='{remote.domain}' to='{good.component.domain}'><body>half")
    good.goes_on()
    stream.cut()
    good.goes_on()


def test_a_peers_words_begin_no_line_of_their_own_in_the_log(hub, component, site):
    remote = site.server()
    stream = remote.open_stream(hub.s2s, component.domain)
    forged = "2026-01-01 00:00:00.000 error [hub] all is lost"
    error = "<undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    text = f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>dear me\n{forged}</text>"
    stream.send(f"<stream:error>{error}{text}</stream:error></stream:stream>")
    line = hub.wait_for_log(r".*dear me.*").group()
    assert f"dear me\\x0A{forged}" in line
    assert not any(other.startswith(forged) for other in hub.log.splitlines())
