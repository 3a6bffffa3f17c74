"""`/healthz` reports a worker that makes no progress."""

import ctypes
import os
import re
from pathlib import Path

import pytest

from peers.site import component_node, fresh_domain
from peers.waiting import PATIENCE, Stopwatch, eventually


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
    tasks = Path(f"/proc/{hub.process.pid}/task").iterdir()
    return sorted(int(task.name) for task in tasks if (task / "comm").read_text().startswith("caf.multiplexer"))


@pytest.mark.parametrize("place", [0, 1])
def test_healthz_reports_a_worker_that_makes_no_progress(site, place):
    hub = site.hub(component_node(fresh_domain("corp")), hub={"threads": 2})
    # An idle hub is healthy. 8 s are longer than `/healthz` may take to notice a fault.
    watch = Stopwatch()
    eventually(lambda: hub.get("/healthz")[0] != 200 or watch.seconds() > 8, within=20)
    assert hub.get("/healthz") == (200, "ok\n")
    with StoppedThread(workers(hub)[place]):
        watch = Stopwatch()
        eventually(lambda: hub.get("/healthz")[0] == 503, within=20, what="503")
        assert watch.seconds() > 4
        assert re.search("has not finished its job|has not run for|have not answered", hub.get("/healthz")[1])
        assert hub.get("/metrics")[0] == 200
    eventually(lambda: hub.get("/healthz")[0] == 200, within=PATIENCE, what="200 again")
