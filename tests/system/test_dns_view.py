"""The nodes' DNS view (`listen.dns`), asked by dnspython."""

import os
import socket
import struct
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from peers import toml
from peers.dns_server import DnsServer
from peers.dns_view import Forger, ask, view_config
from peers.site import component_node, fresh_domain
from peers.waiting import PATIENCE, eventually

OWN, FOREIGN = "own.example", "foreign.example"
HEADER = bytes.fromhex("4711 0100 0001 0000 0000 0000")
RESULTS = ("answered", "no-data", "forwarded", "failed", "malformed", "refused", "limited", "not-allowed")


@pytest.fixture(scope="module")
def upstream():
    """The server that gets the questions that the view does not answer itself."""
    server = DnsServer()
    server.add(FOREIGN, "A", "192.0.2.7").add(FOREIGN, "TXT", '"as it is"')
    server.add(f"_xmpp-server._tcp.{FOREIGN}", "SRV", "5 5 5269 bypass.example")
    server.add(f"_xmpp-client._tcp.{FOREIGN}", "SRV", "5 5 5222 chat.example")
    for number in range(60):  # 960 octets
        server.add("long.example", "A", f"192.0.2.{number}")
    yield server
    server.close()


@pytest.fixture(scope="module")
def hub(module_site, upstream):
    return module_site.hub(component_node(OWN), **view_config(upstream=[upstream.address]))


transports = pytest.mark.parametrize("how", [dns.query.udp, dns.query.tcp], ids=["udp", "tcp"])


# -- the view's own answers ------------------------------------------------------------------------------------


@transports
@pytest.mark.parametrize("edns", [-1, 0], ids=["plain", "edns"])
@pytest.mark.parametrize("domain", [OWN, FOREIGN, "unknown.example", "fedhub.internal", "XN--BCHER-KVA.Example", "a_b.c"])
def test_every_domains_servers_are_the_hub(hub, how, edns, domain):
    name = f"_XMPP-Server._tcp.{domain}."
    answer = ask(hub, name, how=how, use_edns=edns)
    assert answer.rcode() == dns.rcode.NOERROR and answer.flags & dns.flags.AA
    assert answer.question[0].name.to_text() == name  # letter case and all
    assert [record.to_text() for record in answer.answer] == [
        f"{name} 60 IN SRV 0 0 {hub.nodes[1]} fedhub.internal."
    ]
    assert [record.to_text() for record in answer.additional] == ["fedhub.internal. 60 IN A 127.0.0.1"]
    assert (answer.edns, answer.payload) == ((0, 1232) if edns == 0 else (-1, 0))


@transports
@pytest.mark.parametrize("service", ["_xmpps-server", "_jabber"])
def test_there_is_no_direct_tls_and_no_way_past_the_hub(hub, how, service):
    answer = ask(hub, f"{service}._tcp.{FOREIGN}", how=how)
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
    (authority,) = answer.authority
    assert authority.rdtype == dns.rdatatype.SOA and (authority.ttl, authority[0].minimum) == (60, 60)


@transports
def test_the_name_has_the_address_of_the_nodes_listener(hub, how):
    (record,) = ask(hub, "FEDHUB.internal", "A", how=how).answer
    assert record.to_text() == "FEDHUB.internal. 60 IN A 127.0.0.1"
    answer = ask(hub, "fedhub.internal", "AAAA", how=how)
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer and answer.authority


def test_nothing_is_signed(hub):
    for name, type in ((f"_xmpp-server._tcp.{FOREIGN}", "SRV"), ("fedhub.internal", "A"), (FOREIGN, "A")):
        answer = ask(hub, name, type, want_dnssec=True, flags=dns.flags.RD | dns.flags.AD)
        assert not answer.flags & dns.flags.AD
        if name != FOREIGN:
            assert not answer.ednsflags & dns.flags.DO


# -- what is passed on -----------------------------------------------------------------------------------------


@transports
@pytest.mark.parametrize("edns", [-1, 0], ids=["plain", "edns"])
@pytest.mark.parametrize("name, type, text", [
    (FOREIGN, "A", "192.0.2.7"), (FOREIGN, "TXT", '"as it is"'), (FOREIGN.upper(), "A", "192.0.2.7"),
    (f"_xmpp-client._tcp.{FOREIGN}", "SRV", "5 5 5222 chat.example."),
])  # fmt: skip
def test_other_questions_go_to_the_upstream_server(hub, how, edns, name, type, text):
    answer = ask(hub, name, type, how=how, use_edns=edns)
    assert answer.question[0].name.to_text() == f"{name}."
    assert [record[0].to_text() for record in answer.answer] == [text]
    assert answer.edns == edns


@transports
def test_an_upstream_answer_without_records_is_passed_on(hub, how):
    assert ask(hub, "nobody.example", "A", how=how).rcode() == dns.rcode.NXDOMAIN
    answer = ask(hub, FOREIGN, "AAAA", how=how)
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer and answer.authority


