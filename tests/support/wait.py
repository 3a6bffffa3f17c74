"""Waiting for a condition, with a time limit."""

import time

POLL_S = 0.02


def eventually(condition, what, within=10.0):
    """Polls `condition` until it returns something true, and returns that.

    @param within seconds.
    Raises an AssertionError that names `what` when the time is up.
    """
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(POLL_S)
