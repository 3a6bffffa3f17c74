"""Tests of the measuring code: it reports each bound that is exceeded, and nothing else."""

import os
import pathlib
import subprocess
import threading
import time

import pytest

from .figures import MIB, Figures, table
from .low_weight import Nice, low_weight
from .rhythm import Rhythm


def figures(pair_ms=20.0, lost=0, control_ms=10.0, peak=30 * MIB, after=22 * MIB, log=10_000, **others) -> Figures:
    """Returns figures that are good except for the given ones."""
    usual = {
        "attack": "none", "connections": 4, "seconds": 5.0, "idle": 20 * MIB, "sanitized": False, "trials": 1,
        "reported": {},
        "pair": {"worst_ms": pair_ms, "worst_at_s": 1.0, "median_ms": 2.0, "lost": lost, "answered": 100},
        "control": {"worst_ms": control_ms}, "peak": peak, "after": after, "log": log,
    }  # fmt: skip
    return Figures(**usual | others)


def test_figures_within_all_bounds_are_good():
    assert figures().problems() == []
    assert figures(pair_ms=109).problems() == []  # 100 ms, plus the 10 ms of the control process
    assert figures(after=29 * MIB, kept=MIB).problems() == []


@pytest.mark.parametrize("change, problem", [
    ({"pair_ms": 111}, "the pair's worst answer"), ({"lost": 1}, "lost 1 pings"),
    ({"peak": 86 * MIB}, "memory grew by 66.0"), ({"after": 29 * MIB}, "memory is 9.0 MiB above idle"),
    ({"log": 200_000}, "the log grew"),
    ({"pair_ms": float("inf")}, "the pair's worst answer")])  # fmt: skip
def test_each_bound_that_is_passed_is_one_problem(change, problem):
    found = figures(**change).problems()
    assert len(found) == 1 and problem in found[0], found


def test_each_connection_may_cost_256_kib():
    assert figures(peak=86 * MIB, connections=12).problems() == []


def test_sanitizers_are_allowed_more_time_and_any_memory():
    assert figures(pair_ms=259, peak=500 * MIB, after=500 * MIB, sanitized=True).problems() == []
    assert figures(pair_ms=261, sanitized=True).problems()


def test_the_machine_is_calm_if_the_control_process_waited_50_ms_at_most():
    assert figures(control_ms=50).machine_was_calm() and not figures(control_ms=51).machine_was_calm()


def test_the_table_has_a_row_for_each_trial_and_its_verdict():
    lines = table([figures(), figures(lost=3)]).splitlines()
    assert len(lines) == 3 and lines[1].endswith("ok") and lines[2].endswith("the pair lost 3 pings")


def test_a_ping_that_is_not_answered_is_lost():
    rhythm = Rhythm(lambda number: rhythm.answered(f"r{number}") if number else None, ("r",))
    rhythm.run(threading.Event(), pings=3)
    report = rhythm.report(within=0.1)
    assert (report["answered"], report["lost"]) == (2, 1)


def test_a_sender_that_is_held_up_hides_no_delay():
    """Pings that become due while the sender is blocked count from their due time."""

    def send(number):
        if number == 0:
            time.sleep(0.3)
        rhythm.answered(f"r{number}")

    rhythm = Rhythm(send, ("r",))
    rhythm.run(threading.Event(), pings=4)
    report = rhythm.report(within=0)
    assert report["worst_ms"] >= 300 and report["median_ms"] >= 200, report


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_without_control_groups_attackers_are_scheduled_when_nobody_else_runs(sleeper):
    Nice().add(sleeper.pid)
    assert os.sched_getscheduler(sleeper.pid) == os.SCHED_IDLE
    assert os.getpriority(os.PRIO_PROCESS, sleeper.pid) == 19


def test_this_machine_gives_attackers_a_low_weight(sleeper):
    weight = low_weight()
    weight.add(sleeper.pid)
    cgroups = pathlib.Path(f"/proc/{sleeper.pid}/cgroup").read_text()
    sleeper.kill()
    sleeper.wait()
    weight.close()
    assert "fedhub-attack-" in cgroups or weight.description == Nice.description