def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(hub, upstream):
    for edns, cut in ((-1, True), (0, False)):
        answer = ask(hub, "long.example", "A", use_edns=edns)  # the server sends all of it, and the hub cuts
        assert bool(answer.flags & dns.flags.TC) == cut and bool(answer.answer) != cut
        whole = ask(hub, "long.example", "A", how=dns.query.tcp, use_edns=edns)
        assert not whole.flags & dns.flags.TC and len(whole.answer[0]) == 60
    # If the upstream server truncates, the hub asks it over TCP only if the node asked over TCP.
    assert not upstream.asked("long.example", transport="tcp")
    upstream.behave("long.example", "truncate")
    try:
        assert ask(hub, "long.example", "A").flags & dns.flags.TC
        assert not upstream.asked("long.example", transport="tcp")
        assert len(ask(hub, "long.example", "A", how=dns.query.tcp).answer[0]) == 60
        assert upstream.asked("long.example", transport="tcp") == 1
    finally:
        upstream.behave("long.example", None)


@pytest.mark.parametrize("behaviour", ["servfail", "refused", "drop"])
def test_a_server_that_fails_is_followed_by_another(site, upstream, behaviour):
    other = site.keep(DnsServer())
    other.behave("example", behaviour)
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[other.address, upstream.address]))
    started = time.monotonic()
    assert ask(hub, FOREIGN, "A").answer
    assert other.asked(FOREIGN) == 1
    assert time.monotonic() - started < 1.9, "dns.timeout_s is 2"
    # The failed server is no longer asked first.
    for _ in range(5):
        assert ask(hub, FOREIGN, "A").answer
    assert other.asked(FOREIGN) == 1


def test_a_question_without_an_upstream_answer_gets_servfail(site):
    silent = site.keep(DnsServer())
    silent.behave("example", "drop")
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[silent.address]))
    started = time.monotonic()
    assert ask(hub, FOREIGN, "A").rcode() == dns.rcode.SERVFAIL
    assert 1.5 < time.monotonic() - started < 4  # dns.timeout_s = 2
    assert silent.asked(FOREIGN) == 3
    silent.close()  # "port unreachable"
    started = time.monotonic()
    assert ask(hub, FOREIGN, "A").rcode() == dns.rcode.SERVFAIL
    assert time.monotonic() - started < 1


def answer_with(query, address, id=None, name=None):
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", address))
    octets = bytearray(response.to_wire())
    if id is not None:
        octets[0:2] = struct.pack("!H", id)
    if name is not None:  # of the same length
        octets = octets.replace(query.question[0].name.to_wire(), dns.name.from_text(name).to_wire())
    return bytes(octets)


def test_forged_answers_do_not_count(site):
    def answers(query):
        yield answer_with(query, "192.0.2.66", id=query.id ^ 1), False
        yield answer_with(query, "192.0.2.66", name="foreing.example"), False
        yield answer_with(query, "192.0.2.66"), True  # from another address
        yield b"", False
        yield os.urandom(40), False
        yield query.to_wire(), False  # no answer
        yield answer_with(query, "192.0.2.7"), False

    forger = site.keep(Forger(answers))
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[forger.address]))
    for how in (dns.query.udp, dns.query.tcp):
        answer = ask(hub, FOREIGN, "A", how=how)
        assert [record[0].to_text() for record in answer.answer] == ["192.0.2.7"]


def test_an_upstream_answer_larger_than_asked_for_is_truncated(site):
    def answers(query):
        response = dns.message.make_response(query)
        texts = [f'"{number:0250}"' for number in range(60)]
        response.answer.append(dns.rrset.from_text_list(query.question[0].name, 60, "IN", "TXT", texts))
        response.request_payload = 0
        yield response.to_wire(max_size=65535), False

    forger = site.keep(Forger(answers))
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[forger.address]))
    for edns in (-1, 0):
        answer = ask(hub, FOREIGN, "TXT", use_edns=edns)
        assert answer.flags & dns.flags.TC and not answer.answer
        assert len(ask(hub, FOREIGN, "TXT", use_edns=edns, how=dns.query.tcp).answer[0]) == 60


def test_each_question_has_a_port_and_an_id_of_its_own(site):
    forger = site.keep(Forger(lambda query: [(answer_with(query, "192.0.2.7"), False)]))
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[forger.address]))
    for _ in range(40):
        ask(hub, FOREIGN, "A", id=4711)
    ports, ids = ([f(x) for x in forger.queries] for f in (lambda x: x[1][1], lambda x: x[0].id))
    for numbers in (ports, ids):
        assert len(set(numbers)) >= 38
        steps = {abs(a - b) for a, b in zip(numbers, numbers[1:])}
        assert len(steps) > 30, f"no pattern: {numbers}"
    assert 4711 not in ids


# -- which addresses it answers --------------------------------------------------------------------------------


def test_only_allowed_addresses_are_answered(site, upstream):
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[upstream.address], allow=["127.0.0.2/32"]))
    name = f"_xmpp-server._tcp.{FOREIGN}"
    for how in (dns.query.udp, dns.query.tcp):
        assert ask(hub, name, how=how, source="127.0.0.2").answer
        with pytest.raises((dns.exception.Timeout, EOFError, ConnectionError)):
            ask(hub, name, how=how, source="127.0.0.1", timeout=1)
    hub.wait_for_log(r"DNS question from 127\.0\.0\.1 is not answered: the address is not in dns_view\.allow")
    assert hub.metric("fedhub_dns_view_answers_total", result="not-allowed") == 2


