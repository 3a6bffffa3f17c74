"""Stanzas wait for an absent node for at most `timeouts.node`."""

import re

import pytest

from peers.component import message
from peers.misbehaviour import end_with_error, mute
from peers.s2s_peer import Server
from peers.site import component_node, fresh_domain
from peers.stream import Closed
from peers.toml import merge
from peers.waiting import Stopwatch, eventually
from peers.world import AT_ONCE, WAIT, World, links


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
    for round in range(3):  # the time begins anew with each absence
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


def test_the_wait_for_a_node_begins_with_the_hubs_start(site, hub, domain):
    hub.stop(codes=(0, 3))
    hub.start()
    world = World(site, hub, domain)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    expect_both(site.component(hub, domain), "1", AT_ONCE)


def test_the_wait_for_an_added_node_begins_with_the_reload(site, hub, domain):
    hub.wait_for_log("has been away")
    added = fresh_domain("corp")
    hub.reload(hub.config | {"node": [*hub.config["node"], component_node(added)]})
    world = World(site, hub, added)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    expect_both(site.component(hub, added), "1", AT_ONCE)
    other = World(site, hub, domain)  # the reload has not changed this node, so its time is still over
    other.send_both("2")
    other.expect_both_back("2")


def test_a_reloaded_timeout_applies_to_waiting_stanzas(site, domain):
    hub = site.hub(component_node(domain), timeouts={"node": 600})
    world = World(site, hub, domain)
    world.send_both("1")
    eventually(lambda: hub.metric("fedhub_stanzas_queued") == 2, what="both wait")
    hub.reload(merge(hub.config, {"timeouts": {"node": 1}}))
    world.expect_both_back("1", 2)


def test_what_is_for_a_shared_domain_waits_for_the_node_that_has_just_gone(site, domain):
    """The domain's other node has been absent for longer than `timeouts.node`."""
    rows = [component_node(domain, name=name, secret=f"secret of {name}") for name in ("one", "two")]
    hub = site.hub(*rows, timeouts={"node": WAIT})
    one = site.component(hub, domain, "secret of one")
    hub.wait_for_log("node two has been away")
    world = World(site, hub, domain)
    one.close()
    eventually(lambda: hub.metric("fedhub_node_links", node="one") == 0, what="the link's end noticed")
    users = [f"user{number}@{domain}" for number in range(20)]  # the hash assigns some of them to the other node
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
    """A hub, an s2s node that comes and goes, always at the same address, and a remote server."""

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
    behind.hub.wait_for_log(r"no stream: .*127\.0\.0\.1.*refused")  # the operator gets the cause
    for round in range(3):
        behind.world.send_both(str(round))
        behind.world.expect_both_back(str(round))
    before = behind.attempts()
    eventually(lambda: behind.attempts() > before, what="an attempt though nothing waits")
    node = behind.start_node()
    behind.hub.wait_for_log("the node can be reached again", within=20)
    behind.world.send_both("back")
    expect_both_at(node, "back")
    assert len(re.findall("could not be reached for", behind.hub.log)) == 1


@pytest.mark.parametrize(
    "step, how", [("connected", Closed), ("features sent", end_with_error("host-unknown")), ("key received", mute)],
    ids=["hangs up", "an error after the features", "no answer to the key"],
)  # fmt: skip
def test_an_s2s_node_that_accepts_connections_but_no_stanzas_counts_as_away(site, domain, step, how):
    behind = Behind(site, domain, timeouts={"node": 1, "dialback": 2})
    node = behind.start_node()
    node.misbehave[step] = how if how is not Closed else lambda stream: stream.cut()
    behind.world.send_both("waits")
    if step == "key received":  # the stream is up, but dialback has no answer yet
        back = [behind.world.server.next(6)[0] for _ in range(2)]
        assert [x["id"] for x in back] == ["mwaits", "qwaits"]
        return
    behind.world.expect_both_back("waits", 4)
    behind.world.send_both("at once")
    behind.world.expect_both_back("at once")
    node.misbehave.clear()
    behind.hub.wait_for_log("the node can be reached again", within=20)
    behind.world.send_both("back")
    expect_both_at(node, "back")
