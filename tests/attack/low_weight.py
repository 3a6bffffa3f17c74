"""Gives attackers a low share of the processors, so that they do not starve the pair by their own processor use.

This applies from the attack's beginning only: otherwise their preparations would take long.
"""

import os
from pathlib import Path

FALLBACK = "nice 19, SCHED_IDLE"


class Cgroup:
    """A control group of low weight, by version 1 or 2 of the kernel's interface."""

    def __init__(self, folder: Path, file: str, weight: str):
        self.description = f"cgroup, {file} = {weight}"
        self._folder = folder
        folder.mkdir()
        try:
            (folder / file).write_text(weight)
        except OSError:
            self.close()
            raise

    def add(self, pid: int) -> None:
        (self._folder / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        """Removes the group. All its processes must have ended."""
        self._folder.rmdir()


class Nice:
    """The lowest priority by other means, for users who can't make a control group."""

    description = FALLBACK

    def add(self, pid: int) -> None:
        for thread in map(int, os.listdir(f"/proc/{pid}/task")):
            os.setpriority(os.PRIO_PROCESS, thread, 19)
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))

    def close(self) -> None:
        pass


def _mounts() -> list:
    """Returns (type, folder, options) of each mounted file system."""
    rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [(row[2], Path(row[1]), row[3].split(",")) for row in rows]


def low_weight():
    """Returns the best means that this machine allows; its `description` says which one."""
    name = f"fedhub-attack-{os.getpid()}"
    for kind, folder, options in _mounts():
        try:
            if kind == "cgroup2":
                return Cgroup(folder / name, "cpu.weight", "20")
            if kind == "cgroup" and "cpu" in options:
                return Cgroup(folder / name, "cpu.shares", "200")
        except OSError:
            continue
    return Nice()
