"""The results of single runs, one JSON object a line, and the medians of their repetitions."""

import json
import statistics
from dataclasses import dataclass, field

LOSSES = ("lost", "doubled", "reordered", "bounced", "unexpected_closes")


def flat(result, prefix=""):
    """@returns the numbers of a JSON object of fedhub-load; those of inner objects are named "outer.inner"."""
    numbers = {}
    for key, value in result.items():
        if isinstance(value, dict):
            numbers |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers[prefix + key] = value
    return numbers


@dataclass
class Cell:
    """All repetitions of one scenario with one system."""
    runs: list = field(default_factory=list)  # numbers by name, as `flat` has them
    failures: list = field(default_factory=list)  # reasons

    def median(self, metric):
        """@returns the median over the runs that have the metric, or None."""
        values = [run[metric] for run in self.runs if metric in run]
        return statistics.median(values) if values else None

    def spread(self, metric):
        """@returns (least, greatest) over the runs that have the metric, or None."""
        values = [run[metric] for run in self.runs if metric in run]
        return (min(values), max(values)) if values else None

    def losses(self):
        """@returns the sums over all runs, by kind, except those of 0."""
        sums = {kind: sum(run.get(kind, 0) for run in self.runs) for kind in LOSSES}
        return {kind: int(count) for kind, count in sums.items() if count}


class Results:
    """@param file to which each result is appended at once, or None."""

    def __init__(self, file=None):
        self._file = file
        self.facts = {}  # of the machine and the programs, in the order of the report
        self.cells = {}  # by (scenario, system)
        self.sweep = {}  # numbers of each run, by system

    @classmethod
    def read(cls, path):
        results = cls()
        with path.open() as lines:
            for line in lines:
                results.add(json.loads(line))
        return results

    def add(self, result):
        """@param result as fedhub-load wrote it, with "scenario", "system" and "repetition" set by the comparison. A
        failed run has "failed", the reason, instead of numbers. Or {"facts": {...}}.
        """
        if self._file is not None:
            self._file.write(json.dumps(result) + "\n")
            self._file.flush()
        if "facts" in result:
            self.facts = result["facts"]
            return
        if result["scenario"] == "sweep":
            if "failed" not in result:
                self.sweep.setdefault(result["system"], []).append(flat(result))
            return
        cell = self.cells.setdefault((result["scenario"], result["system"]), Cell())
        if "failed" in result:
            cell.failures.append(result["failed"])
        else:
            cell.runs.append(flat(result))

    def cell(self, scenario, system):
        return self.cells.get((scenario, system), Cell())

    def median(self, scenario, system, metric):
        return self.cell(scenario, system).median(metric)

    def summary(self):
        """@returns medians, least and greatest values, losses and failures of all, as JSON values."""
        return [{"scenario": scenario, "system": system, "repetitions": len(cell.runs), "failures": cell.failures,
                 "losses": cell.losses(),
                 "medians": {metric: cell.median(metric) for metric in sorted({m for run in cell.runs for m in run})},
                 "spread": {metric: cell.spread(metric) for metric in sorted({m for run in cell.runs for m in run})}}
                for (scenario, system), cell in self.cells.items()]
