"""The nodes' DNS view (`listen.dns`), asked by dnspython and by hand."""

import os
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from peers import toml
from peers.dns_server import DnsServer
from peers.hub import default_config, program
from peers.site import component_node, fresh_domain
from peers.waiting import PATIENCE, eventually

OWN, FOREIGN = "own.example", "foreign.example"
RESULTS = ("answered", "no-data", "forwarded", "failed", "malformed", "refused", "limited", "not-allowed")


def view_config(**dns_view) -> dict:
    return {"listen": {"dns": ["127.0.0.1:0"]}, "dns_view": {"allow": ["127.0.0.0/8"]} | dns_view}


@pytest.fixture(scope="module")
def upstream():
    """The server that is asked what the view does not know."""
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


def ask(hub, name, type="SRV", how=dns.query.udp, server=None, source=None, timeout=PATIENCE, **message):
    """The answer, which dnspython has checked: id, question, where it came from."""
    host, port = server or hub.addresses("dns")[0]
    query = dns.message.make_query(name, type, **message)
    return how(query, host, port=port, timeout=timeout, source=source or "127.0.0.1")


def source_that_rests():
    """A loopback address whose answers have not been counted yet."""
    number = next(_sources)
    return f"127.1.{number // 250}.{number % 250 + 1}"


_sources = iter(range(60000))
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
def test_what_the_upstream_server_does_not_know_is_told(hub, how):
    assert ask(hub, "nobody.example", "A", how=how).rcode() == dns.rcode.NXDOMAIN
    answer = ask(hub, FOREIGN, "AAAA", how=how)
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer and answer.authority


def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(hub, upstream):
    for edns, cut in ((-1, True), (0, False)):
        answer = ask(hub, "long.example", "A", use_edns=edns)  # the server sends all of it, and the hub cuts
        assert bool(answer.flags & dns.flags.TC) == cut and bool(answer.answer) != cut
        whole = ask(hub, "long.example", "A", how=dns.query.tcp, use_edns=edns)
        assert not whole.flags & dns.flags.TC and len(whole.answer[0]) == 60
    # What the upstream server cuts is asked for over TCP, if the node asks over TCP.
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
    # The one that failed is not asked first any more.
    for _ in range(5):
        assert ask(hub, FOREIGN, "A").answer
    assert other.asked(FOREIGN) == 1


def test_a_question_that_nobody_answers_is_told_as_a_failure(site):
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


class Forger:
    """An upstream server by hand: `answers(query, address)` gives what is sent, from where."""

    def __init__(self, answers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "%s:%d" % self.socket.getsockname()
        self.queries = []  # (message, address)
        self._answers = answers
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.9", 0))
            while True:
                try:
                    octets, address = self.socket.recvfrom(4096)
                except OSError:
                    return
                query = dns.message.from_wire(octets)
                self.queries.append((query, address))
                for answer, from_elsewhere in self._answers(query):
                    (other if from_elsewhere else self.socket).sendto(answer, address)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        except OSError:
            pass
        self.socket.close()


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


def test_a_server_that_sends_more_than_was_asked_for_is_cut(site):
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


# -- whom it answers, and how often ----------------------------------------------------------------------------


def test_only_those_who_are_allowed_are_answered(site, upstream):
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[upstream.address], allow=["127.0.0.2/32"]))
    name = f"_xmpp-server._tcp.{FOREIGN}"
    for how in (dns.query.udp, dns.query.tcp):
        assert ask(hub, name, how=how, source="127.0.0.2").answer
        with pytest.raises((dns.exception.Timeout, EOFError, ConnectionError)):
            ask(hub, name, how=how, timeout=1)
    hub.wait_for_log(r"DNS question from 127\.0\.0\.1 is not answered: the address is not in dns_view\.allow")
    assert hub.metric("fedhub_dns_view_answers_total", result="not-allowed") == 2


def test_the_nodes_that_dial_in_are_allowed_by_default(site, upstream):
    node = {"name": "n", "domains": [fresh_domain()], "protocol": "s2s", "address": "127.0.0.1:9", "trusted_from": ["127.0.0.3"]}
    hub = site.hub(node, listen={"dns": ["127.0.0.1:0"]})
    assert ask(hub, f"_xmpp-server._tcp.{FOREIGN}", source="127.0.0.3").answer
    with pytest.raises(dns.exception.Timeout):
        ask(hub, f"_xmpp-server._tcp.{FOREIGN}", timeout=0.5)


def test_an_address_gets_50_answers_a_second(hub):
    greedy, modest = source_that_rests(), source_that_rests()
    before = hub.metric("fedhub_dns_view_answers_total", result="limited")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((greedy, 0))
        started = time.monotonic()
        query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
        for _ in range(400):
            sock.sendto(query, hub.addresses("dns")[0])
        assert ask(hub, f"_xmpp-server._tcp.{FOREIGN}", source=modest).answer  # others are not held up
        sock.settimeout(0.5)
        answers = 0
        try:
            while sock.recv(4096):
                answers += 1
        except socket.timeout:
            pass
        took = time.monotonic() - started
    assert 50 <= answers <= 51 + 50 * took, (answers, took)
    assert hub.metric("fedhub_dns_view_answers_total", result="limited") - before == 400 - answers


