"""The scenarios of fedhub-load, with their sizes, rates and numbers of streams."""

from dataclasses import dataclass

from . import systems

STREAMS = 16
MANY_STREAMS = 8_000
LATENCY_RATE = 1_000  # stanzas per second
HOSTS = 64  # servers that share the domains of a hosted storm
GROWTH_RATE = 100_000  # stanzas per second of all streams, the same for few and for many

EVERYTHING = tuple(system.name for system in systems.ALL)
XMPP = ("fedhub", *systems.SERVERS)
FEDHUB = ("fedhub",)


@dataclass(frozen=True)
class Scenario:
    """One row of the tables.

    @param kind its name in fedhub-load.
    @param lasts the measured time, as a multiple of --duration.
    @param certified whether the remote domains show a certificate that the systems can check.
    @param fitted whether a server gets only as many streams as it authenticates in a bounded time.
    """
    name: str
    title: str
    kind: str
    tls: bool = False
    options: tuple = ()
    systems: tuple = EVERYTHING
    streams: int = STREAMS
    rate: int | None = None
    lasts: float = 1.0
    certified: bool = False
    fitted: bool = False

    def is_for(self, system):
        """@param system its name. Earlier builds of fedhub have the scenarios of fedhub."""
        return system in self.systems or (systems.is_fedhub(system) and "fedhub" in self.systems)


def _plain_and_tls(name, title, kind, **rest):
    return (Scenario(f"{name}-plain", f"{title}, plain", kind, tls=False, **rest),
            Scenario(f"{name}-tls", f"{title}, TLS", kind, tls=True, **rest))


ALL = (
    *_plain_and_tls("in", "`in`, chat mix of 250 B", "in"),
    *_plain_and_tls("out", "`out`, chat mix of 250 B", "out"),
    Scenario("echo-plain", "`echo`, plain", "echo"),
    Scenario("in-100", "`in`, 100 B", "in", options=("--size", "100")),
    Scenario("in-1024", "`in`, 1 KiB", "in", options=("--size", "1024")),
    Scenario("in-10240", "`in`, 10 KiB", "in", options=("--size", "10240")),
    Scenario("in-kinds", "`in`, mixed kinds", "in", options=("--mix", "kinds")),
    # Longer, since p99.9 is one stanza of a thousand.
    *_plain_and_tls("latency", f"`in` at {LATENCY_RATE:,}/s", "in", rate=LATENCY_RATE, lasts=2.0),
    *_plain_and_tls("storm", "`storm`", "storm", systems=XMPP),
    # The domains of one provider: a system that asks about keys on existing streams saves most connections.
    *_plain_and_tls("storm-hosted", f"`storm`, {HOSTS} servers in all", "storm", systems=XMPP,
                    options=("--hosts", str(HOSTS))),
    # A system that accepts a certificate as proof (SASL EXTERNAL) need not ask another server.
    Scenario("storm-certified-tls", "`storm`, certificates that prove, TLS", "storm", tls=True, systems=XMPP,
             certified=True),
    # After `storm`, whose result gives the number of streams for `fitted`.
    *_plain_and_tls("idle", "`idle`", "idle", systems=XMPP, streams=MANY_STREAMS, fitted=True),
    Scenario("growth-few", f"`in` at {GROWTH_RATE:,}/s, {STREAMS} domains", "in", systems=FEDHUB, rate=GROWTH_RATE),
    Scenario("growth-many", f"`in` at {GROWTH_RATE:,}/s, {MANY_STREAMS:,} domains", "in", systems=FEDHUB,
             streams=MANY_STREAMS, rate=GROWTH_RATE),
    # Few outstanding stanzas on each stream, so that each read brings equally few, with few or many streams.
    Scenario("growth-few-saturating", f"`in`, 2 outstanding each, {STREAMS} domains", "in", systems=FEDHUB,
             options=("--window", "2")),
    Scenario("growth-many-saturating", f"`in`, 2 outstanding each, {MANY_STREAMS:,} domains", "in", systems=FEDHUB,
             streams=MANY_STREAMS, options=("--window", "2")),
    Scenario("fan-plain", f"`fan` to {MANY_STREAMS:,} domains", "fan", systems=FEDHUB, streams=MANY_STREAMS),
    # Longer, since the stuck domain is not stuck before the kernel's buffers are full, which takes a second or two.
    Scenario("mixed-plain", "`mixed`: 99 quick domains beside a stuck one", "mixed", systems=FEDHUB, streams=100,
             lasts=4.0),
    Scenario("mixed-without", "`mixed` without the stuck one", "mixed", systems=FEDHUB, streams=100, lasts=4.0,
             options=("--no-stuck",)),
)
BY_NAME = {scenario.name: scenario for scenario in ALL}

# The sweep offers each system fixed rates, unless they are half of its saturated throughput or more, and parts of that
# throughput.
SWEEP = "sweep"
SWEEP_BASE = "in-plain"
SWEEP_RATES = (1_000, 5_000)  # stanzas per second
SWEEP_PARTS = (0.1, 0.25, 0.5, 0.7, 0.85, 0.95, 1.05, 1.2)


def sweep(saturated):
    """@param saturated stanzas per second.
    @returns the scenarios of the sweep.
    """
    rates = sorted({rate for rate in SWEEP_RATES if rate < saturated / 2} | {round(part * saturated)
                                                                             for part in SWEEP_PARTS})
    return [Scenario(SWEEP, f"`in` at {rate:,}/s", "in", rate=rate) for rate in rates]
