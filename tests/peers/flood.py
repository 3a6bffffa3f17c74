"""Streams that never stop: each repeats one text as fast as the hub reads, from a process of low priority.

The test makes the connections, in clear, and hands them over. A thread in Python would slow the test down.
"""

import json
import os
import selectors
import socket
import subprocess
import sys


class Flood:
    """Runs until `stop`. `streams`: the streams that the flood takes over. `text`: repeated on each of them.

    `reads`: whether the flood reads and discards the hub's octets.
    """

    def __init__(self, streams: list, text: str, reads: bool = True):
        numbers = [stream.sock.fileno() for stream in streams]
        self._process = subprocess.Popen(
            ["nice", "-n", "19", sys.executable, __file__, json.dumps([numbers, text, reads])],
            pass_fds=numbers, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        for stream in streams:
            stream.sock.close()  # closes this process's descriptor only
        assert self._process.stdout.read(1) == b"+", "the flood has not begun"

    def stop(self) -> dict:
        """Ends it. Returns {"written": octets, "read": octets, "ended": streams that the other side closed}."""
        output, _ = self._process.communicate(timeout=20)  # the end of its input ends the process
        return json.loads(output)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def _write(sock, text, place, counts):
    """Continues to write at `place` of the text. Returns the new place."""
    try:
        sent = sock.send(memoryview(text)[place:])
    except BlockingIOError:
        return place
    counts["written"] += sent
    return (place + sent) % len(text)


def _run(numbers, text, reads):
    text = (text * (65536 // len(text) + 1)).encode()  # whole texts only
    counts = {"written": 0, "read": 0, "ended": 0}
    selector = selectors.DefaultSelector()
    events = selectors.EVENT_WRITE | (selectors.EVENT_READ if reads else 0)
    for number in numbers:
        sock = socket.socket(fileno=number)
        sock.setblocking(False)
        selector.register(sock, events, [0])
    selector.register(0, selectors.EVENT_READ)
    os.write(1, b"+")
    while True:
        for key, ready in selector.select(1):
            if key.fd == 0:
                os.write(1, json.dumps(counts).encode())
                return
            try:
                if ready & selectors.EVENT_READ:
                    octets = len(key.fileobj.recv(65536))
                    if octets == 0:
                        raise ConnectionResetError
                    counts["read"] += octets
                if ready & selectors.EVENT_WRITE:
                    key.data[0] = _write(key.fileobj, text, key.data[0], counts)
            except BlockingIOError:
                pass
            except OSError:
                counts["ended"] += 1
                selector.unregister(key.fileobj)


if __name__ == "__main__":
    _run(*json.loads(sys.argv[1]))
