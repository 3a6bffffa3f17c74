"""How long stanzas wait for a node (`timeouts.node`), and several processes with one node's secret (a fight)."""

import re
import threading

import pytest

from peers.component import Component, connect_component, message
from peers.misbehaviour import end_with_error, mute
from peers.s2s_peer import Server
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed
from peers.toml import merge
from peers.waiting import Stopwatch, eventually
from peers.xml import Element

WAIT = 3  # timeouts.node here, seconds
AT_ONCE = 1.0  # seconds; a stanza that waits takes WAIT


def iq(from_: str, to: str, id: str) -> str:
    return f"<iq from='{from_}' to='{to}' id='{id}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"


class World:
    """A remote server and its stream to the hub."""

    def __init__(self, site, hub, domain: str):
        self.server, self.domain = site.server(), domain
        self.stream = self.server.connect(hub.s2s, domain)

    def send_both(self, id: str) -> None:
        """A message and an iq."""
        user, there = f"a@{self.server.domain}/x", f"b@{self.domain}"
        self.stream.send(message(user, there, id=f"m{id}") + iq(user, there, f"q{id}"))

    def expect_both_back(self, id: str, within: float = AT_ONCE) -> None:
        back = [self.server.next(within)[0] for _ in range(2)]
        assert [x["id"] for x in back] == [f"m{id}", f"q{id}"]
        assert [x["type"] for x in back] == ["error", "error"]
        assert [x.condition for x in back] == ["service-unavailable"] * 2


def links(hub, domain: str) -> float:
    return hub.metric("fedhub_node_links", node=f"node of {domain}")


def go(hub, component) -> None:
    component.close()
    eventually(lambda: links(hub, component.domain) == 0, what="the link's end noticed")


def expect_both(component, id: str, within: float) -> None:
    assert [x["id"] for x in component.collect(2, within)] == [f"m{id}", f"q{id}"]


@pytest.fixture
def domain():
    return fresh_domain("corp")


@pytest.fixture
def hub(site, domain):
    return site.hub(component_node(domain), timeouts={"node": WAIT})


# -- component nodes ----------------------------------------------------------------------------------------------


def test_message_and_iq_arrive_when_the_node_is_back_in_time(site, hub, domain):
    world = World(site, hub, domain)
    for round in range(3):  # each going counts anew
        component = site.component(hub, domain)
        go(hub, component)
        world.send_both(str(round))
        eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
        component = site.component(hub, domain)
        expect_both(component, str(round), AT_ONCE)
        go(hub, component)


def test_a_node_that_is_away_for_longer_is_answered_for_at_once(site, hub, domain):
    world = World(site, hub, domain)
    go(hub, site.component(hub, domain))
    watch = Stopwatch()
    world.send_both("waits")
    world.expect_both_back("waits", WAIT + 2)
    assert watch.seconds() > WAIT - 1
    world.send_both("at once")
    world.expect_both_back("at once")
    component = site.component(hub, domain)
    world.send_both("back")
    expect_both(component, "back", AT_ONCE)
    hub.balanced_accounts(accepted=6)


def test_the_hubs_start_counts_as_the_nodes_going(site, hub, domain):
    hub.stop(codes=(0, 3))
    hub.start()
    world = World(site, hub, domain)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    expect_both(site.component(hub, domain), "1", AT_ONCE)


def test_a_nodes_addition_counts_as_its_going(site, hub, domain):
    hub.wait_for_log("has been away")
    added = fresh_domain("corp")
    hub.reload(hub.config | {"node": [*hub.config["node"], component_node(added)]})
    world = World(site, hub, added)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    expect_both(site.component(hub, added), "1", AT_ONCE)
    other = World(site, hub, domain)  # the reload was none of this one's
    other.send_both("2")
    other.expect_both_back("2")


def test_another_time_applies_to_what_waits(site, domain):
    hub = site.hub(component_node(domain), timeouts={"node": 600})
    world = World(site, hub, domain)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    hub.reload(merge(hub.config, {"timeouts": {"node": 1}}))
    world.expect_both_back("1", 2)


def test_what_is_for_a_shared_domain_waits_for_the_node_that_has_just_gone(site, domain):
    """The other one has been away for long."""
    rows = [component_node(domain, name=name, secret=f"secret of {name}") for name in ("one", "two")]
    hub = site.hub(*rows, timeouts={"node": WAIT})
    one = site.component(hub, domain, "secret of one")
    hub.wait_for_log("node two has been away")
    world = World(site, hub, domain)
    one.close()
    eventually(lambda: hub.metric("fedhub_node_links", node="one") == 0, what="the link's end noticed")
    users = [f"user{number}@{domain}" for number in range(20)]  # by hash some of them are the other's
    for user in users:
        world.stream.send(message(world.server.domain, user))
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == len(users), what="all wait")
    back = site.component(hub, domain, "secret of one")
    assert [x["to"] for x in back.collect(len(users), AT_ONCE)] == users


def test_what_waits_goes_to_the_other_node_if_that_comes_first(site, domain):
    rows = [component_node(domain, name=name, secret=f"secret of {name}") for name in ("one", "two")]
    hub = site.hub(*rows, timeouts={"node": WAIT})
    world = World(site, hub, domain)
    users = [f"user{number}@{domain}" for number in range(20)]
    for user in users:
        world.stream.send(message(world.server.domain, user))
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == len(users), what="all wait")
    two = site.component(hub, domain, "secret of two")
    assert sorted(x["to"] for x in two.collect(len(users), AT_ONCE)) == sorted(users)


