"""The hub's stop: each stanza that it took arrives or is answered, or is told in the account as taken by nobody."""

import re
import signal
import socket
import threading

import pytest

from peers.component import Component, message
from peers.misbehaviour import GO_ON
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import Stopwatch, eventually
from peers.xml import Element

DRAIN = 4
BODY = "x" * 1000
HELD = 400_000  # octets: more than what waits for TCP's acknowledgement, less than a window
MOST = 100_000  # stanzas: more than any kernel's buffers hold
TIMEOUTS = {"drain": DRAIN, "connect": 2, "negotiation": 20, "dialback": 20, "queue": 60}


class Gate:
    """Hung on a step of a server: it reads nothing more until it is opened."""

    def __init__(self):
        self._open = threading.Event()

    def __call__(self, stream):
        self._open.wait(120)
        return GO_ON

    def open(self):
        self._open.set()


def stopped(hub, code):
    """@returns the account, once the hub has ended with this code."""
    watch = Stopwatch()
    assert hub.wait(DRAIN + 15) == code, hub.log[-3000:]
    assert watch.seconds() < DRAIN + 5
    found = re.search(r"stopped: ((?:\w+=\d+ ?)+)$", hub.log.splitlines()[-1])
    assert found, hub.log[-500:]
    account = {word: int(number) for word, number in (pair.split("=") for pair in found[1].split())}
    assert account["accepted"] == account["delivered"] + account["bounced"] + account["dropped"], account
    assert account["queued"] == 0
    assert "internal error" not in hub.log
    return account


def ids(stanzas):
    return {stanza["id"] for stanza in stanzas if isinstance(stanza, Element) and stanza.get("id")}


def read_rest(stream):
    """What comes until the connection ends, however it does."""
    items = []
    try:
        while True:
            items.append(stream.read())
    except (Closed, TimeoutError):
        return items


class Route:
    """A source that sends stanzas to a destination that reads none of them, until the hub itself holds some."""

    def __init__(self, site, narrow=65536):
        self.node = fresh_domain("corp")
        self.other = fresh_domain("corp")
        self.hub = site.hub(component_node(self.node), component_node(self.other), timeouts=TIMEOUTS)
        self.narrow = narrow

    def fill(self, send):
        """@param send sends the stanza with this number. @returns the ids sent, all of them taken by the hub."""
        for number in range(1, MOST):
            send(number)
            if number % 100 == 0:
                eventually(lambda: self.hub.metric("fedhub_stanzas_accepted_total") == number + 1, 20, "all taken")
                if self.hub.metric("fedhub_queued_bytes") > HELD:
                    return {str(sent) for sent in range(1, number + 1)}
        raise AssertionError("the destination has read, or the kernel takes everything")


class FromComponentToWorld(Route):
    def __init__(self, site):
        super().__init__(site)
        self.gate = Gate()
        self.source = site.component(self.hub, self.node)
        self.remote = site.server(receive_buffer=self.narrow)
        self.remote.misbehave["stanza received"] = self.gate

    def send(self):
        self.source.message(self.node, self.remote.domain, id="first")
        self.remote.expect_message(id="first")
        return self.fill(lambda number: self.source.message(self.node, self.remote.domain, BODY, id=str(number)))

    def cut_destination(self):
        for stream in self.remote.streams:
            stream.cut()

    def arrived(self):
        """To be called when the hub has ended: what the kernel still has for the destination."""
        self.gate.open()
        got = {"first"}
        while True:
            try:
                got.add(self.remote.next(2)[0]["id"])
            except AssertionError:
                return got

    def answered(self):
        return ids(read_rest(self.source))


