"""Resumption (XEP-0198 §5) with the hub as receiving server: the hub reports to the peer, and to no other, how many
stanzas have arrived."""

import signal
import socket

import pytest

from peers.authority import certificate
from peers.component import message
from peers.hub import denying
from peers.management import ENABLE, REQUEST, next_texts, resume, resumptions
from peers.site import fresh_domain, spare_nodes
from peers.waiting import eventually


@pytest.fixture
def hub(site):
    """A new hub for each test, whose account begins at 0."""
    return site.certified_hub(*spare_nodes(2), timeouts={"queue": 20})


def open_managed(sender, hub, to):
    """Returns a stream that can be resumed, and the id by which it can."""
    stream = sender.connect_by_certificate(hub.s2s, to)
    answer = stream.send(ENABLE).expect("sm:enabled")
    assert answer["resume"] == "true" and int(answer["max"]) > 0
    return stream, answer["id"]


@pytest.fixture
def sender(site):
    domain = fresh_domain()
    return site.server(domain, certificate=certificate(domain), verify_at=None)


def send_and_cut(sender, stream, component, first, last):
    for number in range(first, last + 1):
        stream.send(message(sender.domain, component.domain, str(number)))
    for number in range(first, last + 1):
        assert component.expect_message().find("component:body").text == str(number)
    stream.cut()


def test_a_peer_is_told_what_the_hub_has_taken_over(hub, component, sender):
    stream, id = open_managed(sender, hub, component.domain)
    send_and_cut(sender, stream, component, 1, 3)
    for handled in (3, 5):  # a resumed stream can be resumed
        stream = sender.connect_by_certificate(hub.s2s, component.domain)
        assert stream.send(resume(id)).expect("sm:resumed", previd=id)["h"] == str(handled)
        stream.send(message(sender.domain, component.domain) + REQUEST)
        assert stream.expect("sm:a")["h"] == str(handled + 1)
        component.expect_message()
        send_and_cut(sender, stream, component, 4, 4)
    assert resumptions(hub, "receiving", "resumed") == 2


def test_what_came_right_before_the_cut_counts(hub, component, sender):
    stream, id = open_managed(sender, hub, component.domain)
    hub.signal(signal.SIGSTOP)  # so that the hub finds the stanzas and the end at once
    stream.send("".join(message(sender.domain, component.domain) for _ in range(50)))
    socket.socket.shutdown(stream.sock, socket.SHUT_WR)  # closes TCP, without a TLS close_notify
    hub.signal(signal.SIGCONT)
    component.collect(50)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.send(resume(id)).expect("sm:resumed")["h"] == "50"


def test_identifiers_are_of_no_use_to_a_stranger(hub, component, sender, site):
    stream, id = open_managed(sender, hub, component.domain)
    domain = fresh_domain()
    stranger = site.server(domain, certificate=certificate(domain), verify_at=None)
    attempt = stranger.connect_by_certificate(hub.s2s, component.domain)
    refusal = attempt.send(resume(id)).expect("sm:failed", h=None)
    assert refusal.find("stanza-errors:item-not-found") is not None
    send_and_cut(sender, stream, component, 1, 1)  # the session's own stream is not affected
    attempt.send(resume(id)).expect("sm:failed", h=None)
    attempt.send(ENABLE).expect("sm:enabled")  # nor is the stranger's stream
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.send(resume(id)).expect("sm:resumed")["h"] == "1"
    assert resumptions(hub, "receiving", "refused") == 2


def test_a_session_is_forgotten_when_a_reload_takes_its_pair_back(hub, component, sender):
    """It stays forgotten even if the next reload grants the pair again."""
    stream, id = open_managed(sender, hub, component.domain)
    send_and_cut(sender, stream, component, 1, 1)
    eventually(lambda: hub.metric("fedhub_streams", leg="s2s-in") == 0, what="the end of the stream")
    granted = hub.config
    hub.reload(denying(hub, sender.domain))
    hub.reload(granted)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    stream.send(resume(id)).expect("sm:failed", h=None)


def test_before_authentication_nothing_is_resumed(hub, component, sender):
    stream, id = open_managed(sender, hub, component.domain)
    send_and_cut(sender, stream, component, 1, 1)
    early = sender.open_stream(hub.s2s, component.domain, secure=True)
    early.send(resume(id)).expect_stream_error("unsupported-stanza-type")
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    stream.send(resume(id)).expect("sm:resumed")


def test_the_former_connection_ends_before_the_answer(hub, component, sender):
    former, id = open_managed(sender, hub, component.domain)
    former.send(message(sender.domain, component.domain))
    component.expect_message()
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.send(resume(id)).expect("sm:resumed")["h"] == "1"
    assert former.expect("sm:a")["h"] == "1"
    former.expect_stream_error("conflict")
    stream.send(message(sender.domain, component.domain) + REQUEST)
    assert stream.expect("sm:a")["h"] == "2"


def test_a_stream_that_ended_in_order_is_not_resumed(hub, component, sender):
    stream, id = open_managed(sender, hub, component.domain)
    stream.close()
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    stream.send(resume(id)).expect("sm:failed")


def test_after_a_stream_error_the_count_alone_is_told(hub, component, sender):
    stream, id = open_managed(sender, hub, component.domain)
    stream.send(message(sender.domain, component.domain))
    component.expect_message()
    stream.send("<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>").close()
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.send(resume(id)).expect("sm:failed")["h"] == "1"


def test_what_the_hub_has_sent_on_such_a_stream_takes_another_one(hub, component, sender):
    stream = sender.connect_by_certificate(hub.s2s, component.domain, bidi=True)
    id = stream.send(ENABLE).expect("sm:enabled")["id"]
    stream.send(message(sender.domain, component.domain))
    component.expect_message()
    component.message(component.domain, sender.domain, "back")
    assert next_texts(stream, 1) == ["back"]
    stream.cut()
    sender.expect_message(from_=component.domain)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.send(resume(id, 1)).expect("sm:failed")["h"] == "1"
