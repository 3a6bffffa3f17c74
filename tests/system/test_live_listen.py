"""A changed [listen] and admin.socket are put in force by a reload, while streams stay."""

import contextlib
import grp
import os
import signal
import socket
import stat

import pytest

from peers.api import Api, UnixConnection
from peers.live_listen import KEYS, LOOPBACK, Running, at, is_refused, port_of, value_of
from peers.newcomers import Newcomers
from peers.site import closed_port
from peers.stream import Stream
from peers.waiting import PATIENCE, eventually

# What is configured before and after, made of two free ports.
CHANGES = {
    "added": (lambda a, b: [at(a)], lambda a, b: [at(a), at(b)]),
    "removed": (lambda a, b: [at(a), at(b)], lambda a, b: [at(b)]),
    "moved": (lambda a, b: [at(a)], lambda a, b: [at(b)]),
    "closed": (lambda a, b: [at(a)], lambda a, b: []),
    "opened": (lambda a, b: [], lambda a, b: [at(a)]),
    "to a wildcard": (lambda a, b: [at(a)], lambda a, b: [at(a, "0.0.0.0")]),
    "from a wildcard": (lambda a, b: [at(a, "0.0.0.0")], lambda a, b: [at(a)]),
    "to both families": (lambda a, b: [at(a, "0.0.0.0")], lambda a, b: [at(a, "[::]")]),
    "from both families": (lambda a, b: [at(a, "[::]")], lambda a, b: [at(a)]),
}


def possible(key: str, addresses: list) -> bool:
    """Returns whether the key can have this value beside those of `Running`."""
    if key == "metrics":
        return len(addresses) <= 1
    return key != "nodes" or bool(addresses)  # listen.dns requires one


@pytest.mark.parametrize("key", KEYS)
def test_each_change_is_in_force_after_a_reload_and_streams_stay(site, key):
    running = Running(site)
    for name, values in CHANGES.items():
        ports = closed_port(), closed_port()
        before, after = (of(*ports) for of in values)
        if not possible(key, before) or not possible(key, after):
            continue
        running.reload({key: value_of(key, before)})
        assert running.addresses(key) == before, name
        running.reload({key: value_of(key, after)})
        assert running.addresses(key) == after, name
        for address in after:
            running.assert_served(key, address)
        for port in {port_of(address) for address in before} - {port_of(address) for address in after}:
            eventually(lambda port=port: is_refused(key, at(port)), what=f"{name}: the end of the former listener")
        running.assert_streams_stayed()


def test_keys_can_exchange_their_addresses(site):
    running = Running(site)
    first, second = at(closed_port()), at(closed_port())
    for s2s, nodes in [(first, second), (second, first), (first, second)]:
        running.reload({"s2s": [s2s], "nodes": [nodes]})
        servers = Stream.connect((LOOPBACK, port_of(s2s))).send_header(from_=running.partner.domain, to=running.domain)
        servers.read_header()
        servers.expect("stream:features")
        servers.close()
        components = Stream.connect((LOOPBACK, port_of(nodes)))
        components.send_header(namespace="jabber:component:accept", to=running.domain).read_header()
        components.send("<handshake>wrong</handshake>")
        components.expect_stream_error("not-authorized")
        running.assert_streams_stayed()


def test_a_free_port_stays_as_long_as_its_text_stays(site):
    running = Running(site)
    bound = {key: running.addresses(key) for key in KEYS}
    running.reload({}, limits={"stanza_depth": 70})
    running.reload({"s2s": [at(0), at(0)]})
    assert running.addresses("s2s")[0] == bound["s2s"][0] and len(set(running.addresses("s2s"))) == 2
    running.reload({"s2s": bound["s2s"]})  # the same port, now written down
    assert {key: running.addresses(key) for key in KEYS} == bound
    running.assert_served("s2s", bound["s2s"][0])
    running.assert_streams_stayed()


# -- nobody notices --------------------------------------------------------------------------------------------


