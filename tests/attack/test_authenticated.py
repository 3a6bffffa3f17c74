"""Attacks by a stranger that owns a domain with a certificate, and by a component."""

import pytest

from peers.component import message
from peers.waiting import eventually

from .trial import cases, pause, size

CPU_SHARE, CPU_SHARE_SANITIZED = 0.30, 0.60
"""Shares of one core. They include the pair's stanzas and the repeated questions to a mute name server, which take 0.11
to 0.21 for 4,000 domains. A connection that polls takes 0.75. For waiting alone see `tests/system/test_fairness.py`."""


@pytest.mark.parametrize("to", ["sink", "absent"])
def test_a_long_language_on_many_short_stanzas(battlefield, to):
    figures = battlefield.endure(("multiply_language", {"to": to}))
    assert figures.reported["sent"] > 1 << 16, figures.reported


@pytest.mark.parametrize(
    "reading, bidi", cases([("nothing", True), ("all", False)], [("nothing", False), ("all", True)])
)
def test_a_burst_to_an_absent_node(battlefield, reading, bidi):
    """The bounces go to a bidirectional stream that may not be read, or else to a server that does not exist."""
    how = {"where": "authenticated", "connections": 1, "reading": reading, "bidi": bidi}
    # Until then stanzas without a server may stay in memory.
    battlefield.endure(("burst", how), timeouts={"queue": size(5, 30), "node": size(5, 30)})


@pytest.mark.parametrize("connections, reading", cases([(1, "all"), (2, "all"), (1, "nothing")], [(2, "nothing")]))
def test_requests_for_acknowledgement(battlefield, connections, reading):
    battlefield.endure(("request_acknowledgements", {"connections": connections, "reading": reading}))


# (peer, octets at once, keepalive). The hub ends a silent peer's stream after `timeouts.keepalive`. It is 60 s for
# silent peers, so that the measurement ends before.
STALLS = [("server", 0, 60), ("bidi", 0, 60), ("acknowledging", 20000, 2), ("direct handshake", 0, 60)]
MORE_STALLS = [
    (peer, octets, keepalive)
    for peer in ("server", "direct TLS", "bidi", "acknowledging", "handshake", "direct handshake")
    for octets, keepalive in ((0, 60), (20000, 2))
    if (peer, octets, keepalive) not in STALLS
]


@pytest.mark.parametrize("peer, octets_at_once, keepalive", cases(STALLS, MORE_STALLS))
def test_a_stalled_peer_costs_nothing(battlefield, peer, octets_at_once, keepalive):
    """The hub uses little processor time: right after the stall, or after `timeouts.keepalive` at a slow reader."""
    shares = []
    figures = battlefield.endure(
        ("stall", {"peer": peer, "octets_at_once": octets_at_once, "seconds": 4}),
        beside=lambda trial: has_stalled(trial, peer) and measure_cpu(trial, shares), timeouts={"keepalive": keepalive},
    )  # fmt: skip
    assert_idle(figures, shares)


ROW = 300  # octets of a domain that has failed, which the API shows for a day; 10,000 such rows at most


def test_many_domains_that_wait(battlefield):
    """All of them wait for a name server that never answers."""
    shares = []

    def domains(trial):
        # For each domain an actor starts. With sanitizers, 4,000 at once delay everything else by 0.2 s.
        return size(2000 if trial.hub.sanitized() else 4000, 20000)

    figures = battlefield.endure(
        ("write_to_many_domains", {"domains": domains, "below": lambda trial: f"mute.{trial.attacker}"}),
        prepare=lambda trial: trial.site.dns.behave(f"mute.{trial.attacker}", "drop"),
        beside=lambda trial: measure_cpu(trial, shares),
        timeouts={"queue": size(5, 30)},  # until then the stanzas may stay in memory
        kept=size(4000, 10000) * ROW,
    )
    assert_idle(figures, shares)


def has_stalled(trial, peer: str) -> bool:
    """Waits until the hub has counted the stall. Handshakes are not counted: waits for 1 s then."""
    if "handshake" in peer:
        return pause(1)
    return eventually(lambda: trial.hub.metric("fedhub_stream_stalls_total") > 0, what="a stall")


def measure_cpu(trial, shares: list) -> bool:
    """Appends the share of a core that the hub uses during 1.5 s of the attack."""
    pause(1)
    before = trial.hub.cpu_seconds()
    pause(1.5)
    shares.append((trial.hub.cpu_seconds() - before) / 1.5)
    print(f"{shares[-1]:.2f} of a core")
    return False


def assert_idle(figures, shares: list) -> None:
    allowed = CPU_SHARE_SANITIZED if figures.sanitized else CPU_SHARE
    assert shares[-1] <= allowed, f"{shares[-1]:.2f} of a core"


def test_one_stranger_does_not_take_all_connections(battlefield):
    """Another remote server and a component still get in."""

    def others_get_in(trial):
        remote = trial.site.server(verify_at=trial.hub.s2s)
        component = trial.site.component(trial.hub, trial.spare[0])
        remote.connect(trial.hub.s2s, trial.spare[0]).send(message(remote.domain, trial.spare[0]))
        component.expect_message(from_=remote.domain)
        return False

    battlefield.endure(("take_connections", {"most": 220}), beside=others_get_in, limits={"connections": 200})


def test_a_stranger_does_not_evict_the_sessions_of_others(battlefield):
    """A good stream is cut, then many of the attacker's (9,000 in a long run). The good one can still be resumed."""
    held = {}

    def cut_a_good_stream(trial):
        remote = trial.certified_listener()
        stream = remote.connect_by_certificate(trial.hub.s2s, trial.victim)
        stream.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        held.update(remote=remote, id=stream.expect("sm:enabled")["id"])
        stream.cut()

    def resume_it(trial):
        stream = held["remote"].connect_by_certificate(trial.hub.s2s, trial.victim)
        stream.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{held['id']}' h='0'/>")
        stream.expect("sm:resumed")

    each = size(100, 4500)
    figures = battlefield.endure(
        *[("cut_resumable_streams", {"most": each})] * 2, prepare=cut_a_good_stream, after=resume_it
    )
    assert figures.reported["cut"] == 2 * each, figures.reported


@pytest.mark.parametrize("where", cases(["clear", "authenticated", "component"], ["TLS", "authenticated direct"]))
def test_resets_in_mid_stanza(battlefield, where):
    battlefield.endure(("reset_in_mid_stanza", {"where": where}))
