"""A payload that a careless implementation would change: references, white space, CDATA, prefixes, quotes,
non-ASCII."""

from xml.etree import ElementTree

from support.xml import infoset

NAMESPACE = "urn:example:payload"
CLEAR_TEXT = "only-readable-without-tls"

XML = (
    f"<query xmlns='{NAMESPACE}' white='tab&#9;line&#xA;return&#13;  end' quotes=\"'&quot;&apos;\" grüße='日本'>"
    f"{CLEAR_TEXT} &amp; &lt;no tag&gt; ]]&gt; 'single' \"double\" 😀 return&#13;line\nend"
    "<![CDATA[<raw> & ]]><p:deep xmlns:p='urn:example:other' p:white='&#9;&#10;' ><p:empty/><p:empty></p:empty>"
    "<plain  xml:lang = 'de' /></p:deep></query>")

# jabberd2 loses an attribute's namespace if the prefix is declared after the attribute in the same tag. Prosody writes
# the two in any order. So this form is for stanzas that may pass both.
XML_FOR_ANY_SERVERS = XML.replace("p:white=", "white=")


def payload_element(stanza):
    """@returns the payload that a stanza carries. Raises AssertionError if it has none."""
    payload = stanza.find(f"{{{NAMESPACE}}}query")
    assert payload is not None, f"no payload in {stanza.tag} {stanza.attrib}"
    return payload


def payload_in(stanza):
    return infoset(payload_element(stanza))


def as_passed_by_servers_of(*clients, xml=XML):
    """@returns the infoset of the payload after the clients' servers, in this order, have each read and written it.

    Some servers write attribute white space and carriage returns unescaped, or lose xmlns=''. They may do the same to a
    stanza that passes the hub.
    """
    for client in clients:
        client.send(f"<message to='{client.jid}' id='to-myself'>{xml}</message>")
        passed = payload_element(client.expect("a message to myself", lambda x: x.get("id") == "to-myself"))
        xml = ElementTree.tostring(passed, encoding="unicode")
    return infoset(passed)
