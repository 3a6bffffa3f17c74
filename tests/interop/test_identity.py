"""Certificates, direct TLS, bidirectional streams and stream management with each modern server (see identity.py)."""

import re

import pytest

import payload
from exchange import Exchange, new_id
from federation import Federation, check_accounts
from identity import CORP, Estate, domain_of
from support.servers import MODERN_BY_NAME
from support.servers.base import DIRECT_TLS_PORT, S2S_PORT
from support.wait import eventually
from support.wire_tap import TLS_HANDSHAKE, WireTap

NAMES = tuple(MODERN_BY_NAME)
WITH_BIDI = tuple(name for name in NAMES if MODERN_BY_NAME[name].has_bidi)
WITH_STREAM_MANAGEMENT = tuple(name for name in NAMES if MODERN_BY_NAME[name].has_stream_management)
# ejabberd refuses a client's certificate that is for servers only; Prosody accepts it.
WANTS_CLIENT_PURPOSE = ("ejabberd", "ejabberd-24")

BOTH_BY_EXTERNAL = {"in": "EXTERNAL", "out": "EXTERNAL"}


@pytest.fixture(scope="module")
def estate(directory):
    folder = directory / "identity"
    folder.mkdir()
    with Estate(folder) as running:
        yield running


class Meeting:
    """A fresh hub and one of the servers, and what they negotiate. Use as a context manager.

    @param kind of certificate of the server's domain, see identity.py.
    @param corp_kind kind of certificate that the hub has for its domain.
    @param way in which the hub's domain is found, a key of CORP.
    @param tls further keys of the hub's [tls].
    """

    def __init__(self, estate, request, name, kind, corp_kind, *, way="starttls", bidi=False, tls=(), attempt=0):
        self.server, self.host = estate.servers[name], estate.hosts[name]
        self.domain, self.corp = domain_of(name, kind), CORP[way]
        self._hub_host = estate.hosts["hub"]
        self._online = estate.user(name, kind)
        self._since = len(self.server.log_text())
        pem = estate.certificates.of(self.corp, corp_kind)
        self.federation = Federation(
            estate, self.server.directory.parent / f"{request.node.name}-{attempt}", "tls-required", domain=self.corp, changes={
                "listen": {"s2s_direct_tls": [f"0.0.0.0:{DIRECT_TLS_PORT}"]},
                "federation": {"bidi": bidi, "stream_management": True},
                "tls": {"ca_file": estate.certificates.root, "certificate": [{"chain_file": pem, "key_file": pem}],
                        **dict(tls)}})

    def __enter__(self):
        self.federation.__enter__()
        return self

    def __exit__(self, *error):
        return self.federation.__exit__(*error)

    def talk(self, first="server"):
        """Sends all kinds of stanzas in both directions over TLS. @param first "server" or "hub": who sends first."""
        exchange = Exchange(self._online.client, self.federation.component, self.federation.tap,
                            self._hub_host.address, self.host.address, self._online.as_passed, clear=False)
        exchange.run(first)
        exchange.component_pings_server(self.domain)
        for source, target in ((self._hub_host, self.host), (self.host, self._hub_host)):
            assert not self.federation.tap.shows(payload.CLEAR_TEXT, source.address, target.address)
        check_accounts(self.federation.hub)
        assert self.metric("fedhub_stanzas_bounced_total") == self.metric("fedhub_stanzas_dropped_total") == 0

    def metric(self, name, **labels):
        return self.federation.hub.metrics().total(name, **labels)

    def authentications(self):
        """@returns how streams were authenticated, by the server's log; "in": opened by the hub. Does not wait."""
        return self.server.authentications(self._since, self.domain, self.corp)

    def server_log(self):
        return self.server.log_text()[self._since:]

    def dialbacks(self):
        """@returns how often dialback proved the server ("receiving") and the hub ("initiating")."""
        return {role: self.metric("fedhub_dialback_total", role=role, result="valid")
                for role in ("receiving", "initiating")}

    def legs(self):
        """@returns the number of authenticated streams by direction, as the hub sees it."""
        return {leg: self.metric("fedhub_streams", leg=leg, state="authenticated", security="tls")
                for leg in ("s2s-in", "s2s-out")}

    def connections(self):
        """@returns (opened by the hub, opened by the server): (port, octets sent to it) of each connection."""
        ends = self._hub_host.address, self.host.address
        return self.federation.tap.connections(*ends), self.federation.tap.connections(*reversed(ends))


