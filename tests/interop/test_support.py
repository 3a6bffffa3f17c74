"""Tests of this folder's own tools."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dns.resolver
import pytest

from support.certificates import CLIENT_AUTH, SERVER_AUTH, Authority, self_signed
from kills import Line, out_of_order
from sinks import Sink
from support.hub import Metrics, to_toml
from support.namespaces import Network
from support.process import Daemon
from support.wait import eventually
from support.wire_tap import WireTap
from support.xml import Framer, content_of

STREAM = b"<?xml version='1.0'?><s a='>'><a x='/>'/> <b></b><c><d/></c>\n<e y=\"'>\">&#13;</e><f/></s>"
ELEMENTS = [b"<a x='/>'/>", b"<b></b>", b"<c><d/></c>", b"<e y=\"'>\">&#13;</e>", b"<f/>"]


@pytest.mark.parametrize("size", [1, 2, 7, len(STREAM)])
def test_a_stream_is_cut_into_the_same_elements_however_it_is_split(size):
    framer = Framer()
    parts = [STREAM[at:at + size] for at in range(0, len(STREAM), size)]
    assert [element for part in parts for element in framer.feed(part)] == ELEMENTS
    assert framer.closed


def test_the_content_of_an_element_is_what_stands_between_its_tags():
    assert [content_of(element) for element in ELEMENTS] == [b"", b"", b"<d/>", b"&#13;", b""]


def test_a_metric_that_is_not_there_is_an_error_and_not_zero():
    metrics = Metrics('# HELP x y\nx_total{leg="in",tls="a,b"} 2\nx_total{leg="out"} 3\ny 1e+03\n')
    assert metrics.total("x_total") == 5
    assert metrics.total("x_total", leg="in") == 2
    assert metrics.total("y") == 1000
    with pytest.raises(AssertionError):
        metrics.total("x_totl")


def test_a_configuration_is_written_as_toml():
    assert to_toml({"a": {"b": True, "c": ["d"], "e": {"f.g": 1}}, "h": [{"i": Path("/j")}]}) == (
        '[a]\nb = true\nc = ["d"]\ne = { "f.g" = 1 }\n\n[[h]]\ni = "/j"\n')


@pytest.mark.parametrize("issue, purpose, error", [
    pytest.param(lambda root, _: root.issue("a.example"), "sslserver", "", id="by the root"),
    pytest.param(lambda _, between: between.issue("a.example"), "sslserver", "", id="by one between"),
    pytest.param(lambda _, between: between.issue("a.example"), "sslclient", "unsuitable certificate purpose",
                 id="for servers only"),
    pytest.param(lambda _, between: between.issue("a.example", purposes=(CLIENT_AUTH, SERVER_AUTH)), "sslclient", "",
                 id="for both"),
    pytest.param(lambda _, between: between.issue("a.example", purposes=()), "sslclient", "", id="for no purpose"),
    pytest.param(lambda _, between: between.issue("a.example", expired=True), "sslserver", "has expired",
                 id="expired"),
    pytest.param(lambda *_: Authority("Stranger").issue("a.example"), "sslserver", "unable to get local issuer",
                 id="by a stranger"),
    pytest.param(lambda *_: self_signed("a.example"), "sslserver", "self-signed certificate", id="self-signed"),
])
def test_a_certificate_is_good_for_what_it_says(tmp_path, issue, purpose, error):
    root = Authority()
    (tmp_path / "root.pem").write_bytes(root.certificate)
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(issue(root, Authority("Between", parent=root)))
    result = subprocess.run(["openssl", "verify", "-x509_strict", "-no-CApath", "-CAfile", tmp_path / "root.pem",
                             "-untrusted", leaf, "-purpose", purpose, leaf], capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == (not error) and error in result.stderr, result.stderr


def test_a_certificate_has_the_names_that_xmpp_knows(tmp_path):
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(Authority().issue("a.example", "b.example", srv_names=True, xmpp_addresses=True, dns_names=False))
    text = subprocess.run(["openssl", "x509", "-in", leaf, "-noout", "-ext", "subjectAltName"], capture_output=True,
                          text=True, check=True).stdout
    assert text.splitlines()[1].strip() == (
        "othername: SRVName::_xmpp-server.a.example, othername: XmppAddr::a.example, "
        "othername: SRVName::_xmpp-server.b.example, othername: XmppAddr::b.example")


def test_a_tap_reads_what_one_host_sends_to_another(world):
    hub, server = world.hosts["hub"], world.hosts["server"]
    tap = WireTap(hub)
    text = "<stream><message id='1'>" + "x" * 100_000 + "</message></stream>"
    receiver = Daemon("receiver", server, [sys.executable, "-c", (
        "import socket; s = socket.create_server(('0.0.0.0', 9999)); c, _ = s.accept()\n"
        "while c.recv(65536): pass")], os.devnull)
    try:
        receiver.wait_for_ports(9999)
        with hub.entered():
            with socket.create_connection((server.address, 9999)) as sender:
                sender.sendall(text.encode())
        eventually(lambda: receiver.poll() == 0, "the receiver has read all")
        assert tap.elements(hub.address, server.address) == [text[len("<stream>"):-len("</stream>")].encode()]
        assert not tap.elements(server.address, hub.address)
    finally:
        receiver.stop()
        tap.close()


def resolver_of(world, name):
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [world.hosts[name].address]
    return resolver


@pytest.mark.parametrize("place, nameserver, target, port, address", [
    ("server", "dns", "xmpp.partner.example.", 5269, "10.99.0.2"),
    ("node", "node-dns", "hub.inside.example.", 7400, "10.99.0.1"),
])
def test_the_node_and_the_world_see_the_partner_at_different_places(world, place, nameserver, target, port, address):
    resolver = resolver_of(world, nameserver)
    with world.hosts[place].entered():
        (srv,) = resolver.resolve("_xmpp-server._tcp.partner.example", "SRV")
        (a,) = resolver.resolve(srv.target, "A")
    assert (srv.target.to_text(), srv.port, a.address) == (target, port, address)


@pytest.mark.parametrize("name", ["nowhere.example", "_xmpp-server._tcp.nowhere.example"])
def test_a_name_without_a_record_does_not_exist_in_the_world(world, name):
    resolver = resolver_of(world, "dns")
    with world.hosts["server"].entered(), pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve(name, "SRV")


def test_the_node_finds_no_other_service_for_servers_than_the_hub(world):
    resolver = resolver_of(world, "node-dns")
    with world.hosts["node"].entered(), pytest.raises((dns.resolver.NoAnswer, dns.resolver.NXDOMAIN)):
        resolver.resolve("_xmpps-server._tcp.partner.example", "SRV")


def network_namespaces_in_use():
    found = set()
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(link))
        except FileNotFoundError:
            pass  # the process ended meanwhile
    return found


def test_nothing_is_left_when_the_test_process_is_killed():
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from support.namespaces import Network\n"
        "from support.process import Daemon\n"
        "host = Network().add_host('lonely', '10.98.0.1')\n"
        "daemon = Daemon('sleep', host, ['sleep', '600'], '/dev/null')\n"
        "print(daemon.pid, flush=True)\n"
        "time.sleep(600)\n")
    process = subprocess.Popen([sys.executable, "-c", script, str(Path(__file__).resolve().parents[1])],
                               stdout=subprocess.PIPE, text=True)
    pid = int(process.stdout.readline())
    eventually(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n", "the daemon runs")
    namespace = os.readlink(f"/proc/{pid}/ns/net")
    assert namespace in network_namespaces_in_use() and namespace != os.readlink("/proc/self/ns/net")
    process.send_signal(signal.SIGKILL)
    process.wait()
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the daemon is gone")
    assert namespace not in network_namespaces_in_use()


def test_a_daemon_that_ends_before_it_is_ready_is_reported_with_its_log(tmp_path):
    with Network() as network:
        host = network.add_host("host", "10.98.0.1")
        daemon = Daemon("broken", host, ["sh", "-c", "echo no such file; exit 3"], tmp_path / "log")
        with pytest.raises(AssertionError, match="broken ended with status 3(.|\n)*no such file"):
            daemon.wait_for_ports(1)


@pytest.mark.parametrize("record, bounced, found", [
    ("a1 a2 a3 b4 b5", (), []),
    ("a1 a2 a3 b2 b3 b4", (), []),  # sent again on the next stream
    ("a1 a4 a5", (2, 3), []),
    ("a1 b4", (2, 3), []),
    ("a2", (1,), []),
    ("a1 a2 b2 b5", (2, 3, 4), []),  # bounced, though the first had arrived
    ("a1 a3", (), [(1, 3)]),
    ("a2", (), [(0, 2)]),
    ("a1 b3", (), [(1, 3)]),
    ("a1 a1", (), [(1, 1)]),
    ("a1 a3 a2", (3,), [(1, 3), (3, 2)]),
    ("a1 a2 b1 b2 b4", (3,), []),
    ("a1 a2 b1 b4", (3,), [(1, 4)]),
])
def test_what_is_out_of_order_in_a_record_is_found(tmp_path, record, bounced, found):
    file = tmp_path / "record"
    file.write_text("".join(f"{word[0]} {word[1:]} normal\n" for word in record.split()) + "a 9")  # not yet in full
    line = Line(Sink("sink.example", "10.0.0.1", None, file), [], bounced=list(bounced))
    line.sink.read()
    assert out_of_order(line) == found