class FromWorldToComponent(Route):
    """The way back is a stream of the hub's own."""

    def __init__(self, site):
        super().__init__(site)
        self.remote = site.server()
        self.stream = self.remote.connect(self.hub.s2s, self.node)
        self.destination = site.component(self.hub, self.node)
        self.destination.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.narrow)

    def send(self):
        self.destination.message(self.node, self.remote.domain, id="way back")
        self.remote.expect_message(id="way back")
        return self.fill(
            lambda number: self.stream.send(message(self.remote.domain, self.node, BODY, id=str(number)))
        )

    def cut_destination(self):
        self.destination.cut()

    def arrived(self):
        return ids(read_rest(self.destination)) | {"way back"}

    def answered(self):
        got = set()
        while True:
            ended = self.hub.process.poll() is not None
            try:
                got.add(self.remote.next(1)[0]["id"])
            except AssertionError:
                if ended:
                    return got


WAYS = [FromComponentToWorld, FromWorldToComponent]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_destination_does_not_read_is_answered(site, way):
    route = way(site)
    sent = route.send()
    answers = []
    reader = threading.Thread(target=lambda: answers.append(route.answered()))
    route.hub.signal(signal.SIGTERM)
    reader.start()
    account = stopped(route.hub, 0)
    reader.join(60)
    assert sent - answers[0] - route.arrived() == set()
    assert account["accepted"] == len(sent) + 1
    assert account["bounced"] == len(answers[0]) > 100


@pytest.mark.parametrize("way", WAYS)
def test_a_destination_that_resets_during_the_drain_loses_nothing(site, way):
    """As far as the hub can know: what its kernel had acknowledged is out of anybody's reach."""
    route = way(site)
    sent = route.send()
    answers = []
    reader = threading.Thread(target=lambda: answers.append(route.answered()))
    route.hub.signal(signal.SIGTERM)
    reader.start()
    route.hub.wait_for_log("draining")
    route.cut_destination()
    account = stopped(route.hub, 0)
    reader.join(60)
    assert account["accepted"] == len(sent) + 1 and account["dropped"] == 0
    assert len(answers[0]) == account["bounced"] > 100


def test_a_source_that_does_not_read_its_answers_is_told_by_the_exit_code(site):
    """Nobody takes the answers: the hub does not wait for ever, and does not call it a success."""
    node = fresh_domain("corp")
    hub = site.hub(component_node(node), timeouts=TIMEOUTS)
    source = Component.connect(hub.nodes)
    source.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    site.keep(source.open(node).handshake(NODE_SECRET))
    silent = site.listener()
    count = 20000  # their answers are more than the kernel takes
    source.send("".join(message(node, silent.domain, id=f"{'long ' * 20}{n}") for n in range(count)), 60)
    eventually(lambda: hub.metric("fedhub_stanzas_accepted_total") == count, 30, "all taken")
    hub.signal(signal.SIGTERM)
    account = stopped(hub, 3)
    assert account["accepted"] == count


def test_what_has_come_when_the_hub_is_told_to_stop_is_taken_and_no_more(site):
    """A source goes on sending: what it sent before is delivered, and the hub ends in time."""
    route = FromComponentToWorld(site)
    route.gate.open()
    route.source.message(route.node, route.remote.domain, id="first")
    route.remote.expect_message(id="first")
    for number in range(500):
        route.source.message(route.node, route.remote.domain, id=str(number))
    # TCP begins with ten segments a round trip: what it keeps at this end has not come.
    eventually(lambda: route.source.unacknowledged() == 0, 20, "all has come")
    route.hub.signal(signal.SIGTERM)
    watch = Stopwatch()
    try:
        while True:
            route.source.message(route.node, route.remote.domain, id="late", body=BODY)
    except (Closed, TimeoutError, OSError):
        pass
    account = stopped(route.hub, 0)
    assert watch.seconds() < DRAIN + 3
    got = route.arrived()
    assert {str(number) for number in range(500)} <= got
    assert account["accepted"] >= 501


def test_connections_are_refused_from_the_first_moment_of_a_drain(site):
    route = FromComponentToWorld(site)
    route.send()
    route.hub.signal(signal.SIGTERM)
    route.hub.wait_for_log("draining")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(route.hub.s2s, 2)
    assert route.hub.get("/readyz")[0] == 503
    route.gate.open()
    stopped(route.hub, 0)
