"""The figures of a trial, the bounds for them, and the table of all trials."""

from dataclasses import dataclass

MIB = 1 << 20

PAIR_MS, PAIR_MS_SANITIZED = 100, 250
CONTROL_MS = 50
"""A trial in which the control process saw more than that is repeated."""

MEMORY_BYTES, MEMORY_BYTES_PER_CONNECTION = 64 * MIB, 256 << 10
MEMORY_AFTER_BYTES, AFTER_S = 8 * MIB, 10
LOG_BYTES_PER_MINUTE = MIB
LOG_MARGIN_S = 3
"""Counted as part of the attack: lines about its beginning and its end come all at once."""


@dataclass
class Figures:
    """The figures of one trial. Sizes are in octets."""

    attack: str
    connections: int  # at the same time
    pair: dict  # see Rhythm.report
    control: dict
    seconds: float  # from the attackers' start until the pair's last answer
    idle: int  # resident memory before the attack
    peak: int
    after: int  # resident memory at most 10 s after the attack
    log: int
    sanitized: bool
    trials: int  # number of trials, this one included
    reported: dict  # the attackers' counts
    more: str = ""  # further complaints
    kept: int = 0  # what the hub keeps on purpose, for its operators

    def machine_was_calm(self) -> bool:
        return self.control["worst_ms"] <= CONTROL_MS

    def problems(self) -> list:
        """Returns one line for each bound that was exceeded."""
        found = []
        bound = (PAIR_MS_SANITIZED if self.sanitized else PAIR_MS) + self.control["worst_ms"]
        if self.pair["worst_ms"] > bound:
            found.append(
                f"the pair's worst answer took {self.pair['worst_ms']:.0f} ms, {self.pair['worst_at_s']:.1f} s after "
                f"the beginning; allowed {bound:.0f} ms"
            )
        if self.pair["lost"]:
            found.append(f"the pair lost {self.pair['lost']} pings")
        log_bound = LOG_BYTES_PER_MINUTE * (self.seconds + LOG_MARGIN_S) / 60
        if self.log > log_bound:
            found.append(f"the log grew by {self.log:,} octets in {self.seconds:.1f} s; allowed {log_bound:,.0f}")
        if not self.sanitized:
            found += self._memory_problems()
        return found + [self.more] * bool(self.more)

    def _memory_problems(self) -> list:
        found = []
        peak_bound = MEMORY_BYTES + self.connections * MEMORY_BYTES_PER_CONNECTION
        if self.peak - self.idle > peak_bound:
            found.append(f"memory grew by {_mib(self.peak - self.idle)} MiB; allowed {_mib(peak_bound)} MiB")
        if self.after - self.idle > MEMORY_AFTER_BYTES + self.kept:
            found.append(
                f"memory is {_mib(self.after - self.idle)} MiB above idle {AFTER_S} s after the attack; allowed "
                f"{_mib(MEMORY_AFTER_BYTES + self.kept)} MiB"
            )
        return found

    def row(self) -> list:
        return [
            self.attack, str(self.connections), f"{self.pair['median_ms']:.1f}", f"{self.pair['worst_ms']:.0f}",
            f"{self.control['worst_ms']:.0f}", _mib(self.idle), _mib(self.peak), _mib(self.after), f"{self.log:,}",
            str(self.trials), self._reported(), "; ".join(self.problems()) or "ok",
        ]  # fmt: skip

    def _reported(self) -> str:
        shown = {"sent": lambda octets: f"{_mib(octets)} MiB sent", "read": lambda octets: f"{_mib(octets)} MiB read"}
        return ", ".join(
            shown.get(name, f"{{}} {name}".format)(value)
            for name, value in self.reported.items()
            if name not in ("connections", "said") and value
        )


HEAD = [
    "attack", "connections", "pair median ms", "pair worst ms", "control worst ms", "idle MiB", "peak MiB", "after MiB",
    "log octets", "trials", "attackers", "verdict",
]  # fmt: skip


def table(rows: list) -> str:
    """Returns the table of all trials, one line each."""
    texts = [HEAD] + [figures.row() for figures in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(HEAD) - 1)]
    lines = []
    for row in texts:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        # The verdict, last, has no width.
        lines.append("  ".join(cells + [row[-1]]))
    return "\n".join(lines)


def _mib(octets: int) -> str:
    return f"{octets / MIB:.1f}"
