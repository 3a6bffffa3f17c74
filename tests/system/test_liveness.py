"""Connections that die silently, as when a NAT forgets them. The hub notices on every kind of stream within
`timeouts.keepalive` + `timeouts.acknowledge`, and answers the stanzas that were written in vain. Needs root, for a
network namespace of the module's own."""

import os
import threading
import time

import pytest

from peers.authority import certificate
from peers.component import message
from peers.dns_server import DnsServer
from peers.misbehaviour import GO_ON
from peers.quiet_network import quiet_network, silence, speak_again
from peers.s2s_peer import BIDI_FEATURE
from peers.site import Site, component_node, fresh_domain, spare_nodes
from peers.waiting import Stopwatch, eventually

KEEPALIVE, ACKNOWLEDGE = 2, 5
FOUND = KEEPALIVE + ACKNOWLEDGE
GRACE = 2  # for the kernel's timers and a busy machine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


@pytest.fixture(scope="module")
def quiet_site(tmp_path_factory):
    with quiet_network():
        dns = DnsServer()
        site = Site(dns, tmp_path_factory)
        yield site
        speak_again()
        site.close()
        dns.close()


@pytest.fixture(scope="module")
def hub(quiet_site):
    return quiet_site.certified_hub(
        *spare_nodes(), timeouts={"keepalive": KEEPALIVE, "acknowledge": ACKNOWLEDGE, "negotiation": 60, "drain": 2})


@pytest.fixture
def component(quiet_site, hub):
    return quiet_site.component(hub, hub.spare_domain())


# Each function returns a stream, the domain of its peer, and the label `leg` of the hub's end.


def one_way_in(site, hub, component):
    remote = site.listener(domain := fresh_domain(), certificate=certificate(domain))
    stream = remote.connect_by_certificate(hub.s2s, component.domain)
    stream.send(message(domain, component.domain))
    component.expect_message()
    return stream, domain, "s2s-in"


def one_way_out(site, hub, component):
    remote = site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()
    return remote.streams[0], remote.domain, "s2s-out"


def secured_out(site, hub, component):
    remote = site.server(security="required")
    component.message(component.domain, remote.domain)
    remote.expect_message()
    return remote.streams[0], remote.domain, "s2s-out"


def both_ways_in(site, hub, component):
    remote = site.listener(domain := fresh_domain(), certificate=certificate(domain))
    stream = remote.connect_by_certificate(hub.s2s, component.domain, bidi=True)
    stream.send(message(domain, component.domain))
    component.expect_message()
    return stream, domain, "s2s-in"


def both_ways_out(site, hub, component):
    remote = site.listener(domain := fresh_domain(), certificate=certificate(domain))
    component.message(component.domain, domain)
    stream = remote.accept_secured(external=True, more=BIDI_FEATURE)
    stream.expect("bidi:bidi")
    remote.accept_external(stream)
    stream.expect("server:message")
    return stream, domain, "s2s-out"


def a_component(site, hub, component):
    return component, component.domain, "node-component"


KINDS = [one_way_in, one_way_out, secured_out, both_ways_in, both_ways_out, a_component]


def open_streams(hub, leg):
    return hub.metric("fedhub_streams", leg=leg, state="authenticated")


@pytest.mark.parametrize("kind", KINDS)
def test_an_idle_stream_that_died_is_found(quiet_site, hub, component, kind):
    stream, _, leg = kind(quiet_site, hub, component)
    before = open_streams(hub, leg)
    silence(stream.sock)
    watch = Stopwatch()
    eventually(lambda: open_streams(hub, leg) < before, FOUND + GRACE, "the end of the stream")
    assert watch.seconds() > ACKNOWLEDGE - 1, "it was not by this that it ended"


@pytest.mark.parametrize("kind", [one_way_out, secured_out, both_ways_in, both_ways_out, a_component])
def test_stanzas_written_in_vain_are_answered(quiet_site, hub, component, kind):
    """The hub can't know more than TCP's acknowledgements, so some answered stanzas may have arrived."""
    stream, domain, leg = kind(quiet_site, hub, component)
    sender = quiet_site.component(hub, hub.spare_domain()) if leg == "node-component" else component
    before = hub.metric("fedhub_stanzas_bounced_total", failure="unconfirmed")
    eventually(lambda: hub.accounts()["queued"] == 0, what="what was sent before has arrived")
    delivered = hub.accounts()["delivered"]
    silence(stream.sock)
    watch = Stopwatch()
    for number in range(50):
        sender.message(sender.domain, domain, id=str(number))
    for number in range(50):
        bounce = sender.expect_bounce("remote-server-timeout", within=FOUND + GRACE, id=str(number))
        assert bounce.error_text == "delivery unconfirmed"
    assert watch.seconds() < FOUND + GRACE
    assert hub.metric("fedhub_stanzas_bounced_total", failure="unconfirmed") == before + 50
    assert hub.accounts()["delivered"] == delivered


