"""The demonstration that `./dev run` shows, run with the program under test."""

import contextlib
import importlib.util
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import dns.message
import dns.query
import dns.rcode
import pytest

from peers.hub import REPOSITORY, parse_metrics, program, total
from peers.waiting import PATIENCE, eventually

STANDARD_PORTS = (5269, 7400, 9527)

STEPS = [
    r"default configuration",
    r"_xmpp-server\._tcp\.partner\.example SRV 0 0 \d+ xmpp\.partner\.example",
    r"\[hub\] node desk is connected",
    r"SRV: 1 server found for partner\.example\.",
    r"Connected to xmpp\.partner\.example\.",
    r"STARTTLS: TLSv1\.3",
    r"\[DBVerify\] .* sent key corp\.example -> partner\.example",
    r"\[DBVerify\] .* received verify-request corp\.example -> partner\.example",
    r"\[DBVerify\] .* sent verify-response corp\.example -> partner\.example .*type=valid",
    r"stream closed \(dialback only\)",
    r"\[DBVerify\] .* received result corp\.example -> partner\.example type=valid",
    r"received by partner\.example's component:\n +<message from='alice@corp\.example/desk' .*</message>",
    r"\[DBVerify\] .* sent result partner\.example -> corp\.example type=valid",
    r"The answer is back after \d+\.\d ms",
    r"received by the node:\n +<message from='bob@partner\.example/phone' .*</message>",
    r"100 more stanzas, .*: median \d+\.\d\d ms",
    r"from-node +accepted 101 delivered 101 bounced 0 dropped 0 queued 0",
    r"from-world +accepted 101 delivered 101 bounced 0 dropped 0 queued 0",
]

LIVE_LINE = (
    r"\d\.\d stanzas/s \| accepted \d+, delivered \d+, bounced 0, dropped 0, queued \d+ \| 3 streams \| there and back"
)


class Demonstration:
    """A run of the demonstration. `read_until` reads its output as it is written."""

    def __init__(self, temporary, *options, hub=None):
        self.temporary = temporary
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, REPOSITORY / "conf/demo/demo.py", "--hub", hub or program(), *options],
            env=os.environ | {"TMPDIR": str(temporary)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def read_until(self, pattern: str, within: float = 30) -> re.Match:
        deadline = time.monotonic() + within
        while not (found := re.search(pattern, self.output)):
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} within {within} s in:\n{self.output}"
            if select.select([self.process.stdout], [], [], left)[0]:
                octets = os.read(self.process.stdout.fileno(), 65536)
                assert octets, f"no {pattern!r} in all of:\n{self.output}"
                self.output += octets.decode()
        return found

    def end(self, within: float = 30) -> int:
        """Reads the rest of the output. @returns the exit code."""
        self.output += self.process.communicate(timeout=within)[0].decode()
        return self.process.returncode

    def hubs(self) -> dict:
        """Returns the hubs that run on this demonstration's files: process ids by the names of their folders."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
                config = re.search(rf"--config\0{self.temporary}/.*/(.*)/fedhub.toml\0", file.read().decode())
                if config:
                    found[config[1]] = int(pid)
        return found

    def assert_nothing_is_left(self) -> None:
        assert not self.hubs(), "hubs are left running"
        assert not os.listdir(self.temporary), "files are left"

    def close(self) -> None:
        """Ends all that still runs after a failure, by force if necessary."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self.process.kill()
                for pid in self.hubs().values():
                    os.kill(pid, signal.SIGKILL)
                self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def demonstrate(tmp_path):
    with contextlib.ExitStack() as stack:

        def start(*options, **how):
            demonstration = Demonstration(tmp_path, *options, **how)
            stack.callback(demonstration.close)
            return demonstration

        yield start


def assert_all_steps(output: str) -> None:
    """Checks that all steps appear in their order."""
    at = 0
    for step in STEPS:
        found = re.compile(step).search(output, at)
        assert found, f"no step {step!r} behind {output[:at][-200:]!r} in:\n{output}"
        at = found.end()


def test_the_demonstration_tells_the_conversation_step_by_step_and_ends(demonstrate):
    demonstration = demonstrate("--once")
    assert demonstration.end() == 0, demonstration.output
    assert_all_steps(demonstration.output)
    demonstration.assert_nothing_is_left()


