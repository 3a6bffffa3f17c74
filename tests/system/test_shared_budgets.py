"""Shared resources: peers that take all they can get, and peers that must still get their share."""

import contextlib
import itertools
import resource
import socket
import threading
import time

import pytest

from peers.component import Component, message
from peers.dialback import ask_about_key
from peers.s2s_peer import Server
from peers.site import NODE_SECRET, component_node, fresh_domain
from peers.stream import Closed, Stream
from peers.waiting import PATIENCE, Deadline, eventually
from peers.xml import Element

LONG = {"negotiation": 60, "dialback": 30, "queue": 30}


# -- accepts and connections ---------------------------------------------------------------------------------------


def come_and_go(address, source):
    socket.create_connection(address, PATIENCE, (source, 0)).close()


class Holder:
    """Holds open every connection that it gets."""

    def __init__(self):
        self.held = []

    def __call__(self, address, source):
        self.held.append(socket.create_connection(address, PATIENCE, (source, 0)))

    def close(self):
        for sock in self.held:
            sock.close()


@contextlib.contextmanager
def flood(address, source, how):
    """Opens connections without pause, from a thread. Yields once the flood has begun."""
    over = threading.Event()
    made = itertools.count()

    def knock():
        while not over.is_set():
            try:
                how(address, source)
            except OSError:
                continue
            next(made)

    threads = [threading.Thread(target=knock) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: next(made) > 200, within=30, what="a flood of more than a second's share")
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def taken(address, source="127.0.0.1", to="") -> bool:
    """Returns whether the hub accepts a connection and answers on it."""
    stream = Stream.connect(address, source=(source, 0))
    try:
        stream.send_header(to=to)
        stream.read_header()
        item = stream.read()
        return isinstance(item, Element) and not item.is_a("stream:error")
    except Closed:
        return False


@pytest.mark.parametrize("how", ["comes and goes", "holds"])
def test_components_log_in_while_their_own_address_floods_the_s2s_listener(site, how):
    nodes = [component_node(fresh_domain("corp")) for _ in range(100)]
    hub = site.hub(*nodes, limits={"accepts_per_second": 50}, log={"level": "error"})
    act = come_and_go if how == "comes and goes" else Holder()
    with flood(hub.s2s, "127.0.0.1", act):
        for node in nodes:
            site.component(hub, node["domains"][0])
    if how == "holds":
        act.close()
    assert hub.metric("fedhub_connections_refused_total", listener="s2s") > 0
    assert hub.metric("fedhub_connections_refused_total", listener="nodes") == 0
    assert hub.metric("fedhub_connections_accepted_total", listener="nodes") == 100


def test_all_components_of_one_address_may_come_at_once_however_low_the_limits(site):
    nodes = [component_node(fresh_domain("corp")) for _ in range(100)]
    hub = site.hub(*nodes, limits={"connections_per_address": 4, "accepts_per_second": 5})
    connections = [Component.connect(hub.nodes) for _ in nodes]
    for node, connection in zip(nodes, connections):
        connection.open(node["domains"][0]).handshake(NODE_SECRET)
        site.keep(connection)


def test_an_address_that_takes_little_gets_in_while_another_takes_all_it_can(site):
    limits = {"accepts_per_second": 50}
    hub = site.hub(component_node(domain := fresh_domain("corp")), limits=limits, log={"level": "error"})
    with flood(hub.s2s, "127.0.0.5", come_and_go):
        for _ in range(20):
            assert taken(hub.s2s, "127.0.0.9", domain)
            time.sleep(0.05)  # keeps its rate low
    assert hub.metric("fedhub_connections_refused_total", reason="rate") > 0


def test_who_has_most_connections_gives_way_when_all_are_taken(site):
    hub = site.hub(component_node(domain := fresh_domain("corp")), limits={"connections": 20}, timeouts=LONG)
    big = [Stream.connect(hub.s2s, source=("127.0.0.5", 0)) for _ in range(20)]
    for stream in big:
        stream.send_header(to=domain)
        stream.read_header()
        stream.expect("stream:features")
    small = Stream.connect(hub.s2s, source=("127.0.0.9", 0))
    small.send_header(to=domain)
    small.read_header()
    small.expect("stream:features")
    big[0].expect_stream_error("resource-constraint")
    assert not taken(hub.s2s, "127.0.0.5", domain)


