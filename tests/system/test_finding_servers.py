"""SRV, addresses, fail-over from target to target, and the addresses that are refused."""

import pytest

from peers.misbehaviour import cut
from peers.site import component_node, fresh_domain, spare_nodes
from peers.waiting import eventually

FALLBACK = "127.77.0.1"  # for servers on port 5269 that must be found without SRV


def srv(domain: str) -> str:
    return f"_xmpp-server._tcp.{domain}"


def closed_port(site) -> tuple:
    listener = site.listener()
    listener.close()
    return listener.address


def test_without_an_srv_record_the_domains_address_is_asked_on_5269(component, site, dns):
    remote = site.server(fresh_domain(), host=FALLBACK, port=5269)
    dns.remove(remote.domain)
    dns.add(remote.domain, "A", FALLBACK)
    component.message(component.domain, remote.domain)
    remote.expect_message()


@pytest.mark.parametrize("trouble", ["servfail", "refused", "drop"])
def test_after_a_failed_srv_question_no_address_is_used(component, site, dns, trouble):
    remote = site.server(fresh_domain(), host=FALLBACK, port=5269)
    dns.remove(remote.domain)
    dns.add(remote.domain, "A", FALLBACK)
    dns.behave(srv(remote.domain), trouble)
    component.message(component.domain, remote.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert bounce.condition == "remote-server-timeout" if trouble == "drop" else bounce.condition
    assert remote.attempts == 0


def test_a_target_of_dot_means_no_service(component, site, dns):
    remote = site.server(fresh_domain(), host=FALLBACK, port=5269)
    dns.remove(remote.domain)
    dns.add(remote.domain, "A", FALLBACK).add(srv(remote.domain), "SRV", "0 0 0 .")
    component.message(component.domain, remote.domain, id="1")
    component.expect_bounce("remote-server-not-found", id="1")
    assert remote.attempts == 0


def test_an_unknown_domain_comes_back_at_once(component):
    component.message(component.domain, fresh_domain("unknown"), id="1")
    component.expect_bounce("remote-server-not-found", within=2, id="1")


def test_targets_are_tried_by_priority(component, site, dns):
    domain = fresh_domain()
    first, second = site.server(fresh_domain()), site.server(fresh_domain())
    dns.add_server(domain, *closed_port(site), priority=1)
    dns.add_server(domain, *second.address, priority=30)
    dns.add_server(domain, *first.address, priority=20)
    component.message(component.domain, domain)
    first.expect_message()
    assert second.attempts == 0


def test_the_next_target_is_tried_when_one_hangs_up(component, site, dns):
    domain = fresh_domain()
    bad, good = site.server(fresh_domain()), site.server(fresh_domain())
    bad.misbehave["connected"] = cut
    dns.add_server(domain, *bad.address, priority=1)
    dns.add_server(domain, *good.address, priority=2)
    component.message(component.domain, domain)
    good.expect_message()
    assert bad.attempts >= 1


def test_weights_share_the_load(site, dns):
    """RFC 2782: with weights 10 and 90 some of 60 domains use the lighter target, but fewer than the other."""
    node = fresh_domain("corp")
    component = site.component(site.hub(component_node(node)), node)
    light, heavy = site.server(), site.server()
    for _ in range(60):
        domain = fresh_domain()
        dns.add_server(domain, *light.address, weight=10)
        dns.add_server(domain, *heavy.address, weight=90)
        component.message(node, domain)
    eventually(lambda: light.received.qsize() + heavy.received.qsize() == 60, what="sixty messages")
    assert 0 < light.received.qsize() < 30


def test_all_addresses_of_a_target_are_tried(component, site, dns):
    remote = site.server()
    target = f"several.{remote.domain}"
    dns.remove(remote.domain)
    dns.add(srv(remote.domain), "SRV", f"0 0 {remote.address[1]} {target}")
    for address in ("127.66.0.1", "127.66.0.2", "127.0.0.1"):
        dns.add(target, "A", address)
    dns.add(target, "AAAA", "::1")
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_answers_are_kept_for_their_ttl(component, site, dns):
    remote = site.server()
    component.message(component.domain, remote.domain)
    remote.expect_message()
    remote.drop_streams()

    def sent_over_a_new_stream():
        component.message(component.domain, remote.domain)
        return remote.attempts == 2

    eventually(sent_over_a_new_stream, what="the second stream")
    assert dns.asked(srv(remote.domain), "SRV") == 1


def test_a_ttl_that_has_passed_is_asked_again(component, site, dns):
    remote = site.server()
    dns.remove(remote.domain)
    dns.add_server(remote.domain, *remote.address, ttl=1)
    component.message(component.domain, remote.domain)
    remote.expect_message()
    dns.remove(remote.domain)
    moved = site.server(remote.domain)

    def follows():
        remote.drop_streams()
        component.message(component.domain, remote.domain)
        return moved.attempts

    eventually(follows, what="the new address")


def test_negative_answers_are_kept_as_well(site, dns):
    node, unknown = fresh_domain("corp"), fresh_domain("unknown")
    component = site.component(site.hub(component_node(node), dns={"negative_ttl_s": 60}), node)
    for number in range(20):
        component.message(node, unknown, id=str(number))
        component.expect_bounce("remote-server-not-found", id=str(number))
    assert dns.asked(srv(unknown), "SRV") == 1


def test_a_thousand_stanzas_ask_dns_once(site, dns):
    node = fresh_domain("corp")
    # The largest value allowed: on a busy machine no question must be repeated because its answer was late.
    component = site.component(site.hub(component_node(node), dns={"timeout_s": 60}), node)
    remote = site.server()
    dns.behave(remote.domain, 0.2)
    for number in range(1000):
        component.message(node, remote.domain, id=str(number))
    remote.collect(1000)
    assert dns.asked(srv(remote.domain), "SRV") == 1 and remote.attempts == 1


# -- private addresses are not reached -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(module_site):
    return module_site.hub(*spare_nodes(20), dns={"allow_private_addresses": False})


PRIVATE = [
    ("A", "127.0.0.1"), ("A", "127.1.2.3"), ("A", "10.1.2.3"), ("A", "172.16.0.1"), ("A", "192.168.1.1"),
    ("A", "169.254.169.254"), ("A", "0.0.0.0"), ("A", "100.64.0.1"), ("A", "224.0.0.1"), ("A", "255.255.255.255"),
    ("AAAA", "::1"), ("AAAA", "::"), ("AAAA", "::ffff:127.0.0.1"), ("AAAA", "fe80::1"), ("AAAA", "fd00::1"),
    ("AAAA", "64:ff9b::7f00:1"),
]  # fmt: skip


@pytest.mark.parametrize("type, address", PRIVATE)
def test_private_addresses_are_refused(site, guarded, dns, type, address):
    """The hub makes no connection at all, although a server listens on the port."""
    trap = site.server()
    domain = fresh_domain()
    dns.add(srv(domain), "SRV", f"0 0 {trap.address[1]} trap.{domain}").add(f"trap.{domain}", type, address)
    component = site.component(guarded, guarded.spare_domain())
    connects = guarded.metric("fedhub_connect_attempts_total")
    component.message(component.domain, domain, id="1")
    bounce = component.expect_stanza(within=3, type="error", id="1")
    assert bounce.condition in ("remote-server-not-found", "remote-server-timeout"), bounce
    assert trap.attempts == 0 and guarded.metric("fedhub_connect_attempts_total") == connects
    guarded.wait_for_log(rf"{domain}.*(private|not allowed|refused)|(private|not allowed|refused).*{domain}")


def test_a_literal_private_address_as_domain_is_refused(site, guarded):
    trap = site.server(host="127.0.0.1")
    component = site.component(guarded, guarded.spare_domain())
    for literal in ("127.0.0.1", "[::1]", "localhost"):
        component.message(component.domain, literal, id=literal)
        assert component.expect_stanza(type="error", id=literal).condition
    assert trap.attempts == 0


def test_a_verification_does_not_connect_to_private_addresses(site, guarded):
    """Otherwise any stranger could make the hub connect to internal servers, by sending a key."""
    remote = site.server()
    component = site.component(guarded, guarded.spare_domain())
    stream = remote.open_stream(guarded.s2s, component.domain)
    remote.send_key(stream, component.domain)
    assert stream.expect("db:result", type="error").condition
    assert remote.attempts == 0
