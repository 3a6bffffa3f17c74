"""Faults seen in the field, tested with the software concerned. docs/peers.md has versions and sources."""

import time

import pytest

from federation import Federation
from support.client import Client
from support.process import Daemon
from support.servers import BY_NAME, MODERN_BY_NAME, Tls, User
from support.wait import eventually
from test_server_behind_hub import Estate, chat

SERVERS = BY_NAME | MODERN_BY_NAME
STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"

WITHOUT_FROM = """
import asyncio, sys
from slixmpp.componentxmpp import ComponentXMPP

component = ComponentXMPP("corp.example", "component-secret", sys.argv[1], 7400)
component.add_event_handler("disconnected", lambda _: sys.exit(3))


def answer(message):
    # As many bots do: no mfrom.
    component.send_message(mto=message["from"], mbody="You said: " + message["body"], mtype="chat")


component.add_event_handler("message", answer)
component.connect()
component.process()
"""


@pytest.fixture
def bob(world, directory, request):
    """A user of partner.example. The parameter names the server."""
    server = SERVERS[request.param](world.hosts["server"], directory / f"field-{request.node.callspec.id}",
                                    "partner.example", Tls.OPTIONAL, [User("bob", "secret")])
    request.addfinalizer(server.stop)
    server.start()
    client = Client(world.hosts["server"], "bob@partner.example/phone", "secret")
    request.addfinalizer(client.log_out)
    return client.log_in()


@pytest.mark.parametrize("bob", SERVERS, indirect=True)
def test_messages_of_slixmpp_without_mfrom_arrive_at_each_server(world, directory, request, bob):
    """slixmpp 1.8.3's `send_message` writes no `from`. Prosody 13 and ejabberd end the component's stream over that."""
    folder = directory / f"mfrom-{request.node.callspec.id}"
    with Federation(world, folder, "tls-optional") as federation:
        federation.component.close()
        script = folder / "bot.py"
        script.write_text(WITHOUT_FROM)
        bot = Daemon("slixmpp-bot", world.hosts["node"], ["/usr/bin/python3", script, world.hosts["hub"].address],
                     folder / "bot.log", cwd=folder)
        try:
            eventually(lambda: federation.hub.metrics().total("fedhub_node_up") == 1, "the component's link")
            for number in range(3):
                bob.send(f"<message type='chat' to='echo@corp.example' id='{number}'><body>{number}</body></message>")
                answer = bob.expect("the answer", lambda x: x.get("from") == "corp.example")
                assert answer.findtext("{jabber:client}body") == f"You said: {number}"
            assert bot.poll() is None
        finally:
            bot.stop()


@pytest.mark.parametrize("inside", ["prosody", "ejabberd", "jabberd2"])
def test_a_server_behind_the_hub_that_goes_and_comes_back(world, directory, inside):
    """While the server is away, senders get an error that tells nothing about the internal network: at first after the
    wait for the node, then at once. After its return messages pass again."""
    with Estate(world, directory / f"node-goes-{inside}", inside, Tls.NONE, "prosody", Tls.OPTIONAL) as estate:
        alice, bob, node = estate.alice, estate.bob, estate.server_inside
        chat(bob, alice, "before")
        jid, address = alice.jid, world.hosts["node"].address
        alice.log_out()
        node.stop()
        bob.send(f"<message type='chat' to='{jid}' id='m'><body>just gone</body></message>")
        bob.send(f"<iq type='get' to='{jid}' id='i'><ping xmlns='urn:xmpp:ping'/></iq>")
        for id in ("m", "i"):
            answer = bob.expect(f"the answer to {id}", lambda x, id=id: x.get("id") == id, within=40)
            assert_away(answer, address)
        began = time.monotonic()
        bob.send(f"<message type='chat' to='{jid}' id='later'><body>away</body></message>")
        assert_away(bob.expect("the answer at once", lambda x: x.get("id") == "later"), address)
        assert time.monotonic() - began < 2

        node.start()
        back = Client(world.hosts["node"], "alice@corp.example/desk", "secret")
        back.log_in()
        try:
            def reached():
                bob.send(f"<message type='chat' to='{back.jid}' id='back'><body>back</body></message>")
                return any(x.get("id") == "back" and x.get("type") != "error" for x in list(back._inbox))

            eventually(reached, "a message for the server that is back", within=40)
            chat(back, bob, "out again")
        finally:
            back.log_out()


def assert_away(answer, address):
    assert answer.get("type") == "error"
    error = answer.find("{jabber:client}error")
    assert error.find(f"{{{STANZA_ERRORS}}}service-unavailable") is not None
    text = error.findtext(f"{{{STANZA_ERRORS}}}text")
    assert text == "the server of corp.example is not available" and address not in text