def test_the_nodes_that_dial_in_are_allowed_by_default(site, upstream):
    node = {"name": "n", "domains": [fresh_domain()], "protocol": "s2s", "address": "127.0.0.1:9", "trusted_from": ["127.0.0.3"]}
    hub = site.hub(node, listen={"dns": ["127.0.0.1:0"]})
    assert ask(hub, f"_xmpp-server._tcp.{FOREIGN}", source="127.0.0.3").answer
    with pytest.raises(dns.exception.Timeout):
        ask(hub, f"_xmpp-server._tcp.{FOREIGN}", timeout=0.5)


# -- start and reload ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at, asked", [
    ("127.0.0.1:0", ["127.0.0.1"]), ("0.0.0.0:0", ["127.0.0.1", "127.0.0.5"]), ("[::]:0", ["127.0.0.5", "::1"]),
    ("[::1]:0", ["::1"]),
])  # fmt: skip
def test_answers_come_from_the_address_that_was_asked(site, upstream, at, asked):
    """Also on a wildcard listener: a resolver accepts an answer only from the address that it asked."""
    config = toml.merge(view_config(upstream=[upstream.address], allow=["127.0.0.0/8", "::1"]), {"listen": {"dns": [at]}})
    hub = site.hub(component_node(fresh_domain()), **config)
    port = hub.addresses("dns")[0][1]
    for host in asked:
        source = "::1" if ":" in host else "127.0.0.1"
        for how in (dns.query.udp, dns.query.tcp):
            answer = ask(hub, f"_xmpp-server._tcp.{FOREIGN}", how=how, server=(host, port), source=source)
            assert answer.answer[0][0].port == hub.nodes[1]
            assert ask(hub, FOREIGN, "A", how=how, server=(host, port), source=source).answer


def test_a_reload_brings_other_answers_for_other_nodes(site, upstream):
    other = site.keep(DnsServer())
    other.add(FOREIGN, "A", "192.0.2.8")
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[upstream.address]))
    name = f"_xmpp-server._tcp.{FOREIGN}"
    changed = {"name": "hub.corp.example", "address": "192.0.2.1", "ttl_s": 7, "allow": ["127.0.0.2"],
               "upstream": [other.address]}  # fmt: skip
    idle = socket.create_connection(hub.addresses("dns")[0])
    hub.reload(toml.merge(hub.config, {"dns_view": changed}))
    answer = eventually(lambda: (x := ask(hub, name, source="127.0.0.2")).answer[0].ttl == 7 and x, what="the new view")
    assert answer.answer[0][0].target.to_text() == "hub.corp.example."
    assert ask(hub, "hub.corp.example", "A", source="127.0.0.2").answer[0][0].address == "192.0.2.1"
    assert ask(hub, "fedhub.internal", "A", source="127.0.0.2").rcode() == dns.rcode.NXDOMAIN
    assert ask(hub, FOREIGN, "A", source="127.0.0.2").answer[0][0].address == "192.0.2.8"
    with pytest.raises(dns.exception.Timeout):
        ask(hub, name, timeout=0.5)
    idle.settimeout(2)
    assert idle.recv(1) == b"", "a connection of an address that is no longer allowed"
    # A change of the listener's addresses needs a restart, as for all listeners.
    hub.reload(toml.merge(hub.config, {"listen": {"dns": []}}), outcome="rejected")
    hub.wait_for_log(r"needs a restart: listen\.dns")


def test_every_result_is_counted(site):
    server = site.keep(DnsServer())
    server.behave("silent.example", "drop")
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[server.address], allow=["127.0.0.0/30"]))
    assert all(hub.metric("fedhub_dns_view_answers_total", result=result) == 0 for result in RESULTS)
    ask(hub, f"_xmpp-server._tcp.{FOREIGN}", source="127.0.0.1")
    ask(hub, f"_xmpps-server._tcp.{FOREIGN}", source="127.0.0.1")
    ask(hub, FOREIGN, "A", source="127.0.0.1")
    assert ask(hub, "silent.example", "A", source="127.0.0.1").rcode() == dns.rcode.SERVFAIL
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        for message in (HEADER, bytes.fromhex("4711 1000 0000 0000 0000 0000")):
            sock.sendto(message, hub.addresses("dns")[0])
            sock.recv(512)
        sock.sendto(b"", hub.addresses("dns")[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.4", 0))
        sock.sendto(HEADER, hub.addresses("dns")[0])
    seen = {"answered": 1, "no-data": 1, "forwarded": 1, "failed": 1, "malformed": 2, "refused": 1, "not-allowed": 1}
    for result, count in seen.items():
        eventually(lambda: hub.metric("fedhub_dns_view_answers_total", result=result) == count, what=f"{result}: {count}")
    query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(150):
            sock.sendto(query, hub.addresses("dns")[0])
    eventually(lambda: hub.metric("fedhub_dns_view_answers_total", result="limited") > 0, what="limited")


