"""Time-outs, retries and back-off of outgoing streams. test_field_traps.py has the mute peers."""

import pytest

from peers import dialback
from peers.component import message
from peers.misbehaviour import GO_ON, cut, end_with_error, hang_up, mute, say
from peers.site import component_node, fresh_domain
from peers.stream import FOOTER
from peers.waiting import Stopwatch, eventually
from peers.xml import Element


def test_stanzas_bounce_after_timeouts_queue_even_if_the_negotiation_may_last_longer(site):
    node = fresh_domain("corp")
    hub = site.hub(component_node(node), timeouts={"negotiation": 20, "queue": 2, "dialback": 20})
    component, remote = site.component(hub, node), site.server()
    remote.misbehave["header received"] = mute
    watch = Stopwatch()
    component.message(node, remote.domain, id="1")
    component.expect_bounce("remote-server-timeout", id="1")
    assert 1 < watch.seconds() < 5


def test_a_stanza_that_comes_later_gets_its_own_time(site):
    """Each stanza waits for at most timeouts.queue from its own arrival."""
    node = fresh_domain("corp")
    hub = site.hub(component_node(node), timeouts={"negotiation": 20, "queue": 3, "dialback": 20})
    component, remote = site.component(hub, node), site.server()
    remote.misbehave["header received"] = mute
    component.message(node, remote.domain, id="1")
    component.expect_bounce("remote-server-timeout", id="1")
    watch = Stopwatch()
    component.message(node, remote.domain, id="2")
    component.expect_bounce("remote-server-timeout", id="2")
    assert watch.seconds() < 6


@pytest.mark.parametrize(
    "trouble", [cut, hang_up, end_with_error("resource-constraint"), say("<not/>"), say("garbage", then=cut)],
    ids=["reset", "footer", "stream error", "nonsense", "garbage"],
)  # fmt: skip
def test_a_server_that_recovers_is_used_again_within_seconds(component, site, trouble):
    """The hub must not bounce stanzas for minutes without a new attempt."""
    remote = site.server()
    remote.misbehave["connected"] = trouble
    component.message(component.domain, remote.domain, id="first")
    assert component.expect_stanza(type="error", id="first").condition
    remote.misbehave.clear()
    watch = Stopwatch()

    def delivered():
        component.message(component.domain, remote.domain)
        return not remote.received.empty()

    eventually(delivered, 10, "a delivery")
    assert watch.seconds() < 8


def test_stanzas_sent_during_the_back_off_wait_for_the_next_attempt(component, site):
    """The hub does not answer them with the failure of an attempt that was made before they arrived."""
    remote = site.server()
    attempts = []

    def cut_the_first(stream):
        attempts.append(stream)
        return cut(stream) if len(attempts) == 1 else GO_ON

    remote.misbehave["header received"] = cut_the_first
    component.message(component.domain, remote.domain, id="1")
    assert component.expect_stanza(type="error", id="1").condition == "remote-server-timeout"
    component.message(component.domain, remote.domain, id="2")
    remote.expect_message(id="2")
    assert len(attempts) == 2


def test_a_burst_towards_a_dead_server_dials_it_a_few_times_only(hub, component, site):
    remote = site.server()
    remote.misbehave["connected"] = cut
    for number in range(500):
        component.message(component.domain, remote.domain, id=str(number))
    bounces = component.collect(500, within=15)
    assert {bounce["id"] for bounce in bounces} == {str(number) for number in range(500)}
    assert remote.attempts <= 8


