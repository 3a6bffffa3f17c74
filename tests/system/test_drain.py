"""The hub's stop: each accepted stanza is delivered or answered. If neither is possible, the account shows the loss."""

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
HELD = 400_000  # octets: more than may wait for TCP's acknowledgement, less than a source's window
MOST = 100_000  # stanzas: more than the kernel's buffers can hold
TIMEOUTS = {"drain": DRAIN, "connect": 2, "negotiation": 20, "dialback": 20, "queue": 60}


class Gate:
    """A step of a scripted server: from there on the server reads nothing until the gate is opened."""

    def __init__(self):
        self._open = threading.Event()

    def __call__(self, stream):
        self._open.wait(120)
        return GO_ON

    def open(self):
        self._open.set()


def stopped(hub, code):
    """Waits until the hub has ended with this code. @returns the account."""
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
    """Returns everything that arrives until the connection ends, in order or by a reset."""
    items = []
    try:
        while True:
            items.append(stream.read())
    except (Closed, TimeoutError):
        return items


class Route:
    """A source and a destination that does not read. The source sends until the hub itself holds stanzas."""

    def __init__(self, site, narrow=65536):
        self.node = fresh_domain("corp")
        self.other = fresh_domain("corp")
        self.hub = site.hub(component_node(self.node), component_node(self.other), timeouts=TIMEOUTS)
        self.narrow = narrow

    def fill(self, send):
        """@param send sends the stanza with a given number. @returns the ids sent; the hub has accepted all of them."""
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
        """Returns the ids that reached the destination. Call once the hub has ended: the kernel may still hold some."""
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
    """Bounces return to the source on a stream that the hub opens."""

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
def test_stanzas_that_a_destination_does_not_read_are_answered(site, way):
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
    """Stanzas that the destination's kernel had acknowledged count as delivered: the hub can't know more."""
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


def test_answers_that_the_source_does_not_read_are_reported_by_the_exit_code(site):
    """The hub can't write its answers. It ends within the drain time, and reports failure by its exit code."""
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


def test_a_stop_accepts_the_stanzas_that_had_arrived_and_no_later_ones(site):
    """The source keeps sending. Its stanzas from before the stop are delivered, and the hub still ends in time."""
    route = FromComponentToWorld(site)
    route.gate.open()
    route.source.message(route.node, route.remote.domain, id="first")
    route.remote.expect_message(id="first")
    for number in range(500):
        route.source.message(route.node, route.remote.domain, id=str(number))
    # TCP begins with ten segments a round trip, so stanzas may still wait in the sender's kernel.
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