# -- certificates ----------------------------------------------------------------------------------------------


def accepted_hub_kinds(name):
    """@returns the kinds of certificates of the hub's that the server accepts."""
    return ("both-purposes",) if name in WANTS_CLIENT_PURPOSE else ("both-purposes", "trusted")


@pytest.mark.parametrize("name, kind, corp_kind", [
    *((name, "trusted", corp_kind) for name in NAMES for corp_kind in accepted_hub_kinds(name)),
    *((name, "xmpp-names", "both-purposes") for name in NAMES)])
def test_certificates_prove_both_sides(estate, request, name, kind, corp_kind):
    with Meeting(estate, request, name, kind, corp_kind) as meeting:
        meeting.talk()
        assert meeting.authentications() == BOTH_BY_EXTERNAL
        assert meeting.dialbacks() == {"receiving": 0, "initiating": 0}
        assert meeting.legs() == {"s2s-in": 1, "s2s-out": 1}


@pytest.mark.parametrize("name", WANTS_CLIENT_PURPOSE)
def test_a_server_that_refuses_the_hubs_certificate_gets_dialback_on_the_same_stream(estate, request, name):
    with Meeting(estate, request, name, "trusted", "trusted") as meeting:
        meeting.talk()
        assert meeting.authentications() == {"in": "dialback", "out": "EXTERNAL"}
        assert meeting.dialbacks() == {"receiving": 0, "initiating": 1}
        by_hub, _ = meeting.connections()
        assert len(by_hub) == 1, "EXTERNAL and then dialback"


@pytest.mark.parametrize("name", WANTS_CLIENT_PURPOSE)
def test_a_certificate_for_clients_beside_one_for_servers_satisfies_such_a_server(estate, request, name):
    pem = estate.certificates.of(CORP["starttls"], "both-purposes")
    with Meeting(estate, request, name, "trusted", "trusted",
                 tls={"client_certificate": {"chain_file": pem, "key_file": pem}}) as meeting:
        meeting.talk()
        assert meeting.authentications() == BOTH_BY_EXTERNAL


@pytest.mark.parametrize("kind", ["stranger", "expired", "misnamed"])
@pytest.mark.parametrize("name", NAMES)
def test_a_server_whose_certificate_proves_nothing_is_proved_by_dialback(estate, request, name, kind):
    with Meeting(estate, request, name, kind, "both-purposes") as meeting:
        meeting.talk()
        assert meeting.authentications()["out"] == "dialback"
        assert meeting.dialbacks()["receiving"] == 1


@pytest.mark.parametrize("corp_kind", ["stranger", "misnamed"])
@pytest.mark.parametrize("name", NAMES)
def test_a_hub_whose_certificate_proves_nothing_is_proved_by_dialback(estate, request, name, corp_kind):
    with Meeting(estate, request, name, "trusted", corp_kind) as meeting:
        meeting.talk("hub")
        assert meeting.authentications() == {"in": "dialback", "out": "EXTERNAL"}
        assert meeting.dialbacks() == {"receiving": 0, "initiating": 1}


# -- direct TLS ------------------------------------------------------------------------------------------------


def assert_direct_tls(connections):
    assert connections
    assert {port for port, _ in connections} == {DIRECT_TLS_PORT}
    assert all(octets.startswith(TLS_HANDSHAKE) for _, octets in connections)


def fell_silent(meeting):
    """@returns whether the server has sent nothing after a ClientHello."""
    _, by_server = meeting.connections()
    return any(len(octets) == 5 + int.from_bytes(octets[3:5], "big") for _, octets in by_server)