def test_no_newcomer_is_refused_while_wildcards_replace_addresses(site):
    running = Running(site)
    port = closed_port()
    running.reload({"s2s": [at(port)]})
    newcomers = Newcomers((LOOPBACK, port), 4)
    try:
        for host in ("0.0.0.0", "[::]", LOOPBACK, "[::]", LOOPBACK):
            before = newcomers.answered
            eventually(lambda before=before: newcomers.answered > before + 20, what="streams that are answered")
            running.reload({"s2s": [at(port, host)]})
        before = newcomers.answered
        eventually(lambda: newcomers.answered > before + 20, what="streams that are answered")
    finally:
        newcomers.stop()
    assert newcomers.failures == []
    running.assert_streams_stayed()


@pytest.mark.parametrize("key", ["s2s", "nodes", "metrics"])
def test_connections_that_wait_for_a_listener_that_goes_are_served(site, key):
    running = Running(site)
    port = closed_port()
    running.reload({key: value_of(key, [at(port)])})
    running.write({key: value_of(key, [at(closed_port())])})
    running.hub.signal(signal.SIGSTOP)
    try:
        clients = [socket.create_connection((LOOPBACK, port), PATIENCE) for _ in range(30)]
        running.hub.signal(signal.SIGHUP)
    finally:
        running.hub.signal(signal.SIGCONT)
    eventually(lambda: is_refused(key, at(port)), what="the end of the listener")
    for client in clients:
        if key == "metrics":
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: hub\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200"), "it was accepted"
        else:
            Stream(client).send_header(to=running.domain).read_header()
        client.close()


def test_changed_files_open_a_listener_without_a_signal(site):
    running = Running(site, auto_reload=True)
    fresh = at(closed_port())
    former = running.addresses("s2s")
    running.write({"s2s": [fresh]})
    running.hub.wait_for_log(rf"the listeners have changed: opened s2s={fresh}; closed s2s={former[0]}")
    running.assert_served("s2s", fresh)
    running.assert_streams_stayed()


# -- sockets of the service manager ----------------------------------------------------------------------------


def test_a_passed_socket_is_served_again_after_it_was_out_of_use(site):
    with socket.create_server((LOOPBACK, 0)) as passed:
        address = at(passed.getsockname()[1])
        running = Running(
            site, hub=lambda *nodes, **keys: site.managed_hub(*nodes, sockets=[passed], **keys), listen={"s2s": [address]}
        )
        for _ in range(2):
            running.reload({"s2s": [at(closed_port())]})
            waiting = Stream.connect((LOOPBACK, port_of(address)))  # the service manager still listens
            waiting.send_header(to=running.domain)
            running.reload({"s2s": [address]})
            waiting.read_header()
            waiting.close()
            running.assert_served("s2s", address)
        running.assert_streams_stayed()


# -- the API's socket ------------------------------------------------------------------------------------------


def test_the_socket_of_the_api_moves_while_a_connection_goes_on(site):
    running = Running(site)
    old, fresh = running.api.path, running.hub.directory / "other.sock"
    connection = UnixConnection(old)
    connection.request("GET", "/api/v1/status")
    assert connection.getresponse().read()
    running.reload({}, admin={"socket": str(fresh)})
    eventually(lambda: not old.exists(), what="the end of the former socket")
    connection.request("GET", "/api/v1/status")
    assert connection.getresponse().status == 200
    running.api = Api(fresh)
    assert running.addresses("admin") == [str(fresh)]
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o660
    running.reload({}, admin={"socket": str(old)})
    running.api = Api(old)
    eventually(lambda: not fresh.exists(), what="the end of the other socket")
    assert running.addresses("admin") == [str(old)]
    connection.close()
    running.assert_streams_stayed()


def test_a_socket_of_the_api_that_cannot_be_made_refuses_the_change(site):
    running = Running(site)
    path = running.hub.directory / "taken.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        problem = running.refused({"s2s": [at(closed_port())]}, admin={"socket": str(path)})
    assert problem["key"] == "admin.socket" and "Address already in use" in problem["found"]
    assert running.api.path.is_socket() and len(running.addresses("s2s")) == 1
    running.assert_streams_stayed()


def test_the_group_of_the_socket_follows(site):
    running = Running(site)
    path = running.api.path
    for name, gid in [("daemon", grp.getgrnam("daemon").gr_gid), ("no-such-group", os.getegid())]:
        running.reload({}, admin={"group": name})
        assert path.stat().st_gid == gid and stat.S_IMODE(path.stat().st_mode) == 0o660
    running.assert_streams_stayed()
