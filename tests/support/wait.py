"""Bounded waiting for a condition."""

import time

POLL_S = 0.02


def eventually(condition, what, within=10.0):
    """Polls `condition` until it returns something true, and returns that.

    @param within seconds.
    Raises AssertionError that names `what` if the time is up.
    """
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(POLL_S)
