"""The installed program runs as systemd would start it, and federates."""

import os
import socket
import subprocess
import tomllib

import pytest

from peers import toml
from peers.api import Api
from peers.hub import Hub
from peers.service_manager import Notices, start_with_sockets
from peers.site import component_node, fresh_domain
from peers.waiting import PATIENCE, eventually

CONFIGURATION = "/etc/fedhub/fedhub.toml"
API = "/run/fedhub/admin.sock"
ADDRESSES = [("::", 5269), ("127.0.0.1", 7400), ("127.0.0.1", 9527)]


def listening(host, port):
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(4096)
    return sock


def listening_in(root, path):
    """Returns a listening Unix socket whose address is its path inside the root, as systemd's there would be."""
    file = root / path
    file.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX)
    here = os.open("/", os.O_RDONLY)
    os.chroot(root.path)
    try:
        sock.bind(path)
    finally:
        os.fchdir(here)
        os.chroot(".")
        os.close(here)
    sock.listen()
    file.chmod(0o660)
    assert root.run("chgrp", "fedhub-admin", path).returncode == 0
    return sock


class InstalledHub(Hub):
    """The hub of the package, with the configuration in /etc/fedhub, and what fedhub.service gives it."""

    def __init__(self, root, config, sockets, notices):
        self.root, self.sockets, self.notices = root, sockets, notices
        super().__init__(root / "/etc/fedhub", config)

    def open_log(self):
        self.log_file = self.root / "/var/log/fedhub.log"
        return super().open_log()

    def start_program(self, log):
        return start_with_sockets(
            [*self.root.chroot("fedhub:fedhub", "fedhub-admin"), "/usr/bin/fedhub", "--config", CONFIGURATION],
            self.sockets, ["fedhub.socket"] * len(self.sockets),
            {"PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": "/run/fedhub", "NOTIFY_SOCKET": self.notices.name,
             "WATCHDOG_USEC": "30000000"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip


@pytest.fixture
def hub(root, site, dns):
    """The installed hub with one node, as an operator configures it, and with the DNS server of the tests."""
    file = root / CONFIGURATION
    installed = file.read_text()
    config = toml.merge(tomllib.loads(installed), {
        "node": [component_node(fresh_domain("corp"))],
        "dns": {"servers": [dns.address], "allow_private_addresses": True},
        "federation": {"security_mode": "tls-optional"},
    })  # fmt: skip
    sockets = [listening(*address) for address in ADDRESSES] + [listening_in(root, API)]
    try:
        hub = InstalledHub(root, config, sockets, site.keep(Notices()))
        yield hub
        hub.stop(codes=(0, 3))
    finally:
        for sock in sockets:
            sock.close()
        file.write_text(installed)


def test_the_installed_configuration_is_good(root):
    done = root.run("fedhub", "--config", CONFIGURATION, "--check", user="fedhub:fedhub")
    assert (done.returncode, done.stdout) == (0, f"{CONFIGURATION}: good\n"), done.stderr


def test_the_installed_hub_federates_on_the_sockets_of_its_unit(hub, site):
    assert "the hub closed it" not in hub.log
    assert hub.addresses("s2s") == [("::", 5269)] and hub.addresses("nodes") == [("127.0.0.1", 7400)]
    hub.notices.wait_for("READY")
    remote = site.server()
    domain = hub.config["node"][0]["domains"][0]
    component = site.component(hub, domain)
    component.message(f"romeo@{domain}", f"juliet@{remote.domain}", "out", id="1")
    remote.expect_message(id="1")
    stream = remote.connect(("127.0.0.1", 5269), domain)
    stream.send(f"<message from='juliet@{remote.domain}' to='romeo@{domain}' id='2'><body>in</body></message>")
    component.expect_message(id="2")


def test_members_of_the_group_operate_the_hub_and_nobody_else(hub, root):
    assert Api(root / API).get("status")["ready"]
    allowed = root.run("fedhubctl", "status", user="nobody:nogroup", groups="fedhub-admin")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert root.run("fedhubctl", "status", user="nobody:nogroup").returncode == 3


def test_a_restart_keeps_the_sockets_and_the_state(hub, root):
    certificate = sorted(path.name for path in (root / "/var/lib/fedhub").iterdir())
    assert certificate
    hub.stop(codes=(0, 3))
    with socket.create_connection(("127.0.0.1", 5269), timeout=PATIENCE):  # waits for the next start
        hub.start()
        eventually(lambda: hub.metric("fedhub_connections_accepted_total") >= 1)
    assert sorted(path.name for path in (root / "/var/lib/fedhub").iterdir()) == certificate
