"""After a restart of a real server, or of the hub, federation resumes without intervention."""

import pytest

from exchange import COMPONENT_JID, has_id
from federation import Federation, check_accounts
from support.client import Client
from support.servers import BY_NAME, Tls, User
from support.wait import eventually

MESSAGE = "<message type='chat' {} id='{}'><body>hello</body></message>"


def from_user(user, component, stanza_id):
    user.send(MESSAGE.format(f"to='{COMPONENT_JID}'", stanza_id))
    component.expect(f"message {stanza_id} at the component", has_id(stanza_id))


def from_component(component, user, stanza_id):
    component.send(MESSAGE.format(f"from='{COMPONENT_JID}' to='{user.jid}'", stanza_id))
    user.expect(f"message {stanza_id} at the user", has_id(stanza_id))


@pytest.fixture
def server(request, world, directory):
    """A running server for this test alone."""
    server = BY_NAME[request.param](world.hosts["server"], directory / f"restart-{request.node.callspec.id}",
                                    "partner.example", Tls.OPTIONAL, [User("bob", "secret")])
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def log_in(world):
    """@returns a function that logs a client of bob's in and returns it."""
    clients = []

    def make():
        clients.append(Client(world.hosts["server"], "bob@partner.example/phone", "secret"))
        return clients[-1].log_in()

    yield make
    for client in clients:
        client.log_out()


@pytest.mark.parametrize("server", BY_NAME, indirect=True)
def test_messages_flow_again_after_the_server_has_restarted(world, directory, server, log_in):
    with Federation(world, directory / f"{server.name}-restarts", "tls-optional") as federation:
        bob = log_in()
        from_user(bob, federation.component, "before-1")
        from_component(federation.component, bob, "before-2")

        bob.log_out()
        server.stop()
        server.start()
        bob = log_in()

        from_component(federation.component, bob, "after-1")
        from_user(bob, federation.component, "after-2")
        check_accounts(federation.hub)


@pytest.mark.parametrize("server", BY_NAME, indirect=True)
def test_messages_flow_again_after_a_time_without_the_server(world, directory, server, log_in):
    with Federation(world, directory / f"{server.name}-away", "tls-optional") as federation:
        bob = log_in()
        from_component(federation.component, bob, "before")
        bob_jid = bob.jid
        bob.log_out()
        server.stop()

        federation.component.send(MESSAGE.format(f"from='{COMPONENT_JID}' to='{bob_jid}'", "away"))
        _, bounce = federation.component.expect("the bounce while the server is away", has_id("away"), within=40)
        assert bounce.get("type") == "error" and bounce.get("from") == bob_jid

        server.start()
        bob = log_in()
        from_component(federation.component, bob, "after-1")
        from_user(bob, federation.component, "after-2")
        check_accounts(federation.hub)


@pytest.mark.parametrize("server", BY_NAME, indirect=True)
def test_messages_flow_again_after_the_hub_has_restarted(world, directory, server, log_in):
    bob = log_in()
    for turn in ("first", "second"):
        with Federation(world, directory / f"{server.name}-{turn}-hub", "tls-optional") as federation:
            from_user(bob, federation.component, f"{turn}-1")
            from_component(federation.component, bob, f"{turn}-2")
            check_accounts(federation.hub)


@pytest.mark.parametrize("server", ["ejabberd"], indirect=True)
def test_an_ejabberd_that_stops_without_a_word_is_no_failed_attempt(world, directory, server, log_in):
    """ejabberd closes its connections without an end tag. For the hub these streams have ended, and none has failed."""
    with Federation(world, directory / "ejabberd-stops", "tls-optional") as federation:
        def failures():
            return federation.hub.metrics().total("fedhub_negotiation_failures_total")

        bob = log_in()
        from_user(bob, federation.component, "before-1")
        from_component(federation.component, bob, "before-2")
        before = failures()
        bob.log_out()
        server.stop()
        eventually(lambda: federation.hub.metrics().total("fedhub_streams", state="authenticated", leg="s2s-out") == 0,
                   "the hub sees the end")
        assert federation.hub.metrics().total("fedhub_streams", state="authenticated", leg="s2s-in") == 0
        server.start()
        bob = log_in()
        from_component(federation.component, bob, "after-1")
        assert failures() == before and "[partner.example] no stream" not in federation.hub.log_text()
