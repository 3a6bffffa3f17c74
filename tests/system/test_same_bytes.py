"""Promise: the payload is forwarded byte for byte; only the stanza's start tag may change."""

import pytest

from peers.component import message
from peers.site import fresh_domain

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

PAYLOADS = {
    "character references": "<body>&#13;&#10;&#9;&#x1F600;&#xd;</body>",
    "references in attributes": "<x xmlns='urn:x' a='&#13;&#10;&#9;&lt;&quot;&apos;'/>",
    "white space in attributes": "<x xmlns='urn:x' a='one\n two\t three\r\n four  '/>",
    "line ends": "<body>one\r\ntwo\rthree\n</body>",
    "CDATA": "<body><![CDATA[<not> & an <element/> ]] > ]]>]]<![CDATA[]]></body>",
    "both quotes": "<x xmlns=\"urn:x\" a='\"' b=\"'\"/>",
    "white space in tags": "<x  xmlns = 'urn:x'\n\ta='1'  ></x\n><y xmlns='urn:y' /><z xmlns='urn:z'></z>",
    "white space between elements": "\n  <body>x</body>\r\n\t<subject/> \n",
    "text beside elements": "text <body>x</body> more &gt; text",
    "no namespace": "<x xmlns=''><y/></x>",
    "prefixes of its own": "<p:x xmlns:p='urn:p' p:a='1' a='2'><p:y xmlns:p='urn:q' p:a='3'/></p:x>",
    "the xml prefix": "<body xml:lang='de' xml:space='preserve'> x </body>",
    "a prefix that the hub's headers use": "<stream:x xmlns:stream='urn:s'><db:y xmlns:db='urn:d'/></stream:x>",
    "all planes": "<body>ä€𝄞\ufdcf\U0010fffd\u0085\u2028</body>",
    "a greater-than sign": "<x xmlns='urn:x' a='>'>/></x>",
    "nothing": "",
}


@pytest.fixture(params=["from the node", "to the node"])
def send(request, hub, component, site):
    """A function that sends a stanza and returns the one that arrived. `{from_}` and `{to}` are filled in."""
    remote = site.server()

    def through(stanza: str, header: dict = {}):
        if request.param == "from the node":
            sender = component
            if header:
                component.close()
                sender = site.component(hub, component.domain, **header)
            sender.send(stanza.format(from_=component.domain, to=remote.domain, ns="jabber:component:accept"))
            return remote.next()[0]
        stream = remote.connect(hub.s2s, component.domain, **header)
        stream.send(stanza.format(from_=remote.domain, to=component.domain, ns="jabber:server"))
        return component.expect_stanza()

    through.namespace = "jabber:server" if request.param == "from the node" else "jabber:component:accept"
    return through


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_payload_arrives_byte_for_byte(send, payload):
    arrived = send("<message from='{from_}' to='{to}'>" + PAYLOADS[payload] + "</message>")
    assert arrived.payload == PAYLOADS[payload].encode()
    assert arrived.name == f"{{{send.namespace}}}message"


@pytest.mark.parametrize(
    "start_tag",
    [
        "<message from='{from_}' to='{to}' id='&#13;&apos;\"' type='chat'>",
        '<message  to="{to}"\n\tfrom = "{from_}" x="1&#10;2"  >',
        "<message from='{from_}' to='{to}' xmlns:p='urn:p' p:a='1' xml:lang='fr'>",
    ],
)
def test_a_start_tag_that_needs_no_change_arrives_byte_for_byte(hub, component, site, start_tag):
    remote = site.server()
    stanza = start_tag.format(from_=component.domain, to=remote.domain) + "<body/></message>"
    component.send(stanza)
    assert remote.next()[0].octets == stanza.encode()


def test_an_empty_element_stays_what_it_is(send):
    arrived = send("<presence from='{from_}' to='{to}'/>")
    assert arrived.name == f"{{{send.namespace}}}presence" and arrived.octets.endswith(b"/>")


def test_a_prefix_of_the_stream_header_is_declared_on_the_stanza(send):
    """That includes a prefix used only deep inside, and one with another meaning on the destination's stream."""
    payload = "<body/><x:deep xmlns:y='urn:y'><y:er><z xmlns='' x:a='1'/></y:er></x:deep>"
    header = {"more": "xmlns:x='urn:of the header'"}
    arrived = send("<message from='{from_}' to='{to}'>" + payload + "</message>", header)
    assert arrived.payload == payload.encode()
    names = [node.tag for node in arrived.tree.iter()]
    assert "{urn:of the header}deep" in names
    assert [node.attrib for node in arrived.tree.iter() if node.tag == "z"] == [{"{urn:of the header}a": "1"}]


