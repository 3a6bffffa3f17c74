"""Faults that an operator meets, provoked with real servers: one command of fedhubctl names the cause and the remedy.

`tests/system/test_faults.py` has the faults that need a scripted peer.
"""

import contextlib
import re
import signal

import pytest

from federation import SECRET, Federation, hub_config
from peers.fedhubctl import Fedhubctl
from support.certificates import Authority
from support.component import Component
from support.hub import Hub
from support.process import Daemon
from support.servers import BY_NAME, Features, Tls
from support.wait import eventually

OWN, PARTNER = "corp.example", "partner.example"
TIMES = {"connect": 2, "negotiation": 4, "dialback": 4, "queue": 6}


def asking(hub):
    """Returns fedhubctl for this hub."""
    return Fedhubctl("--socket", str(hub._config["hub"]["state_dir"] / "admin.sock"))  # pylint: disable=protected-access


def assert_told(done, cause, remedy=r"\S"):
    """Checks that a command's answer is bad news with this cause, and a remedy."""
    assert done.returncode == 1, done
    bad = done.stdout[re.search(r"^(fail|warn) ", done.stdout, re.M).start():]
    assert re.search(cause, bad), done.stdout
    assert re.search(r"Remedy: .*" + remedy, bad, re.S), done.stdout


class Papers:
    """Certificates for the partner, good and bad, and the authority that the hub trusts."""

    def __init__(self, directory):
        directory.mkdir(parents=True)
        self._directory, root = directory, Authority()
        self.ca_file = directory / "root.pem"
        self.ca_file.write_bytes(root.certificate)
        self._texts = {
            "expired": root.issue(PARTNER, expired=True),
            "of an unknown authority": Authority("Nobody").issue(PARTNER),
            "without the domain": root.issue("other.example"),
        }

    def file(self, kind):
        path = self._directory / "partner.pem"
        path.write_bytes(self._texts[kind])
        return path


# Faults of the partner's server: (its certificate, its policy for TLS, the hub's [[trust]] row, words of the cause).
PARTNERS = {
    "certificate expired": ("expired", Tls.REQUIRED, {"methods": ["pkix"]}, "expired"),
    "certificate of an unknown authority": ("of an unknown authority", Tls.REQUIRED, {"methods": ["pkix"]}, "unknown|not trusted"),
    "certificate without the domain": ("without the domain", Tls.REQUIRED, {"methods": ["pkix"]}, "name"),
    "TLS refused by them": (None, Tls.NONE, {"security_mode": "tls-required"}, "do not offer"),
    "TLS refused by us": (None, Tls.REQUIRED, {"security_mode": "no-tls"}, "tls-refused"),
}


@pytest.mark.parametrize("name", ["prosody", "ejabberd"])
@pytest.mark.parametrize("fault", PARTNERS)
def test_a_fault_of_a_real_partner_has_a_cause_and_a_remedy(world, directory, request, fault, name):
    certificate, tls, row, cause = PARTNERS[fault]
    folder = directory / request.node.callspec.id.replace(" ", "-")
    papers = Papers(folder / "papers")
    server = BY_NAME[name](world.hosts["server"], folder, PARTNER, tls, [],
                           certificate=papers.file(certificate) if certificate else None)
    changes = {"tls": {"ca_file": papers.ca_file}, "trust": [{"domain": PARTNER} | row]}
    with Federation(world, folder, "tls-optional", timeouts=TIMES, changes=changes) as federation:
        server.start()
        try:
            assert_told(asking(federation.hub)("explain", OWN, PARTNER, "--connect"), cause)
        finally:
            server.stop()


def test_a_partner_whose_server_is_down_refuses_the_connection(world, directory):
    with Federation(world, directory / "server-down", "tls-optional", timeouts=TIMES) as federation:
        assert_told(asking(federation.hub)("explain", OWN, PARTNER, "--connect"), "Connection refused")


def test_a_partner_that_demands_certificates_is_named(world, directory):
    folder = directory / "demands-certificates"
    server = BY_NAME["prosody"](world.hosts["server"], folder, PARTNER, Tls.REQUIRED, [],
                                features=Features(demands_certificates=True))
    with Federation(world, folder, "tls-required", timeouts=TIMES) as federation:
        server.start()
        try:
            assert_told(asking(federation.hub)("explain", OWN, PARTNER, "--connect"), "certificate")
        finally:
            server.stop()


@contextlib.contextmanager
def second_hub(world, folder):
    """A further hub for the same domain, at another address, with another dialback secret."""
    host = world.hosts["node"]
    config = hub_config("tls-optional", OWN, {"federation": {"dialback_secret": "another"}, "timeouts": TIMES})
    hub = Hub(host, folder / "second", config, world.hosts["dns"].address).start()
    component = Component(host, OWN, SECRET, host.address)
    try:
        yield hub
    finally:
        component.close()
        hub.stop()


