"""Direct TLS (XEP-0368): on a listener of its own, and on the listener that also takes STARTTLS."""

import ssl

import pytest

from peers.authority import certificate
from peers.certificates import ALPN, client_context
from peers.component import message
from peers.s2s_peer import STARTTLS
from peers.site import component_node, fresh_domain, spare_nodes
from peers.stream import Closed, Stream


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.certified_hub(*spare_nodes(), listen={"s2s_direct_tls": ["127.0.0.1:0"]})


PORTS = ("of its own", "of STARTTLS")


def address_of(hub, port):
    return hub.addresses("s2s_direct_tls")[0] if port == "of its own" else hub.s2s


# -- the hub as receiving server --------------------------------------------------------------------------------


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("alpn", [True, False], ids=["ALPN", "no-ALPN"])
def test_a_stream_can_begin_with_tls(hub, component, site, port, alpn):
    remote = site.server()
    stream = remote.open_stream(address_of(hub, port), component.domain, direct=True, alpn=alpn)
    assert stream.sock.selected_alpn_protocol() == (ALPN if alpn else None)
    assert stream.features.find("tls:starttls") is None
    remote.authenticate(stream, component.domain)
    stream.send(message(remote.domain, component.domain, "hello"))
    component.expect_message(from_=remote.domain)


@pytest.mark.parametrize("port", PORTS)
def test_a_certificate_proves_the_sender(hub, component, site, port):
    domain = fresh_domain()
    remote = site.server(domain, certificate=certificate(domain))
    stream = remote.connect_by_certificate(address_of(hub, port), component.domain, direct=True)
    stream.send(message(domain, component.domain, "proved"))
    component.expect_message(from_=domain)
    assert remote.attempts == 0


@pytest.mark.parametrize("port", PORTS)
def test_a_client_hello_may_come_octet_by_octet(hub, component, site, port):
    """The octets by which the hub distinguishes TLS from XML may arrive separately."""
    stream = Stream.connect(address_of(hub, port))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context().wrap_bio(incoming, outgoing, server_hostname=component.domain)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    for octet in hello:
        stream.send(bytes([octet]))
    assert stream.receive()[:2] == b"\x16\x03"  # a ServerHello
    stream.cut()


def test_starttls_inside_of_tls_is_refused(hub, component, site):
    stream = site.server().open_stream(address_of(hub, "of its own"), component.domain, direct=True)
    assert stream.send(STARTTLS).read().is_a("tls:failure")


def test_xml_on_the_listener_for_tls_gets_no_answer_in_clear(hub, component):
    stream = Stream.connect(address_of(hub, "of its own"))
    stream.send_header(from_="a.example", to=component.domain)
    try:
        assert b"<" not in stream.receive()
        stream.expect_closed()
    except Closed:
        pass


def test_the_certificate_is_chosen_by_sni(site):
    domains = [fresh_domain("corp") for _ in range(2)]
    pems = [certificate(domain) for domain in domains]
    hub = site.certified_hub(*(component_node(domain) for domain in domains), certificates=pems)
    remote = site.server()
    for domain in domains:
        for how in ({"direct": True}, {"secure": True}):
            stream = remote.open_stream(hub.s2s, domain, **how)
            assert domain.encode() in stream.peer_certificate


# -- the hub as initiating server -------------------------------------------------------------------------------


def test_a_target_with_xmpps_records_is_dialled_with_tls(hub, component, site):
    remote = site.server(direct_tls=True, verify_at=hub.s2s)
    component.message(component.domain, remote.domain, "hello")
    _, stream = remote.next()
    assert stream.secure and stream.sock.selected_alpn_protocol() == ALPN


def test_the_hub_proves_itself_on_direct_tls(hub, component, site):
    remote = site.server(direct_tls=True, external="success")
    component.message(component.domain, remote.domain)
    _, stream = remote.next()
    assert stream.authenticated and remote.authzids == [component.domain]


def test_a_key_is_verified_over_direct_tls(hub, component, site):
    remote = site.server(direct_tls=True)
    stream = remote.connect(hub.s2s, component.domain, secure=True)
    assert len(remote.verified) == 1 and remote.streams[0].secure
    stream.send(message(remote.domain, component.domain))
    component.expect_message(from_=remote.domain)


@pytest.mark.parametrize("preferred", ["direct TLS", "STARTTLS"])
def test_both_kinds_of_records_are_ordered_by_priority_together(hub, component, site, preferred):
    domain = fresh_domain()
    direct_first = preferred == "direct TLS"
    direct = site.server(domain, direct_tls=True, priority=1 if direct_first else 5)
    other = site.server(domain, priority=5 if direct_first else 1)
    component.message(component.domain, domain)
    wanted, unwanted = (direct, other) if direct_first else (other, direct)
    wanted.expect_message()
    assert unwanted.attempts == 0


def test_where_direct_tls_is_not_served_the_next_record_is_tried(hub, component, site, dns):
    remote = site.server(priority=5, verify_at=hub.s2s)
    dns.add_server(remote.domain, "127.0.0.1", 1, priority=1, direct_tls=True)  # no server listens on this port
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_a_record_that_says_no_direct_tls_is_obeyed(hub, component, site, dns):
    """A target of "." (RFC 2782) means no direct TLS; the STARTTLS record still counts."""
    remote = site.server(verify_at=hub.s2s)
    dns.add(f"_xmpps-server._tcp.{remote.domain}", "SRV", "0 0 0 .")
    component.message(component.domain, remote.domain)
    remote.expect_message()


def test_a_static_route_can_be_direct_tls(site):
    domain, remote = fresh_domain("corp"), site.server(fresh_domain(), direct_tls=True)
    route = {"domain": remote.domain, "address": "%s:%d" % remote.address, "direct_tls": True}
    hub = site.certified_hub(component_node(domain), static_route=[route])
    remote.verify_at = hub.s2s
    site.component(hub, domain).message(domain, remote.domain)
    assert remote.next()[1].secure
    assert remote.attempts == 1


def test_a_hub_without_tls_does_not_dial_with_it(site):
    domain, remote = fresh_domain("corp"), site.server(direct_tls=True)
    hub = site.certified_hub(component_node(domain), federation={"security_mode": "no-tls"})
    component = site.component(hub, domain)
    component.message(domain, remote.domain, id="1")
    component.expect_stanza(type="error", id="1")
    assert remote.attempts == 0