def test_what_has_arrived_is_not_answered(quiet_site, hub, component):
    stream, domain, _ = one_way_out(quiet_site, hub, component)
    for number in range(20):
        component.message(component.domain, domain, id=str(number))
    eventually(lambda: hub.accounts()["queued"] == 0, 5, "all acknowledged by TCP")
    silence(stream.sock)
    before = open_streams(hub, "s2s-out")
    eventually(lambda: open_streams(hub, "s2s-out") < before, FOUND + GRACE, "the end of the stream")
    component.message(component.domain, "@", id="last")
    component.expect_bounce("jid-malformed", id="last")


def test_a_reload_sets_the_times_of_streams_that_are_there(quiet_site):
    node = fresh_domain("corp")
    hub = quiet_site.hub(component_node(node), timeouts={"keepalive": 600, "acknowledge": 600})
    component = quiet_site.component(hub, node)
    hub.reload(hub.config | {"timeouts": hub.config["timeouts"] | {"keepalive": KEEPALIVE, "acknowledge": ACKNOWLEDGE}})
    silence(component.sock)
    eventually(lambda: open_streams(hub, "node-component") == 0, FOUND + GRACE, "the end of the stream")


def test_a_peer_that_is_only_slow_is_left_alone(quiet_site):
    """The peer's window is shut for longer than `acknowledge`. Its kernel still answers, so the stream stays."""
    node, gate = fresh_domain("corp"), threading.Event()
    hub = quiet_site.hub(component_node(node), timeouts={"keepalive": 60, "acknowledge": ACKNOWLEDGE},
                         limits={"queue_bytes_per_domain": 16 << 20})
    component, remote = quiet_site.component(hub, node), quiet_site.server(receive_buffer=65536)
    remote.misbehave["stanza received"] = lambda stream: gate.wait(60) and GO_ON
    count = 4000  # more than the kernel's buffers hold
    for number in range(count):
        component.message(node, remote.domain, "x" * 1000, id=str(number))
    eventually(lambda: hub.metric("fedhub_stream_stalls_total", leg="s2s-out") == 1, 20, "the peer does not keep up")
    time.sleep(ACKNOWLEDGE + 3)  # the time is what is tested
    gate.set()
    assert [stanza["id"] for stanza in remote.collect(count, 30)] == [str(number) for number in range(count)]
    assert remote.attempts == 1


# -- pings -----------------------------------------------------------------------------------------------------


def test_an_answer_on_another_stream_of_the_peer_counts_for_the_ping(quiet_site, hub, component):
    """Prosody answers so. The connection that pinged gets the answer; no node sees it."""
    stream, domain, leg = both_ways_out(quiet_site, hub, component)
    remote = quiet_site.listener(certificate=certificate(domain))
    other = remote.connect_by_certificate(hub.s2s, component.domain, domain)
    before = open_streams(hub, leg)
    watch = Stopwatch()
    answered = 0
    while watch.seconds() < 2 * FOUND:
        ping = stream.read(FOUND)
        assert ping.is_a("server:iq") and ping.get("type") == "get", ping
        other.send(f"<iq type='result' id='{ping['id']}' from='{domain}' to='{component.domain}'/>")
        answered += 1
    assert answered >= 3 and open_streams(hub, leg) == before
    other.send(message(domain, component.domain, "alive"))
    assert component.expect_stanza().find("component:body").text == "alive", "and no answer to a ping before"


def test_a_strangers_answer_to_a_ping_does_not_count(quiet_site, hub, component):
    """A peer that proved another domain can't keep the stream alive. Its stanza is routed to the node."""
    stream, domain, leg = both_ways_out(quiet_site, hub, component)
    remote = quiet_site.listener(stranger := fresh_domain(), certificate=certificate(stranger))
    other = remote.connect_by_certificate(hub.s2s, component.domain)
    ping = stream.read(FOUND)
    other.send(f"<iq type='result' id='{ping['id']}' from='{stranger}' to='{component.domain}'/>")
    assert component.expect_stanza(from_=stranger, id=ping["id"])
    stream.expect_stream_error("connection-timeout", within=FOUND + GRACE)
