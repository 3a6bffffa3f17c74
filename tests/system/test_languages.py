"""The language of a stanza is the same on the stream that it comes from and on the stream that it is passed on by.

A stanza without `xml:lang` has the language of the stream header that its sender sent (RFC 6120 §4.7.4, §8.1.5). The
header of the other direction says nothing about it.
"""

import pytest

from peers.dialback import answer
from peers.s2s_peer import BIDI, BIDI_FEATURE
from peers.site import component_node, fresh_domain

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NODE_ADDRESS = "127.0.0.2"  # source address of the streams that the s2s node opens


class Estate:
    """A hub with an s2s node and domains of component nodes."""

    def __init__(self, site):
        self.node = site.server(fresh_domain("corp"))
        self.node.source = (NODE_ADDRESS, 0)
        row = {
            "name": "server behind the hub", "domains": [self.node.domain], "protocol": "s2s",
            "address": "%s:%d" % self.node.address, "trusted_from": [f"{NODE_ADDRESS}/32"],
        }  # fmt: skip
        components = [component_node(fresh_domain("corp")) for _ in range(80)]
        self.hub = site.hub(row, *components)
        self.spare = [node["domains"][0] for node in components]


@pytest.fixture(scope="module")
def estate(module_site):
    return Estate(module_site)


class Place:
    """One stream of the hub to a peer of `domain`. `lang`: of the peer's header; empty for none.

    `send` sends a stanza there. `receive` returns the next one, with its stream.
    """

    def __init__(self, site, estate, lang: str):
        self.site, self.hub, self.estate, self.lang = site, estate.hub, estate, lang

    def open(self, other) -> None:
        """Opens the stream for stanzas to and from the domain of `other`, a component."""

    def send(self, text: str) -> None:
        self.stream.send(text)

    def receive(self):
        return self.stream.read(), self.stream


class ComponentNode(Place):
    def __init__(self, *how):
        super().__init__(*how)
        self.domain = self.estate.spare.pop()
        self.stream = self.site.component(self.hub, self.domain, lang=self.lang)


class S2sIn(Place):
    """The remote server's stream, for its stanzas only."""

    def __init__(self, *how):
        super().__init__(*how)
        self.peer = self.site.server()
        self.domain = self.peer.domain

    def open(self, other) -> None:
        self.stream = self.peer.connect(self.hub.s2s, other.domain, lang=self.lang)


class BidiIn(S2sIn):
    """The remote server's stream, for both directions (XEP-0288)."""

    def open(self, other) -> None:
        self.stream = self.peer.open_stream(self.hub.s2s, other.domain, secure=True, lang=self.lang).send(BIDI)
        self.peer.authenticate(self.stream, other.domain)


class S2sOut(S2sIn):
    """The hub's stream, for the hub's stanzas only."""

    def open(self, other) -> None:
        pass

    def receive(self):
        return self.peer.next()


class BidiOut(Place):
    """The hub's stream, for both directions."""

    def __init__(self, *how):
        super().__init__(*how)
        self.peer = self.site.listener()
        self.peer.lang, self.domain = self.lang, self.peer.domain

    def open(self, other) -> None:
        other.send(f"<message from='{other.domain}' to='{self.domain}' id='opens the stream'/>")
        self.stream = self.peer.accept_secured(more=BIDI_FEATURE)
        self.stream.expect("bidi:bidi")
        self.stream.send(answer(self.stream.expect("db:result"), "valid"))
        self.stream.expect("server:message", id="opens the stream")


class NodeIn(Place):
    """The s2s node's stream, for its stanzas."""

    def __init__(self, *how):
        super().__init__(*how)
        self.peer, self.domain = self.estate.node, self.estate.node.domain

    def open(self, other) -> None:
        self.stream = self.peer.connect(self.hub.nodes, other.domain, lang=self.lang)


class NodeOut(NodeIn):
    """The hub's stream to the s2s node."""

    def open(self, other) -> None:
        pass

    def receive(self):
        return self.peer.next()


def language(element, stream):
    """Returns the language of a stanza on a stream; None if it is not stated, or stated to be undetermined."""
    stated = element.get(XML_LANG, stream.header.get(XML_LANG))
    return None if stated in (None, "", "und") else stated


@pytest.mark.parametrize("own", ["", "fr"], ids=["no xml:lang", "xml:lang='fr'"])
@pytest.mark.parametrize("lang", ["", "de"], ids=["a header without language", "a header with 'de'"])
@pytest.mark.parametrize("source", [ComponentNode, S2sIn, BidiIn, BidiOut, NodeIn])
def test_a_stanza_has_the_language_of_its_senders_header(estate, site, source, lang, own):
    there = ComponentNode(site, estate, "es")
    here = source(site, estate, lang)
    here.open(there.stream)
    stated = f" xml:lang='{own}'" if own else ""
    here.send(f"<message from='{here.domain}' to='{there.domain}'{stated}><body/></message>")
    assert language(*there.receive()) == (own or lang or None)


@pytest.mark.parametrize("own", ["", "fr"], ids=["no xml:lang", "xml:lang='fr'"])
@pytest.mark.parametrize("lang", ["", "de"], ids=["a header without language", "a header with 'de'"])
@pytest.mark.parametrize("destination", [ComponentNode, S2sOut, BidiIn, BidiOut, NodeOut])
def test_a_stanza_keeps_its_language_on_the_stream_that_it_is_passed_on_by(estate, site, destination, lang, own):
    here = ComponentNode(site, estate, lang)
    there = destination(site, estate, "es")
    there.open(here.stream)
    stated = f" xml:lang='{own}'" if own else ""
    here.send(f"<message from='{here.domain}' to='{there.domain}'{stated}><body/></message>")
    assert language(*there.receive()) == (own or lang or None)


def test_the_answer_to_a_header_states_a_language(estate, site):
    """RFC 6120 §4.7.4 requires one, for every stream of XMPP 1.0."""
    for secure in (False, True):
        stream = site.server().open_stream(estate.hub.s2s, estate.spare.pop(), secure=secure)
        assert stream.header[XML_LANG] == "und"
        stream.close()
