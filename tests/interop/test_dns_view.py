"""An ordinary server behind the hub whose only DNS server is the hub.

The server becomes a node by one line of configuration, its resolver. Nothing else is set for the hub, and no zone is
kept anywhere.
"""

import contextlib
import re
import stat
from types import SimpleNamespace

import pytest

from support.client import Client
from support.dns import DNS_PORT
from support.hub import NODES_PORT, PROGRAM, REPOSITORY, Hub, to_toml
from support.process import Daemon
from support.servers import BY_NAME, MODERN_BY_NAME, Tls, User
from support.wait import eventually
from test_server_behind_hub import Estate, chat, ping

NODE, SECOND_NODE = "10.99.0.6", "10.99.0.7"
SERVERS = BY_NAME | MODERN_BY_NAME


@pytest.fixture(scope="module")
def view_world(world):
    """The world of the other tests, except that the node's only DNS server is the hub."""
    node, second = (world.add_host(f"view-{address[-1]}", address, nameserver=world.hosts["hub"].address)
                    for address in (NODE, SECOND_NODE))
    return SimpleNamespace(hosts=world.hosts | {"node": node, "second-node": second})


class ViewEstate(Estate):
    """The estate with `listen.dns` in the hub's configuration. All other settings of the view are defaults."""

    def __init__(self, world, directory, inside, inside_tls, outside, outside_tls):
        super().__init__(world, directory, "prosody", inside_tls, "prosody", outside_tls)
        hub, node = world.hosts["hub"], world.hosts["node"]
        self.hub = Hub(hub, directory, {
            "listen": {"nodes": [f"{hub.address}:{NODES_PORT}"], "dns": [f"{hub.address}:{DNS_PORT}"]},
            "node": [{"name": "im-1", "domains": ["corp.example"], "protocol": "s2s", "address": f"{node.address}:5269",
                      "trusted_from": [f"{node.address}/32"]}],
        }, world.hosts["dns"].address)
        self._servers = [
            SERVERS[inside](node, directory, "corp.example", inside_tls, [User("alice", "secret")]),
            SERVERS[outside](world.hosts["server"], directory, "partner.example", outside_tls, [User("bob", "secret")])]


@pytest.mark.parametrize("inside, inside_tls, outside", [
    pytest.param("prosody", Tls.OPTIONAL, "ejabberd", id="prosody"),
    pytest.param("prosody", Tls.NONE, "ejabberd", id="prosody-in-clear"),
    pytest.param("prosody-13", Tls.OPTIONAL, "ejabberd", id="prosody-13"),
    pytest.param("ejabberd", Tls.OPTIONAL, "prosody", id="ejabberd"),
    pytest.param("ejabberd-24", Tls.OPTIONAL, "prosody", id="ejabberd-24"),
    pytest.param("jabberd2", Tls.OPTIONAL, "prosody", id="jabberd2"),
])
def test_a_server_needs_no_more_than_the_hub_as_its_resolver(view_world, directory, request, inside, inside_tls, outside):
    with ViewEstate(view_world, directory / f"view-{request.node.callspec.id}", inside, inside_tls, outside,
                    Tls.REQUIRED) as estate:
        alice, bob = estate.alice, estate.bob
        for round in range(2):
            chat(alice, bob, f"out-{round}")
            chat(bob, alice, f"in-{round}")
        ping(alice, "partner.example", "ping-out")
        ping(bob, "corp.example", "ping-in")

        metrics = estate.hub.metrics()
        assert metrics.total("fedhub_dns_view_answers_total", result="answered") >= 1
        for result in ("failed", "malformed", "refused", "limited", "not-allowed"):
            assert metrics.total("fedhub_dns_view_answers_total", result=result) == 0, result
        assert metrics.total("fedhub_stanzas_bounced_total") == 0
        node, server = view_world.hosts["node"], view_world.hosts["server"]
        assert not estate.node_tap.octets(node.address, server.address), "the node went past the hub"


def test_two_nodes_find_each_other_by_the_hub(view_world, directory):
    """The view leads to the hub for local domains too. Neither domain is in a zone of the world's."""
    hosts, folder = view_world.hosts, directory / "view-two-nodes"
    hub, second = hosts["hub"], hosts["second-node"]
    nodes = {"branch.example": (second, "ejabberd", "carol"), "office.example": (hosts["node"], "prosody", "dave")}
    fedhub = Hub(hub, folder, {
        "listen": {"nodes": [f"{hub.address}:{NODES_PORT}"], "dns": [f"{hub.address}:{DNS_PORT}"]},
        "node": [{"name": domain, "domains": [domain], "protocol": "s2s", "address": f"{host.address}:5269",
                  "trusted_from": [f"{host.address}/32"]} for domain, (host, _, _) in nodes.items()],
    }, hosts["dns"].address)
    with contextlib.ExitStack() as stack:
        fedhub.start()
        stack.callback(fedhub.stop)
        users = []
        for domain, (host, name, user) in nodes.items():
            server = SERVERS[name](host, folder, domain, Tls.OPTIONAL, [User(user, "secret")])
            stack.callback(server.stop)
            server.start()
            users.append(Client(host, f"{user}@{domain}/desk", "secret"))
            users[-1].log_in()
            stack.callback(users[-1].log_out)
        carol, dave = users
        chat(carol, dave, "there")
        chat(dave, carol, "back")
        ping(carol, "office.example", "ping")
        assert fedhub.metrics().total("fedhub_dns_view_answers_total", result="answered") >= 2


def drop_in():
    """@returns the settings of the systemd drop-in that is shipped for port 53."""
    text = (REPOSITORY / "conf/fedhub-dns.conf").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("capable", [False, True], ids=["without", "with"])
def test_port_53_takes_the_drop_ins_capability_and_no_more(world, directory, capable):
    hub, settings = world.hosts["hub"], drop_in()
    assert settings["AmbientCapabilities"] == settings["CapabilityBoundingSet"] == "CAP_NET_BIND_SERVICE"
    assert settings["PrivateUsers"] == "no"
    folder = directory / f"port-53-{capable}"
    folder.mkdir()
    folder.chmod(0o777 | stat.S_ISVTX)
    (folder / "fedhub.toml").write_text(to_toml({
        "listen": {"s2s": [], "nodes": [f"{hub.address}:17400"], "metrics": "", "dns": [f"{hub.address}:{DNS_PORT}"]},
        "dns_view": {"allow": [f"{NODE}/32"]},
    }))
    name = settings["AmbientCapabilities"].removeprefix("CAP_").lower()
    set_, bound = (f"+{name}", f"-all,+{name}") if capable else ("-all", "-all")
    argv = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--bounding-set", bound,
            "--inh-caps", "-all" + (f",+{name}" if capable else ""), "--ambient-caps", set_, "--no-new-privs",
            PROGRAM, "--config", folder / "fedhub.toml"]
    daemon = Daemon("fedhub-53", hub, argv, folder / "fedhub.log", cwd=folder)
    try:
        if capable:
            daemon.wait_for_log(rf"^ready .*dns={re.escape(hub.address)}:53")
        else:
            eventually(lambda: daemon.poll() is not None, "the hub's end")
            assert re.search(r"listen\.dns: .*: Permission denied", daemon.log_text()), daemon.log_tail()
    finally:
        daemon.stop()