@pytest.mark.parametrize(
    "limits, condition",
    [({"connections": 1}, "resource-constraint"), ({"connections_per_address": 1}, "policy-violation"),
     ({"accepts_per_second": 1}, "resource-constraint")],
)  # fmt: skip
@pytest.mark.parametrize("listener", ["s2s", "nodes"])
def test_who_is_refused_is_told_why(site, limits, condition, listener):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits=limits, timeouts=LONG)
    held = []
    for _ in range(4):
        stream = Stream.connect(hub.addresses(listener)[0])
        held.append(stream)
        try:
            stream.read(within=0.5)  # the header before an error; the hub sends nothing first unless it refuses
        except TimeoutError:
            continue
        stream.expect_stream_error(condition)
        assert not stream.header.get("from")
        return
    raise AssertionError("nobody was refused")


# -- questions about the hub's own keys ----------------------------------------------------------------------------


class Provider(Server):
    """A server of many domains that verifies each key on a connection of its own.

    `together`: it asks only when this many connections are open. `lingers`: it keeps them open.
    """

    def __init__(self, dns, *domains, together=1, lingers=False, **how):
        self._open = threading.Barrier(together)
        self._lingers, self.asking = lingers, []
        super().__init__(dns, *domains, security="none", backlog=512, **how)

    def _verdict(self, stream, request):
        asking = Stream.connect(self.verify_at)
        self.asking.append(asking)
        self._open.wait(3 * PATIENCE)
        self._exchange_headers(asking, {"from_": request["to"], "to": request["from"], "version": "1.0"})
        id = stream.sent_header.partition(" id='")[2].partition("'")[0]
        verdict = ask_about_key(asking, request["to"], request["from"], id, request.tree.text)["type"]
        if not self._lingers:
            asking.close()
        return verdict

    def close(self):
        super().close()
        for stream in self.asking:
            stream.close()


@pytest.mark.parametrize("lingers", [False, True], ids=["closes", "lingers"])
@pytest.mark.parametrize("together", [1, 200], ids=["one by one", "together"])
def test_a_provider_of_200_domains_is_reached_at_once(site, lingers, together):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), dns={"timeout_s": 20}, timeouts=LONG, log={"level": "info"})
    component = site.component(hub, domain)
    domains = [fresh_domain() for _ in range(200)]
    provider = site.keep(Provider(site.dns, *domains, together=together, lingers=lingers, verify_at=hub.s2s))
    for number, to in enumerate(domains):
        component.message(domain, to, id=str(number))
    arrived = provider.collect(200, within=30)
    assert {item["to"] for item in arrived} == set(domains)
    assert hub.metric("fedhub_stanzas_bounced_total") == 0
    assert hub.metric("fedhub_connections_refused_total") == 0


# -- DNS -----------------------------------------------------------------------------------------------------------


def keys_for(hub, to: str, domains, source: str, streams: int) -> list:
    """Opens unauthenticated streams from one address. Each carries as many keys as the hub takes, for these domains."""
    opened = []
    for _ in range(streams):
        stream = Stream.connect(hub.s2s, source=(source, 0))
        stream.send_header(from_=next(domains), to=to)
        stream.read_header()
        stream.expect("stream:features")
        stream.send("".join(f"<db:result from='{next(domains)}' to='{to}'>00</db:result>" for _ in range(32)))
        opened.append(stream)
    return opened


