"""Several processes with one node's secret: one takes over the other's link, or both keep doing so."""

import re
import threading

import pytest

from peers.component import Component, connect_component, message
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.waiting import Stopwatch, eventually
from peers.world import AT_ONCE, WAIT, World, links
from peers.xml import Element


@pytest.fixture
def domain():
    return fresh_domain("corp")


@pytest.fixture
def hub(site, domain):
    return site.hub(component_node(domain), timeouts={"node": WAIT})


class Rival(threading.Thread):
    """A process that reconnects at once when it is disconnected, whatever error it got."""

    def __init__(self, hub, domain: str, source: str):
        super().__init__(daemon=True)
        self.hub, self.domain, self.source = hub, domain, source
        self.links = 0
        self.conflicts = 0
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                stream = Component.connect(self.hub.nodes, source=(self.source, 0)).open(self.domain)
                self.live(stream.send_handshake(NODE_SECRET))
            except (Closed, OSError, AssertionError):
                continue

    def live(self, stream: Component) -> None:
        while not self.over.is_set():
            try:
                item = stream.read(0.5)
            except TimeoutError:
                continue
            if not isinstance(item, Element):
                break
            if item.is_a("component:handshake"):
                self.links += 1
            elif item.is_a("stream:error"):
                self.conflicts += item.condition == "conflict"
        stream.close()

    def stop(self) -> None:
        self.over.set()
        self.join(10)


@pytest.mark.parametrize("sources", [("127.0.0.1", "127.0.0.2"), ("127.0.0.1", "127.0.0.1")], ids=["two", "one"])
def test_a_fight_of_two_processes_is_bounded_and_disturbs_nobody(site, domain, sources):
    other = fresh_domain("corp")
    hub = site.hub(component_node(domain), component_node(other), log={"level": "info"})
    rivals = [Rival(hub, domain, source) for source in sources]
    watch = Stopwatch()
    hub.wait_for_log("replace each other")
    slowest = 0.0
    for number in range(60):  # a third one logs in meanwhile, from the address of one of them
        begin = Stopwatch()
        third = connect_component(hub.nodes, other, NODE_SECRET)
        third.message(other, other, id=str(number)).expect_message(id=str(number))
        third.close()
        slowest = max(slowest, begin.seconds())
        eventually(lambda: watch.seconds() > number * 0.1, what="a moment")
    assert slowest < AT_ONCE
    seconds = watch.seconds()
    for rival in rivals:
        rival.stop()
    granted = hub.metric("fedhub_node_takeovers_total", result="granted")
    refused = hub.metric("fedhub_node_takeovers_total", result="refused")
    free = 4 if len(set(sources)) == 2 else 31
    assert free <= granted <= free + 5, "after 1, 2, 4, 8 and 16 s"
    assert seconds < 31
    assert 1 <= refused <= 3 * seconds + 20, "who is refused tries again once a second"
    assert sum(rival.conflicts for rival in rivals) >= refused - 2
    lines = [line for line in hub.log.splitlines() if "replace each other" in line]
    assert len(lines) == 1 and all(source in lines[0] for source in sources), lines
    assert hub.metric("fedhub_connections_refused_total") == 0


def start_fight(hub, domain: str) -> list:
    """Opens links that replace each other until the hub refuses further ones for a while. Returns all of them."""
    return [
        connect_component(hub.nodes, domain, NODE_SECRET) if number % 2 == 0
        else Component.connect(hub.nodes, source=("127.0.0.2", 0)).open(domain).handshake(NODE_SECRET)
        for number in range(5)
    ]  # fmt: skip


def claim(hub, domain: str) -> Component:
    return Component.connect(hub.nodes, source=("127.0.0.2", 0)).open(domain).send_handshake(NODE_SECRET)


def test_a_refused_claim_gets_an_error_and_its_stanzas_are_not_accepted(site, hub, domain):
    world = World(site, hub, domain)
    current = start_fight(hub, domain)[-1]
    late = claim(hub, domain)
    late.message(domain, world.server.domain, id="forged")
    late.expect_stream_error("conflict", within=3)
    assert hub.metric("fedhub_stanzas_accepted_total") == 0
    world.send_both("1")
    ids = [current.expect_stanza()["id"] for _ in range(3)]
    assert ids[1:] == ["m1", "q1"] and ids[0].startswith("ping-"), "the current link was asked, and is as it was"
    assert links(hub, domain) == 1


def test_the_current_links_answer_to_the_hubs_ping_is_not_routed(site, hub, domain):
    current = start_fight(hub, domain)[-1]
    claim(hub, domain).expect_stream_error("conflict", within=3)
    question = current.expect_stanza(type="get")
    current.send(
        f"<iq type='error' from='{question['to']}' to='{question['from']}' id='{question['id']}'>"
        "<error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    current.message(domain, domain, id="after").expect_message(id="after")
    hub.balanced_accounts(accepted=1)


def refusal(hub, domain: str, current: Component, answers: bool, most: float):
    """Claims the node until it is granted. Returns the new link and the seconds that this took."""
    watch = Stopwatch()
    while watch.seconds() < most:
        stream = claim(hub, domain)
        while True:
            try:
                item = stream.read(0.1)
                break
            except TimeoutError:
                pass
            try:
                question = current.read(0.01) if answers else None
            except TimeoutError:
                continue
            if question is not None:
                current.send(f"<iq type='result' from='{domain}' to='{domain}' id='{question['id']}'/>")
        if item.is_a("component:handshake"):
            return stream, watch.seconds()
        assert item.is_a("stream:error") and item.condition == "conflict", item
    raise AssertionError(f"refused for {watch.seconds()} s")


def test_a_link_that_answers_is_defended_for_longer_and_longer_and_a_silent_one_is_not(site, hub, domain):
    """The hub refuses after a second, so the measured times are coarse."""
    current = start_fight(hub, domain)[-1]
    for least in (0, 1, 3, 7):  # the hub defends the link for 1, 2, 4 and 8 s
        current, took = refusal(hub, domain, current, True, 16)
        assert least <= took <= least + 4
    current, took = refusal(hub, domain, current, False, 20)  # an answering link would be defended for 16 s
    assert 4 <= took <= 12
    assert len(re.findall("replace each other", hub.log)) == 1


@pytest.mark.parametrize("stuffed", [False, True], ids=["empty", "with a full socket"])
def test_a_half_open_link_is_replaced_at_once(site, hub, domain, stuffed):
    world = World(site, hub, domain)
    old = site.component(hub, domain)  # reads nothing from now on
    count = 0
    if stuffed:
        payload = "x" * 100_000
        while hub.metric("fedhub_stanzas_queued") < 3 and count < 300:
            world.stream.send(message(world.server.domain, domain, payload, id=str(count)))
            count += 1
    new = site.component(hub, domain)
    watch = Stopwatch()
    world.stream.send(message(world.server.domain, domain, id="last"))
    while new.expect_message(within=3)["id"] != "last":
        pass
    assert watch.seconds() < (2.5 if stuffed else AT_ONCE)
    assert hub.metric("fedhub_node_takeovers_total", result="refused") == 0
    old.cut()


def test_a_supervisor_that_restarts_its_process_is_no_fight(site, hub, domain):
    for _ in range(20):
        site.component(hub, domain)
    assert hub.metric("fedhub_node_takeovers_total", result="granted") == 19
    assert hub.metric("fedhub_node_takeovers_total", result="refused") == 0
    assert "replace each other" not in hub.log
