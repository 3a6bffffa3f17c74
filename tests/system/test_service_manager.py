"""The hub as a service: listening sockets that are passed to it, and its reports to the service manager."""

import re
import signal
import socket
import subprocess
import time

import pytest

from peers import toml
from peers.api import Api
from peers.hub import default_config, program
from peers.newcomers import Newcomers
from peers.service_manager import Notices, start_with_sockets
from peers.site import component_node, fresh_domain
from peers.stopped_thread import StoppedThread, workers
from peers.stream import Stream
from peers.waiting import PATIENCE, Stopwatch, eventually


def listening(host="127.0.0.1", family=socket.AF_INET):
    return socket.create_server((host, 0), family=family, backlog=1024)


def text_of(sock) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def restart(hub):
    """Stops and starts a hub, as `systemctl restart` does."""
    hub.stop(codes=(0, 3))
    hub.start()


@pytest.fixture
def passed():
    """Makes listening sockets, which the service manager keeps open."""
    made = []

    def make(*how, **keys):
        made.append(listening(*how, **keys))
        return made[-1]

    yield make
    for sock in made:
        sock.close()


@pytest.fixture
def notices(tmp_path):
    receiver = Notices(tmp_path / "notify")
    yield receiver
    receiver.close()


# -- passed sockets --------------------------------------------------------------------------------------------


KEYS = ["s2s", "s2s_direct_tls", "nodes", "metrics"]


@pytest.mark.parametrize("host, family", [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_each_tcp_listener_is_served_on_the_socket_that_was_passed_for_its_address(site, passed, host, family):
    sockets = {key: passed(host, family=family) for key in KEYS}
    listen = {key: [text_of(sock)] for key, sock in sockets.items()} | {"metrics": text_of(sockets["metrics"])}
    hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=reversed(sockets.values()), listen=listen)
    for key, sock in sockets.items():
        assert hub.addresses(key) == [sock.getsockname()[:2]], key
    assert hub.get("/readyz")[0] == 200
    for key in ("s2s", "nodes"):
        Stream.connect(hub.addresses(key)[0]).send_header(to="nobody.example").read_header()
    assert "closed it" not in hub.log


def test_an_address_that_was_not_passed_is_bound(site, passed):
    sock = passed()
    hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=[sock],
                           listen={"s2s": [text_of(sock), "127.0.0.1:0"]})  # fmt: skip
    ours, bound = hub.addresses("s2s")
    assert ours == sock.getsockname() and bound != ours
    for address in (ours, bound):
        Stream.connect(address).send_header(to="nobody.example").read_header()


def test_a_passed_socket_that_is_not_configured_is_closed_with_a_warning(site, passed, tmp_path):
    tcp, udp, local = passed(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
    udp.bind(("127.0.0.1", 0))
    local.bind(path := str(tmp_path / "other.sock"))
    local.listen()
    hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=[tcp, udp, local])
    for number, text in enumerate([text_of(tcp), text_of(udp), path]):
        assert re.search(rf"the hub closed it: unit-{number}\.socket {re.escape(text)}\n", hub.log), text
    address = tcp.getsockname()
    hub.sockets = []
    for sock in (tcp, udp, local):
        sock.close()
    with pytest.raises(ConnectionRefusedError):  # the hub does not listen any more either
        socket.create_connection(address, timeout=PATIENCE)


@pytest.mark.parametrize("key", ["s2s", "nodes", "metrics", "dns"])
def test_an_address_that_differs_from_the_passed_one_of_its_port_is_explained(site, dns, passed, key):
    sock = passed("0.0.0.0")
    address = f"127.0.0.1:{sock.getsockname()[1]}"
    config = toml.merge(default_config(dns), {
        "node": [component_node(fresh_domain("corp"))],
        "listen": {key: address if key == "metrics" else [address]},
    } | ({"dns_view": {"address": "127.0.0.1", "allow": ["127.0.0.0/8"]}} if key == "dns" else {}))  # fmt: skip
    directory = site.directory("hub")
    (directory / "fedhub.toml").write_text(toml.dump(config))
    process = start_with_sockets(
        [program(), "--config", "fedhub.toml"], [sock], ["fedhub.socket"], cwd=directory, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    told = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 1
    assert re.search(f"listen.{key}: .*{address}: .*in use; a socket with this port was passed to the hub: "
                     f"fedhub.socket {text_of(sock)}\n", told), told  # fmt: skip


def test_a_passed_connection_is_not_taken_for_a_listener(site, passed):
    """A unit with `Accept=yes` passes connections, whose address is that of their listener."""
    listener = passed()
    outer = socket.create_connection(listener.getsockname())
    accepted = listener.accept()[0]
    hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=[accepted, listener],
                           listen={"s2s": [text_of(listener)]})  # fmt: skip
    Stream.connect(hub.s2s).send_header(to="nobody.example").read_header()
    assert f"the hub closed it: unit-0.socket {text_of(listener)}\n" in hub.log
    for sock in (outer, accepted):
        sock.close()


