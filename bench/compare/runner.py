"""Makes all runs, in a fair order and in bounded time."""

import time
from dataclasses import dataclass

from . import generator, scenarios, systems
from .results import LOSSES

# `fitted` scenarios: a server gets as many streams as it authenticates in FIT_S seconds, but at least FIT_LEAST.
FIT_S = 4
FIT_LEAST = 200
# A scenario is not tried again with a system after so many failures without a success.
PATIENCE = 2


@dataclass(frozen=True)
class Plan:
    """@param systems names of systems."""
    scenarios: tuple
    systems: tuple
    repetitions: int
    sweep: bool

    def pairs(self):
        """@returns (scenario, system's name) of one repetition, in order."""
        return [(scenario, name) for scenario in self.scenarios for name in self.systems if scenario.is_for(name)]


class Runner:
    """@param measure function of a scenario, a system's type and a number of streams, as `measure.Measurement` is.
    @param results to which each run is added.
    @param say called with each line of progress.
    """

    def __init__(self, plan, measure, results, say):
        self._plan = plan
        self._measure = measure
        self._results = results
        self._say = say
        self._started = time.monotonic()
        self._done = 0
        self._total = plan.repetitions * len(plan.pairs()) + (
            len(plan.systems) * len(scenarios.SWEEP_RATES + scenarios.SWEEP_PARTS) if plan.sweep else 0)

    def run(self):
        """Runs all systems once, then all of them again, so that a disturbance of the machine affects all alike."""
        for repetition in range(1, self._plan.repetitions + 1):
            for scenario, system in self._plan.pairs():
                cell = self._results.cell(scenario.name, system)
                if len(cell.failures) >= PATIENCE and not cell.runs:
                    self._report(scenario, system, repetition, "not tried again")
                else:
                    self._run(scenario, system, repetition)
        if self._plan.sweep:
            self._sweep()

    def _sweep(self):
        for system in self._plan.systems:
            saturated = self._results.median(scenarios.SWEEP_BASE, system, "stanzas_per_second")
            for scenario in scenarios.sweep(saturated) if saturated else ():
                self._run(scenario, system, 1)

    def _run(self, scenario, system, repetition):
        place = {"scenario": scenario.name, "system": system, "repetition": repetition}
        try:
            result = self._measure(scenario, systems.BY_NAME[system], self._streams(scenario, system)) | place
            outcome = _in_short(result)
        except (generator.RunFailed, AssertionError) as error:
            outcome = " ".join(str(error).split())
            result = place | {"failed": outcome}
        self._results.add(result)
        self._report(scenario, system, repetition, outcome)

    def _streams(self, scenario, system):
        if not scenario.fitted or systems.is_fedhub(system):
            return scenario.streams
        storm = f"storm-{'tls' if scenario.tls else 'plain'}"
        pairs_per_second = self._results.median(storm, system, "pairs_per_second") or 0
        return max(FIT_LEAST, min(scenario.streams, round(FIT_S * pairs_per_second / 100) * 100))

    def _report(self, scenario, system, repetition, outcome):
        self._done += 1
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * max(0, self._total - self._done)
        self._say(f"[{self._done}/{self._total}, {left / 60:.0f} min left] {scenario.name} {system} #{repetition}: "
                  f"{outcome}")


def _in_short(result):
    parts = []
    if "pairs_per_second" in result:
        parts.append(f"{result['pairs_per_second']:,.0f} pairs/s")
    elif "kib_per_stream" in result:
        parts.append(f"{result['kib_per_stream']:.1f} KiB for each of {result['streams']:,} streams")
    elif "stanzas_per_second" in result:
        parts.append(f"{result['stanzas_per_second']:,.0f} stanzas/s, {result['cpu_seconds_per_million']:.2f} CPU s "
                     "per million")
    parts += [f"{result[kind]:,} {kind.replace('_', ' ')}" for kind in LOSSES if result.get(kind)]
    return ", ".join(parts)
