"""The log can't hold the hub up, nobody outside fills it, it tells no secret; and /healthz asks the workers."""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from peers import toml
from peers.authority import BOTH_PURPOSES, certificate, files, hub_tls, revocations
from peers.component import message
from peers.dialback import ask_about_key, dialback_key
from peers.hub import SECRET, Hub, default_config
from peers.site import NODE_SECRET, component_node, fresh_domain, spare_nodes
from peers.stream import Closed, Stream
from peers.waiting import PATIENCE, Deadline, Stopwatch, eventually

# -- standard error that nobody reads ------------------------------------------------------------------------------


class UnreadHub(Hub):
    """Its standard error is a pipe of 4 KiB that nobody reads."""

    def open_log(self):
        self.read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        return os.fdopen(write_end, "wb")

    @property
    def log(self) -> str:
        """Nothing: it isn't read."""
        return ""


def unread_hub(site, *nodes, **changes) -> UnreadHub:
    config = toml.merge(default_config(site.dns), {"node": list(nodes), "log": {"level": "trace"}} | changes)
    hub = UnreadHub(site.directory("unread"), config)
    site.hubs.append(hub)
    return hub


def test_a_hub_whose_log_nobody_reads_goes_on_and_stops_in_time(site):
    domain = fresh_domain("corp")
    hub = unread_hub(site, component_node(domain))
    component, remote = site.component(hub, domain), site.server()
    stream = remote.connect(hub.s2s, domain)
    lost = lambda: hub.metric("fedhub_log_lines_lost_total")  # noqa: E731
    sent = 0
    while not (sent >= 200 and lost() > 1000):
        assert sent < 100_000
        for _ in range(100):
            stream.send(message(remote.domain, domain, id=str(sent)))
            component.expect_message(id=str(sent))
            sent += 1
    component.message(domain, remote.domain, id="back")
    remote.expect_message(id="back")
    assert hub.get("/healthz")[0] == 200
    hub.reload(toml.merge(hub.config, {"log": {"format": "json"}}))
    hub.reload({"nonsense": 1}, outcome="rejected")
    watch = Stopwatch()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0
    assert watch.seconds() < hub.config["timeouts"]["drain"] + 2


def test_a_hub_whose_log_can_not_be_written_goes_on(site):
    """Its reader has gone: each line fails."""
    domain = fresh_domain("corp")
    hub = unread_hub(site, component_node(domain))
    os.close(hub.read_end)
    component, remote = site.component(hub, domain), site.server()
    component.message(domain, remote.domain, id="1")
    remote.expect_message(id="1")
    assert hub.metric("fedhub_log_lines_lost_total") > 0


def test_all_is_there_when_the_reader_is_only_slow(site):
    """The last line, too, though it is logged as the process ends."""
    hub = site.hub(component_node(fresh_domain("corp")))
    hub.stop()
    assert "[hub] stopped: " in hub.log.splitlines()[-1]
    assert "log lines were lost" not in hub.log


# -- lines that strangers provoke ----------------------------------------------------------------------------------

ALLOWED = 1024 * 1024 / 60
"""Octets a second: 1 MiB a minute."""
FLOOD_SECONDS = 4
DEFAULT_LIMIT = {"log_lines_per_second": 50}


def opens_and_leaves(hub, domain, number):
    Stream.connect(hub.s2s).cut()


def breaks_xml(hub, domain, number):
    stream = Stream.connect(hub.s2s)
    stream.send(f"<stream:stream to='{domain}' \u202e\x85><nonsense>" * 20)
    stream.cut()


def names_no_node(hub, domain, number):
    stream = Stream.connect(hub.nodes)
    stream.send_header(namespace="jabber:component:accept", to=f"{'x' * 60}.{number}.example", version="", prefix="")
    stream.cut()


def asks_about_keys(hub, domain, number):
    stream = Stream.connect(hub.s2s)
    stream.send_header(from_="stranger.example", to=domain)
    stream.read_header()
    question = f"<db:verify from='stranger.example' to='{domain}' id='{'i' * 1000}'>{'k' * 64}</db:verify>"
    for _ in range(20):
        stream.send(question * 10)
    stream.cut()


