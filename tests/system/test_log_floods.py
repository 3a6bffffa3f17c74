"""Log lines that strangers provoke are limited. Lines that are left out are counted."""

import json
import re
import threading

import pytest

from peers import toml
from peers.site import component_node, fresh_domain
from peers.stream import Closed, Stream
from peers.waiting import Deadline, Stopwatch, eventually

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
    # Lines about authenticated peers are still written.
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

    def counted():
        reported = re.findall(r"\] connections, 127\.0\.0\.1: repeated (\d+) times", hub.log)
        return hub.log.count("] connection with 127.0.0.1") + sum(map(int, reported))

    eventually(lambda: counted() == 40, what="each line written or counted")


def test_the_number_of_lines_is_configured(site):
    """A reload applies a new value."""
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), log={"level": "info"}, limits=DEFAULT_LIMIT)
    hub.reload(toml.merge(hub.config, {"limits": {"log_lines_per_second": 5000}}))
    for _ in range(40):
        Stream.connect(hub.s2s).cut()
    eventually(lambda: hub.log.count("] connection with 127.0.0.1") == 40, what="a line for each")
    assert "repeated" not in hub.log
