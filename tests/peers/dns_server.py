"""A scripted DNS server on loopback, UDP and TCP on one port."""

import socket
import struct
import threading
from collections import defaultdict

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """Answers from a table, or misbehaves for names that have a behaviour. Records every question.

    Behaviours: "drop" (no answer), "servfail", "refused", "truncate" (an empty answer with TC over UDP, the full one
    over TCP), or a number of seconds by which the answer is late. A name's behaviour also holds for all names below it.
    """

    def __init__(self, host="127.0.0.1"):
        self._lock = threading.Lock()
        self._records = defaultdict(list)  # (name, type) -> [(ttl, text)]
        self._behaviours = {}
        self.questions = []  # (name, type, "udp" or "tcp")
        self._tcp, self._udp = _sockets_of_one_port(host)
        self.address = "%s:%d" % self._tcp.getsockname()
        for loop in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def close(self) -> None:
        for sock in (self._tcp, self._udp):
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            except OSError:
                pass
            sock.close()

    # -- the script -----------------------------------------------------------------------------------------

    def add(self, name: str, type: str, text: str, ttl: int = 60) -> "DnsServer":
        """Adds a record, e.g. add("_xmpp-server._tcp.a.example", "SRV", "0 0 5269 host.a.example")."""
        with self._lock:
            self._records[_key(name), type].append((ttl, text))
        return self

    def remove(self, name: str) -> None:
        """Removes the records of this name and of all names below it."""
        with self._lock:
            for key in [key for key in self._records if _within(key[0], _key(name))]:
                del self._records[key]

    def add_server(
        self, domain: str, host: str, port: int, priority=0, weight=0, ttl=60, direct_tls=False
    ) -> "DnsServer":
        """Adds SRV and A records that lead `domain` to `host:port`; `direct_tls`: by direct TLS (XEP-0368)."""
        target, service = f"xmpp-{host.replace('.', '-')}.{domain}", "_xmpps-server" if direct_tls else "_xmpp-server"
        if not self._records.get((_key(target), "A")):
            self.add(target, "A", host, ttl)
        return self.add(f"{service}._tcp.{domain}", "SRV", f"{priority} {weight} {port} {target}", ttl)

    def behave(self, name: str, how) -> None:
        """Sets the behaviour of a name, see the class. None: normal again."""
        with self._lock:
            self._behaviours[_key(name)] = how

    def asked(self, name: str, type: str = None, transport: str = None) -> int:
        """Returns how often this was asked."""
        return sum(
            question[0] == _key(name) and type in (None, question[1]) and transport in (None, question[2])
            for question in list(self.questions)
        )

    # -- serving --------------------------------------------------------------------------------------------

    def _serve_udp(self) -> None:
        while True:
            try:
                query, address = self._udp.recvfrom(4096)
            except OSError:
                return
            if not query:
                continue
            self._respond(query, "udp", lambda reply, to=address: self._udp.sendto(reply, to))

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _serve_connection(self, connection: socket.socket) -> None:
        def reply(octets: bytes) -> None:
            connection.sendall(struct.pack("!H", len(octets)) + octets)

        with connection, connection.makefile("rb") as file:
            try:
                while len(prefix := file.read(2)) == 2:
                    self._respond(file.read(struct.unpack("!H", prefix)[0]), "tcp", reply)
            except OSError:
                return

    def _respond(self, query: bytes, transport: str, reply) -> None:
        request = dns.message.from_wire(query)
        name, type = _key(request.question[0].name.to_text()), dns.rdatatype.to_text(request.question[0].rdtype)
        with self._lock:
            self.questions.append((name, type, transport))
            behaviour = self._behaviour(name)
            response = self._response(request, name, type)
        if behaviour == "drop":
            return
        if behaviour in ("servfail", "refused"):
            response.answer, response.authority = [], []
            response.set_rcode(dns.rcode.SERVFAIL if behaviour == "servfail" else dns.rcode.REFUSED)
        if behaviour == "truncate" and transport == "udp":
            response.answer, response.authority = [], []
            response.flags |= dns.flags.TC
        octets = response.to_wire()
        if isinstance(behaviour, (int, float)):
            threading.Timer(behaviour, _quietly(reply), [octets]).start()
        else:
            _quietly(reply)(octets)

    def _behaviour(self, name: str):
        while name:
            if (how := self._behaviours.get(name)) is not None:
                return next(how, None) if hasattr(how, "__next__") else how
            name = name.partition(".")[2]
        return None

    def _response(self, request, name: str, type: str):
        response = dns.message.make_response(request)
        response.flags |= dns.flags.AA | dns.flags.RA
        records = self._records.get((name, type))
        if records:
            owner, texts = request.question[0].name, [text for _, text in records]
            response.answer.append(
                dns.rrset.from_text_list(
                    owner, records[0][0], "IN", type, texts, origin=dns.name.root, relativize=False
                )
            )
        else:
            if not any(_within(known, name) for known, _ in self._records):
                response.set_rcode(dns.rcode.NXDOMAIN)
            soa = "ns.invalid. admin.invalid. 1 60 60 60 5"
            response.authority.append(dns.rrset.from_text(dns.name.root, 5, "IN", "SOA", soa))
        return response


def _sockets_of_one_port(host: str, tries: int = 20):
    """Returns a TCP and a UDP socket on one port. Tries other ports if a port that is free for TCP is in use for
    UDP."""
    for left in reversed(range(tries)):
        tcp = socket.create_server((host, 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return tcp, udp
        except OSError:
            tcp.close()
            udp.close()
            if not left:
                raise


def _key(name: str) -> str:
    """Returns the name with A-labels, in lower case, without a final dot."""
    return name.rstrip(".").encode("idna").decode().lower() if not name.isascii() else name.rstrip(".").lower()


def _within(name: str, suffix: str) -> bool:
    return name == suffix or name.endswith("." + suffix)


def _quietly(reply):
    def call(octets: bytes) -> None:
        try:
            reply(octets)
        except OSError:
            pass  # the client has gone, or the server was closed

    return call
