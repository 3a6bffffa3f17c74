"""`/healthz` reports a worker that makes no progress."""

import re

import pytest

from peers.site import component_node, fresh_domain
from peers.stopped_thread import StoppedThread, workers
from peers.waiting import PATIENCE, Stopwatch, eventually


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
