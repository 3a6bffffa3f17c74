"""fedhub-load and the systems' configurations: all scenarios in short runs, for counts and order, not for time."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from compare import generator, scenarios, systems
from compare.results import LOSSES
from compare.world import open_world

RELEASE = systems.REPOSITORY / "build" / "release"
PROGRAMS = {"fedhub": Path(os.environ.get("FEDHUB", RELEASE / "fedhub")),
            "fedhub-load": Path(os.environ.get("FEDHUB_LOAD", RELEASE / "fedhub-load"))}
WARM_UP_S, DURATION_S, DRAIN_S = 0.1, 0.3, 10
WITHIN_S = 30

LOADS = [("in", ()), ("in", ("--size", "10240")), ("in", ("--mix", "kinds")), ("in", ("--rate", "1000")),
         ("out", ()), ("echo", ())]


def _running(system_type, tls):
    for program in PROGRAMS.values():
        assert program.exists(), f"{program} is missing: build it first"
    with open_world() as (host, directory):
        system = system_type(host, directory, tls, PROGRAMS)
        try:
            yield system.start()
        finally:
            system.stop()


def _name(parameter):
    system_type, tls = parameter
    return f"{system_type.name}-{'tls' if tls else 'plain'}"


HUBS = [(systems.Fedhub, False), (systems.Fedhub, True)]
PIPES = [(systems.Haproxy, False), (systems.Haproxy, True)]


@pytest.fixture(scope="module", params=HUBS + PIPES, ids=_name)
def system(request):
    yield from _running(*request.param)


@pytest.fixture(params=HUBS, ids=_name)
def hub(request):
    """A new hub for each test: stanzas that wait for a domain which never reads would reach the next test's domain."""
    yield from _running(*request.param)


def play(system, kind, streams, options, certified=False):
    scenario = scenarios.Scenario("small", "small", kind, tls=system.tls, options=options, certified=certified)
    arguments = generator.options_of(scenario, system, streams, WARM_UP_S, DURATION_S, DRAIN_S)
    return generator.play(PROGRAMS["fedhub-load"], system.host, arguments, system.pids(), WITHIN_S)


def assert_nothing_is_missing(result):
    assert {kind: result[kind] for kind in LOSSES} == dict.fromkeys(LOSSES, 0)


@pytest.mark.parametrize("kind, options", LOADS, ids=lambda x: " ".join(x) or "chat" if isinstance(x, tuple) else x)
def test_what_is_sent_arrives_once_and_in_order(system, kind, options):
    result = play(system, kind, 4, options)
    assert result["received"] == result["sent"] > 0
    assert_nothing_is_missing(result)


def test_latencies_are_counted_for_each_stanza_of_an_open_loop(system):
    latency = play(system, "in", 4, ("--rate", "1000"))["latency_us"]
    assert latency["count"] > 0
    assert 0 < latency["p50"] <= latency["p99"] <= latency["p999"] <= latency["max"]


@pytest.mark.parametrize("options", [(), ("--hosts", "2")], ids=["a server each", "two servers"])
def test_new_domain_pairs_are_authenticated(hub, options):
    result = play(hub, "storm", 4, options)
    assert result["pairs"] > 0
    assert_nothing_is_missing(result)


@pytest.mark.parametrize("certified", [False, True], ids=["a certificate of no worth", "one that proves"])
def test_a_certificate_that_proves_takes_the_place_of_a_key(certified):
    for hub in _running(systems.Fedhub, tls=True):
        result = play(hub, "storm", 4, (), certified)
        assert result["pairs"] > 0
        by_certificate = result["pairs_by_certificate"]
        if certified:  # the two counts are read one after the other while a thread still counts
            assert by_certificate > 2 and abs(by_certificate - result["pairs"]) <= 2
        else:
            assert by_certificate == 0
        assert_nothing_is_missing(result)


def test_idle_streams_stay_open(hub):
    result = play(hub, "idle", 50, ())
    assert result["streams"] == 50
    assert_nothing_is_missing(result)


def test_one_stream_serves_many_domains(hub):
    result = play(hub, "fan", 20, ())
    assert result["received"] == result["sent"] > 0
    assert_nothing_is_missing(result)


@pytest.mark.parametrize("options", [(), ("--no-stuck",)], ids=["beside a stuck one", "without it"])
def test_quick_domains_lose_nothing(hub, options):
    result = play(hub, "mixed", 6, options)
    assert result["received"] > 0
    assert_nothing_is_missing(result)


def test_the_tuned_servers_take_streams_and_components():
    """Each server's configuration works with the installed version, plain and with TLS."""
    for system_type in (systems.Prosody, systems.Ejabberd, systems.Jabberd2):
        for tls in (False, True):
            with open_world() as (host, directory):
                server = system_type(host, directory, tls, PROGRAMS)
                try:
                    result = play(server.start(), "in", 2, ("--rate", "200"))
                finally:
                    server.stop()
            assert result["received"] == result["sent"] > 0, (server.name, tls)
            assert_nothing_is_missing(result)