def sends_keys(hub, domain, number):
    stream = Stream.connect(hub.s2s)
    stream.send_header(from_="stranger.example", to=domain)
    stream.read_header()
    stream.expect("stream:features")
    for key in range(30):
        sender = f"d{number}-{key}.{'y' * 60}.example"
        stream.send(f"<db:result from='{sender}' to='{domain}'>{'k' * 64}</db:result>")
    stream.cut()


FLOODS = [opens_and_leaves, breaks_xml, names_no_node, asks_about_keys, sends_keys]


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("attack", FLOODS, ids=lambda attack: attack.__name__)
def test_a_stranger_fills_no_log(site, attack, format):
    domain = fresh_domain("corp")
    hub = site.hub(
        component_node(domain), log={"level": "info", "format": format},
        limits={"accepts_per_second": 1000} | DEFAULT_LIMIT, timeouts={"negotiation": 30},
    )  # fmt: skip
    component = site.component(hub, domain)
    before, end, done = hub.log_file.stat().st_size, Deadline(FLOOD_SECONDS), [0, 0]

    def flood(place):
        while not end.passed():
            try:
                attack(hub, domain, 2 * done[place] + place)
                done[place] += 1
            except (Closed, OSError, AssertionError):
                continue  # refused, or ended by the hub

    watch = Stopwatch()
    threads = [threading.Thread(target=flood, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    # Who has authenticated is logged meanwhile.
    remote = site.server()
    component.message(domain, remote.domain, id="1")
    remote.expect_message(id="1")
    hub.wait_for_log(rf"route {remote.domain}\W.*NEGOTIATING->NEGOTIATED")
    for thread in threads:
        thread.join()
    eventually(lambda: re.search(r"repeated \d+ times", hub.log), what="a report of lines left out")
    lines = hub.log_file.read_bytes()[before:].splitlines(keepends=True)
    written = sum(len(line) for line in lines if remote.domain.encode() not in line)
    assert sum(done) > 20, "no flood"
    assert written < ALLOWED * (watch.seconds() + 1), (written, watch.seconds())
    if format == "json":
        assert all(isinstance(json.loads(line), dict) for line in hub.log.splitlines())


def test_what_is_left_out_is_reported_with_its_kind_and_peer(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "info"}, limits=DEFAULT_LIMIT)
    for _ in range(40):
        Stream.connect(hub.s2s).cut()
    eventually(lambda: hub.metric("fedhub_connections_accepted_total") >= 40, what="all taken")
    hub.wait_for_log(r"\[stream.in\] connections, 127\.0\.0\.1: repeated \d+ times")

    def told():
        reported = re.findall(r"\] connections, 127\.0\.0\.1: repeated (\d+) times", hub.log)
        return hub.log.count("] connection with 127.0.0.1") + sum(map(int, reported))

    eventually(lambda: told() == 40, what="each line written or counted")


def test_the_number_of_lines_is_configured(site):
    """And takes effect by a reload."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "info"}, limits=DEFAULT_LIMIT)
    hub.reload(toml.merge(hub.config, {"limits": {"log_lines_per_second": 5000}}))
    for _ in range(40):
        Stream.connect(hub.s2s).cut()
    eventually(lambda: hub.log.count("] connection with 127.0.0.1") == 40, what="a line for each")
    assert "repeated" not in hub.log


# -- secrets, and signs that deceive -------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_level_tells_a_secret_or_a_whole_key(site, format):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "trace", "format": format})
    component = site.component(hub, domain)
    remote = site.server(verify_at=hub.s2s, security="none")
    component.message(domain, remote.domain, id="1")
    remote.expect_message(id="1")
    stream = remote.connect(hub.s2s, domain)
    stream.send(message(remote.domain, domain, id="2"))
    component.expect_message(id="2")
    true_key = dialback_key(SECRET, remote.domain, domain, "an id")
    ask_about_key(stream, remote.domain, domain, "an id", true_key)
    hub.wait_for_log(r"sends .*db:result")
    hub.stop()
    keys = [request.tree.text for request in remote.verified] + [true_key]
    keys += [dialback_key(SECRET, remote.domain, domain, id) for id in re.findall(r"id='([0-9a-f]+)'", hub.log)]
    handshake = hashlib.sha1((component.header["id"] + NODE_SECRET).encode()).hexdigest()
    assert len(keys) >= 3
    for secret in [SECRET, NODE_SECRET, handshake, *keys]:
        assert secret not in hub.log
    # Nothing else looks like one: what is this long in hexadecimal is a certificate's digest.
    rest = re.sub(r"sha256 [0-9a-f]{64}", "", hub.log)
    assert not re.search(r"[0-9a-f]{64}", rest)


DECEPTIVE = {
    "C1": "\u009b31m\u0085", "bidi": "\u202e\u2066\u2069\u200f\u061c", "lines": "\u2028\u2029", "DEL": "\x7f",
}  # fmt: skip


@pytest.mark.parametrize("format", ["text", "json"])
def test_signs_that_deceive_a_reader_are_escaped(site, format):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "trace", "format": format})
    remote = site.listener()
    for name, signs in DECEPTIVE.items():
        stream = remote.open_stream(hub.s2s, domain)
        condition = "<undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        text = f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{name} {signs} end</text>"
        stream.send(f"<stream:error>{condition}{text}</stream:error></stream:stream>")
        hub.wait_for_log(rf"{name} \S+ end")
    for sign in "".join(DECEPTIVE.values()):
        if sign not in "31m":
            assert sign.encode() not in hub.log_file.read_bytes(), hex(ord(sign))


# -- the start -----------------------------------------------------------------------------------------------------


class SlowlyReadHub(Hub):
    """Its standard error is a pipe of 4 KiB, of which a quarter is read in a millisecond."""

    def open_log(self):
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        threading.Thread(target=self._read, args=[read_end], daemon=True).start()
        return os.fdopen(write_end, "wb")

    def _read(self, end):
        with os.fdopen(end, "rb", buffering=0) as log, open(self.log_file, "wb", buffering=0) as file:
            while octets := log.read(1024):
                file.write(octets)
                time.sleep(0.001)  # this is its speed


def test_no_line_of_the_start_is_lost(site):
    """A warning for each of more domains than the log has room for lines."""
    domains = [fresh_domain("corp") for _ in range(4000)]
    config = toml.merge(default_config(site.dns), {"node": [component_node(*domains)]})
    hub = SlowlyReadHub(site.directory("slow"), config)
    site.hubs.append(hub)
    hub.wait_for_log("ready ")
    warned = re.findall(r"no certificate is for (\S+):", hub.log)
    assert warned == domains
    assert hub.metric("fedhub_log_lines_lost_total") == 0


class JournalHub(Hub):
    """Its standard error is what systemd says leads to the journal, or another file than that."""

    named = True

    def open_log(self):
        log = super().open_log()
        it = os.fstat(log.fileno())
        os.environ["JOURNAL_STREAM"] = f"{it.st_dev}:{it.st_ino + (not self.named)}"
        return log


@pytest.mark.parametrize("named", [True, False], ids=["the journal", "another file"])
def test_lines_for_the_journal_carry_their_priority(site, monkeypatch, named):
    monkeypatch.setenv("JOURNAL_STREAM", "")
    monkeypatch.setattr(JournalHub, "named", named)
    hub = JournalHub(site.directory("journal"), toml.merge(default_config(site.dns), {"node": spare_nodes(1)}))
    site.hubs.append(hub)
    component = site.component(hub, hub.spare_domain())
    component.close()
    priorities = {"debug": 7, "info": 6, "warning": 4, "error": 3}
    hub.wait_for_log("is disconnected")
    lines = re.findall(r"^(?:<(\d)>)?(?:\S+ \S+ )?(trace|debug|info|warning|error) +\[", hub.log, re.M)
    assert len(lines) == len(hub.log.splitlines()) and {"info", "warning"} <= {level for _, level in lines}
    assert all(priority == (str(priorities[level]) if named else "") for priority, level in lines)
    assert (re.search(r"\d\d:\d\d:\d\d", hub.log) is None) == named


# -- files that can't be read --------------------------------------------------------------------------------------


def configured_files(directory) -> dict:
    """All kinds of files that a configuration names: where each is, and the configuration."""
    domain = "files.example"
    crl = directory / "crl.pem"
    crl.write_bytes(revocations())
    shown = files(directory, "client", certificate(domain, purposes=BOTH_PURPOSES))
    tls = hub_tls(directory, certificate(domain), crl_files=[str(crl)], client_certificate=shown)
    paths = {
        "certificate": Path(tls["certificate"][0]["chain_file"]), "anchors": Path(tls["ca_file"]), "CRL": crl,
        "client certificate": Path(shown["chain_file"]),
    }  # fmt: skip
    for name, content in [("dialback secret", SECRET), ("node secret", NODE_SECRET)]:
        paths[name] = directory / f"{name}.secret"
        paths[name].write_text(content)
        paths[name].chmod(0o600)
    node = component_node(domain)
    del node["secret"]
    changes = {
        "tls": tls,
        "federation": {"dialback_secret_file": str(paths["dialback secret"])},
        "node": [node | {"secret_file": str(paths["node secret"])}],
    }
    return paths, changes


KINDS_OF_FILES = [
    "configuration", "certificate", "anchors", "CRL", "client certificate", "dialback secret", "node secret",
]  # fmt: skip


def in_place_of(path: Path, make) -> Path:
    """Puts what `make` makes in the place of a file; returns where that is now."""
    kept = path.with_name(path.name + ".kept")
    path.rename(kept)
    make(path)
    return kept


@pytest.mark.parametrize("what", KINDS_OF_FILES)
def test_a_fifo_in_place_of_a_file_holds_nothing_up(site, what):
    directory = site.directory("files")
    paths, changes = configured_files(directory)
    config = toml.merge(default_config(site.dns), changes)
    del config["federation"]["dialback_secret"]
    hub = Hub(site.directory("hub"), config)
    site.hubs.append(hub)
    component, remote = site.component(hub, "files.example"), site.server()
    path = paths.get(what, hub.config_file)

    def reloads(result):
        return hub.metric("fedhub_config_reloads_total", result=result)

    rejected, applied = reloads("rejected"), reloads("applied")
    kept = in_place_of(path, os.mkfifo)
    hub.signal(signal.SIGHUP)
    eventually(lambda: reloads("rejected") > rejected, what="the reload refused")
    hub.wait_for_log(rf"{re.escape(path.name)}.*no regular file")
    component.message("files.example", remote.domain, id="1")
    remote.expect_message(id="1")
    assert hub.get("/healthz")[0] == 200
    kept.rename(path)
    hub.signal(signal.SIGHUP)
    eventually(lambda: reloads("applied") > applied, what="the reload applied")
    in_place_of(path, os.mkfifo)
    hub.signal(signal.SIGHUP)
    watch = Stopwatch()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0 and watch.seconds() < hub.config["timeouts"]["drain"] + 2


# -- health --------------------------------------------------------------------------------------------------------


class StoppedThread:
    """A thread of another process that doesn't run while this is entered (ptrace(2))."""

    SEIZE, INTERRUPT, DETACH, WAIT_ALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, number: int):
        self.number = number
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _trace(self, request: int) -> None:
        done = self._libc.ptrace(request, self.number, None, None)
        assert done == 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        self._trace(self.SEIZE)
        self._trace(self.INTERRUPT)
        os.waitpid(self.number, self.WAIT_ALL)
        return self

    def __exit__(self, *_):
        self._trace(self.DETACH)


def workers(hub) -> list:
    tasks = Path(f"/proc/{hub.process.pid}/task").iterdir()
    return sorted(int(task.name) for task in tasks if (task / "comm").read_text().startswith("caf.multiplexer"))


@pytest.mark.parametrize("place", [0, 1])
def test_healthz_tells_of_a_worker_that_does_not_get_on(site, place):
    hub = site.hub(component_node(fresh_domain("corp")), hub={"threads": 2})
    # Healthy although it has nothing to do: longer than it may take to find out.
    watch = Stopwatch()
    eventually(lambda: hub.get("/healthz")[0] != 200 or watch.seconds() > 8, within=20)
    assert hub.get("/healthz") == (200, "ok\n")
    with StoppedThread(workers(hub)[place]):
        watch = Stopwatch()
        eventually(lambda: hub.get("/healthz")[0] == 503, within=20, what="503")
        assert watch.seconds() > 4
        assert re.search("has not finished its job|had no turn|have not answered", hub.get("/healthz")[1])
        assert hub.get("/metrics")[0] == 200
    eventually(lambda: hub.get("/healthz")[0] == 200, within=PATIENCE, what="200 again")