def test_different_secrets_of_two_hubs_are_named(world, directory):
    """DNS leads the partner's question about the second hub's key to the first one."""
    folder = directory / "two-secrets"
    server = BY_NAME["prosody"](world.hosts["server"], folder, PARTNER, Tls.OPTIONAL, [])
    with Federation(world, folder, "tls-optional", timeouts=TIMES) as federation:
        assert federation.hub
        server.start()
        try:
            with second_hub(world, folder) as hub:
                assert_told(asking(hub)("explain", OWN, PARTNER, "--connect"), "invalid|rejected", "secret")
        finally:
            server.stop()


# -- nodes -----------------------------------------------------------------------------------------------------


def node_row(world):
    address = world.hosts["node"].address
    return {"name": "im-1", "domains": ["inside.example"], "protocol": "s2s", "address": f"{address}:5269",
            "trusted_from": [f"{address}/32"]}  # fmt: skip


# Faults of a server behind the hub: (the server's policy, or nothing if it is down; words of the cause).
NODES = {
    "node down": (None, "Connection refused"),
    "node demands certificates": (Features(demands_certificates=True), "certificate"),
}


@pytest.mark.parametrize("fault", NODES)
def test_a_fault_of_a_real_node_is_its_last_error(world, directory, fault):
    features, cause = NODES[fault]
    folder = directory / fault.replace(" ", "-")
    server = BY_NAME["prosody"](world.hosts["node"], folder, "inside.example", Tls.REQUIRED, [], features=features or Features())
    changes = {"node": [node_row(world)]}
    with Federation(world, folder, "tls-optional", timeouts=TIMES, changes=changes) as federation, contextlib.ExitStack() as stack:
        if features:
            server.start()
            stack.callback(server.stop)
        told = asking(federation.hub)
        assert cause not in told("nodes").stdout
        federation.component.send(f"<message from='a@{OWN}' to='b@inside.example' id='1'/>")
        eventually(lambda: cause in told("nodes").stdout, f"{cause} in the list of nodes", within=20)


# -- DNS by nsd ------------------------------------------------------------------------------------------------


class Nsd:
    """An authoritative server for partner zones, whose negative answers may be cached for five minutes."""

    def __init__(self, host, directory):
        directory.mkdir(parents=True)
        self._zone = directory / "late.example.zone"
        self._serial = 0
        self.write()
        config = directory / "nsd.conf"
        config.write_text(
            f"server:\n  ip-address: {host.address}\n  username: \"\"\n  zonesdir: {directory}\n  pidfile: {directory}/nsd.pid\n"
            f"  database: \"\"\n  xfrdfile: {directory}/xfrd.state\n  zonelistfile: {directory}/zone.list\n"
            f"  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\nzone:\n  name: late.example\n  zonefile: {self._zone.name}\n"
        )
        self._daemon = Daemon("nsd", host, ["nsd", "-d", "-c", config], directory / "nsd.log")
        self._daemon.wait_for_ports(53)

    def write(self, *records):
        self._serial += 1
        lines = ["$ORIGIN late.example.", "$TTL 300",
                 f"@ SOA ns hostmaster {self._serial} 3600 600 86400 300", "@ NS ns", "ns A 10.99.0.2", *records]
        self._zone.write_text("\n".join(lines) + "\n")

    def reload(self):
        self._daemon.signal(signal.SIGHUP)

    def stop(self):
        self._daemon.stop()


@pytest.fixture
def nsd(world, directory, request):
    server = Nsd(world.hosts["server"], directory / f"nsd-{request.node.name}")
    yield server
    server.stop()


def resolving_by(world, folder, nsd_host):
    """Returns a federation whose hub asks nsd."""
    return Federation(world, folder, "tls-optional", timeouts=TIMES,
                      changes={"dns": {"servers": [f"{nsd_host.address}:53"], "allow_private_addresses": True, "negative_ttl_s": 300}})


def test_an_answer_that_was_cached_before_the_repair_is_named(world, directory, nsd):
    with resolving_by(world, directory / "repaired-too-late", world.hosts["server"]) as federation:
        told = asking(federation.hub)
        told("explain", OWN, "late.example")  # the answer "no such record" is cached
        nsd.write("_xmpp-server._tcp SRV 0 0 5269 xmpp", "xmpp A 10.99.0.2")
        nsd.reload()
        assert_told(told("explain", OWN, "late.example"), "cached", "dns flush")
        assert told("dns", "flush", "late.example").returncode == 0
        eventually(lambda: "xmpp.late.example" in told("explain", OWN, "late.example").stdout, "the new record", within=20)


def test_a_black_hole_behind_an_srv_record_times_out(world, directory, nsd):
    """No host answers at the address, and none says that it is unreachable."""
    world.hosts["hub"].run("ip", "neigh", "replace", "10.99.0.77", "lladdr", "02:00:00:00:00:77", "dev", "eth0", "nud", "permanent")
    nsd.write("_xmpp-server._tcp SRV 0 0 5269 xmpp", "xmpp A 10.99.0.77")
    nsd.reload()
    with resolving_by(world, directory / "black-hole", world.hosts["server"]) as federation:
        told = asking(federation.hub)
        eventually(lambda: "10.99.0.77" in told("explain", OWN, "late.example").stdout or not told("dns", "flush"),
                   "the record", within=20)  # fmt: skip
        assert_told(told("explain", OWN, "late.example", "--connect"), "connect-timeout|timed out", "firewall|address")