def talk_over_direct_tls(estate, request, name, corp_kind, first):
    """Has them talk over direct TLS, and @returns how each was authenticated.

    ejabberd 24.12 sometimes does not go on with a handshake that it began, with any server. Then the test tries again.
    """
    for attempt in range(8):
        with Meeting(estate, request, name, "direct", corp_kind, way="direct", attempt=attempt) as meeting:
            try:
                meeting.talk(first)
            except AssertionError:
                if attempt == 7 or name != "ejabberd-24" or not fell_silent(meeting):
                    raise
                continue
            for connections in meeting.connections():
                assert_direct_tls(connections)
            return meeting.authentications()


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_begin_with_tls(estate, request, name):
    assert talk_over_direct_tls(estate, request, name, "both-purposes", "server") == BOTH_BY_EXTERNAL


@pytest.mark.parametrize("name", NAMES)
def test_dialback_runs_over_direct_tls(estate, request, name):
    assert talk_over_direct_tls(estate, request, name, "stranger", "hub")["in"] == "dialback"


# -- bidirectional streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["server", "hub"])
@pytest.mark.parametrize("name", WITH_BIDI)
def test_one_connection_carries_both_directions(estate, request, name, first):
    with Meeting(estate, request, name, "trusted", "both-purposes", bidi=True) as meeting:
        meeting.talk(first)
        by_hub, by_server = map(len, meeting.connections())
        assert (by_hub, by_server) == ((0, 1) if first == "server" else (1, 0))
        assert meeting.authentications() == {"out" if first == "server" else "in": "EXTERNAL"}


@pytest.mark.parametrize("first", ["server", "hub"])
@pytest.mark.parametrize("name", WITH_BIDI)
def test_one_stream_carries_both_directions_after_dialback(estate, request, name, first):
    """The question about the key takes a connection of its own, which carries no stanza. But Prosody authenticates that
    connection too, for its own domain, before it asks, and then uses it for stanzas."""
    with Meeting(estate, request, name, "stranger", "stranger", bidi=True) as meeting:
        meeting.talk(first)
        used = {"out"} if first == "server" else {"in", "out"} if name.startswith("prosody") else {"in"}
        assert meeting.authentications() == dict.fromkeys(used, "dialback")
        legs = {leg: int(direction in used) for leg, direction in (("s2s-in", "out"), ("s2s-out", "in"))}
        eventually(lambda: meeting.legs() == legs, "only the streams that carry stanzas are left")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITH_BIDI])
def test_a_server_without_bidi_gets_a_stream_for_each_direction(estate, request, name):
    with Meeting(estate, request, name, "trusted", "both-purposes", bidi=True) as meeting:
        meeting.talk()
        assert meeting.legs() == {"s2s-in": 1, "s2s-out": 1}


# -- stream management -----------------------------------------------------------------------------------------


# Elements in Prosody's log by stream: opened by the peer, or by Prosody. The sender of stanzas requests
# acknowledgements.
ACKNOWLEDGED_BOTH_WAYS = {
    "two-streams": {("s2sin", "enable"), ("s2sin", "r"), ("s2sout", "enabled"), ("s2sout", "a")},
    "bidi": {("s2sout", "enabled"), ("s2sout", "r"), ("s2sout", "a")},
}


def seen(log, wanted):
    """@returns the wanted elements that appear in Prosody's log."""
    found = re.findall(r"Received\[(s2sin|s2sout)\]: <(\w+) [^>]*xmlns='urn:xmpp:sm:3'", log)
    return wanted & set(found)


@pytest.mark.parametrize("streams", ACKNOWLEDGED_BOTH_WAYS)
@pytest.mark.parametrize("name", WITH_STREAM_MANAGEMENT)
def test_stanzas_are_acknowledged_in_both_directions(estate, request, name, streams):
    with Meeting(estate, request, name, "trusted", "trusted", bidi=streams == "bidi") as meeting:
        meeting.talk()
        wanted = ACKNOWLEDGED_BOTH_WAYS[streams]
        eventually(lambda: not wanted - seen(meeting.server_log(), wanted), f"{wanted} in the server's log")


