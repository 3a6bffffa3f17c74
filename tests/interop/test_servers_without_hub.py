"""The servers federate with each other. This shows that a failure elsewhere in this folder is not the set-up's."""

import pytest

import payload
from payload import XML_FOR_ANY_SERVERS as XML, as_passed_by_servers_of, payload_in
from support.client import Client
from support.servers import BY_NAME, MODERN_BY_NAME, Tls, User
from support.wire_tap import WireTap


PAIRS = [("prosody", name, tls) for name in ("ejabberd", "jabberd2") for tls in Tls]
PAIRS += [(name, name, Tls.REQUIRED) for name in ("prosody-13", "ejabberd-24")]


@pytest.mark.parametrize("corp_name, name, tls", [pytest.param(*pair, id=f"{pair[0]}-{pair[1]}-tls-{pair[2].value}")
                                                  for pair in PAIRS])
def test_two_servers_chat_by_dialback(world, directory, corp_name, name, tls):
    alice_at = world.hosts["hub"]  # without a hub, corp.example's server stands in its place
    bob_at = world.hosts["server"]
    folder = directory / f"alone-{corp_name}-{name}-{tls.value}"
    servers = BY_NAME | MODERN_BY_NAME
    corp = servers[corp_name](alice_at, folder, "corp.example", tls, [User("alice", "secret")])
    partner = servers[name](bob_at, folder, "partner.example", tls, [User("bob", "secret")])
    tap = WireTap(alice_at)
    clients = []
    try:
        corp.start()
        partner.start()
        alice = Client(alice_at, "alice@corp.example/desk", "secret").log_in()
        clients.append(alice)
        bob = Client(bob_at, "bob@partner.example/phone", "secret").log_in()
        clients.append(bob)

        alice.send(f"<message to='{bob.jid}' id='there'>{XML}</message>")
        there = bob.expect("the message there", lambda x: x.get("id") == "there")
        assert there.get("from") == alice.jid
        assert payload_in(there) == as_passed_by_servers_of(alice, bob, xml=XML)

        bob.send(f"<message to='{alice.jid}' id='back'>{XML}</message>")
        back = alice.expect("the message back", lambda x: x.get("id") == "back")
        assert back.get("from") == bob.jid
        assert payload_in(back) == as_passed_by_servers_of(bob, alice, xml=XML)

        for source, target in ((alice_at.address, bob_at.address), (bob_at.address, alice_at.address)):
            assert tap.shows(payload.CLEAR_TEXT, source, target) == (tls is Tls.NONE)
    finally:
        for client in clients:
            client.log_out()
        partner.stop()
        corp.stop()
        tap.close()
