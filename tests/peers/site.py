"""Basic tools of most tests: a site that starts and stops servers, fresh domains, and phases of a stream."""

import itertools
import socket

from . import authority, toml
from .component import connect_component
from .dns_server import DnsServer
from .hub import Hub, default_config
from .s2s_peer import Listener, Server
from .service_manager import ManagedHub
from .stream import Stream

NODE_SECRET = "the node's handshake secret"
_numbers = itertools.count(1)


def component_node(*domains: str, **keys) -> dict:
    """Returns a [[node]] row for a component."""
    row = {"name": f"node of {domains[0]}", "domains": list(domains), "protocol": "component", "secret": NODE_SECRET}
    return row | keys


def spare_nodes(count: int = 60) -> list:
    """Returns [[node]] rows with a domain each, for tests that share a hub."""
    return [component_node(fresh_domain("corp")) for _ in range(count)]


def fresh_domain(word: str = "partner") -> str:
    """Returns a domain that no other test uses, so that tests can share a hub."""
    return f"{word}-{next(_numbers)}.example"


def closed_port() -> int:
    """Returns a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PHASES = ("before TLS", "after TLS", "after authentication")


def open_in_phase(phase: str, remote: Listener, hub: Hub, to: str) -> Stream:
    """Opens a stream from `remote` to the hub up to this phase. `remote` must answer automatically."""
    if phase == "after authentication":
        return remote.connect(hub.s2s, to, secure=True)
    return remote.open_stream(hub.s2s, to, secure=phase == "after TLS")


def shown_certificate(remote: Listener, hub: Hub, domain: str) -> bytes:
    """Returns, in DER, the certificate that the hub shows on a new stream."""
    stream = remote.open_stream(hub.s2s, domain, secure=True)
    der = stream.peer_certificate
    stream.close()
    return der


class Site:
    """Starts everything for a test and stops it at the end. Checks that the hubs end well."""

    def __init__(self, dns: DnsServer, directories):
        self.dns = dns
        self._directories = directories
        self._started = []
        self.hubs = []

    def hub(self, *nodes: dict, **changes) -> Hub:
        """Starts a hub with these nodes. `changes` are merged into the default configuration."""
        return self._started_hub(Hub, nodes, changes)

    def managed_hub(self, *nodes: dict, sockets=(), notices=None, watchdog=None, **changes) -> ManagedHub:
        """Starts a hub as a service manager does, see `ManagedHub`."""
        return self._started_hub(ManagedHub, nodes, changes, sockets, notices, watchdog)

    def _started_hub(self, kind, nodes, changes, *how):
        config = toml.merge(default_config(self.dns), {"node": list(nodes)} | changes)
        hub = kind(self._directories.mktemp("hub"), config, *how)
        self.hubs.append(hub)
        return hub

    def certified_hub(self, *nodes: dict, certificates=None, tls=None, **changes) -> Hub:
        """Starts a hub that trusts `authority.root()`. By default it has a certificate for its nodes' domains, for both
        purposes so that every peer accepts it. `tls`: further keys."""
        if certificates is None:
            domains = [domain for node in nodes for domain in node["domains"]]
            certificates = [authority.certificate(*domains, purposes=authority.BOTH_PURPOSES)]
        table = authority.hub_tls(self.directory("tls"), *certificates, **(tls or {}))
        return self.hub(*nodes, tls=table, **changes)

    def directory(self, name: str):
        """Makes a fresh directory."""
        return self._directories.mktemp(name)

    def server(self, *domains: str, **how) -> Server:
        """Starts a well-behaved remote server, by default for a fresh domain."""
        return self.keep(Server(self.dns, *(domains or (fresh_domain(),)), **how))

    def listener(self, *domains: str, **how) -> Listener:
        """Starts a remote server to script by hand."""
        return self.keep(Listener(self.dns, *(domains or (fresh_domain(),)), **how))

    def component(self, hub: Hub, domain: str, secret: str = NODE_SECRET, **how):
        """Returns a component that has completed its handshake with the hub."""
        return self.keep(connect_component(hub.nodes, domain, secret, **how))

    def keep(self, thing):
        """Closes the thing at the test's end. Returns it."""
        self._started.append(thing)
        return thing

    def close(self) -> None:
        for thing in reversed(self._started):
            thing.close()
        problems = []
        for hub in self.hubs:
            try:
                hub.stop(codes=(0, 3))  # 3: the peers have gone, so answers to them may be lost
            except AssertionError as problem:
                problems.append(str(problem))
        assert not problems, "\n".join(problems)