def test_over_tcp_who_is_too_fast_waits(hub):
    with socket.create_connection(hub.addresses("dns")[0], source_address=(source_that_rests(), 0)) as sock:
        started = time.monotonic()
        query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
        sock.sendall((struct.pack("!H", len(query)) + query) * 120)
        sock.settimeout(PATIENCE)
        for _ in range(120):
            assert dns.message.from_wire(read_message(sock)).answer
        assert 1.2 < time.monotonic() - started < 4  # 50 at once, 70 at 50 a second


# -- what is odd -----------------------------------------------------------------------------------------------


def read_message(sock) -> bytes:
    def exactly(octets):
        read = b""
        while len(read) < octets:
            more = sock.recv(octets - len(read))
            if not more:
                raise EOFError
            read += more
        return read

    return exactly(struct.unpack("!H", exactly(2))[0])


HEADER = bytes.fromhex("4711 0100 0001 0000 0000 0000")
NAME = dns.name.from_text(f"_xmpp-server._tcp.{FOREIGN}").to_wire()


@pytest.mark.parametrize("message, rcode", [
    (b"", None), (b"x", None), (HEADER[:11], None),
    (bytes.fromhex("4711 8000 0001 0000 0000 0000") + NAME + b"\0\x21\0\1", None),  # an answer
    (bytes.fromhex("4711 0100 0000 0000 0000 0000"), dns.rcode.FORMERR),
    (bytes.fromhex("4711 0100 0002 0000 0000 0000") + (NAME + b"\0\x21\0\1") * 2, dns.rcode.FORMERR),
    (HEADER + NAME[:-3], dns.rcode.FORMERR), (HEADER + b"\xc0\x0c\0\x21\0\1", dns.rcode.FORMERR),
    (HEADER + NAME + b"\0\x21\0\1" + b"more", dns.rcode.FORMERR), (HEADER + b"\x80" + bytes(3000), dns.rcode.FORMERR),
    (bytes.fromhex("4711 1100 0001 0000 0000 0000") + NAME + b"\0\x21\0\1", dns.rcode.NOTIMP),
    (bytes.fromhex("4711 2900 0001 0000 0000 0000") + NAME + b"\0\x06\0\1", dns.rcode.NOTIMP),  # UPDATE
    (HEADER + dns.name.from_text(FOREIGN).to_wire() + b"\0\xfc\0\1", dns.rcode.REFUSED),  # AXFR
])  # fmt: skip
def test_what_is_no_question_costs_itself(hub, message, rcode):
    host, port = hub.addresses("dns")[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, socket.create_connection((host, port)) as stream:
        sock.settimeout(PATIENCE if rcode is not None else 0.3)
        sock.sendto(message, (host, port))
        stream.settimeout(PATIENCE)
        good = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
        for octets in (message, good):
            stream.sendall(struct.pack("!H", len(octets)) + octets)
        if rcode is None:
            with pytest.raises(socket.timeout):
                sock.recv(4096)
        else:
            for answer in (sock.recv(4096), read_message(stream)):
                assert answer[:2] == b"\x47\x11" and answer[2] & 0x80 and answer[3] & 15 == rcode
        assert dns.message.from_wire(read_message(stream)).answer  # the connection is still good
    assert ask(hub, f"_xmpp-server._tcp.{FOREIGN}").answer


def test_a_later_version_of_edns_is_told(hub):
    query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV")
    query.use_edns(1)
    host, port = hub.addresses("dns")[0]
    assert dns.query.udp(query, host, port=port, timeout=PATIENCE).rcode() == dns.rcode.BADVERS


# -- bounds of TCP ---------------------------------------------------------------------------------------------


def test_connections_of_one_address_are_few_and_questions_short(hub):
    address, source = hub.addresses("dns")[0], source_that_rests()
    query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()

    def connect(source):
        sock = socket.create_connection(address, source_address=(source, 0))
        sock.settimeout(PATIENCE)
        return sock

    def is_answered(sock):
        try:
            sock.sendall(struct.pack("!H", len(query)) + query)
            return bool(read_message(sock))
        except (EOFError, ConnectionError):
            return False

    held = [connect(source) for _ in range(8)]
    assert all(map(is_answered, held))
    ninth = connect(source)
    assert not is_answered(ninth)
    assert is_answered(connect(source_that_rests()))
    held[0].sendall(struct.pack("!H", 4097) + bytes(4097))
    with pytest.raises((EOFError, ConnectionError)):
        read_message(held[0])
    assert eventually(lambda: is_answered(connect(source)), what="the place that has become free")
    for sock in held:
        sock.close()


def test_a_silent_connection_is_closed(hub):
    address = hub.addresses("dns")[0]
    with socket.create_connection(address) as silent, socket.create_connection(address) as slow:
        started = time.monotonic()
        for _ in range(11):  # an octet a second is no question
            try:
                slow.sendall(b"\1")
            except OSError:
                break
            time.sleep(1)
        silent.settimeout(PATIENCE)
        assert silent.recv(1) == b""
        slow.settimeout(PATIENCE)
        try:
            assert slow.recv(4096) == b""
        except ConnectionError:
            pass
        assert 9 < time.monotonic() - started < 14


def test_who_stops_sending_still_gets_the_answers(hub):
    with socket.create_connection(hub.addresses("dns")[0]) as sock:
        query = dns.message.make_query(FOREIGN, "A").to_wire()
        sock.sendall(struct.pack("!H", len(query)) + query)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(PATIENCE)
        assert dns.message.from_wire(read_message(sock)).answer
        assert sock.recv(1) == b""


# -- start and reload ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at, asked", [
    ("127.0.0.1:0", ["127.0.0.1"]), ("0.0.0.0:0", ["127.0.0.1", "127.0.0.5"]), ("[::]:0", ["127.0.0.5", "::1"]),
    ("[::1]:0", ["::1"]),
])  # fmt: skip
def test_answers_come_from_where_the_question_went(site, upstream, at, asked):
    """Of a wildcard, too: a resolver takes no others."""
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
    # The addresses themselves need a restart, as those of all listeners.
    hub.reload(toml.merge(hub.config, {"listen": {"dns": []}}), outcome="rejected")
    hub.wait_for_log(r"needs a restart: listen\.dns")


