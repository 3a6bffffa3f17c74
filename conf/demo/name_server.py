"""A small DNS server on loopback, UDP and TCP on one port, that answers for the demonstration's own names."""

import socket
import struct
import threading

TYPES = {"A": 1, "SRV": 33}
TTL = 60  # seconds

RESPONSE = 0x8000  # QR
AUTHORITATIVE = 0x0400  # AA
RECURSION_DESIRED = 0x0100  # RD, which an answer repeats
NOT_IMPLEMENTED = 4
NAME_ERROR = 3
INTERNET = 1  # the class IN


class NameServer:
    """Answers for the names of `add_server` only: any other name does not exist."""

    def __init__(self):
        self._records = {}  # (name, type number) -> [record data]
        self._lock = threading.Lock()
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._udp.bind(self._tcp.getsockname())
        except OSError:
            self.close()
            raise
        self.address = "%s:%d" % self._tcp.getsockname()
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        self._udp.close()
        self._tcp.close()

    def add_server(self, domain, address, port):
        """SRV and A records that lead `domain` to `address` (IPv4) and `port`. @returns the SRV record as text."""
        host = f"xmpp.{domain}"
        service = f"_xmpp-server._tcp.{domain}"
        with self._lock:
            self._records[service, TYPES["SRV"]] = [struct.pack("!HHH", 0, 0, port) + encode_name(host)]
            self._records[host, TYPES["A"]] = [socket.inet_aton(address)]
        return f"{service} SRV 0 0 {port} {host}"

    def _serve_udp(self):
        while True:
            try:
                query, peer = self._udp.recvfrom(4096)
                if answer := self.answer(query):
                    self._udp.sendto(answer, peer)
            except OSError:  # closed
                return

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _serve_connection(self, connection):
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(5)
            try:
                while len(prefix := stream.read(2)) == 2:
                    answer = self.answer(stream.read(struct.unpack("!H", prefix)[0]))
                    if not answer:
                        return
                    connection.sendall(struct.pack("!H", len(answer)) + answer)
            except OSError:
                return

    def answer(self, query):
        """@returns the response to a query in wire format (RFC 1035 §4), or None if it can't be read."""
        try:
            number, flags, questions = struct.unpack_from("!HHH", query)
            if flags & RESPONSE or questions != 1:
                return None
            name, end = decode_name(query, 12)
            kind, kind_class = struct.unpack_from("!HH", query, end)
        except (struct.error, IndexError, UnicodeDecodeError):
            return None
        question = query[12 : end + 4]
        with self._lock:
            found = self._records.get((name, kind), []) if kind_class == INTERNET else []
            known = any(name == owner or owner.endswith("." + name) for owner, _ in self._records)
        code = NOT_IMPLEMENTED if flags & 0x7800 else 0 if known else NAME_ERROR
        header = struct.pack(
            "!HHHHHH", number, RESPONSE | AUTHORITATIVE | flags & RECURSION_DESIRED | code, 1, len(found), 0, 0
        )
        # 0xC00C points to the name in the question.
        records = [struct.pack("!HHHIH", 0xC00C, kind, INTERNET, TTL, len(data)) + data for data in found]
        return header + question + b"".join(records)


def encode_name(name):
    labels = (label.encode("ascii") for label in name.split("."))
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def decode_name(message, offset):
    """@returns the name at `offset` in lower case, and the offset behind it. Questions hold no compressed names."""
    labels = []
    while length := message[offset]:
        labels.append(message[offset + 1 : offset + 1 + length].decode("ascii").lower())
        offset += 1 + length
    return ".".join(labels), offset + 1
