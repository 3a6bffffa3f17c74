"""A well-behaved pair, and a control process that only echoes: the latencies of both during some other activity."""

import gc
import socket
import subprocess
import sys
import threading
import time

from .component import message

INTERVAL_S = 0.04

_ECHO = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sock = server.accept()[0]
while octets := sock.recv(4096):
    sock.sendall(octets)
"""


class Pings:
    """Calls `ask`, which waits for the answer, every 40 ms on a thread of its own.

    A latency counts from the time at which the question was due. So a machine or an interpreter that stands still shows
    in the control's latencies as well.
    """

    def __init__(self, ask):
        self._ask, self._over = ask, threading.Event()
        self.times, self.problem = [], None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            due = time.monotonic() + INTERVAL_S
            while not self._over.wait(max(0.0, due - time.monotonic())):
                self._ask(len(self.times))
                end = time.monotonic()
                self.times.append(end - due)
                due = end + INTERVAL_S
        except Exception as problem:  # `worst` raises it
            self.problem = problem

    def stop(self):
        self._over.set()
        self._thread.join()

    def worst(self) -> float:
        """Returns the longest latency in seconds."""
        if self.problem is not None:
            raise AssertionError(f"answer {len(self.times)} did not come") from self.problem
        return max(self.times)


class Pair:
    """A component and a remote domain's authenticated stream on a hub, and the control process."""

    def __init__(self, component, stream, remote_domain):
        self._component, self._stream, self._remote_domain = component, stream, remote_domain

    def _ask_hub(self, number):
        self._stream.send(message(self._remote_domain, self._component.domain, f"ping {number}"))
        text = self._component.expect_message().tree.find("{*}body").text
        assert text == f"ping {number}", text

    def watch(self, during) -> tuple:
        """Runs `during` while both are pinged. Returns the longest latencies of the hub and of the control, in s."""
        process = subprocess.Popen([sys.executable, "-c", _ECHO], stdout=subprocess.PIPE)
        try:
            control = socket.create_connection(("127.0.0.1", int(process.stdout.readline())), timeout=10)

            def ask_control(_):
                control.sendall(b"ping")
                assert control.recv(4096) == b"ping"

            # The test's servers keep what they receive, and a collection of that would stop both for up to a second.
            gc.disable()
            both = [Pings(self._ask_hub), Pings(ask_control)]
            try:
                during()
            finally:
                for pings in both:
                    pings.stop()
                gc.enable()
                control.close()
            return tuple(pings.worst() for pings in both)
        finally:
            process.kill()
            process.communicate()
