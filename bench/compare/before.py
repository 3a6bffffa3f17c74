"""Compares the cost of fedhub with that of an earlier build."""

from dataclasses import dataclass

from .demands import CPU, Verdict

REPETITIONS = 9
BUILDS = ("before", "before-again", "fedhub")


@dataclass(frozen=True)
class Cost:
    """@param bound by how much it may have grown, as a part of the earlier value."""
    scenario: str
    metric: str
    bound: float


@dataclass(frozen=True)
class Judgement:
    """@param change of the median against the mean of both earlier medians, as a part of it.
    @param spread between these two: the difference between two measurements of the same program in one run.
    """
    cost: Cost
    change: float
    spread: float
    verdict: Verdict


COSTS = (
    *(Cost(scenario, CPU, 0.03) for scenario in ("in-plain", "in-tls", "out-plain", "out-tls", "echo-plain")),
    *(Cost(scenario, "kib_per_stream", 0.05) for scenario in ("idle-plain", "idle-tls")),
)


def judge(results):
    """@returns a judgement for each cost that was measured with all three builds. A change counts beyond the spread."""
    judgements = []
    for cost in COSTS:
        first, again, now = (results.median(cost.scenario, name, cost.metric) for name in BUILDS)
        if not (first and again and now):
            continue
        mean = (first + again) / 2
        change, spread = now / mean - 1, abs(first - again) / mean
        verdict = Verdict.MET if now <= mean * (1 + cost.bound + spread) else Verdict.NOT_MET
        judgements.append(Judgement(cost, change, spread, verdict))
    return judgements
