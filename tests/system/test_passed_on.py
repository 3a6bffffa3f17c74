"""Promise: a stanza that the hub accepts never ends the stream on which the hub passes it on.

Other users share that stream. A start tag may grow on the way from one stream to another: by the header's `xml:lang`,
by its prefixes, by addresses in normal form. And servers differ in the XML that they accept.
"""

import pytest

from peers import dialback
from peers.site import component_node, fresh_domain
from peers.waiting import eventually

STANZA_BYTES = 524288
TOLD = 20000


class Path:
    """The way from a component through two hubs to another component. One stream connects the hubs."""

    def __init__(self, site, dns):
        self.site = site
        self.ours, self.theirs = fresh_domain("corp"), fresh_domain("far")
        self.near = site.certified_hub(component_node(self.ours))
        self.far = site.certified_hub(component_node(self.theirs))
        dns.add_server(self.ours, *self.near.s2s)
        dns.add_server(self.theirs, *self.far.s2s)
        self.receiver = site.component(self.far, self.theirs)

    def send(self, stanza: str, header: dict):
        """Returns "arrives", or the condition in the sender's bounce. Other stanzas on the stream must arrive."""
        sender = self.site.component(self.near, self.ours, **header)
        others = "".join(f"<message from='b@{self.ours}' to='{self.theirs}' id='other{i}'/>" for i in range(5))
        sender.send(stanza + others)
        arrived = [self.receiver.expect_message()["id"] for _ in range(5)]
        if "odd" in arrived:
            arrived.append(self.receiver.expect_message()["id"])
        assert [id for id in arrived if id != "odd"] == [f"other{i}" for i in range(5)]
        told = "arrives" if "odd" in arrived else sender.expect_stanza(id="odd", type="error").condition
        sender.close()
        return told


@pytest.fixture(scope="module")
def path(module_site, dns):
    path = Path(module_site, dns)
    yield path
    assert path.far.metric("fedhub_streams_opened_total", leg="s2s-in") == 1, "a stream ended on the way"


def of_size(size: int, child: str = "", attributes: str = "", from_: str = "u@{ours}", quote: str = "'"):
    """Returns a message that has `size` octets once its addresses are filled in."""

    def make(ours: str, theirs: str) -> str:
        begin = f"<message from={quote}{from_.format(ours=ours, OURS=ours.upper())}{quote} to='{theirs}' id='odd'{attributes}>{child}<body>"
        end = "</body></message>"
        return begin + "x" * (size - len((begin + end).encode())) + end

    return make


def with_content(child: str = "", attributes: str = ""):
    return lambda ours, theirs: f"<message from='u@{ours}' to='{theirs}' id='odd'{attributes}>{child}</message>"


def numbered(text: str, count: int) -> str:
    return "".join(text.format(i=i) for i in range(count))


def declared(count: int, letter: str = "p") -> str:
    return numbered(f" xmlns:{letter}{{i}}='u{{i}}'", count)


ADDED_LANG = len(" xml:lang='en'")
HEADER_PREFIX = {"more": "xmlns:p='" + "u" * 3000 + "'"}
HEADER_PREFIXES = {"more": declared(10, "h")}
USES_PREFIXES = numbered("<h{i}:x/>", 10)
NEW, NEW_INSIDE = "\u2c00", "\u203f"

# (description, header of the sender's stream, stanza, result of Path.send)
ROWS = [
    ("as large as may be", {}, of_size(STANZA_BYTES), "arrives"),
    ("a language is added, within", {"lang": "en"}, of_size(STANZA_BYTES - ADDED_LANG), "arrives"),
    ("a language is added, beyond", {"lang": "en"}, of_size(STANZA_BYTES - ADDED_LANG + 1), "policy-violation"),
    ("a long language is added", {"lang": "l" * 3000}, of_size(STANZA_BYTES - 2000), "policy-violation"),
    ("a long language is not needed", {"lang": "l" * 3000}, of_size(STANZA_BYTES, attributes=" xml:lang='en'"), "arrives"),
    ("a prefix is added", HEADER_PREFIX, of_size(STANZA_BYTES - 2000, "<p:x/>"), "policy-violation"),
    ("a prefix is not in use", HEADER_PREFIX, of_size(STANZA_BYTES), "arrives"),
    ("an address stays", {}, of_size(STANZA_BYTES, from_="u@{ours}/" + "'" * 1000, quote='"'), "arrives"),
    ("an address grows", {}, of_size(STANZA_BYTES - 2000, from_="u@{OURS}/" + "'" * 1000, quote='"'), "policy-violation"),
    ("attributes", {}, with_content(attributes=numbered(" a{i}=''", 400)), "arrives"),
    ("all attributes", {}, with_content(attributes=numbered(" a{i}=''", 509)), "policy-violation"),
    ("all attributes and a language", {"lang": "en"}, with_content(attributes=numbered(" a{i}=''", 509)), "policy-violation"),
    ("attributes of a child", {}, with_content("<x" + numbered(" a{i}=''", 512) + "/>"), "arrives"),
    ("prefixes", {}, with_content(f"<x{declared(100)}/>"), "arrives"),
    ("all prefixes", {}, with_content(f"<x{declared(127)}/>"), "policy-violation"),
    ("all prefixes with the header's", HEADER_PREFIXES, with_content(USES_PREFIXES + f"<x{declared(117)}/>"), "policy-violation"),
    ("a new name of an element", {}, with_content(f"<{NEW}/>"), "bad-request"),
    ("a new name of an attribute", {}, with_content(attributes=f" {NEW}=''"), "bad-request"),
    ("a new name further on", {}, with_content(f"<a{NEW_INSIDE}/>"), "bad-request"),
    ("a new name as a prefix", {}, with_content(f"<{NEW}:x xmlns:{NEW}='u'/>"), "bad-request"),
    ("a new name of the header's", {"more": f"xmlns:{NEW}='u'"}, with_content(f"<{NEW}:x/>"), "bad-request"),
    ("a name of the header's not in use", {"more": f"xmlns:{NEW}='u'"}, with_content(), "arrives"),
    ("a namespace name that servers divide", {}, with_content("<x xmlns='a|b'/>"), "bad-request"),
    ("the same by a reference", {}, with_content("<x xmlns='a&#x7D;b'/>"), "bad-request"),
    ("the same for a prefix", {}, with_content(attributes=" xmlns:p='a}b'"), "bad-request"),
    ("the same for a prefix of a child", {}, with_content("<x><y xmlns:p='a|b'/></x>"), "bad-request"),
    ("the same in the header", {"more": "xmlns:p='a|b'"}, with_content("<p:x/>"), "bad-request"),
    ("the same in the header, not in use", {"more": "xmlns:p='a|b'"}, with_content(), "arrives"),
    ("a namespace name that is no URI", {}, with_content("<x xmlns='a b'/>"), "arrives"),
    ("a namespace name with all that a URI may have", {}, with_content("<x xmlns='urn:a-._~%20/?#[]@!$()*+,;=&apos;'/>"), "arrives"),
    ("a namespace name that is an IRI", {}, with_content("<x xmlns='urn:größe'/>"), "arrives"),
    ("old names beyond ASCII", {}, with_content("<größe 漢字='1'/>"), "arrives"),
    ("new names in text", {}, with_content(f"<a b='{NEW}'>{NEW}</a>"), "arrives"),
]  # fmt: skip


