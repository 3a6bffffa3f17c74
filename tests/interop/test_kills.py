"""Connections cut at random in the middle of traffic to a real server that acknowledges stanzas (XEP-0198)."""

import collections
import os
import random

import pytest

from exchange import has_id
from federation import SECRET, accounts, check_accounts, hub_config
from kills import KillRun, doubled, out_of_order, spread_cuts
from support.component import Component
from support.cuts import Cuts
from support.hub import NODES_PORT, Hub
from support.wait import eventually
from support.xml import parse

LINES = 20


@pytest.mark.parametrize("name, stanzas, cuts", [
    ("prosody", 100_000, {"reset": 150, "silence": 40, "kill": 10}),
    ("prosody-13", 20_000, {"reset": 30, "silence": 8, "kill": 2})])
def test_nothing_is_lost_however_often_connections_are_cut(directory, name, stanzas, cuts):
    """Each stanza arrives or bounces, in order. It arrives more than once only if an acknowledgement was missing."""
    seed = int(os.environ.get("FEDHUB_KILLS_SEED", random.randrange(1 << 32)))
    each = stanzas // LINES
    folder = directory / f"kills-{name}"
    folder.mkdir()
    print(f"FEDHUB_KILLS_SEED={seed}")
    with KillRun(name, folder, spread_cuts(cuts, LINES, each, random.Random(seed))) as run:
        run.run(each, within=150)
        print(run.summary())

        assert collections.Counter(cut.how for cut in run.made) == cuts
        for line in run.lines:
            assert len(set(line.bounced)) == len(line.bounced)
            assert out_of_order(line) == []
        check_accounts(run.federation.hub)
        sent, bounced = LINES * each, sum(len(line.bounced) for line in run.lines)
        assert accounts(run.federation.hub.metrics())["from-node"] == {
            "accepted_total": sent, "delivered_total": sent - bounced, "bounced_total": bounced, "dropped_total": 0,
            "queued": 0}
        # The hub resends only stanzas without an acknowledgement, so only these may arrive twice.
        resent = run.federation.hub.metrics().total("fedhub_stanzas_resent_total", direction="from-node")
        assert sum(map(doubled, run.lines)) <= resent


# -- silently dropped connections without XEP-0198: only TCP acknowledges ---------------------------------------

FOUND = 2 + 5 + 3  # keepalive, acknowledge, and some time for a busy machine


@pytest.mark.parametrize("name, stanzas, cuts", [("prosody", 2000, 10)])
def test_stanzas_lost_on_a_one_way_stream_are_answered(directory, name, stanzas, cuts):
    """Each stanza arrives or bounces. It may do both if TCP's acknowledgement was lost."""
    seed = int(os.environ.get("FEDHUB_KILLS_SEED", random.randrange(1 << 32)))
    lines = 5
    each = stanzas // lines
    folder = directory / f"dropped-{name}"
    folder.mkdir()
    plan = spread_cuts({"silence": cuts}, lines, each, random.Random(seed))
    print(f"FEDHUB_KILLS_SEED={seed}")
    with KillRun(name, folder, plan, acknowledged=False) as run:
        run.run(each, within=30 + 2 * cuts / lines * FOUND)
        print(run.summary())
        for line in run.lines:
            assert doubled(line) == 0  # nothing is sent twice
            assert len(set(line.bounced)) == len(line.bounced)
        check_accounts(run.federation.hub)
        bounced = sum(len(line.bounced) for line in run.lines)
        metrics = run.federation.hub.metrics()
        assert bounced > 0 and metrics.total("fedhub_stanzas_bounced_total", failure="unconfirmed") > 0
        assert accounts(metrics)["from-node"] == {
            "accepted_total": stanzas, "delivered_total": stanzas - bounced, "bounced_total": bounced,
            "dropped_total": 0, "queued": 0}


NODE = "jabber:component:accept"


@pytest.fixture
def two_components(world, directory, request):
    """A hub with two component nodes, a function that links a component, and one that makes its link fall silent."""
    first, second = "corp.example", "desk.example"
    times = {"keepalive": 2, "acknowledge": 5, "queue": 60, "node": 60}
    config = hub_config("tls-required", first, {"timeouts": times})
    config["node"].append({"name": "desk-2", "domains": [second], "protocol": "component", "secret": SECRET})
    folder = directory / f"silent-{request.node.name}"
    folder.mkdir()
    hub = Hub(world.hosts["hub"], folder, config, world.hosts["dns"].address).start()
    cuts = Cuts(world.hosts["hub"], hub.daemon.pid)
    links = []

    def link(host, domain):
        links.append(Component(world.hosts[host], domain, SECRET, world.hosts["hub"].address))
        return links[-1]

    def silence(component):
        address, port = component.socket_name()
        cuts.silence_from(address, port, NODES_PORT)

    yield hub, link, silence
    cuts.end()
    for component in links:
        component.close()
    hub.stop()


@pytest.mark.parametrize("rounds", [3])
def test_stanzas_lost_on_a_component_link_are_answered(two_components, rounds):
    """This covers both directions: stanzas to the component, and stanzas from it that the hub has accepted."""
    hub, link, silence = two_components
    source = link("node", "corp.example")
    number, answered, arrived = 0, set(), set()
    for turn in range(rounds):
        other = link("server", "desk.example")
        eventually(lambda: hub.metrics().total("fedhub_node_links", node="desk-2") == 1, "the link")
        for index in range(60):
            if index == 40:
                silence(other)
            number += 1
            source.send(f"<message from='a@corp.example' to='b@desk.example' id='{number}'><body>x</body></message>")
            if index < 20:
                other.send(f"<message from='b@desk.example' to='a@corp.example' id='back-{turn}-{index}'/>")
        for index in range(20):
            source.expect("a message of the component's", has_id(f"back-{turn}-{index}"))

        def settled():
            for raw in source.arrived():
                stanza = parse(raw, NODE)
                assert stanza.get("type") == "error" and b"delivery unconfirmed" in raw, raw
                assert stanza.get("id") not in answered
                answered.add(stanza.get("id"))
            arrived.update(parse(raw, NODE).get("id") for raw in other.arrived())
            return len(arrived | answered) == number

        eventually(settled, f"all {number} stanzas at one end or the other", within=FOUND + 5)
        eventually(lambda: hub.metrics().total("fedhub_node_links", node="desk-2") == 0, "the end of the link")
    assert answered and arrived
    check_accounts(hub)
