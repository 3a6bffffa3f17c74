"""A run of numbered stanzas from a component of the hub's to the domains of a real server, cut again and again."""

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
    """To be made once the stanza of this number has come through. @param how "reset", "silence" or "kill"."""
    at: int
    how: str


@dataclass
class Line:
    """What goes to one domain."""
    sink: object
    cuts: list  # still to be made, the first one first
    sent: int = 0
    bounced: list = field(default_factory=list)  # numbers, as they came back

    def progress(self):
        return max([self.sink.highest, *self.bounced])

    def settled(self):
        """@returns the numbers that have come through or back."""
        return self.sink.numbers().union(self.bounced)

    def told(self):
        """For people: how it went."""
        missing = sorted(set(range(1, self.sent + 1)) - self.settled())
        return (f"{self.sink.domain}: sent {self.sent}, taken {len(self.sink.taken)}, of them different"
                f" {len(self.sink.numbers())}, bounced {len(self.bounced)}, highest {self.progress()}, cuts left"
                f" {len(self.cuts)}, missing {len(missing)}{f' from {missing[0]} on' if missing else ''}")


def window(stanzas):
    """@returns how many of a line's stanzas are on their way at most."""
    return max(20, stanzas // 25)


def spread_cuts(kinds, lines, stanzas, random):
    """@param kinds how many cuts of each kind. @param stanzas of each line.
    @returns for each line its cuts, at random places of the run, with something to come after each.
    """
    shuffled = [how for how, count in kinds.items() for _ in range(count)]
    random.shuffle(shuffled)
    shares = [shuffled[line::lines] for line in range(lines)]
    places = range(1, stanzas - window(stanzas))
    return [[Cut(at, how) for at, how in zip(sorted(random.sample(places, len(share))), share)] for share in shares]


class KillRun:
    """The network with a hub, its component and the server. Use as a context manager.

    @param name of a Prosody in MODERN_BY_NAME. @param cuts see `spread_cuts`; as many lines as there are lists.
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
        """Sends so many to each domain, and returns when each has come through or back, all cuts made.

        Raises AssertionError if that takes more seconds than `within`.
        """
        end = time.monotonic() + within
        while not all(self._settled(line, stanzas) for line in self.lines):
            assert time.monotonic() < end, f"not within {within} s: {self.told()}"
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
        """@returns whether anything happened."""
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
        """Where there is no connection at the moment, the cut has to wait."""
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

    def told(self):
        """For people: how it went."""
        return "\n".join([f"{len(self.made)} cuts", *(line.told() for line in self.lines)])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)


def doubled(line):
    """@returns how many stanzas came more often than once, the repetitions counted."""
    return len(line.sink.taken) - len(line.sink.numbers())


def out_of_order(line):
    """@returns pairs of numbers that followed each other on one stream and had no reason to.

    A stream begins with what its predecessor had not been told of, or later, and goes on without a gap. Only what came
    back may be left out.
    """
    bounced, highest, found = set(line.bounced), 0, []
    for run in line.sink.runs():
        for before, after in itertools.pairwise([min(run[0] - 1, highest), *run]):
            if after <= before or not bounced.issuperset(range(before + 1, after)):
                found.append((before, after))
        highest = max(highest, *run)
    return found