def test_the_api_is_served_on_a_passed_socket_whose_file_stays(site, tmp_path):
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(path))
        local.listen()
        hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=[local],
                               admin={"socket": str(tmp_path / "x" / ".." / "admin.sock")})  # fmt: skip
        for _ in range(2):
            assert Api(path).get("status")["ready"]
            restart(hub)
        hub.stop()
        assert path.is_socket()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))  # waits for the next start
            hub.start()
            client.settimeout(PATIENCE)
            client.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_a_restart_under_load_refuses_no_connection_on_a_passed_socket(site, passed):
    sock = passed()
    hub = site.managed_hub(component_node(fresh_domain("corp")), sockets=[sock], listen={"s2s": [text_of(sock)]},
                           limits={"accepts_per_second": 100_000, "connections_per_address": 10_000})  # fmt: skip
    newcomers = Newcomers(hub.s2s, 4)
    try:
        for _ in range(3):
            before = newcomers.answered
            eventually(lambda: newcomers.answered > before + 50, what="streams that are answered")
            restart(hub)
        before = newcomers.answered
        eventually(lambda: newcomers.answered > before + 50, what="streams that are answered")
    finally:
        newcomers.stop()
    assert newcomers.failures == []


# -- reports ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["a path", "an abstract name"])
def test_start_reload_and_stop_are_reported(site, tmp_path, place):
    notices = site.keep(Notices(tmp_path / "notify" if place == "a path" else None))
    hub = site.managed_hub(component_node(fresh_domain("corp")), notices=notices)
    ready = notices.wait_for("READY")
    assert ready == 1
    assert notices.all[ready - 1]["STATUS"] == "serving " + hub.ready_line.removeprefix("ready ")

    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    hub.signal(signal.SIGHUP)
    begun = notices.wait_for("RELOADING", since=ready)
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert before <= int(notices.all[begun - 1]["MONOTONIC_USEC"]) <= now
    again = notices.wait_for("READY", since=begun)
    assert notices.all[again - 1]["STATUS"] == notices.all[ready - 1]["STATUS"]

    hub.config_file.write_text("not TOML")
    hub.signal(signal.SIGHUP)
    begun = notices.wait_for("RELOADING", since=again)
    refused = notices.wait_for("READY", since=begun)
    assert notices.all[refused - 1]["STATUS"].endswith("the last reload was refused, see the log")

    hub.signal(signal.SIGTERM)
    notices.wait_for("STOPPING", since=refused)
    assert hub.wait() == 0
    assert notices.count("WATCHDOG") == 0


def test_the_hub_is_ready_only_once_its_listeners_are_bound(site, notices):
    hub = site.managed_hub(component_node(fresh_domain("corp")), notices=notices)
    address = hub.s2s
    hub.stop()
    notices.all.clear()
    with socket.create_server(address) as taken:
        hub.config["listen"]["s2s"] = [text_of(taken)]
        hub.write_config(hub.config)
        with pytest.raises(AssertionError, match="the hub ended with 1"):
            hub.start()
    hub.process.stdout.close()
    assert notices.all == []
    hub.start()
    notices.wait_for("READY")


@pytest.mark.parametrize("place", [0, 1])
def test_a_hub_whose_worker_hangs_sends_no_signs_of_life_until_it_recovers(site, notices, place):
    watchdog = 3
    hub = site.managed_hub(component_node(fresh_domain("corp")), notices=notices, watchdog=watchdog,
                           hub={"threads": 2})  # fmt: skip
    watch = Stopwatch()
    eventually(lambda: notices.count("WATCHDOG") >= 8, 30, "signs of life")
    assert watch.seconds() > 5
    with StoppedThread(workers(hub)[place]):
        since = notices.wait_for("STATUS", "has not finished its job|has not run for|have not answered", within=20)
        silent = notices.count("WATCHDOG")
        watch = Stopwatch()
        eventually(lambda: notices.count("WATCHDOG") > silent or watch.seconds() > 2 * watchdog, 20)
        assert notices.count("WATCHDOG") == silent
    notices.wait_for("WATCHDOG", since=since)
    notices.wait_for("STATUS", "^serving ", since=since)


def test_signs_of_life_go_on_while_the_hub_drains(site, notices):
    domain = fresh_domain("corp")
    hub = site.managed_hub(component_node(domain), notices=notices, watchdog=0.6, timeouts={"drain": 3, "queue": 60})
    component = site.component(hub, domain)
    silent = site.listener()
    component.message(f"a@{domain}", f"b@{silent.domain}", "waits for a stream")
    stream = silent.accept()  # says nothing
    hub.signal(signal.SIGTERM)
    since = notices.wait_for("STOPPING")
    eventually(lambda: sum("WATCHDOG" in report for report in notices.all[since:]) >= 5, what="signs of life")
    stream.close()
    assert hub.wait() in (0, 3)


class DeafManager:
    """A service manager whose socket is full, and that reads nothing."""

    def __init__(self, path):
        self.name = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.name)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    filler.sendto(b"STATUS=full", self.name)

    def close(self):
        self._socket.close()


def test_a_service_manager_that_does_not_read_does_not_hold_up_the_hub(site, tmp_path):
    manager = site.keep(DeafManager(tmp_path / "notify"))
    hub = site.managed_hub(component_node(fresh_domain("corp")), notices=manager, watchdog=0.3)
    Stream.connect(hub.s2s).send_header(to="nobody.example").read_header()
    hub.signal(signal.SIGTERM)
    assert hub.wait() == 0
