"""Goes through all runs: each with a world and a start of its system of its own."""

import time
from dataclasses import dataclass

from . import generator, scenarios, systems
from .world import open_world

WARM_UP_S = 0.5
DRAIN_S = 10
# For handshakes before the load, and for what fedhub-load takes to start and end.
SLACK_S = 40
# `fitted` scenarios: for so long a server may authenticate streams, and as many as that it gets, but at least so many.
FIT_S = 4
FIT_LEAST = 200
# After so many failures of a scenario with a system, and no success, it is not tried again.
PATIENCE = 2


@dataclass(frozen=True)
class Plan:
    """@param duration seconds of the measured interval."""
    scenarios: tuple
    systems: tuple
    repetitions: int
    duration: float
    sweep: bool


class Runner:
    """@param programs paths of fedhub and fedhub-load, by name.
    @param results where each run goes.
    @param say takes lines for whoever waits.
    """

    def __init__(self, plan, programs, results, say):
        self._plan = plan
        self._programs = programs
        self._results = results
        self._say = say
        self._started = time.monotonic()
        self._done = 0
        self._total = plan.repetitions * len(self._pairs()) + (
            len(plan.systems) * len(scenarios.SWEEP_PARTS) if plan.sweep else 0)

    def run(self):
        """All systems once, then all of them again: what disturbs the machine for a while hits all alike."""
        for repetition in range(1, self._plan.repetitions + 1):
            for scenario, system in self._pairs():
                cell = self._results.cell(scenario.name, system.name)
                if len(cell.failures) >= PATIENCE and not cell.runs:
                    self._report(scenario, system, repetition, "not tried again")
                else:
                    self._run(scenario, system, repetition)
        if self._plan.sweep:
            self._sweep()

    def _pairs(self):
        return [(scenario, systems.BY_NAME[name]) for scenario in self._plan.scenarios
                for name in self._plan.systems if name in scenario.systems]

    def _sweep(self):
        for name in self._plan.systems:
            saturated = self._results.median(scenarios.SWEEP_BASE, name, "stanzas_per_second")
            if saturated:
                for part in scenarios.SWEEP_PARTS:
                    self._run(scenarios.sweep_scenario(round(part * saturated)), systems.BY_NAME[name], 1)

    def _run(self, scenario, system_type, repetition):
        result = {"scenario": scenario.name, "system": system_type.name, "repetition": repetition}
        try:
            result = self._measure(scenario, system_type) | result
            outcome = _in_short(result)
        except (generator.RunFailed, AssertionError) as error:
            result["failed"] = outcome = " ".join(str(error).split())
        self._results.add(result)
        self._report(scenario, system_type, repetition, outcome)

    def _measure(self, scenario, system_type):
        duration = scenario.lasts * self._plan.duration
        with open_world() as (host, directory):
            system = system_type(host, directory, scenario.tls, self._programs)
            try:
                system.start()
                options = generator.options_of(scenario, system, self._streams(scenario, system), WARM_UP_S, duration,
                                               DRAIN_S)
                return generator.play(self._programs["fedhub-load"], host, options, system.pids(),
                                      WARM_UP_S + duration + DRAIN_S + SLACK_S)
            except generator.RunFailed as error:
                raise generator.RunFailed(system.failure() or error) from None
            finally:
                system.stop()

    def _streams(self, scenario, system):
        if not scenario.fitted or system.name == "fedhub":
            return scenario.streams
        storm = f"storm-{'tls' if scenario.tls else 'plain'}"
        pairs_per_second = self._results.median(storm, system.name, "pairs_per_second") or 0
        return max(FIT_LEAST, min(scenario.streams, round(FIT_S * pairs_per_second, -2)))

    def _report(self, scenario, system_type, repetition, outcome):
        self._done += 1
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * max(0, self._total - self._done)
        self._say(f"[{self._done}/{self._total}, {left / 60:.0f} min left] {scenario.name} {system_type.name} "
                  f"#{repetition}: {outcome}")


def _in_short(result):
    parts = []
    if "pairs_per_second" in result:
        parts.append(f"{result['pairs_per_second']:,.0f} pairs/s")
    elif "kib_per_stream" in result:
        parts.append(f"{result['kib_per_stream']:.1f} KiB for each of {result['streams']:,} streams")
    else:
        parts.append(f"{result['stanzas_per_second']:,.0f} stanzas/s, {result['cpu_seconds_per_million']:.2f} CPU s "
                     "per million")
    parts += [f"{kind} {result[kind]}" for kind in ("lost", "doubled", "reordered", "bounced", "unexpected_closes")
              if result.get(kind)]
    return ", ".join(parts)
