"""Octets sent in one layer (clear text, TLS, after SASL) that the attacker wants the hub to read as another layer's."""

import pytest

from peers.component import message

from .trial import cases


@pytest.fixture
def victim():
    """A dictionary that `watch` fills."""
    return {}


def watch(trial, victim: dict) -> None:
    victim["component"] = trial.site.component(trial.hub, trial.victim)


def assert_nothing_came(trial, victim: dict) -> None:
    """Checks that the first stanza at the victim is a good server's, sent after the attack."""
    remote = trial.certified_listener()
    stream = remote.connect_by_certificate(trial.hub.s2s, trial.victim)
    stream.send(message(remote.domain, trial.victim, id="good"))
    first = victim["component"].expect_stanza()
    assert first.get("id") == "good", first


@pytest.mark.parametrize(
    "asks, apart",
    cases(
        [(0, False), (0, True), (2000, False), (10000, True), (60000, True)],
        [(2000, True), (10000, False), (60000, False)],
    ),
)
def test_clear_octets_behind_starttls(battlefield, victim, asks, apart):
    figures = battlefield.endure(
        ("smuggle_behind_starttls", {"asks": asks, "pause": apart}),
        prepare=lambda trial: watch(trial, victim), after=lambda trial: assert_nothing_came(trial, victim),
        federation={"require_client_certificates": True},
    )  # fmt: skip
    assert figures.reported["tried"] >= 1 and figures.reported["handshakes"] == 0, figures.reported


@pytest.mark.parametrize("direct", [False, True], ids=["STARTTLS", "direct"])
def test_octets_behind_auth(battlefield, victim, direct):
    figures = battlefield.endure(
        ("smuggle_behind_auth", {"direct": direct}),
        prepare=lambda trial: watch(trial, victim), after=lambda trial: assert_nothing_came(trial, victim),
    )  # fmt: skip
    assert figures.reported["tried"] >= 1


def test_clear_octets_behind_proceed(battlefield):
    """The hub is the TLS client here. Octets before the handshake end the stream."""
    figures = battlefield.endure(("smuggle_behind_proceed", {}))
    assert figures.reported["tried"] >= 1 and figures.reported["handshakes"] == 0, figures.reported