def test_every_result_is_counted(site):
    server = site.keep(DnsServer())
    server.behave("silent.example", "drop")
    hub = site.hub(component_node(fresh_domain()), **view_config(upstream=[server.address], allow=["127.0.0.0/30"]))
    assert all(hub.metric("fedhub_dns_view_answers_total", result=result) == 0 for result in RESULTS)
    ask(hub, f"_xmpp-server._tcp.{FOREIGN}")
    ask(hub, f"_xmpps-server._tcp.{FOREIGN}")
    ask(hub, FOREIGN, "A")
    assert ask(hub, "silent.example", "A").rcode() == dns.rcode.SERVFAIL
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


# -- sockets of systemd ----------------------------------------------------------------------------------------


def passed_sockets(directory, config, sockets, names, expect_ready=True):
    """Starts the program as systemd does, with these sockets. @returns its process and its first line."""
    file = directory / "fedhub.toml"
    file.write_text(toml.dump(config))

    def place():
        # First out of the way, as they may stand in each other's place.
        high = [os.dup2(sock.fileno(), 100 + i) for i, sock in enumerate(sockets)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i)

    process = subprocess.Popen(
        ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", program(), "--config", str(file)],
        cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(names)},
        preexec_fn=place, close_fds=False,
    )  # fmt: skip
    return process, process.stdout.readline()


@pytest.fixture
def bound():
    """A UDP and a TCP socket on one free port, as systemd makes them."""
    for _ in range(20):
        tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            break
        except OSError:
            tcp.close()
            udp.close()
    yield tcp, udp
    tcp.close()
    udp.close()


def test_sockets_that_systemd_has_opened_are_used(tmp_path, dns, bound, upstream):
    tcp, udp = bound
    address = "%s:%d" % tcp.getsockname()
    config = toml.merge(default_config(dns), view_config(upstream=[upstream.address]) | {"node": [component_node(OWN)]})
    config = toml.merge(config, {"listen": {"dns": [address]}})
    process, ready = passed_sockets(tmp_path, config, [udp, tcp], ["dns", "dns"])
    try:
        assert f" dns={address}" in ready, ready + process.stderr.read()
        for how in (UDP, TCP):
            query = MESSAGE(f"_xmpp-server._tcp.{FOREIGN}", "SRV")
            assert how(query, "127.0.0.1", port=tcp.getsockname()[1], timeout=PATIENCE).answer
    finally:
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=20)[1]
    assert process.returncode == 0 and "was passed" not in told


UDP, TCP, MESSAGE = dns.query.udp, dns.query.tcp, dns.message.make_query  # where `dns` is the fixture


@pytest.mark.parametrize("name, kinds, why", [
    ("dns", ["tcp"], "only a TCP socket was passed"), ("dns", ["udp"], "only a UDP socket was passed"),
    ("other", ["udp", "tcp"], "in use"),
])  # fmt: skip
def test_sockets_that_do_not_fit_are_told(tmp_path, dns, bound, upstream, name, kinds, why):
    tcp, udp = bound
    config = toml.merge(default_config(dns), view_config(upstream=[upstream.address]) | {"node": [component_node(OWN)]})
    config = toml.merge(config, {"listen": {"dns": ["%s:%d" % tcp.getsockname()]}})
    sockets = [{"tcp": tcp, "udp": udp}[kind] for kind in kinds]
    process, ready = passed_sockets(tmp_path, config, sockets, [name] * len(sockets))
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 1 and not ready and why in told, told


def test_a_socket_that_nobody_wants_is_told(tmp_path, dns, bound):
    tcp, udp = bound
    process, ready = passed_sockets(tmp_path, default_config(dns), [udp], ["dns"])
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=20)[1]
    assert ready.startswith("ready ") and "in no listen.dns: dns 127.0.0.1:%d" % udp.getsockname()[1] in told
