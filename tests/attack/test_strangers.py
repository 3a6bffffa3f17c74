"""Attacks by strangers: endless connections, illegal streams, and expensive handshakes."""

import pytest

from .trial import cases, pause, size


@pytest.mark.parametrize("hold", [0, 1000])
def test_an_accept_flood_while_components_log_in(battlefield, hold):
    """The flood comes from one address, on the S2S port. All components get in."""
    waiting = []

    def log_in(trial):
        if not waiting:
            return False
        trial.site.component(trial.hub, waiting.pop(0))
        return pause(0.03)

    battlefield.endure(
        ("connect_again_and_again", {"port": "s2s", "hold": hold}),
        prepare=lambda trial: waiting.__setitem__(slice(None), trial.spare[:40]), beside=log_in,
    )  # fmt: skip
    assert not waiting, f"{len(waiting)} components had not logged in when the attack was over"


@pytest.mark.parametrize("port", ["direct", "nodes"])
def test_an_accept_flood(battlefield, port):
    battlefield.endure(("connect_again_and_again", {"port": port, "hold": 100}))


@pytest.mark.parametrize("port", ["s2s", "nodes"])
def test_streams_that_come_octet_by_octet(battlefield, port):
    battlefield.endure(("trickle", {"port": port, "connections": 240}))


@pytest.mark.parametrize("port", ["s2s", "direct", "nodes"])
def test_illegal_streams_do_not_fill_the_log(battlefield, port):
    figures = battlefield.endure(
        ("open_illegal_streams", {"port": port, "at_once": 20}), limits={"accepts_per_second": 5000}
    )
    assert figures.reported["opened"] >= 50, figures.reported
    assert_clean_log(battlefield)


def assert_clean_log(battlefield) -> None:
    """Checks that the log has no character that would control a terminal."""
    bad = [character for character in battlefield.trial.hub.log if character in "\u009b\u202e\u2066\ufeff\x1b\x07"]
    assert not bad, bad[:10]


@pytest.mark.parametrize("where", ["direct TLS", "STARTTLS", "half a hello"])
def test_handshakes_that_stop(battlefield, where):
    battlefield.endure(("stop_in_handshake", {"where": where, "connections": 120}))


@pytest.mark.parametrize(
    "authenticated, requested", cases([(False, True), (True, True), (True, False)], [(False, False)])
)
def test_key_updates(battlefield, authenticated, requested):
    how = {"authenticated": authenticated, "requested": requested, "reading": not requested}
    battlefield.endure(("update_keys", how), ("update_keys", how))


def test_long_chains_of_certificates(battlefield):
    battlefield.endure(("show_long_chain", {"connections": 32, "length": 100}))


@pytest.mark.parametrize("domains", [1, 60], ids=["one domain", "many domains"])
def test_questions_to_a_mute_server(battlefield, domains):
    battlefield.endure(("ask_mute_server", {"questions": 12000, "domains": domains}))


def test_keys_of_domains_that_are_never_found(battlefield):
    """During the attack a component reaches servers whose domains were not looked for before."""
    reached = []
    # Measured 10 s after the attack: without these streams the memory is 2.4 MiB above idle, with about 20 of them
    # 6.7 MiB. They are open at the end, and their memory lies on pages that the attack has used too.
    friendly_stream_bytes = 200 << 10

    def reach_a_new_one(trial):
        reached.append(remote := trial.site.server())
        trial.sender.message(trial.victim, remote.domain, id="through")
        remote.expect_message(within=3, id="through")
        return pause(0.1)

    def prepare(trial):
        reached.clear()
        trial.site.dns.behave(f"mute.{trial.attacker}", "drop")
        trial.sender = trial.site.component(trial.hub, trial.victim)

    battlefield.endure(
        ("send_keys_of_unknown_domains", {
            "connections": size(192, 600), "below": lambda trial: f"mute.{trial.attacker}"}),
        prepare=prepare, beside=reach_a_new_one, kept=lambda: len(reached) * friendly_stream_bytes,
    )  # fmt: skip
