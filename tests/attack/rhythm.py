"""The measuring code of the pair and of the control process: numbered pings at fixed times, and their latencies."""

import statistics
import threading
import time

from peers.waiting import eventually

INTERVAL_S = 0.040


class Rhythm:
    """Calls `send(number)` every 40 ms. Thread safety: `answered` may be called by any thread.

    A latency counts from the time at which a ping was due, so a blocked sender hides no delay.
    """

    def __init__(self, send, names):
        """@param names prefixes of the pings that one call sends: with "r" and "c" `send(7)` sends "r7" and "c7"."""
        self._send, self._names = send, names
        self._lock = threading.Lock()
        self._due = {}
        self._latencies = []  # (when it was due, seconds)

    def run(self, stop: threading.Event, pings: int = None) -> None:
        """Sends pings until `stop` is set, or `pings` were sent."""
        start, number = time.monotonic(), 0
        while not stop.is_set() and number != pings:
            due = start + number * INTERVAL_S
            time.sleep(max(0.0, due - time.monotonic()))
            with self._lock:
                self._due.update((f"{name}{number}", due) for name in self._names)
            self._send(number)
            number += 1

    def answered(self, ping: str) -> None:
        now = time.monotonic()
        with self._lock:
            due = self._due.pop(ping)
            self._latencies.append((due, now - due))

    def report(self, within: float) -> dict:
        """Waits for outstanding answers, at most `within` seconds. Pings without an answer then count as lost."""
        try:
            eventually(lambda: not self._due, within)
        except AssertionError:
            pass
        with self._lock:
            first = min((due for due, _ in self._latencies), default=0.0)
            worst = max(self._latencies, key=lambda latency: latency[1], default=(0.0, float("inf")))
            median = statistics.median(latency for _, latency in self._latencies) if self._latencies else float("inf")
            return {
                "answered": len(self._latencies), "lost": len(self._due), "worst_ms": 1000 * worst[1],
                "worst_at_s": worst[0] - first, "median_ms": 1000 * median,
            }  # fmt: skip