def test_a_stream_error_of_the_peer_is_told_to_the_sender(component, site):
    remote = site.server()
    remote.misbehave["features sent"] = end_with_error("host-unknown")
    component.message(component.domain, remote.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert "host-unknown" in bounce.error_text, bounce


@pytest.mark.parametrize("answer", [("invalid", ""), ("error", "item-not-found"), ("error", "policy-violation")])
def test_a_refused_key_is_told_to_the_sender(component, site, answer):
    remote = site.server()
    remote.key_answer = answer
    component.message(component.domain, remote.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert "dialback" in bounce.error_text and answer[1] in bounce.error_text, bounce


def test_one_refused_domain_does_not_end_the_stream_of_another(hub, component, site):
    other, remote = site.component(hub, hub.spare_domain()), site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()
    remote.key_answer = ("error", "item-not-found")
    other.message(other.domain, remote.domain, id="1")
    assert other.expect_stanza(type="error", id="1").condition
    component.message(component.domain, remote.domain, id="2")
    remote.expect_message(id="2")
    assert remote.attempts == 1


def test_a_peer_that_closes_its_stream_while_idle_is_answered_in_order(component, site):
    remote = site.server()
    component.message(component.domain, remote.domain)
    _, stream = remote.next()
    stream.send(FOOTER)
    eventually(lambda: stream in remote.ended, what="the hub's footer")
    component.message(component.domain, remote.domain, id="2")
    remote.expect_message(id="2")


@pytest.mark.parametrize("verdict", [("error", "item-not-found"), ("invalid", "")])
def test_the_initiating_server_is_told_what_the_authoritative_one_said(hub, component, site, verdict):
    remote = site.server()
    remote.verify_answer = verdict
    stream = remote.open_stream(hub.s2s, component.domain)
    remote.send_key(stream, component.domain)
    result = stream.expect("db:result")
    assert result["type"] in ("invalid", "error"), result


def test_the_initiating_server_is_told_when_its_domain_is_not_found(hub, component, site, dns):
    remote = site.server()
    dns.remove(remote.domain)
    stream = remote.open_stream(hub.s2s, component.domain)
    remote.send_key(stream, component.domain)
    assert stream.expect("db:result", type="error").condition == "remote-server-not-found"


def test_the_initiating_server_is_told_when_it_is_not_reached(hub, component, site):
    remote = site.server()
    remote.misbehave["connected"] = cut
    stream = remote.open_stream(hub.s2s, component.domain)
    remote.send_key(stream, component.domain)
    item = stream.read()
    assert isinstance(item, Element) and item.is_a("db:result") and item["type"] == "error", item
    assert item.condition in ("remote-connection-failed", "remote-server-timeout", "remote-server-not-found"), item


def test_idle_streams_are_closed_in_order(site):
    node = fresh_domain("corp")
    hub = site.hub(component_node(node), timeouts={"idle": 2, "keepalive": 1})
    component, remote = site.component(hub, node), site.server()
    component.message(node, remote.domain)
    remote.expect_message()
    incoming = remote.connect(hub.s2s, node)
    incoming.send(message(remote.domain, node))
    component.expect_message()
    eventually(lambda: remote.streams[0] in remote.ended, 8, "the end of the outgoing stream")
    assert [type(item).__name__ for item in incoming.read_to_end(8)][-1] == "StreamEnd"


def test_a_key_that_got_no_answer_is_sent_again_on_the_same_stream(site):
    """Another sender keeps the stream up. After `timeouts.dialback` the hub no longer waits for the first answer."""
    hub = site.hub(*(component_node(fresh_domain("corp")) for _ in range(2)), timeouts={"dialback": 1})
    first, second = (site.component(hub, hub.spare_domain()) for _ in range(2))
    remote = site.listener()
    first.message(first.domain, remote.domain, id="1")
    stream = remote.answer_header(remote.accept())
    stream.send(dialback.answer(stream.expect("db:result", from_=first.domain), "valid"))
    stream.expect("server:message", id="1")
    second.message(second.domain, remote.domain, id="2")
    unanswered = stream.expect("db:result", from_=second.domain)
    second.expect_bounce("remote-server-timeout", id="2")

    def again():
        second.message(second.domain, remote.domain, id="3")
        try:
            return stream.read(0.5)
        except TimeoutError:
            return None

    key = eventually(again, 10, "the key to come again")
    assert key.octets == unanswered.octets
    stream.send(dialback.answer(key, "valid")).expect("server:message", from_=second.domain, id="3")
