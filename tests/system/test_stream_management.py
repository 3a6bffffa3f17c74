"""Stream management (XEP-0198) in both roles: the hub keeps each written stanza until it is acknowledged."""

import pytest

from peers.authority import certificate
from peers.component import message
from peers.management import REQUEST, acknowledge, next_texts, send_numbered, take_authenticated
from peers.site import fresh_domain, spare_nodes
from peers.waiting import Stopwatch, eventually

ENABLED = "<enabled xmlns='urn:xmpp:sm:3'/>"
FOOTER = "</stream:stream>"


@pytest.fixture
def hub(site):
    """A new hub for each test, whose account begins at 0."""
    return site.certified_hub(*spare_nodes(2), timeouts={"acknowledge": 5, "queue": 20})


@pytest.fixture
def remote(site):
    return site.listener()


def take_managed(remote, answer=ENABLED):
    """Accepts a stream of the hub's and answers <enable/>. By default stanzas are acknowledged from then on."""
    stream = take_authenticated(remote)
    stream.expect("sm:enable")
    return stream.send(answer)


def delivered(hub):
    return hub.metric("fedhub_stanzas_delivered_total", direction="from-node")


def assert_closed_account(hub):
    def closed():
        totals = {name: hub.metric(f"fedhub_stanzas_{name}_total", direction="from-node")
                  for name in ("accepted", "delivered", "bounced", "dropped")}
        queued = hub.metric("fedhub_stanzas_queued", direction="from-node")
        return totals["accepted"] == totals["delivered"] + totals["bounced"] + totals["dropped"] + queued
    eventually(closed, what="the account to close")


def test_a_stanza_counts_as_delivered_once_it_is_acknowledged(hub, component, remote):
    send_numbered(component, remote, 1, 3)
    stream = take_managed(remote)
    assert next_texts(stream, 3) == ["1", "2", "3"]
    stream.expect("sm:r")
    assert delivered(hub) == 0
    assert hub.metric("fedhub_stanzas_queued", direction="from-node") == 3
    stream.send(acknowledge(3))
    eventually(lambda: delivered(hub) == 3, what="three stanzas to be delivered")
    assert_closed_account(hub)


def test_a_peer_that_refuses_stream_management_still_gets_stanzas(hub, component, remote):
    component.message(component.domain, remote.domain, "1")
    stream = take_managed(remote, "<failed xmlns='urn:xmpp:sm:3'/>")
    assert next_texts(stream, 1) == ["1"]
    eventually(lambda: delivered(hub) == 1, what="the stanza to be delivered")


@pytest.mark.parametrize("end", ["cut", "closed"])
def test_what_was_not_acknowledged_goes_first_on_the_next_stream(hub, component, remote, end):
    send_numbered(component, remote, 1, 5)
    stream = take_managed(remote)
    assert next_texts(stream, 5) == ["1", "2", "3", "4", "5"]
    stream.send(acknowledge(3))
    eventually(lambda: delivered(hub) == 3, what="three stanzas to be delivered")
    if end == "cut":
        stream.cut()
    else:
        stream.send(FOOTER)
        stream.close()
    component.message(component.domain, remote.domain, "6")
    again = take_managed(remote)
    assert next_texts(again, 3) == ["4", "5", "6"]
    again.send(acknowledge(3))
    eventually(lambda: delivered(hub) == 6, what="all to be delivered")
    assert_closed_account(hub)
    assert hub.metric("fedhub_stanzas_bounced_total") == 0


def test_a_stream_that_delivered_a_stanza_is_replaced_soon_however_often_it_is_cut(hub, component, remote):
    component.message(component.domain, remote.domain, "0")
    watch = Stopwatch()
    for number in range(5):
        stream = take_managed(remote)
        assert next_texts(stream, 1) == [str(number)]
        stream.send(acknowledge(1))
        eventually(lambda: delivered(hub) == number + 1, what="the stanza to be delivered")
        component.message(component.domain, remote.domain, str(number + 1))
        assert next_texts(stream, 1) == [str(number + 1)]
        stream.cut()
    assert watch.seconds() < 9  # about 1 s between two attempts; with doubling waits it would be 15 s


def test_a_stanza_on_which_three_streams_end_goes_back_to_its_sender(hub, component, remote):
    component.message(component.domain, remote.domain, "deadly", id="x")
    for _ in range(3):
        stream = take_managed(remote)
        assert next_texts(stream, 1) == ["deadly"]
        stream.cut()
    error = component.expect("component:message", type="error", id="x")
    assert "none of which acknowledged it" in error.find("component:error/stanza-errors:text").text
    component.message(component.domain, remote.domain, "next")
    assert next_texts(take_managed(remote), 1) == ["next"]
    assert_closed_account(hub)


def test_too_high_a_count_ends_the_stream_and_loses_nothing(hub, component, remote):
    send_numbered(component, remote, 1, 2)
    stream = take_managed(remote)
    next_texts(stream, 2)
    stream.send(acknowledge(7))
    while not (element := stream.read()).is_a("stream:error"):
        assert element.is_a("sm:r"), element
    assert element.find("stream-errors:undefined-condition") is not None
    assert element.find("sm:handled-count-too-high") is not None
    stream.close()
    assert next_texts(take_managed(remote), 2) == ["1", "2"]


def test_a_peer_that_stops_acknowledging_is_given_up(hub, component, remote):
    component.message(component.domain, remote.domain, "1")
    stream = take_managed(remote)
    next_texts(stream, 1)
    while (element := stream.read(within=15)).is_a("sm:r"):
        pass
    assert element.is_a("stream:error")
    watch = Stopwatch()  # the hub does not wait for the peer to close its side either
    assert next_texts(take_managed(remote), 1) == ["1"]
    assert watch.seconds() < 4
    assert hub.metric("fedhub_streams_closed_total", leg="s2s-out", stage="stream") >= 1


def test_the_hub_acknowledges_the_stanzas_that_it_has_accepted(hub, component, site):
    domain = fresh_domain()
    sender = site.server(domain, certificate=certificate(domain), verify_at=None)
    stream = sender.connect_by_certificate(hub.s2s, component.domain)
    assert stream.features.find("sm:sm") is not None
    stream.send("<enable xmlns='urn:xmpp:sm:3'/>").expect("sm:enabled")
    texts = "".join(message(domain, component.domain, str(number)) for number in range(3))
    stream.send(texts + REQUEST)
    assert stream.expect("sm:a")["h"] == "3"
    stream.send(message(domain, component.domain) + FOOTER)
    assert stream.expect("sm:a")["h"] == "4"  # before the hub's own footer
    stream.expect_end()


def test_it_can_be_turned_off(site, remote):
    hub = site.certified_hub(*spare_nodes(), federation={"stream_management": False})
    component = site.component(hub, hub.spare_domain())
    component.message(component.domain, remote.domain, "1")
    stream = take_authenticated(remote)
    stream.expect("server:message")
