"""A user of the partner's server and a component behind the hub send each other one stanza of each kind.

The payload is compared in two ways. Its meaning must be the same as when it passes the user's server alone. And where
the wire can be read, its bytes must leave the hub as they entered it, in both directions.
"""

import itertools
from xml.etree import ElementTree

from payload import XML, payload_in
from support import component as component_module
from support.xml import content_of, parse

COMPONENT_JID = "desk@corp.example/one"
PING = "<ping xmlns='urn:xmpp:ping'/>"

STANZAS = {
    "message": (f"<message type='chat' {{ends}} id='{{id}}' xml:lang='de'><body>Grüße &amp; &lt;3</body>{XML}"
                "</message>"),
    "presence": f"<presence {{ends}} id='{{id}}'><show>away</show>{XML}</presence>",
    "iq-get": f"<iq type='get' {{ends}} id='{{id}}'>{XML}</iq>",
    "iq-result": f"<iq type='result' {{ends}} id='{{id}}'>{XML}</iq>",
}


_numbers = itertools.count(1)


def new_id(kind):
    """@returns an id that no other stanza has, so that no late stanza of another test is mistaken for it."""
    return f"{kind}-{next(_numbers)}"


def has_id(stanza_id):
    return lambda element: element.get("id") == stanza_id


class Exchange:
    """@param tap on the hub's interface.
    @param clear whether the streams between server and hub are readable there.
    """

    def __init__(self, user, component, tap, hub_address, server_address, as_passed, clear):
        self._user = user
        self._component = component
        self._component_jid = f"desk@{component.domain}/one"
        self._tap = tap
        self._hub_address = hub_address
        self._server_address = server_address
        self._as_passed = as_passed
        self._clear = clear

    def user_sends(self, kind, stanza_id):
        self._user.send(STANZAS[kind].format(ends=f"to='{self._component_jid}'", id=stanza_id))
        raw, element = self._component.expect(f"{kind} {stanza_id} at the component", has_id(stanza_id))
        assert (element.get("from"), element.get("to")) == (self._user.jid, self._component_jid)
        self._check_meaning(kind, element)
        if self._clear:
            assert content_of(raw) == self._content_on_wire(stanza_id, self._server_address, self._hub_address)

    def component_sends(self, kind, stanza_id):
        stanza = STANZAS[kind].format(ends=f"from='{self._component_jid}' to='{self._user.jid}'", id=stanza_id)
        self._component.send(stanza)
        element = self._user.expect(f"{kind} {stanza_id} at the user", has_id(stanza_id))
        assert (element.get("from"), element.get("to")) == (self._component_jid, self._user.jid)
        self._check_meaning(kind, element)
        if self._clear:
            sent = self._content_on_wire(stanza_id, self._hub_address, self._server_address)
            assert sent == content_of(stanza.encode())

    def component_pings_server(self, domain):
        """Sends an iq to the server itself, which answers without any user."""
        stanza_id = new_id("ping")
        self._component.send(f"<iq type='get' from='{self._component_jid}' to='{domain}' id='{stanza_id}'>{PING}</iq>")
        _, element = self._component.expect(f"the pong of {domain}", has_id(stanza_id))
        assert (element.get("type"), element.get("from")) == ("result", domain)

    def _check_meaning(self, kind, element):
        assert payload_in(element) == self._as_passed
        own = element.tag.rpartition("}")[0] + "}"
        assert element.tag == own + kind.partition("-")[0]
        if kind == "message":
            assert element.findtext(f"{own}body") == "Grüße & <3"
            assert element.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
        elif kind == "presence":
            assert element.findtext(f"{own}show") == "away"

    def _content_on_wire(self, stanza_id, source, target):
        for raw in self._tap.elements(source, target):
            try:
                if parse(raw, component_module.NAMESPACE).get("id") == stanza_id:
                    return content_of(raw)
            except ElementTree.ParseError:
                pass  # uses a prefix of its stream's header, such as <db:result/>
        raise AssertionError(f"{stanza_id} was not seen from {source} to {target}")

    def run(self, first):
        """Sends all kinds of stanzas in both directions. @param first "server" or "hub": who sends first."""
        turns = {"server": self.user_sends, "hub": self.component_sends}
        one = turns.pop(first)
        (other,) = turns.values()
        for kind in ("message", "presence"):
            one(kind, new_id(kind))
            other(kind, new_id(kind))
        for asks, answers in ((one, other), (other, one)):
            stanza_id = new_id("iq")
            asks("iq-get", stanza_id)
            answers("iq-result", stanza_id)