def test_a_prefix_of_the_stream_header_that_needs_escaping_is_declared_on_the_stanza(send):
    arrived = send(
        "<message from='{from_}' to='{to}'><x:deep/></message>", {"more": "xmlns:x=\"urn:&lt;it&apos;s&#9;&quot;\""}
    )
    assert "{urn:<it's\t\"}deep" in [node.tag for node in arrived.tree.iter()]


def test_a_prefix_that_the_stanza_binds_itself_is_left_alone(send):
    arrived = send(
        "<message from='{from_}' to='{to}'><x:a xmlns:x='urn:own'/></message>", {"more": "xmlns:x='urn:of the header'"}
    )
    assert arrived.payload == b"<x:a xmlns:x='urn:own'/>" and b"header" not in arrived.octets


def test_the_language_of_the_stream_header_is_stated_on_the_stanza(send):
    arrived = send("<message from='{from_}' to='{to}'><body/></message>", {"lang": "de-AT"})
    assert arrived.get(XML_LANG) == "de-AT"


def test_the_stanzas_own_language_is_kept(send):
    arrived = send("<message from='{from_}' to='{to}' xml:lang='fr'><body/></message>", {"lang": "de"})
    assert arrived.get(XML_LANG) == "fr"


def test_a_stanza_that_declares_its_namespace_arrives_in_the_destinations(send):
    arrived = send("<message xmlns='{ns}' from='{from_}' to='{to}'><body>x</body></message>")
    assert arrived.name == f"{{{send.namespace}}}message"
    assert arrived.tree[0].tag == f"{{{send.namespace}}}body"


def test_a_stanza_with_a_prefix_of_the_content_namespace_arrives_in_the_destinations(send):
    arrived = send(
        "<s:message xmlns:s='{ns}' from='{from_}' to='{to}'><s:body>x</s:body></s:message>",
    )
    assert arrived.name == f"{{{send.namespace}}}message"
    assert arrived.tree[0].tag == f"{{{send.namespace}}}body"


# -- domains ---------------------------------------------------------------------------------------------------


def test_a_u_label_domain_is_the_same_as_its_a_label(hub, component, site):
    name = fresh_domain("bücher")
    remote = site.server(name.encode("idna").decode(), verify_at=hub.s2s)
    component.message(component.domain, f"ß@{name}/ü", "out")
    there = remote.expect_message()
    assert there["to"] in (f"ß@{name}/ü", f"ß@{remote.domain}/ü") and there.payload == b"<body>out</body>"
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(f"ß@{name}", component.domain, "in"))
    assert component.expect_message().payload == b"<body>in</body>"


def test_case_and_a_final_dot_of_a_domain_do_not_matter(hub, component, site):
    remote = site.server(verify_at=hub.s2s)
    component.message(component.domain.upper(), f"Bob@{remote.domain.upper()}.", "out")
    there = remote.expect_message()
    assert there["to"].lower().rstrip(".") == f"bob@{remote.domain}" and there["to"].startswith("Bob@")
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(message(remote.domain.title(), component.domain.title(), "in"))
    component.expect_message()


@pytest.mark.parametrize("root, child", [(True, False), (False, True)])
def test_a_stanza_that_would_have_an_attribute_twice_does_not_end_the_stream(hub, component, site, root, child):
    """Two prefixes, for the content namespaces of both kinds of stream, become one namespace behind the hub."""
    remote = site.server()
    both = "xmlns:x='jabber:component:accept' xmlns:y='jabber:server'"
    twice = "x:a='1' y:a='2'"
    component.send(f"<message from='{component.domain}' to='{remote.domain}' id='odd' {both} {twice if root else ''}>"
                   f"<body {twice if child else ''}/></message>")
    component.expect_bounce("bad-request", id="odd")
    component.message(component.domain, remote.domain, id="good")
    assert remote.next()[0]["id"] == "good"
    assert hub.metric("fedhub_stanzas_bounced_total", failure="mixed-namespaces") >= 1
