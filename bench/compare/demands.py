"""The demands on fedhub, and whether it meets them."""

import enum
from dataclasses import dataclass

from . import systems

RATE = "stanzas_per_second"
CPU = "cpu_seconds_per_million"


class Verdict(enum.Enum):
    MET = "met"
    NOT_MET = "**not met**"
    OPEN = "not measured"


@dataclass(frozen=True)
class Demand:
    """fedhub's median of `metric` in `scenario` is at least, or at most, `factor` times a reference.

    @param against "haproxy", or "servers" for the best server, in the same scenario; or a scenario's name, for fedhub
    in that scenario; or None: the factor itself is the limit.
    """
    scenario: str
    metric: str
    at_least: bool
    factor: float
    against: str | None = None

    def reference(self, results):
        """@returns (value, system), or None if it was not measured."""
        if self.against is None:
            return 1.0, ""
        if self.against == "haproxy":
            candidates = [(self.scenario, "haproxy")]
        elif self.against == "servers":
            candidates = [(self.scenario, server) for server in systems.SERVERS]
        else:
            candidates = [(self.against, "fedhub")]
        measured = [(value, whose) for place, whose in candidates
                    if (value := results.median(place, whose, self.metric)) is not None]
        if not measured:
            return None
        best = max if self.at_least else min
        return best(measured)


@dataclass(frozen=True)
class Judgement:
    """@param reached fedhub's value, as a multiple of the reference if there is one."""
    demand: Demand
    value: float | None
    reached: float | None
    whose: str
    verdict: Verdict


def judge(demand, results):
    value = results.median(demand.scenario, "fedhub", demand.metric)
    reference = demand.reference(results)
    if value is None or reference is None or (demand.against is not None and reference[0] == 0):
        return Judgement(demand, value, None, "", Verdict.OPEN)
    reached = value / reference[0]
    met = reached >= demand.factor if demand.at_least else reached <= demand.factor
    return Judgement(demand, value, reached, reference[1], Verdict.MET if met else Verdict.NOT_MET)


def _at_least(factor, against, *scenarios, metric=RATE):
    return [Demand(scenario, metric, True, factor, against) for scenario in scenarios]


def _at_most(factor, against, *scenarios, metric=CPU):
    return [Demand(scenario, metric, False, factor, against) for scenario in scenarios]


ALL = (
    *_at_least(0.40, "haproxy", "in-plain", "in-tls"),
    *_at_least(25, "servers", "in-plain", "in-tls", "out-plain", "out-tls"),
    *_at_most(1 / 40, "servers", "in-plain", "in-tls", "out-plain", "out-tls"),
    *_at_least(20, "servers", "echo-plain", "in-100", "in-1024", "in-10240", "in-kinds"),
    *_at_most(2.5, "haproxy", "latency-plain", "latency-tls", metric="latency_us.p50"),
    *_at_most(1, "servers", "latency-plain", "latency-tls", metric="latency_us.p99"),
    *_at_most(1, "servers", "latency-plain", "latency-tls", metric="latency_us.p999"),
    *_at_least(2, "servers", "storm-plain", metric="pairs_per_second"),
    *_at_least(5, "servers", "storm-tls", metric="pairs_per_second"),
    *_at_most(1 / 2, "servers", "storm-plain", metric="cpu_ms_per_pair"),
    *_at_most(1 / 6, "servers", "storm-tls", metric="cpu_ms_per_pair"),
    *_at_most(8, None, "idle-plain", metric="kib_per_stream"),
    *_at_most(20, None, "idle-tls", metric="kib_per_stream"),
    *_at_most(0.01, None, "idle-plain", "idle-tls", metric="idle_cpu_share"),
    *_at_most(1.5, "growth-few", "growth-many"),
    *_at_most(1.5, "growth-few-saturating", "growth-many-saturating"),
    *_at_least(0.9, "mixed-without", "mixed-plain"),
    *_at_most(systems.FEDHUB_MEMORY / 1024, None, "mixed-plain", metric="rss_kib_peak"),
)


def lost_by_fedhub(results):
    """@returns the losses of all runs of fedhub (lost, doubled, ...), by scenario: {scenario: {kind: count}}."""
    return {scenario: losses for (scenario, system), cell in results.cells.items()
            if system == "fedhub" and (losses := cell.losses())}
