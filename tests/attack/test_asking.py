"""Floods of elements that the hub has to answer, from peers that read the answers and from peers that don't."""

import pytest

from .trial import cases, pause

WAYS = ["clear", "TLS", "direct TLS", "authenticated"]


@pytest.mark.parametrize(
    "where, reading",
    cases([(where, "nothing") for where in WAYS] + [("clear", "slowly")], [(where, "slowly") for where in WAYS[1:]]),
)
def test_asks_and_never_reads(battlefield, where, reading):
    battlefield.endure(("ask", {"where": where, "connections": 1, "reading": reading}))


@pytest.mark.parametrize("where", cases(["clear"], ["TLS"]))
def test_thirty_two_ask_and_never_read(battlefield, where):
    battlefield.endure(("ask", {"where": where, "connections": 32, "reading": "nothing"}))


@pytest.mark.parametrize("where", ["clear", "authenticated"])
@pytest.mark.parametrize("connections", [2, 64])
def test_busy_streams(battlefield, where, connections):
    """As many streams as there are workers, and more."""
    battlefield.endure(("ask", {"where": where, "connections": connections, "reading": "all"}))


@pytest.mark.parametrize("reading", ["nothing", "all"])
def test_asks_before_tls_where_tls_is_required(battlefield, reading):
    """The first question ends the stream. The attacker then opens a new one and asks again."""
    figures = battlefield.endure(
        ("ask", {"where": "clear", "connections": 2, "reading": reading, "again": True}),
        federation={"security_mode": "tls-required"},
    )
    assert figures.reported["ended"] >= 10, figures.reported


@pytest.mark.parametrize("where", cases(["TLS"], ["authenticated"]))
def test_asks_where_tls_is_required(battlefield, where):
    battlefield.endure(
        ("ask", {"where": where, "connections": 2, "reading": "nothing"}), federation={"security_mode": "tls-required"}
    )


def test_a_reload_storm_during_a_flood(battlefield):
    """SIGHUP ten times a second."""

    def reload(trial):
        trial.hub.signal(1)
        return pause(0.1)

    battlefield.endure(("ask", {"where": "clear", "connections": 2, "reading": "all"}), beside=reload)


@pytest.mark.parametrize(
    "where, size", cases([("clear", 8000), ("TLS", 2000)], [("clear", 2000), ("TLS", 8000), ("direct TLS", 8000)])
)
def test_large_elements(battlefield, where, size):
    """The largest are near the limit that applies before authentication."""
    battlefield.endure(("send_large_elements", {"where": where, "connections": 8, "size": size}))
