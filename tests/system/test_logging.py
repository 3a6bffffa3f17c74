"""The log never delays the hub, and never contains a secret."""

import fcntl
import hashlib
import os
import re
import signal
import threading
import time

import pytest

from peers import toml
from peers.component import message
from peers.dialback import ask_about_key, dialback_key
from peers.hub import SECRET, Hub, default_config
from peers.site import NODE_SECRET, component_node, fresh_domain, spare_nodes
from peers.unread_hub import UnreadHub
from peers.waiting import Stopwatch

# -- standard error that nobody reads ------------------------------------------------------------------------------


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
    """The log's reader has gone, so each write fails."""
    domain = fresh_domain("corp")
    hub = unread_hub(site, component_node(domain))
    os.close(hub.read_end)
    component, remote = site.component(hub, domain), site.server()
    component.message(domain, remote.domain, id="1")
    remote.expect_message(id="1")
    assert hub.metric("fedhub_log_lines_lost_total") > 0


def test_no_line_is_lost_if_the_reader_is_slow(site):
    """That includes the last line, which is logged while the process ends."""
    hub = site.hub(component_node(fresh_domain("corp")))
    hub.stop()
    assert "[hub] stopped: " in hub.log.splitlines()[-1]
    assert "log lines were lost" not in hub.log


# -- secrets, and characters that deceive a reader -----------------------------------------------------------------


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_log_level_shows_a_secret_or_a_whole_key(site, format):
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
    # No other text looks like a key. The only hexadecimal text of this length is a certificate's digest.
    rest = re.sub(r"sha256 [0-9a-f]{64}", "", hub.log)
    assert not re.search(r"[0-9a-f]{64}", rest)


DECEPTIVE = {
    "C1": "\u009b31m\u0085", "bidi": "\u202e\u2066\u2069\u200f\u061c", "lines": "\u2028\u2029", "DEL": "\x7f",
}  # fmt: skip


@pytest.mark.parametrize("format", ["text", "json"])
def test_characters_that_deceive_a_reader_are_escaped(site, format):
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
    """A hub whose standard error is a pipe of 4 KiB, read at 1 KiB a millisecond."""

    def open_log(self):
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        threading.Thread(target=self._read, args=[read_end], daemon=True).start()
        return os.fdopen(write_end, "wb")

    def _read(self, end):
        with os.fdopen(end, "rb", buffering=0) as log, open(self.log_file, "wb", buffering=0) as file:
            while octets := log.read(1024):
                file.write(octets)
                time.sleep(0.001)  # sets the reading speed


def test_no_line_of_the_start_is_lost(site):
    """The start gives more warnings, one for each domain, than the log's queue has room for."""
    domains = [fresh_domain("corp") for _ in range(4000)]
    config = toml.merge(default_config(site.dns), {"node": [component_node(*domains)]})
    hub = SlowlyReadHub(site.directory("slow"), config)
    site.hubs.append(hub)
    hub.wait_for_log("ready ")
    warned = re.findall(r"no certificate covers (\S+):", hub.log)
    assert warned == domains
    assert hub.metric("fedhub_log_lines_lost_total") == 0


class JournalHub(Hub):
    """A hub whose standard error is the one that systemd names as the journal, or another file."""

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
