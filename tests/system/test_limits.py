"""The limits of the configuration, each at its edge."""

import threading

import pytest

from peers.component import Component, message
from peers.misbehaviour import mute
from peers.site import PHASES, component_node, fresh_domain, open_in_phase, spare_nodes
from peers.stream import Closed, Stream
from peers.waiting import eventually
from peers.xml import Element

LIMITS = {
    "stanza_bytes": 20000,
    "unauthenticated_stanza_bytes": 8192,
    "stanza_depth": 8,
    "stanza_elements": 100,
    "queue_stanzas_per_domain": 10,
}


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(30), limits=LIMITS)


def stanza_of(size: int, from_: str, to: str) -> str:
    start, end = f"<message from='{from_}' to='{to}'><body>", "</body></message>"
    return start + "x" * (size - len(start) - len(end)) + end


def test_a_stanza_of_stanza_bytes_passes_and_one_octet_more_does_not(hub, component, site):
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(stanza_of(20000, remote.domain, component.domain))
    assert len(component.expect_message().octets) >= 20000
    stream.send(stanza_of(20001, remote.domain, component.domain))
    stream.expect_stream_error("policy-violation")


def test_a_nodes_stanza_of_stanza_bytes_passes_and_one_octet_more_does_not(hub, component, site):
    remote = site.server()
    component.send(stanza_of(20000, component.domain, remote.domain))
    assert len(remote.expect_message().octets) >= 20000
    component.send(stanza_of(20001, component.domain, remote.domain))
    component.expect_stream_error("policy-violation")


@pytest.mark.parametrize("phase", PHASES[:2])
def test_before_authentication_the_limit_is_lower(hub, component, site, phase):
    remote = site.server()
    stream = open_in_phase(phase, remote, hub, component.domain)
    stream.send("<db:result from='a' to='b'>" + "x" * 8192 + "</db:result>")
    stream.expect_stream_error("policy-violation")


def test_a_stream_header_without_end_is_cut_at_the_lower_limit(hub):
    for address in (hub.s2s, hub.nodes):
        stream = Stream.connect(address)
        stream.send("<stream:stream a='" + "x" * 9000)
        errors = [item for item in stream.read_to_end() if isinstance(item, Element)]
        assert [error.condition for error in errors] == ["policy-violation"]


def test_an_element_without_end_is_cut_when_it_passes_the_limit(hub, component, site):
    """The hub does not wait for the element's end, so the octets that it keeps are bounded."""
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(f"<message from='{remote.domain}' to='{component.domain}'><body>" + "x" * 20001)
    stream.expect_stream_error("policy-violation")


def test_depth_and_number_of_elements_are_limited(hub, component, site):
    remote = site.server()

    def stanza(content):
        return f"<message from='{remote.domain}' to='{component.domain}'>{content}</message>"

    stream = remote.connect(hub.s2s, component.domain)
    for bad in ("<x>" * 8 + "</x>" * 8, "<x/>" * 100):
        for good in ("<x>" * 7 + "</x>" * 7, "<x/>" * 99):
            stream.send(stanza(good))
            assert component.expect_message().payload == good.encode()
        stream.send(stanza(bad))
        assert remote.expect_message(type="error").condition == "policy-violation"


def test_a_stanza_past_a_limit_is_not_kept_beyond_stanza_bytes(hub, component, site):
    """The hub only frames such a stanza, but its end still has to come within `stanza_bytes`."""
    remote = site.server()
    stream = remote.connect(hub.s2s, component.domain)
    stream.send(f"<message from='{remote.domain}' to='{component.domain}'>" + "<x>" * 6650)
    stream.expect_stream_error("policy-violation")


def test_a_queue_takes_so_many_stanzas_and_answers_the_rest_at_once(hub, component, site):
    remote = site.server()
    remote.misbehave["header received"] = mute
    for number in range(15):
        component.message(component.domain, remote.domain, id=str(number))
    early = [component.expect_bounce("resource-constraint", within=2)["id"] for _ in range(5)]
    assert early == [str(number) for number in range(10, 15)]
    late = [component.expect_bounce("remote-server-timeout")["id"] for _ in range(10)]
    assert late == [str(number) for number in range(10)]


# -- connections ---------------------------------------------------------------------------------------------------


def is_taken(address, source="127.0.0.1", to="") -> Stream:
    """Returns the stream if the hub accepts it; None if the hub answers with an error only."""
    stream = Stream.connect(address, source=(source, 0))
    try:
        stream.send_header(to=to)
        stream.read_header()
        item = stream.read()
        return None if isinstance(item, Element) and item.is_a("stream:error") else stream
    except Closed:
        return None


def test_unauthenticated_connections_of_one_address_are_limited(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits={"connections_per_address": 3}, timeouts={"negotiation": 30})
    taken = [is_taken(hub.s2s, to=domain) for _ in range(3)]
    assert all(taken)
    assert not is_taken(hub.s2s, to=domain)
    assert hub.metric("fedhub_connections_refused_total", reason="address") == 1
    assert is_taken(hub.s2s, source="127.0.0.9", to=domain)
    taken[0].close()
    assert eventually(lambda: is_taken(hub.s2s, to=domain), what="a place freed")


def test_authenticated_connections_do_not_count_for_their_address(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits={"connections_per_address": 2})
    remotes = [site.server() for _ in range(6)]
    component = site.component(hub, domain)
    for remote in remotes:
        remote.connect(hub.s2s, domain).send(message(remote.domain, domain))
        component.expect_message(from_=remote.domain)


def test_all_connections_together_are_limited(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits={"connections": 5}, timeouts={"negotiation": 30})
    taken = [is_taken(hub.s2s, source=f"127.0.0.{number}", to=domain) for number in range(1, 6)]
    assert all(taken)
    assert not is_taken(hub.s2s, source="127.0.0.7", to=domain)
    assert hub.metric("fedhub_connections_refused_total", reason="total") == 1
    taken[0].close()
    assert eventually(lambda: is_taken(hub.s2s, to=domain), what="a place freed")


def test_a_flood_of_connections_leaves_the_hub_working_and_no_descriptor_behind(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits={"connections_per_address": 20, "accepts_per_second": 10000})
    component, remote = site.component(hub, domain), site.server()
    before = hub.open_files()

    def knock():
        for _ in range(200):
            try:
                Stream.connect(hub.s2s, source=("127.0.0.5", 0)).cut()
            except OSError:
                continue

    threads = [threading.Thread(target=knock) for _ in range(3)]
    for thread in threads:
        thread.start()
    component.message(domain, remote.domain)
    remote.expect_message()
    for thread in threads:
        thread.join()
    eventually(lambda: hub.open_files() <= before + 4, what="the descriptors closed")
    assert Component.connect(hub.nodes).open(domain).header["id"]