# -- s2s nodes ----------------------------------------------------------------------------------------------------


class Behind:
    """A hub with an s2s node that comes and goes, always at the same address; and the world."""

    def __init__(self, site, domain: str, **changes):
        self.site, self.node_domain = site, domain
        probe = site.listener(fresh_domain())
        self.port = probe.address[1]
        probe.close()
        row = {
            "name": "server behind the hub", "domains": [domain], "protocol": "s2s",
            "address": f"127.0.0.1:{self.port}", "trusted_from": ["127.0.0.2/32"],
        }  # fmt: skip
        self.hub = site.hub(row, **{"timeouts": {"node": WAIT}} | changes)
        self.world = World(site, self.hub, domain)

    def start_node(self) -> Server:
        node = self.site.server(self.node_domain, port=self.port)
        node.source, node.verify_at = ("127.0.0.2", 0), self.hub.nodes
        return node

    def attempts(self) -> float:
        return self.hub.metric("fedhub_connect_attempts_total", result="refused")


@pytest.fixture
def behind(site, domain):
    return Behind(site, domain)


def expect_both_at(node: Server, id: str, within: float = AT_ONCE) -> None:
    assert [node.next(within)[0]["id"] for _ in range(2)] == [f"m{id}", f"q{id}"]


def test_message_and_iq_arrive_when_the_s2s_node_is_back_in_time(behind):
    node = behind.start_node()
    behind.world.send_both("0")
    expect_both_at(node, "0")
    node.close()
    before = behind.attempts()
    behind.world.send_both("1")
    eventually(lambda: behind.attempts() > before + 1, what="two failed attempts")
    expect_both_at(behind.start_node(), "1", WAIT)


def test_an_s2s_node_that_is_away_for_longer_is_answered_for_at_once(behind):
    watch = Stopwatch()
    behind.world.send_both("waits")
    for name in ("m", "q"):
        back = behind.world.server.next(WAIT + 2)[0]
        assert back.condition == "service-unavailable" and back["id"] == f"{name}waits"
        assert not re.search(r"127\.0\.0|refused|:\d", back.error_text), "the world is told nothing of the inside"
    assert watch.seconds() > WAIT - 1
    behind.hub.wait_for_log(r"no stream: .*127\.0\.0\.1.*refused")  # the operator is told
    for round in range(3):
        behind.world.send_both(str(round))
        behind.world.expect_both_back(str(round))
    before = behind.attempts()
    eventually(lambda: behind.attempts() > before, what="an attempt though nothing waits")
    node = behind.start_node()
    behind.hub.wait_for_log("the node is reached again", within=20)
    behind.world.send_both("back")
    expect_both_at(node, "back")
    assert len(re.findall("could not be reached for", behind.hub.log)) == 1


@pytest.mark.parametrize(
    "step, how", [("connected", Closed), ("features sent", end_with_error("host-unknown")), ("key received", mute)],
    ids=["hangs up", "an error after the features", "no answer to the key"],
)  # fmt: skip
def test_an_s2s_node_that_is_there_and_takes_nothing_is_away(site, domain, step, how):
    behind = Behind(site, domain, timeouts={"node": 1, "dialback": 2})
    node = behind.start_node()
    node.misbehave[step] = how if how is not Closed else lambda stream: stream.cut()
    behind.world.send_both("waits")
    if step == "key received":  # the stream is up, and dialback takes its time
        back = [behind.world.server.next(6)[0] for _ in range(2)]
        assert [x["id"] for x in back] == ["mwaits", "qwaits"]
        return
    behind.world.expect_both_back("waits", 4)
    behind.world.send_both("at once")
    behind.world.expect_both_back("at once")
    node.misbehave.clear()
    behind.hub.wait_for_log("the node is reached again", within=20)
    behind.world.send_both("back")
    expect_both_at(node, "back")


# -- several processes with one node's secret ---------------------------------------------------------------------


class Rival(threading.Thread):
    """A process that connects again as soon as it is disconnected, whatever it is told."""

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
    hub.wait_for_log("take each other's place")
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
    lines = [line for line in hub.log.splitlines() if "take each other's place" in line]
    assert len(lines) == 1 and all(source in lines[0] for source in sources), lines
    assert hub.metric("fedhub_connections_refused_total") == 0


def start_fight(hub, domain: str) -> list:
    """Links that take each other's place until the hub refuses more for a while."""
    return [
        connect_component(hub.nodes, domain, NODE_SECRET) if number % 2 == 0
        else Component.connect(hub.nodes, source=("127.0.0.2", 0)).open(domain).handshake(NODE_SECRET)
        for number in range(5)
    ]  # fmt: skip


def claim(hub, domain: str) -> Component:
    return Component.connect(hub.nodes, source=("127.0.0.2", 0)).open(domain).send_handshake(NODE_SECRET)


def test_who_is_refused_is_told_so_and_heard_no_more(site, hub, domain):
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


def test_the_current_links_answer_to_the_question_goes_nowhere(site, hub, domain):
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
    """A refusal takes a second to be told: so coarse is the measure."""
    current = start_fight(hub, domain)[-1]
    for least in (0, 1, 3, 7):  # of 1, 2, 4, 8
        current, took = refusal(hub, domain, current, True, 16)
        assert least <= took <= least + 4
    current, took = refusal(hub, domain, current, False, 20)  # of 16
    assert 4 <= took <= 12
    assert len(re.findall("take each other's place", hub.log)) == 1


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
    assert "take each other's place" not in hub.log