def test_it_takes_free_ports_if_the_standard_ones_are_taken(demonstrate):
    with contextlib.ExitStack() as stack:
        for port in STANDARD_PORTS:
            with contextlib.suppress(OSError):  # a port taken by another process serves as well
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        demonstration = demonstrate("--once")
        assert demonstration.end() == 0, demonstration.output
    assert_all_steps(demonstration.output)
    ready = re.search(r"ready s2s=\S+:(\d+) nodes=\S+:(\d+) metrics=\S+:(\d+)", demonstration.output)
    assert not {int(port) for port in ready.groups()} & set(STANDARD_PORTS)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_conversation_goes_on_until_it_is_ended(demonstrate, ending):
    demonstration = demonstrate()
    demonstration.read_until(LIVE_LINE)
    url = re.search(r"Metrics: (http://127\.0\.0\.1:\d+/metrics)", demonstration.output)[1]

    def accepted() -> float:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return total(parse_metrics(response.read().decode()), "fedhub_stanzas_accepted_total")

    before = accepted()
    eventually(lambda: accepted() >= before + 2, within=10, what="more stanzas")
    assert set(demonstration.hubs()) == {"hub", "partner"}
    demonstration.process.send_signal(ending)
    assert demonstration.end() == 0, demonstration.output
    assert_all_steps(demonstration.output)
    demonstration.assert_nothing_is_left()
    with pytest.raises(urllib.error.URLError):
        accepted()


def test_it_fails_if_the_hub_ends(demonstrate):
    demonstration = demonstrate()
    demonstration.read_until(LIVE_LINE)
    os.kill(demonstration.hubs()["hub"], signal.SIGTERM)
    assert demonstration.end() == 1
    failures = r"the hub has ended|the link of corp\.example is gone|hub gives no metrics"
    assert re.search(rf"failed: ({failures})", demonstration.output), demonstration.output
    demonstration.assert_nothing_is_left()


def test_it_fails_if_the_program_is_no_hub(demonstrate):
    demonstration = demonstrate("--once", hub="/bin/false")
    assert demonstration.end() == 1
    assert "hub did not start" in demonstration.output
    demonstration.assert_nothing_is_left()


def part_of_the_demonstration(name: str):
    """Loads a module of conf/demo, which is not a package."""
    spec = importlib.util.spec_from_file_location(f"demo_{name}", REPOSITORY / f"conf/demo/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def name_server():
    with contextlib.closing(part_of_the_demonstration("name_server").NameServer()) as server:
        server.add_server("partner.example", "127.0.0.1", 5269)
        yield server


@pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp])
def test_its_name_server_answers_over_udp_and_tcp(name_server, ask):
    host, _, port = name_server.address.partition(":")
    for name, type, rcode, answer in (
        ("_xmpp-server._tcp.Partner.example", "SRV", "NOERROR", ["0 0 5269 xmpp.partner.example."]),
        ("xmpp.partner.example", "A", "NOERROR", ["127.0.0.1"]),
        ("xmpp.partner.example", "AAAA", "NOERROR", []),
        ("partner.example", "A", "NOERROR", []),
        ("nowhere.example", "A", "NXDOMAIN", []),
    ):
        query = dns.message.make_query(name, type, use_edns=True)
        response = ask(query, host, port=int(port), timeout=PATIENCE)
        assert dns.rcode.to_text(response.rcode()) == rcode, name
        assert [record.to_text() for rrset in response.answer for record in rrset] == answer, name


def test_its_name_server_passes_over_what_is_no_query(name_server):
    query = dns.message.make_query("xmpp.partner.example", "A", use_edns=False).to_wire()
    for length in range(len(query)):
        assert name_server.answer(query[:length]) is None, length
    response = bytearray(query)
    response[2] |= 0x80
    assert name_server.answer(bytes(response)) is None


def test_its_component_finds_the_same_elements_however_the_stream_is_split():
    component = part_of_the_demonstration("component")
    header = b"<stream:stream xmlns='jabber:component:accept' id='1'>"
    elements = [b"<a/>", b"<b x='>'><b/>text</b>", b'<c y="/>"/>', b"<d><e><f/></e></d>", "<g>Grüße</g>".encode()]
    stream = b"<?xml version='1.0'?>" + header + b" ".join(elements)
    for size in (1, 2, 7, len(stream)):
        framer = component.Framer()
        parts = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [element for part in parts for element in framer.feed(part)] == [header, *elements], size
