"""Promises: a slow destination delays no other, and memory is bounded."""

import threading
import time

import pytest

from peers.component import message
from peers.misbehaviour import GO_ON
from peers.site import component_node, fresh_domain
from peers.waiting import eventually

BODY = "x" * 2000


def stop_reading(stream):
    """Holds the connection open without reading, so that octets stay in the kernel's buffers."""
    stream.stopped = threading.Event()
    stream.stopped.wait(60)


LIMITS = {
    "defaults": {},
    "queue smaller than the source's window": {"queue_bytes_per_domain": 65536, "inflight_bytes_per_stream": 1048576},
    "queue larger than the source's window": {"queue_bytes_per_domain": 1048576, "inflight_bytes_per_stream": 65536},
}


@pytest.mark.parametrize("limits", LIMITS)
def test_a_destination_that_stops_reading_delays_no_other(site, limits):
    """Stanzas beyond the queue's limit bounce. The same source can still send to another server."""
    node = fresh_domain("corp")
    hub = site.hub(
        component_node(node),
        limits=LIMITS[limits],
        timeouts={"connect": 2, "negotiation": 3, "dialback": 3, "queue": 30, "drain": 1},
    )
    component = site.component(hub, node)
    slow, good = site.server(receive_buffer=65536), site.server()
    slow.misbehave["authenticated"] = stop_reading
    before = hub.resident_bytes()

    def flood():
        for number in range(6000):  # 12 MB: more than the socket's buffers and the queue hold
            component.message(node, slow.domain, BODY, id=f"slow {number}")
            if number % 100 == 0:
                component.message(node, good.domain, id=f"good {number}")

    sender = threading.Thread(target=flood, daemon=True)
    sender.start()
    # All sixty stanzas arrive, although the slow server never reads again.
    assert [stanza["id"] for stanza in good.collect(60, 30)] == [f"good {n}" for n in range(0, 6000, 100)]
    bounce = component.expect_bounce("resource-constraint", from_=slow.domain)
    assert bounce["id"].startswith("slow ")
    assert hub.sanitized() or hub.resident_bytes() - before < 48 << 20  # with sanitizers, what is freed stays
    sender.join(20)
    assert not sender.is_alive()
    for stream in slow.streams:
        stream.cut()
        stream.stopped.set()


def test_a_node_that_stops_reading_delays_no_other(site):
    slow, good = fresh_domain("corp"), fresh_domain("corp")
    hub = site.hub(component_node(slow), component_node(good), limits={"queue_bytes_per_domain": 65536})
    site.component(hub, slow)  # and never reads
    component, remote = site.component(hub, good), site.server(verify_at=hub.s2s)
    stream = remote.connect(hub.s2s, slow)
    remote.authenticate(stream, good)

    def flood():
        for number in range(6000):
            stream.send(message(remote.domain, slow, BODY, id=f"slow {number}"))
            if number % 100 == 0:
                stream.send(message(remote.domain, good, id=f"good {number}"))

    sender = threading.Thread(target=flood, daemon=True)
    sender.start()
    assert [stanza["id"] for stanza in component.collect(60, 30)] == [f"good {n}" for n in range(0, 6000, 100)]
    bounce = remote.expect_message(within=20, type="error", from_=slow)
    assert bounce.condition == "resource-constraint"
    sender.join(20)
    assert not sender.is_alive()


def test_a_source_that_is_faster_than_its_destination_is_paused(site):
    """Back-pressure: the reader is slow, and far more is sent than the hub may hold, but nothing is lost."""
    node = fresh_domain("corp")
    hub = site.hub(
        component_node(node), limits={"inflight_bytes_per_stream": 65536, "queue_bytes_per_domain": 16 << 20}
    )
    # A small receive buffer: with a large one the kernel would take everything at full speed.
    component, remote = site.component(hub, node), site.server(receive_buffer=65536)
    count = 3000

    def linger(stream):
        time.sleep(0.001)  # makes the reader slow; not a wait for a condition
        return GO_ON

    remote.misbehave["stanza received"] = linger
    before = hub.resident_bytes()
    for number in range(count):
        component.message(node, remote.domain, BODY, id=str(number))
    assert [int(stanza["id"]) for stanza in remote.collect(count, 30)] == list(range(count))
    assert hub.metric("fedhub_stream_pauses_total", leg="node-component") >= 1
    assert hub.metric("fedhub_streams_paused") == 0
    assert hub.sanitized() or hub.resident_bytes() - before < 48 << 20  # with sanitizers, what is freed stays
    hub.balanced_accounts(accepted=count)


def test_the_queues_together_stay_below_the_ceiling(site):
    """Many destinations can't be reached: `memory_bytes` bounds the stanzas that the hub holds for all of them."""
    node, ceiling = fresh_domain("corp"), 1 << 20
    hub = site.hub(component_node(node), limits={"memory_bytes": ceiling})
    component = site.component(hub, node)
    mute_servers = [site.listener() for _ in range(20)]

    def flood():
        for number in range(2000):
            component.message(node, mute_servers[number % 20].domain, BODY, id=str(number))

    sender = threading.Thread(target=flood, daemon=True)
    sender.start()
    assert component.expect_bounce("resource-constraint")
    seen = component.collect(1999, 30)
    sender.join(10)
    assert {bounce.condition for bounce in seen} == {"resource-constraint", "remote-server-timeout"}
    assert hub.metric("fedhub_queue_limit_bytes") == ceiling
    eventually(lambda: hub.metric("fedhub_queued_bytes") == 0, what="empty queues")


def test_stanzas_that_were_answered_at_the_end_of_a_stream_are_not_delivered_after_it(site):
    """The peer reads nothing while an operator ends the stream. Each stanza is delivered or answered, none both."""
    node = fresh_domain("corp")
    hub = site.hub(component_node(node), timeouts={"negotiation": 30, "dialback": 30, "keepalive": 60})
    component, slow = site.component(hub, node), site.server(receive_buffer=4096, security="none")
    go_on = threading.Event()
    slow.misbehave["stanza received"] = lambda stream: go_on.wait(60) and GO_ON
    ids = [str(number) for number in range(30)]
    for id in ids:
        component.send(message(node, slow.domain, body="x" * 1000, id=id))
    eventually(lambda: hub.metric("fedhub_stanzas_accepted_total") >= len(ids), what="the stanzas")
    eventually(lambda: slow.received.qsize(), what="the first stanza at the peer, which then reads no more")
    assert hub.api.post(f"domains/{slow.domain}/close") == 204
    eventually(lambda: slow.domain not in str(hub.api.get("streams")["items"]), 20, "the stream's end")
    eventually(lambda: hub.metric("fedhub_stanzas_bounced_total"), what="the answers")
    go_on.set()
    answered = set()
    while hub.metric("fedhub_stanzas_bounced_total") > len(answered):
        answered.add(component.expect_stanza(type="error").get("id"))
    eventually(lambda: slow.received.qsize() + len(answered) >= len(ids), what="the others")
    delivered = [slow.next()[0].get("id") for _ in range(slow.received.qsize())]
    assert answered and not answered & set(delivered), (answered, delivered)
    assert sorted(delivered, key=int) == delivered
