"""Threads of the hub that do not run for a while."""

import ctypes
import os
from pathlib import Path


class StoppedThread:
    """A context in which a thread of another process does not run (ptrace(2))."""

    SEIZE, INTERRUPT, DETACH, WAIT_ALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, number: int):
        self.number = number
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _trace(self, request: int) -> None:
        done = self._libc.ptrace(request, self.number, None, None)
        assert done == 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        self._trace(self.SEIZE)
        self._trace(self.INTERRUPT)
        os.waitpid(self.number, self.WAIT_ALL)
        return self

    def __exit__(self, *_):
        self._trace(self.DETACH)


def workers(hub) -> list:
    """Returns the thread numbers of the scheduler's workers."""
    tasks = Path(f"/proc/{hub.process.pid}/task").iterdir()
    return sorted(int(task.name) for task in tasks if (task / "comm").read_text().startswith("caf.multiplexer"))
