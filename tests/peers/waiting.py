"""Waiting with a deadline."""

import time

PATIENCE = 10.0
"""Seconds that a test waits for what ought to come at once. Generous: the machine may be busy."""


class Deadline:
    """A point in time, and the time that is left until then."""

    def __init__(self, within: float = PATIENCE):
        self._end = time.monotonic() + within

    def left(self) -> float:
        """Returns the seconds left, always above 0, so that the result can serve as a socket's time-out."""
        return max(self._end - time.monotonic(), 0.001)

    def passed(self) -> bool:
        return time.monotonic() >= self._end


def eventually(condition, within: float = PATIENCE, what: str = ""):
    """Polls until `condition()` is true, and returns its value.

    A condition that raises AssertionError counts as not yet true; the last such error is shown at the end.
    """
    deadline = Deadline(within)
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except AssertionError as error:
            last = error
        if deadline.passed():
            raise AssertionError(f"not within {within} s: {what or 'condition'} (last seen: {last!r})")
        time.sleep(0.02)


class Stopwatch:
    """Measures the seconds since it was made."""

    def __init__(self):
        self._start = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._start
