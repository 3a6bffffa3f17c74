"""A stanza that a real server can't handle does not end the stream on which the hub passed it on."""

import pytest

from exchange import COMPONENT_JID, has_id
from federation import Federation, check_accounts
from support.client import Client
from support.servers import BY_NAME, Tls, User

ODD = {
    "a type that no iq has": "<iq from='{corp}' to='{user}' id='odd' type='foo'><query xmlns='urn:x'/></iq>",
    "a type that no message has": "<message from='{corp}' to='{user}' id='odd' type='foo'/>",
    "a type that no presence has": "<presence from='{corp}' to='{user}' id='odd' type='foo'/>",
    "an iq without content": "<iq from='{corp}' to='{user}' id='odd' type='get'/>",
    "an iq with two requests": "<iq from='{corp}' to='{user}' id='odd' type='get'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>",
    "an iq without id": "<iq from='{corp}' to='{user}' type='get'><query xmlns='urn:x'/></iq>",
    "a localpart that is none": "<message from='{corp}' to='\u0378@partner.example' id='odd'/>",
    "a sender whose localpart is none": "<message from='\u0378@corp.example' to='{user}' id='odd'/>",
    "an error without a condition": "<message from='{corp}' to='{user}' id='odd' type='error'/>",
    "nested names of stanzas": "<message from='{corp}' to='{user}' id='odd'><message xmlns='jabber:server'/></message>",
}


@pytest.mark.parametrize("name", BY_NAME)
def test_an_odd_stanza_ends_no_stream(world, directory, name):
    server = BY_NAME[name](world.hosts["server"], directory / f"odd-{name}", "partner.example", Tls.OPTIONAL,
                           [User("bob", "secret")])
    bob = Client(world.hosts["server"], "bob@partner.example/phone", "secret")
    try:
        server.start()
        bob.log_in()
        with Federation(world, directory / f"odd-{name}-hub", "tls-optional") as federation:
            send, hub = federation.component.send, federation.hub

            def good(stanza_id):
                send(f"<message type='chat' from='{COMPONENT_JID}' to='{bob.jid}' id='{stanza_id}'><body>hello</body></message>")
                bob.expect(f"message {stanza_id} at the user", has_id(stanza_id))

            def opened():
                return hub.metrics().total("fedhub_streams_opened_total", leg="s2s-out")

            good("first")
            at_first = opened()
            for number, (what, stanza) in enumerate(ODD.items()):
                send(stanza.format(corp=COMPONENT_JID, user=bob.jid))
                good(f"good-{number}")
                assert opened() == at_first, f"{what} ended the stream"
            check_accounts(hub)
    finally:
        bob.log_out()
        server.stop()
