"""The hub's certificate and key are replaced under load on 5,000 TLS streams: no stream ends, and no stanza is lost."""

import signal

from compare.results import LOSSES

from peers.authority import certificate, der_of, split, write_in_place_of
from peers.load import DOMAIN, Load, free_address
from peers.site import component_node, shown_certificate
from peers.waiting import eventually

DOMAINS = 2_500  # each has a stream in each direction
STREAMS = 2 * DOMAINS
LEGS = ("s2s-in", "s2s-out")
RATE = 5_000  # requests a second in all: two a second on each stream to the hub, and their answers on each from it
LONGEST_S = 300  # an upper bound; the test ends the load earlier
OPENING_S = 180  # 12 s on two idle cores
WITHIN_S = 30


def streams(hub):
    """Returns the number of authenticated streams on TLS with remote domains."""
    return sum(hub.metric("fedhub_streams", leg=leg, security="tls", state="authenticated") for leg in LEGS)


def reloads(hub):
    return hub.metric("fedhub_config_reloads_total", result="applied")


def begun_and_ended(hub):
    """Returns how many streams with remote domains have begun and how many have ended so far."""
    return [sum(hub.metric(name, leg=leg) for leg in LEGS)
            for name in ("fedhub_streams_opened_total", "fedhub_streams_closed_total")]


def test_a_reload_under_load_ends_no_stream(site):
    """Two reloads: one by SIGHUP, one by the file watch alone."""
    dns, world = free_address(), free_address()
    old, *newer = (certificate(DOMAIN) for _ in range(3))
    directory = site.directory("tls")
    paths = [directory / name for name in ("chain.pem", "key.pem")]
    for path, octets in zip(paths, split(old), strict=True):
        path.write_bytes(octets)
    hub = site.certified_hub(
        component_node(DOMAIN),
        certificates=[], tls={"certificate": [dict(zip(("chain_file", "key_file"), map(str, paths), strict=True))]},
        federation={"security_mode": "tls-required"}, dns={"servers": [dns]}, log={"level": "info"},
        limits={"connections": 3 * STREAMS, "connections_per_address": 3 * STREAMS, "accepts_per_second": 100_000},
        timeouts={"connect": 30, "negotiation": 60, "dialback": 60, "queue": 60},
    )  # fmt: skip
    asking, probes = site.listener(), 0
    load = site.keep(Load(hub, dns, world, "echo", "--tls", "--streams", DOMAINS, "--rate", RATE, "--warm-up", 0,
                          "--duration", LONGEST_S))  # fmt: skip

    def carried():
        load.assert_running()
        return hub.metric("fedhub_stanzas_accepted_total")

    def let_flow():
        """Waits until each stream has carried further stanzas. The streams are used in turn."""
        begin = carried()
        eventually(lambda: carried() >= begin + 2 * STREAMS, WITHIN_S, "stanzas on all streams")

    def shows(pem):
        nonlocal probes
        probes += 1
        return shown_certificate(asking, hub, DOMAIN) == der_of(pem)

    eventually(lambda: streams(hub) == STREAMS and carried() >= 2 * STREAMS, OPENING_S, f"{STREAMS} streams in use")
    begun, ended = begun_and_ended(hub)
    assert shows(old)
    for how, new in zip(("SIGHUP", "the files alone"), newer, strict=True):
        let_flow()
        before = reloads(hub)
        for path, octets in zip(paths, split(new), strict=True):
            write_in_place_of(path, octets)
        if how == "SIGHUP":
            hub.signal(signal.SIGHUP)
        eventually(lambda: shows(new), WITHIN_S, f"the new certificate, by {how}")
        eventually(lambda: reloads(hub) > before, WITHIN_S, "the reload's count")
        let_flow()
        assert streams(hub) == STREAMS

    # Only the test's own streams have begun and ended since.
    eventually(lambda: begun_and_ended(hub) == [begun + probes, ended + probes], WITHIN_S)
    assert streams(hub) == STREAMS
    result = load.finish()
    assert {kind: result[kind] for kind in LOSSES} == dict.fromkeys(LOSSES, 0)
    assert result["received"] == result["sent"] > 6 * DOMAINS
