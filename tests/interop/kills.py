"""Sends numbered stanzas from a component through the hub to domains of a real server, and cuts connections
meanwhile."""

import contextlib
import itertools
import time
from dataclasses import dataclass, field

from federation import Federation
from identity import Certificates
from sinks import sink_server
from support.component import NAMESPACE
from support.cuts import Cuts
from support.dns import Address, Srv, start_dns
from support.namespaces import Network
from support.servers.base import S2S_PORT
from support.wait import POLL_S
from support.xml import parse

CORP = "corp.example"
MESSAGE = f"<message from='{CORP}' to='{{}}' id='{{}}'><body>{'kept ' * 20}</body></message>"


@dataclass(frozen=True)
class Cut:
    """A cut that is due once stanza number `at` has come through. @param how "reset", "silence" or "kill"."""
    at: int
    how: str


@dataclass
class Line:
    """The stanzas to one domain."""
    sink: object
    cuts: list  # cuts that are still to be made, in order
    sent: int = 0
    bounced: list = field(default_factory=list)  # numbers of the bounced stanzas, in order of arrival

    def progress(self):
        return max([self.sink.highest, *self.bounced])

    def settled(self):
        """@returns the numbers that were delivered or bounced."""
        return self.sink.numbers().union(self.bounced)

    def summary(self):
        """@returns a report of the line for people."""
        missing = sorted(set(range(1, self.sent + 1)) - self.settled())
        return (f"{self.sink.domain}: sent {self.sent}, taken {len(self.sink.taken)}, of them different"
                f" {len(self.sink.numbers())}, bounced {len(self.bounced)}, highest {self.progress()}, cuts left"
                f" {len(self.cuts)}, missing {len(missing)}{f' from {missing[0]} on' if missing else ''}")


