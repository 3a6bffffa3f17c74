"""Questions to the nodes' DNS view, and upstream servers that are scripted by hand."""

import itertools
import socket
import struct
import threading

import dns.message
import dns.query

from .waiting import PATIENCE

_sources = itertools.count()


def view_config(**dns_view) -> dict:
    """Returns a configuration with `listen.dns` on any port, and [dns_view] for all of loopback."""
    return {"listen": {"dns": ["127.0.0.1:0"]}, "dns_view": {"allow": ["127.0.0.0/8"]} | dns_view}


def ask(hub, name, type="SRV", how=dns.query.udp, server=None, source=None, timeout=PATIENCE, **message):
    """Returns the answer. dnspython has checked its id, its question and its source address.

    @param source by default a new address each time, since the hub gives an address 50 answers a second.
    """
    host, port = server or hub.addresses("dns")[0]
    query = dns.message.make_query(name, type, **message)
    return how(query, host, port=port, timeout=timeout, source=source or source_that_rests())


def source_that_rests() -> str:
    """Returns a loopback address that has had no answers yet."""
    number = next(_sources)
    return f"127.1.{number // 250}.{number % 250 + 1}"


def read_message(sock) -> bytes:
    """Returns the next message over TCP. Raises EOFError at the end."""

    def exactly(octets):
        read = b""
        while len(read) < octets:
            more = sock.recv(octets - len(read))
            if not more:
                raise EOFError
            read += more
        return read

    return exactly(struct.unpack("!H", exactly(2))[0])


class Forger:
    """An upstream server by hand. `answers(query)` yields (octets to send, whether from another address)."""

    def __init__(self, answers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "%s:%d" % self.socket.getsockname()
        self.queries = []  # (message, address)
        self._answers = answers
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.9", 0))
            while True:
                try:
                    octets, address = self.socket.recvfrom(4096)
                except OSError:
                    return
                if not octets:
                    return
                query = dns.message.from_wire(octets)
                self.queries.append((query, address))
                for answer, from_elsewhere in self._answers(query):
                    (other if from_elsewhere else self.socket).sendto(answer, address)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        except OSError:
            pass
        self.socket.close()
