"""The nodes' DNS view (`listen.dns`) under floods and malformed messages, and on sockets that systemd has opened."""

import signal
import socket
import struct
import subprocess
import time

import dns.message
import dns.query
import dns.rcode
import pytest

from peers import toml
from peers.dns_server import DnsServer
from peers.dns_view import ask, read_message, source_that_rests, view_config
from peers.hub import default_config, program
from peers.service_manager import start_with_sockets
from peers.site import component_node
from peers.waiting import PATIENCE, eventually

OWN, FOREIGN = "own.example", "foreign.example"
HEADER = bytes.fromhex("4711 0100 0001 0000 0000 0000")
NAME = dns.name.from_text(f"_xmpp-server._tcp.{FOREIGN}").to_wire()
UDP, TCP, MESSAGE = dns.query.udp, dns.query.tcp, dns.message.make_query  # where `dns` is the fixture


@pytest.fixture(scope="module")
def upstream():
    server = DnsServer()
    server.add(FOREIGN, "A", "192.0.2.7")
    yield server
    server.close()


@pytest.fixture(scope="module")
def hub(module_site, upstream):
    return module_site.hub(component_node(OWN), **view_config(upstream=[upstream.address]))


# -- how often -------------------------------------------------------------------------------------------------


def test_an_address_gets_50_answers_a_second(hub):
    greedy, modest = source_that_rests(), source_that_rests()
    before = hub.metric("fedhub_dns_view_answers_total", result="limited")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((greedy, 0))
        started = time.monotonic()
        query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
        for _ in range(200):  # more at once might overflow the socket
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
    assert hub.metric("fedhub_dns_view_answers_total", result="limited") - before == 200 - answers


def test_over_tcp_a_client_that_is_too_fast_is_slowed_down(hub):
    with socket.create_connection(hub.addresses("dns")[0], source_address=(source_that_rests(), 0)) as sock:
        started = time.monotonic()
        query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV").to_wire()
        sock.sendall((struct.pack("!H", len(query)) + query) * 120)
        sock.settimeout(PATIENCE)
        for _ in range(120):
            assert dns.message.from_wire(read_message(sock)).answer
        assert 1.2 < time.monotonic() - started < 4  # 50 at once, 70 at 50 a second


# -- malformed and unsupported messages --------------------------------------------------------------------------


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
def test_a_message_that_is_no_question_does_not_affect_others(hub, message, rcode):
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


def test_a_later_version_of_edns_gets_badvers(hub):
    query = dns.message.make_query(f"_xmpp-server._tcp.{FOREIGN}", "SRV")
    query.use_edns(1)
    host, port = hub.addresses("dns")[0]
    assert dns.query.udp(query, host, port=port, timeout=PATIENCE).rcode() == dns.rcode.BADVERS


# -- bounds of TCP ---------------------------------------------------------------------------------------------


def test_connections_per_address_and_the_size_of_questions_are_limited(hub):
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
        for _ in range(11):  # an octet a second never completes a question
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


def test_a_client_that_closes_its_sending_side_still_gets_its_answers(hub):
    with socket.create_connection(hub.addresses("dns")[0]) as sock:
        query = dns.message.make_query(FOREIGN, "A").to_wire()
        sock.sendall(struct.pack("!H", len(query)) + query)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(PATIENCE)
        assert dns.message.from_wire(read_message(sock)).answer
        assert sock.recv(1) == b""


# -- sockets of systemd ----------------------------------------------------------------------------------------


def passed_sockets(directory, config, sockets, names):
    """Starts the program with these sockets, as systemd does. @returns its process and its first line."""
    file = directory / "fedhub.toml"
    file.write_text(toml.dump(config))
    process = start_with_sockets(
        [program(), "--config", str(file)], sockets, names,
        cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
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


@pytest.mark.parametrize("kinds, why", [
    (["tcp"], "a TCP socket was passed for it, but no UDP socket"),
    (["udp"], "a UDP socket was passed for it, but no TCP socket"),
])  # fmt: skip
def test_sockets_that_do_not_fit_are_reported(tmp_path, dns, bound, upstream, kinds, why):
    tcp, udp = bound
    config = toml.merge(default_config(dns), view_config(upstream=[upstream.address]) | {"node": [component_node(OWN)]})
    config = toml.merge(config, {"listen": {"dns": ["%s:%d" % tcp.getsockname()]}})
    sockets = [{"tcp": tcp, "udp": udp}[kind] for kind in kinds]
    process, ready = passed_sockets(tmp_path, config, sockets, ["fedhub-dns.socket"] * len(sockets))
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 1 and not ready and why in told, told
