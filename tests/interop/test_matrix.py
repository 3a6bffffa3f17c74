"""Each real server, with each TLS policy on each side, and each side as the first sender. The node is a component."""

from dataclasses import dataclass

import pytest

import payload
from exchange import COMPONENT_JID, Exchange, has_id, new_id
from federation import Federation, check_accounts
from support.client import Client
from support.servers import BY_NAME, Tls, User
from support.wait import eventually

DOMAIN = "partner.example"

HUB_MODES = {"no-tls": Tls.NONE, "tls-optional": Tls.OPTIONAL, "tls-required": Tls.REQUIRED}


def agreed_tls(server, hub):
    """@returns whether the two policies lead to TLS; None if they are incompatible."""
    if Tls.NONE in (server, hub):
        return None if Tls.REQUIRED in (server, hub) else False
    return True


# The same object for the same pair: pytest shares a fixture only among tests whose parameter is the same object.
PARTNERS = {(name, tls): (name, tls) for name in BY_NAME for tls in Tls}
COMPATIBLE = [(tls, mode) for tls in Tls for mode in HUB_MODES if agreed_tls(tls, HUB_MODES[mode]) is not None]
INCOMPATIBLE = [(tls, mode) for tls in Tls for mode in HUB_MODES if agreed_tls(tls, HUB_MODES[mode]) is None]
# Mode of the hub: (failure with a server of an incompatible policy, a word of the error's text).
FAILURES = {"tls-required": ("tls-not-offered", "TLS"), "no-tls": ("tls-refused", "TLS")}
# jabberd2 does not announce that it requires TLS. It just never answers a key on a stream without TLS.
FAILURE_OF_A_SILENT_SERVER = ("dialback-timeout", "key")


@dataclass
class Partner:
    """A running server with its user online."""
    name: str
    tls: Tls
    address: str
    user: Client
    as_passed: tuple


@pytest.fixture(scope="module")
def partner(request, world, directory):
    """The server, started once for all tests with the same server and policy."""
    name, tls = request.param
    host = world.hosts["server"]
    server = BY_NAME[name](host, directory / f"matrix-{tls.value}", DOMAIN, tls, [User("bob", "secret")])
    user = Client(host, f"bob@{DOMAIN}/phone", "secret", queries=[payload.NAMESPACE])
    try:
        server.start()
        user.log_in()
        yield Partner(name, tls, host.address, user, payload.as_passed_by_servers_of(user))
    finally:
        user.log_out()
        server.stop()


def cases(pairs):
    """Parametrises a test by `partner`, `mode` and `first`."""
    return pytest.mark.parametrize("partner, mode, first", [
        pytest.param(PARTNERS[name, tls], mode, first, id=f"{name}-{tls.value}-hub-{mode}-{first}-first")
        for name in BY_NAME for tls, mode in pairs for first in ("server", "hub")],
        indirect=["partner"], scope="module")


@cases(COMPATIBLE)
def test_stanzas_get_there_and_back_unchanged(world, directory, request, partner, mode, first):
    tls = agreed_tls(partner.tls, HUB_MODES[mode])
    hub_address = world.hosts["hub"].address
    with Federation(world, directory / request.node.callspec.id, mode) as federation:
        exchange = Exchange(partner.user, federation.component, federation.tap, hub_address, partner.address,
                            partner.as_passed, clear=not tls)
        exchange.run(first)
        exchange.component_pings_server(DOMAIN)

        federation.check_metrics_of_a_good_run(tls)
        for source, target in ((hub_address, partner.address), (partner.address, hub_address)):
            assert federation.tap.shows(payload.CLEAR_TEXT, source, target) == (not tls)


BURST = 300


@pytest.mark.parametrize("first", ["server", "hub"])
@pytest.mark.parametrize("partner", [pytest.param(PARTNERS[name, Tls.OPTIONAL], id=name) for name in BY_NAME],
                         indirect=True, scope="module")
def test_a_burst_on_streams_that_are_not_up_yet_arrives_whole_and_in_order(world, directory, request, partner, first):
    with Federation(world, directory / f"burst-{request.node.callspec.id}", "tls-optional") as federation:
        message = "<message type='chat' {} id='{}'><body>{}</body></message>"
        stanza_id = new_id("burst")
        if first == "server":
            for number in range(BURST):
                partner.user.send(message.format(f"to='{COMPONENT_JID}'", stanza_id, number))
            got = [federation.component.expect(f"message {number}", has_id(stanza_id))[1].findtext("{*}body")
                   for number in range(BURST)]
        else:
            for number in range(BURST):
                federation.component.send(
                    message.format(f"from='{COMPONENT_JID}' to='{partner.user.jid}'", stanza_id, number))
            got = [partner.user.expect(f"message {number}", has_id(stanza_id)).findtext("{*}body")
                   for number in range(BURST)]
        assert got == [str(number) for number in range(BURST)]
        check_accounts(federation.hub)


@cases(INCOMPATIBLE)
def test_policies_that_exclude_each_other_bounce(world, directory, request, partner, mode, first):
    with Federation(world, directory / request.node.callspec.id, mode, timeouts={"dialback": 4}) as federation:
        stanza_id = new_id("never")
        message = f"<message type='chat' {{}} id='{stanza_id}'><body>{payload.CLEAR_TEXT}</body></message>"
        if first == "server":
            partner.user.send(message.format(f"to='{COMPONENT_JID}'"))
            bounce = partner.user.expect("the server's bounce", has_id(stanza_id), within=40)
            assert bounce.get("type") == "error"
            eventually(lambda: federation.hub.metrics().total("fedhub_negotiations_total", leg="s2s-in",
                                                              result="failed") >= 1,
                       "the hub counts the failed negotiation")
        else:
            federation.component.send(message.format(f"from='{COMPONENT_JID}' to='{partner.user.bare_jid}'"))
            _, bounce = federation.component.expect("the hub's bounce", has_id(stanza_id), within=40)
            assert bounce.get("type") == "error"
            text = bounce.findtext(".//{urn:ietf:params:xml:ns:xmpp-stanzas}text")
            silent = (partner.name, mode) == ("jabberd2", "no-tls")
            failure, word = FAILURE_OF_A_SILENT_SERVER if silent else FAILURES[mode]
            assert text is not None and word in text, text
            assert federation.hub.metrics().total("fedhub_stanzas_bounced_total", direction="from-node",
                                                  failure=failure) == 1
        check_accounts(federation.hub)
        for source, target in ((world.hosts["hub"].address, partner.address),
                               (partner.address, world.hosts["hub"].address)):
            assert not federation.tap.shows(payload.CLEAR_TEXT, source, target)