# -- the servers with each other: shows that a failure above is the hub's, not theirs or the set-up's -----------

PAIRS = (("prosody", "prosody-13"), ("ejabberd", "ejabberd-24"), ("prosody-13", "ejabberd-24"), ("ejabberd", "prosody"))


class Acquaintance:
    """Two servers that exchange one message in each direction."""

    def __init__(self, estate, one, other, one_kind, other_kind):
        self._names, self._kinds = (one, other), (one_kind, other_kind)
        self.servers = [estate.servers[name] for name in self._names]
        self._since = [len(server.log_text()) for server in self.servers]
        self._hosts = [estate.hosts[name] for name in self._names]
        self._users = [estate.user(name, kind).client for name, kind in zip(self._names, self._kinds)]
        self._tap = WireTap(self._hosts[0])

    def talk(self):
        for sender, receiver in (self._users, reversed(self._users)):
            stanza_id = new_id("hello")
            sender.send(f"<message type='chat' to='{receiver.jid}' id='{stanza_id}'><body>hello</body></message>")
            receiver.expect(stanza_id, lambda element, wanted=stanza_id: element.get("id") == wanted)

    def connections(self):
        """@returns (connections that the first server opened, connections that the second opened)."""
        ends = [host.address for host in self._hosts]
        return self._tap.connections(*ends), self._tap.connections(*reversed(ends))

    def authentication(self):
        """@returns how the first proved itself to the second, according to both logs."""
        one, other = (domain_of(name, kind) for name, kind in zip(self._names, self._kinds))
        logged = (self.servers[0].authentications(self._since[0], one, other)["out"],
                  self.servers[1].authentications(self._since[1], other, one)["in"])
        assert len(set(logged)) == 1, logged
        return logged[0]

    def close(self):
        self._tap.close()


@pytest.fixture
def meet(estate):
    """@returns a function that makes an Acquaintance of two servers that have talked."""
    made = []

    def make(*who):
        made.append(Acquaintance(estate, *who))
        made[-1].talk()
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("one, other", PAIRS)
def test_two_servers_prove_themselves_by_certificate(meet, one, other):
    acquaintance = meet(one, other, "both-purposes", "both-purposes")
    assert acquaintance.authentication() == "EXTERNAL"
    there, back = acquaintance.connections()
    # ejabberd 24.12 has bidi's feature in another namespace than XEP-0288 has it, which Prosody does not know.
    assert (len(there), len(back)) == ((1, 0) if (one, other) == ("prosody", "prosody-13") else (1, 1))
    assert {port for port, _ in there + back} == {S2S_PORT}


@pytest.mark.parametrize("kind", ["stranger", "expired", "misnamed"])
@pytest.mark.parametrize("one, other", PAIRS)
def test_one_server_takes_to_dialback_if_its_certificate_proves_nothing(meet, one, other, kind):
    assert meet(one, other, kind, "trusted").authentication() == "dialback"


# ejabberd 24.12 falls silent in a handshake, as above: sometimes with other servers, mostly with Prosody 13.
@pytest.mark.parametrize("one, other", [pair for pair in PAIRS if "ejabberd-24" not in pair])
def test_two_servers_begin_with_tls(meet, one, other):
    there, back = meet(one, other, "direct", "direct").connections()
    assert_direct_tls(there + back)


def test_two_servers_acknowledge_stanzas_in_both_directions(estate, meet):
    one, other = "prosody", "prosody-13"
    since = len(estate.servers[other].log_text())
    acquaintance = meet(one, other, "trusted", "xmpp-names")
    acquaintance.talk()  # the first stanza leaves before stream management is agreed on
    wanted = {("s2sin", element) for element in ("enable", "r", "a")}
    eventually(lambda: not wanted - seen(estate.servers[other].log_text()[since:], wanted),
               f"{wanted} in the receiving server's log")
