"""The installed units under the systemd of the root."""

import signal
import socket
import tomllib

import pytest

from machine import Machine
from peers import toml
from peers.component import connect_component
from peers.newcomers import Newcomers
from peers.site import NODE_SECRET, component_node
from peers.waiting import PATIENCE, eventually

CONFIGURATION = "/etc/fedhub/fedhub.toml"
HUB, SOCKET = "fedhub.service", "fedhub.socket"
DOMAIN = "corp.example"
S2S, NODES = ("127.0.0.1", 5269), ("127.0.0.1", 7400)
WATCHDOG = 3
DROP_IN = f"""
[Unit]
StartLimitIntervalSec=0
[Service]
WatchdogSec={WATCHDOG}
RestartSec=100ms
"""


@pytest.fixture(scope="module")
def machine(root, dns, tmp_path_factory):
    """The booted root, with a configured hub that is enabled and runs."""
    file, drop_in = root / CONFIGURATION, root / f"/etc/systemd/system/{HUB}.d"
    installed = file.read_text()
    config = toml.merge(tomllib.loads(installed), {
        "node": [component_node(DOMAIN)],
        "dns": {"servers": [dns.address], "allow_private_addresses": True},
        "federation": {"security_mode": "tls-optional"},
        "timeouts": {"drain": 2},
        "limits": {"accepts_per_second": 100_000, "connections_per_address": 10_000},
    })  # fmt: skip
    file.write_text(toml.dump(config))
    drop_in.mkdir(parents=True)
    (drop_in / "test.conf").write_text(DROP_IN)
    machine = Machine(root.path, tmp_path_factory.mktemp("machine") / "log")
    try:
        assert machine.shows(HUB, "ActiveState") == "inactive", "nothing starts unasked"
        machine.call("systemctl", "enable", "--now", SOCKET, HUB)
        yield machine
        machine.call("systemctl", "disable", "--now", SOCKET, HUB)
        assert machine.shows(HUB, "Result") == "success", machine.journal(HUB)
    finally:
        machine.close()
        (drop_in / "test.conf").unlink()
        drop_in.rmdir()
        file.write_text(installed)


@pytest.fixture(autouse=True)
def journal(machine):
    """Shows the hub's journal beside a failure."""
    yield
    print(machine.journal(HUB)[-6000:])


def test_the_hub_reports_that_it_serves_on_the_passed_sockets(machine):
    assert machine.shows(HUB, "ActiveState") == "active"
    assert machine.shows(HUB, "StatusText").startswith("serving s2s=[::]:5269 nodes=127.0.0.1:7400")
    assert "the hub closed it" not in machine.journal(HUB)
    assert machine.call("stat", "-c", "%U %G %a", "/run/fedhub/admin.sock") == "root fedhub-admin 660"
    assert "is ready" in machine.call("fedhubctl", "status")


def test_the_hub_federates(machine, site):
    remote = site.server()
    component = site.keep(connect_component(NODES, DOMAIN, NODE_SECRET))
    component.message(f"romeo@{DOMAIN}", f"juliet@{remote.domain}", "out", id="1")
    remote.expect_message(id="1")
    stream = remote.connect(S2S, DOMAIN)
    stream.send(f"<message from='juliet@{remote.domain}' to='romeo@{DOMAIN}' id='2'><body>in</body></message>")
    component.expect_message(id="2")


def test_a_restart_refuses_no_connection(machine):
    newcomers = Newcomers(S2S, 4)
    try:
        for _ in range(3):
            before = newcomers.answered
            eventually(lambda: newcomers.answered > before + 20, what="streams that are answered")
            machine.call("systemctl", "restart", HUB)
        before = newcomers.answered
        eventually(lambda: newcomers.answered > before + 20, what="streams that are answered")
    finally:
        newcomers.stop()
    assert newcomers.failures == []


def test_a_reload_is_applied_and_a_bad_file_is_refused(machine, root):
    file = root / CONFIGURATION
    good = file.read_text()
    process = machine.shows(HUB, "MainPID")
    file.write_text(good + "\n[log]\nlevel = \"debug\"\n")
    machine.call("systemctl", "reload", HUB)
    eventually(lambda: "the configuration was reloaded" in machine.journal(HUB), what="a reload")
    file.write_text("not TOML")
    assert machine.run("systemctl", "reload", HUB).returncode != 0
    assert "fedhub.toml:1: found a syntax error" in machine.journal(HUB).partition("reloaded")[2]
    file.write_text(good)
    assert (machine.shows(HUB, "ActiveState"), machine.shows(HUB, "MainPID")) == ("active", process)


def test_a_hub_that_hangs_is_ended_and_started_again(machine):
    machine.wait_for(HUB, "ActiveState", "active")
    before = machine.shows(HUB, "MainPID")
    restarts = int(machine.shows(HUB, "NRestarts"))
    machine.call("systemctl", "kill", f"--signal={signal.SIGSTOP.name}", HUB)
    machine.wait_for(HUB, "NRestarts", str(restarts + 1), within=WATCHDOG + 2 * PATIENCE)
    machine.wait_for(HUB, "ActiveState", "active")
    assert machine.shows(HUB, "MainPID") != before
    assert "is ready" in machine.call("fedhubctl", "status")


def test_a_connection_starts_a_hub_whose_sockets_are_open(machine):
    machine.call("systemctl", "stop", HUB)
    assert machine.shows(HUB, "ActiveState") == "inactive"
    with socket.create_connection(S2S, timeout=PATIENCE):
        machine.wait_for(HUB, "ActiveState", "active", within=2 * PATIENCE)
    machine.call("systemctl", "stop", HUB)
    assert "is ready" in machine.call("fedhubctl", "status")
    machine.wait_for(HUB, "ActiveState", "active", within=2 * PATIENCE)
