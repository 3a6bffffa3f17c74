"""Peers that come one after another."""

import threading

from .stream import Closed, Stream


class Newcomers:
    """Threads that open streams one after another, and note each failure."""

    def __init__(self, address, count: int):
        """Opens streams to an address, in `count` threads, until `stop`."""
        self._address, self._over = address, threading.Event()
        self.answered, self.failures = 0, []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._over.is_set():
            try:
                stream = Stream.connect(self._address, 30)
                stream.send_header(to="nobody.example").read_header(30)
                self.answered += 1
                stream.close()
            except (OSError, Closed) as failure:
                self.failures.append(failure)

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join(40)
            assert not thread.is_alive()