@pytest.mark.parametrize("addresses", [1, 3])
@pytest.mark.parametrize("also", ["mute domains only", "those of the nodes too"])
def test_strangers_keys_for_mute_domains_keep_no_node_from_finding_servers(site, addresses, also):
    domain = fresh_domain("corp")
    hub = site.hub(
        component_node(domain), dns={"timeout_s": 12}, timeouts=LONG, log={"level": "warn"},
        limits={"connections_per_address": 192},
    )  # fmt: skip
    component, mute = site.component(hub, domain), fresh_domain("mute")
    remote = site.server(*(fresh_domain() for _ in range(20)), security="none")
    site.dns.behave(mute, "drop")
    names = (f"d{number}.{mute}" for number in itertools.count())
    streams = []
    for number in range(addresses):
        streams += keys_for(hub, domain, names, f"127.0.0.{number + 2}", 192 // addresses)
    if also == "those of the nodes too":
        streams += keys_for(hub, domain, itertools.cycle(remote.domains), "127.0.0.9", 1)
    for to in remote.domains:
        component.message(domain, to)
    assert {item["to"] for item in remote.collect(20, within=8)} == set(remote.domains)
    # The hub answers at once the strangers' keys for which there is no room.
    refused = [item for item in drain(streams, within=1) if item.condition == "resource-constraint"]
    assert len(refused) > 1000
    site.dns.behave(mute, None)
    for stream in streams:
        stream.cut()


def drain(streams, within) -> list:
    items, deadline = [], Deadline(within)
    for stream in streams:
        with contextlib.suppress(TimeoutError, Closed):
            while True:
                items.append(stream.read(0.001 if deadline.passed() else 0.01))
    return [item for item in items if isinstance(item, Element)]


# -- authenticated peers -------------------------------------------------------------------------------------------


def test_one_authenticated_domain_gets_a_quarter_of_all_connections(site):
    domain = fresh_domain("corp")
    hub = site.hub(component_node(domain), limits={"connections": 24})
    component, greedy, modest = site.component(hub, domain), site.server(), site.server()
    streams = [greedy.connect(hub.s2s, domain) for _ in range(6)]
    for address in ("127.0.0.5", "127.0.0.6"):
        greedy.source = (address, 0)
        refused = greedy.open_stream(hub.s2s, domain)
        greedy.send_key(refused, domain)
        refused.expect_stream_error("resource-constraint")
    modest.source = ("127.0.0.9", 0)
    stream = modest.connect(hub.s2s, domain)
    stream.send(message(modest.domain, domain))
    component.expect_message(from_=modest.domain)
    streams[0].close()
    eventually(lambda: is_authenticated(greedy, hub, domain), what="the share of a stream that ended")


def is_authenticated(server, hub, to) -> bool:
    stream = server.open_stream(hub.s2s, to)
    server.send_key(stream, to)
    return stream.read().is_a("db:result")


# -- file descriptors ----------------------------------------------------------------------------------------------


def test_strangers_leave_descriptors_for_the_nodes_and_for_the_nodes_streams(site):
    """Strangers take all connections that they get, and send keys of domains whose servers accept and stay silent."""
    most = 256
    domain = fresh_domain("corp")
    limits = {"connections_per_address": 10000, "accepts_per_second": 100000}
    hub = site.hub(component_node(domain), limits=limits, timeouts={"negotiation": 60, "dialback": 60, "queue": 60})
    resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (most, most))
    hub.reload(hub.config)
    mute = site.listener(*(fresh_domain() for _ in range(most)), backlog=most)
    streams = []
    for number, asked in enumerate(mute.domains):
        try:
            stream = site.keep(Stream.connect(hub.s2s, source=(f"127.0.1.{1 + number % 100}", 0)))
            stream.send_header(from_=asked, to=domain)
            stream.send(f"<db:result from='{asked}' to='{domain}'>key</db:result>")
            streams.append(stream)
        except Closed:
            break
    eventually(lambda: hub.metric("fedhub_connections_refused_total", listener="s2s") > 0
               or hub.open_files() >= most - 1, what="the strangers to have all that they get")  # fmt: skip
    assert len(streams) > most // 4
    component, remote = site.component(hub, domain), site.server()
    component.message(domain, remote.domain, id="1")
    remote.expect_message(id="1")
    assert hub.open_files() < most

