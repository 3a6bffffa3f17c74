"""Writes the same octets repeatedly on many connections, as fast as the other side takes them."""

import select
import socket
import ssl
import time

CHUNK = 256 << 10
SLOW_READ_OCTETS, SLOW_READ_EVERY_S = 1024, 0.05
WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def filled(element: str, size: int = CHUNK) -> bytes:
    """Returns as many whole elements as fit."""
    octets = element.encode()
    return octets * max(1, size // len(octets))


class Barrel:
    """One connection. @param reading "all", "nothing" or "slowly"."""

    def __init__(self, stream, octets: bytes, reading: str = "nothing"):
        self.sock, self._octets, self.reading = stream.sock, memoryview(octets), reading
        self._at = self.sent = self.read = 0
        self.tail = b""  # the last octets that were read
        self._read_next = 0.0

    def events(self) -> int:
        return select.POLLOUT | select.POLLRDHUP | (select.POLLIN if self.reading == "all" else 0)

    def on_ready(self) -> None:
        """Reads and writes. Raises OSError at the connection's end."""
        self._write()
        if self.reading == "all":
            while self._take(65536):
                pass
        elif self.reading == "slowly" and time.monotonic() >= self._read_next:
            self._read_next = time.monotonic() + SLOW_READ_EVERY_S
            self._take(SLOW_READ_OCTETS)

    def _write(self) -> None:
        try:
            written = self.sock.send(self._octets[self._at :])
        except WAIT:
            return
        self.sent += written
        self._at = (self._at + written) % len(self._octets)

    def _take(self, most: int) -> bool:
        try:
            octets = self.sock.recv(most)
        except WAIT:
            return False
        if not octets:
            raise ConnectionError("the hub has closed the connection")
        self.read += len(octets)
        self.tail = (self.tail + octets)[-300:]
        return len(octets) == most

    def close(self) -> None:
        """Closes the connection after a last read."""
        try:
            if self.reading != "nothing":
                while self._take(65536):
                    pass
        except OSError:
            pass
        self.sock.close()


class Pump:
    """Runs barrels, and counts octets and ended connections."""

    def __init__(self):
        self.sent = self.read = self.ended = 0
        self.said = []  # last words of the hub on connections that it ended, at most ten

    def run(self, barrels: list, over, again=None) -> None:
        """Runs until `over()`.

        @param again called for each ended connection: returns a new barrel, or None if it has none. None: no new ones.
        """
        poll, by_number = select.poll(), {}

        def add(barrel):
            by_number[barrel.sock.fileno()] = barrel
            poll.register(barrel.sock, barrel.events())

        for barrel in barrels:
            add(barrel)
        while not over() and (by_number or again):
            for number, events in poll.poll(10):
                barrel = by_number[number]
                try:
                    if events & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
                        raise ConnectionError("the hub has ended the connection")
                    barrel.on_ready()
                except OSError:
                    poll.unregister(number)
                    self._end(by_number.pop(number))
                    if again and (fresh := again()):
                        add(fresh)
        for barrel in by_number.values():
            self.sent, self.read = self.sent + barrel.sent, self.read + barrel.read

    def _end(self, barrel: Barrel) -> None:
        barrel.close()
        self.sent, self.read, self.ended = self.sent + barrel.sent, self.read + barrel.read, self.ended + 1
        self.said = (self.said + [barrel.tail.decode(errors="replace")])[-10:]

    def counted(self) -> dict:
        return {"sent": self.sent, "read": self.read, "ended": self.ended, "said": self.said}


def linger_not(sock: socket.socket) -> None:
    """Makes a later close of the socket a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