@pytest.mark.parametrize("what, header, stanza, expected", ROWS, ids=[row[0] for row in ROWS])
def test_a_stanza_that_one_hub_accepts_ends_no_stream_to_the_next_hub(path, what, header, stanza, expected):
    assert path.send(stanza(path.ours, path.theirs), header) == expected


@pytest.mark.parametrize("name", [row[0] for row in ROWS if row[3] == "bad-request"])
def test_an_xml_name_that_other_servers_refuse_is_refused_from_remote_domains_too(hub, component, site, name):
    header, make = next((row[1], row[2]) for row in ROWS if row[0] == name)
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain, **header)
    stream.send(make(remote.domain, component.domain))
    assert remote.next()[0].condition == "bad-request"
    stream.send(f"<message from='{remote.domain}' to='{component.domain}' id='good'/>")
    component.expect_message(id="good")


@pytest.mark.parametrize("grown", [0, 1])
def test_a_limit_that_the_peer_tells_holds_for_what_is_written(hub, site, grown):
    """XEP-0478. The hub adds the language of the sender's stream, which makes the stanza larger."""
    component = site.component(hub, hub.spare_domain(), lang="en")
    remote = site.listener()
    make = of_size(TOLD - ADDED_LANG + grown)
    component.send(make(component.domain, remote.domain))
    limits = f"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>{TOLD}</max-bytes></limits>"
    stream = remote.accept_secured(more=limits)
    key = stream.expect("db:result")
    stream.send(dialback.answer(key, "valid"))
    if grown:
        component.expect_bounce("policy-violation", id="odd")
        component.message(component.domain, remote.domain, id="good")
        assert stream.expect("server:message")["id"] == "good"
    else:
        assert len(stream.expect("server:message").octets) == TOLD


def answer(kind: str = "message", type: str = "error", from_: str = "{remote}", to: str = "{corp}"):
    error = "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    return f"<{kind} from='u@{from_}' to='u@{to}' id='answer' type='{type}'>{error if type == 'error' else ''}</{kind}>"


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
def test_an_error_on_the_one_way_stream_that_brought_its_stanza_reaches_the_sender(hub, component, site, kind):
    """Some servers answer a stanza that they can't decode on the same stream (ejabberd 23.01, 24.12)."""
    remote = site.server()
    for i in range(3):
        component.message(component.domain, remote.domain, id=f"poison{i}")
        _, stream = remote.next()
        stream.send(answer(kind).format(remote=remote.domain, corp=component.domain))
        assert component.expect_bounce("bad-request", id="answer").local_name == kind
    assert remote.attempts == 1 and not remote.errors


@pytest.mark.parametrize(
    "said",
    [
        answer(type="chat"),
        answer("iq", "result"),
        answer("iq", "get"),
        answer(from_="other.example"),
        answer(from_="sub.{remote}"),
        answer(to="sub.{corp}"),
        answer(from_="{corp}", to="{remote}"),
    ],
)
def test_nothing_else_is_taken_from_a_one_way_stream(hub, component, site, said):
    remote = site.server()
    component.message(component.domain, remote.domain, id="first")
    _, stream = remote.next()
    stream.send(said.format(remote=remote.domain, corp=component.domain))
    eventually(lambda: remote.errors, what="a stream error")
    assert b"<not-authorized" in remote.errors[0].octets
    component.message(component.domain, remote.domain, id="second")
    assert remote.next()[0]["id"] == "second"
    component.send(f"<message from='{component.domain}' to='nobody.invalid' id='last'/>")
    assert component.expect_stanza()["id"] == "last", "what the peer said arrived"