def window(stanzas):
    """@returns the maximum number of a line's stanzas that are under way at a time."""
    return max(20, stanzas // 25)


def spread_cuts(kinds, lines, stanzas, random):
    """@param kinds number of cuts of each kind. @param stanzas number of stanzas of each line.
    @returns the cuts of each line, at random places of the run. After each cut further stanzas follow.
    """
    shuffled = [how for how, count in kinds.items() for _ in range(count)]
    random.shuffle(shuffled)
    shares = [shuffled[line::lines] for line in range(lines)]
    places = range(1, stanzas - window(stanzas))
    return [[Cut(at, how) for at, how in zip(sorted(random.sample(places, len(share))), share)] for share in shares]


class KillRun:
    """The network with a hub, its component and the server. Use as a context manager.

    @param name of a Prosody in MODERN_BY_NAME. @param cuts a list for each line, see `spread_cuts`.
    @param acknowledged whether the hub asks for acknowledgements (XEP-0198).
    """

    def __init__(self, name, directory, cuts, acknowledged=True):
        self._stack = contextlib.ExitStack()
        self.made = []  # cuts, in the order they were made
        try:
            self._start(name, directory, cuts, acknowledged)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, name, directory, cuts, acknowledged):
        network = self._stack.enter_context(Network())
        dns = network.add_host("dns", "10.99.0.53")
        hub = network.add_host("hub", "10.99.0.1", nameserver=dns.address)
        network.add_host("node", "10.99.0.3")
        host = network.add_host("server", "10.99.0.2", nameserver=dns.address)
        certificates = Certificates(directory / "certificates")
        self._server, sinks = sink_server(
            name, host, directory, certificates, [f"10.99.0.{100 + number}" for number in range(len(cuts))])
        self.lines = [Line(sink, list(of_line)) for sink, of_line in zip(sinks, cuts)]
        records = [Srv(CORP, "hub.example", S2S_PORT), Address("hub.example", hub.address)]
        for sink in sinks:
            records += [Srv(sink.domain, f"host.{sink.domain}", S2S_PORT), Address(f"host.{sink.domain}", sink.address)]
        self._stack.callback(start_dns(dns, directory, records).stop)
        self._stack.callback(self._server.stop)
        self._server.start()
        pem = certificates.of(CORP, "both-purposes")
        self.federation = self._stack.enter_context(Federation(
            network, directory / "hub", "tls-required",
            {"keepalive": 60 if acknowledged else 2, "acknowledge": 5, "negotiation": 5, "queue": 300}, CORP, {
                "log": {"level": "info"},
                "federation": {"stream_management": acknowledged, "bidi": False},
                "tls": {"ca_file": certificates.root, "certificate": [{"chain_file": pem, "key_file": pem}]}}))
        self._cuts = Cuts(hub, self.federation.hub.daemon.pid)

    def run(self, stanzas, within):
        """Sends `stanzas` stanzas to each domain. Returns when all were delivered or bounced, and all cuts were made.

        Raises AssertionError if that takes more seconds than `within`.
        """
        end = time.monotonic() + within
        while not all(self._settled(line, stanzas) for line in self.lines):
            assert time.monotonic() < end, f"not within {within} s: {self.summary()}"
            self._take_bounces()
            moved = [self._go_on(line, stanzas) for line in self.lines]
            due = [line for line in self.lines if line.cuts and line.progress() >= line.cuts[0].at]
            if due:
                self._cut_where_possible(due)
            elif not any(moved):
                time.sleep(POLL_S)

    def _settled(self, line, stanzas):
        if line.cuts or line.sent < stanzas:
            return False
        return len(line.settled()) == stanzas

    def _take_bounces(self):
        by_domain = {line.sink.domain: line for line in self.lines}
        for raw in self.federation.component.arrived():
            stanza = parse(raw, NAMESPACE)
            assert stanza.get("type") == "error", raw
            by_domain[stanza.get("from")].bounced.append(int(stanza.get("id")))

    def _go_on(self, line, stanzas):
        """Sends and cuts what is due on one line. @returns whether anything happened."""
        before = len(line.sink.taken)
        line.sink.read()
        burst = min(window(stanzas) // 8, stanzas - line.sent)
        if burst > 0 and line.sent + burst - line.progress() <= window(stanzas):
            numbers = range(line.sent + 1, line.sent + 1 + burst)
            self.federation.component.send("".join(MESSAGE.format(line.sink.domain, number) for number in numbers))
            line.sent = numbers[-1]
            return True
        return len(line.sink.taken) > before

    def _cut_where_possible(self, due):
        """Makes the due cuts. If there is no connection at the moment, the cut waits."""
        connections = self._cuts.connections(S2S_PORT)
        for line in due:
            ports = connections.get(line.sink.address)
            if not ports:
                continue
            self.made.append(line.cuts.pop(0))
            if self.made[-1].how == "kill":
                self._server.kill()
                self._server.start()
                return
            act = {"reset": self._cuts.reset, "silence": self._cuts.silence}[self.made[-1].how]
            for port in ports:
                act(line.sink.address, S2S_PORT, port)

    def summary(self):
        """@returns a report of the run for people."""
        return "\n".join([f"{len(self.made)} cuts", *(line.summary() for line in self.lines)])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)


def doubled(line):
    """@returns the number of repetitions among the stanzas that arrived."""
    return len(line.sink.taken) - len(line.sink.numbers())


def out_of_order(line):
    """@returns pairs of numbers that wrongly followed each other on one stream.

    A stream may repeat stanzas of its predecessor, but begins no later than directly after the highest number so far,
    and goes on without a gap. Only bounced stanzas may be missing.
    """
    bounced, highest, found = set(line.bounced), 0, []
    for run in line.sink.runs():
        for before, after in itertools.pairwise([min(run[0] - 1, highest), *run]):
            if after <= before or not bounced.issuperset(range(before + 1, after)):
                found.append((before, after))
        highest = max(highest, *run)
    return found
