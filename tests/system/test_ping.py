"""Keepalive by ping (XEP-0199): the hub pings a quiet peer on a bidirectional stream without acknowledgements. The hub
keeps the answer; no node sees it."""

import pytest

from peers.authority import certificate
from peers.component import message
from peers.s2s_peer import BIDI_FEATURE
from peers.site import component_node, fresh_domain, spare_nodes
from peers.waiting import Stopwatch
from peers.xml import StreamEnd


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes(), timeouts={"keepalive": 1, "acknowledge": 5})


@pytest.fixture(params=["of the peer", "of the hub"])
def stream(request, hub, component, site):
    """A bidirectional stream, opened by the hub or by the peer, that has carried a message each way."""
    domain = fresh_domain()
    remote = site.listener(domain, certificate=certificate(domain))
    if request.param == "of the peer":
        stream = remote.connect_by_certificate(hub.s2s, component.domain, bidi=True)
    else:
        component.message(component.domain, domain, "there")
        stream = remote.accept_secured(external=True, more=BIDI_FEATURE)
        stream.expect("bidi:bidi")
        remote.accept_external(stream)
        stream.expect("server:message")
    stream.send(message(domain, component.domain, "here"))
    component.expect_message(from_=domain)
    stream.domain = domain
    return stream


def expect_ping(stream, component, within=4):
    ping = stream.expect("server:iq", within, type="get", from_=component.domain, to=stream.domain)
    assert ping.payload == b"<ping xmlns='urn:xmpp:ping'/>"
    return ping


def answer(ping, type="result", content=""):
    return f"<iq type='{type}' id='{ping['id']}' from='{ping['to']}' to='{ping['from']}'>{content}</iq>"


UNAVAILABLE = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
ANSWERS = {
    "a result": lambda ping: answer(ping),
    "an error": lambda ping: answer(ping, "error", f"<error type='cancel'>{UNAVAILABLE}</error>"),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_a_quiet_peer_is_asked_again_and_again(hub, component, stream, how):
    before = hub.accounts()["accepted"]
    for _ in range(3):
        stream.send(ANSWERS[how](expect_ping(stream, component)))
    stream.send(message(stream.domain, component.domain, "alive"))
    assert component.expect_stanza().find("component:body").text == "alive", "and no answer to a ping before"
    hub.balanced_accounts(before + 1)


def test_a_peer_that_stays_silent_is_given_up(hub, component, stream):
    before = hub.metric("fedhub_streams_closed_total", stage="stream")
    watch = Stopwatch()
    expect_ping(stream, component)
    stream.expect_stream_error("connection-timeout", within=10)
    assert 5 < watch.seconds() < 8
    # More than one, since a stream of an earlier test may end meanwhile.
    assert hub.metric("fedhub_streams_closed_total", stage="stream") >= before + 1
    hub.wait_for_log(rf"{stream.domain} .*no answer to a ping within 5 s")


def test_any_octet_is_a_sign_of_life(component, stream):
    expect_ping(stream, component)
    watch = Stopwatch()
    while watch.seconds() < 7:  # longer than timeouts.acknowledge
        stream.send(" ")
        try:
            expect_ping(stream, component, within=2)
        except TimeoutError:
            pass
    stream.send(message(stream.domain, component.domain, "alive"))
    component.expect_message(from_=stream.domain)


def test_a_peer_that_sends_is_not_pinged(hub, component, stream):
    watch = Stopwatch()
    while watch.seconds() < 3:
        stream.send(message(stream.domain, component.domain))
        component.expect_message(from_=stream.domain)
        with pytest.raises(TimeoutError):
            stream.read(within=0.5)


@pytest.mark.parametrize("change", ["another id", "another sender", "a user"])
def test_a_stanza_that_does_not_answer_a_ping_goes_to_the_node(component, stream, change):
    ping = expect_ping(stream, component)
    false = answer(ping)
    if change == "another id":
        false = false.replace(ping["id"], "some-other")
    elif change == "another sender":
        false = false.replace(f"from='{ping['to']}'", f"from='{ping['to']}/resource'")
    else:
        false = false.replace(f"to='{ping['from']}'", f"to='user@{ping['from']}'")
    stream.send(false)
    assert component.expect_stanza(type="result").is_a("component:iq")


def test_pings_do_not_keep_an_idle_stream(site):
    node, domain = fresh_domain("corp"), fresh_domain()
    hub = site.certified_hub(component_node(node), timeouts={"keepalive": 1, "acknowledge": 5, "idle": 4})
    component, remote = site.component(hub, node), site.listener(domain, certificate=certificate(domain))
    stream = remote.connect_by_certificate(hub.s2s, node, bidi=True)
    stream.send(message(domain, node))
    component.expect_message()
    watch, pings = Stopwatch(), 0
    while not isinstance(item := stream.read(), StreamEnd):
        assert watch.seconds() < 8, "still open"
        stream.send(answer(item))
        pings += 1
    assert pings >= 2 and watch.seconds() > 3


def test_a_stream_of_one_direction_is_kept_by_white_space(component, site):
    remote = site.listener()
    component.message(component.domain, remote.domain)
    stream = remote.accept_secured(external=True)
    remote.accept_external(stream)
    stream.expect("server:message")
    assert [stream.receive() for _ in range(3)] == [b" "] * 3


def test_where_stanzas_are_acknowledged_the_hub_requests_that_instead_of_pinging(hub, component, site):
    domain = fresh_domain()
    remote = site.listener(domain, certificate=certificate(domain))
    stream = remote.connect_by_certificate(hub.s2s, component.domain, bidi=True)
    stream.send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
    stream.expect("sm:r", within=8)
