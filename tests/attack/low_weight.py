"""Attackers get what others leave of the processors, so that they do not starve the pair by themselves.

Only from the attack's beginning on: what they prepare before would take long.
"""

import os
from pathlib import Path

FALLBACK = "nice 19, SCHED_IDLE"


class Cgroup:
    """A control group of low weight, by either version of the kernel's interface."""

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
        """Only once its processes have ended."""
        self._folder.rmdir()


class Nice:
    """For those who can't make a control group."""

    description = FALLBACK

    def add(self, pid: int) -> None:
        for thread in map(int, os.listdir(f"/proc/{pid}/task")):
            os.setpriority(os.PRIO_PROCESS, thread, 19)
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))

    def close(self) -> None:
        pass


def _mounts() -> list:
    """(type, folder, options) of each mounted file system."""
    rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [(row[2], Path(row[1]), row[3].split(",")) for row in rows]


def low_weight():
    """The best that this machine allows; `description` says which."""
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
