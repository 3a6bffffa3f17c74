"""What most tests need at hand: a place where everything is started and stopped, fresh domains, phases of a stream."""

import itertools

from . import authority, toml
from .component import connect_component
from .dns_server import DnsServer
from .hub import Hub, default_config
from .s2s_peer import Listener, Server
from .stream import Stream

NODE_SECRET = "the node's handshake secret"
_numbers = itertools.count(1)


def component_node(*domains: str, **keys) -> dict:
    """A [[node]] row for a component."""
    row = {"name": f"node of {domains[0]}", "domains": list(domains), "protocol": "component", "secret": NODE_SECRET}
    return row | keys


def spare_nodes(count: int = 60) -> list:
    """Nodes with a domain each, for the tests that share a hub."""
    return [component_node(fresh_domain("corp")) for _ in range(count)]


def fresh_domain(word: str = "partner") -> str:
    """A domain that no other test uses, so that tests can share a hub."""
    return f"{word}-{next(_numbers)}.example"


PHASES = ("before TLS", "after TLS", "after authentication")


def open_in_phase(phase: str, remote: Listener, hub: Hub, to: str) -> Stream:
    """A stream from `remote` to the hub that has come as far as this. `remote` has to answer by itself."""
    if phase == "after authentication":
        return remote.connect(hub.s2s, to, secure=True)
    return remote.open_stream(hub.s2s, to, secure=phase == "after TLS")


def shown_certificate(remote: Listener, hub: Hub, domain: str) -> bytes:
    """The hub's certificate on a new stream, in DER."""
    stream = remote.open_stream(hub.s2s, domain, secure=True)
    der = stream.peer_certificate
    stream.close()
    return der


class Site:
    """Everything that a test starts is started here and stopped in the end, the hubs with a look at how they ended."""

    def __init__(self, dns: DnsServer, directories):
        self.dns = dns
        self._directories = directories
        self._started = []
        self.hubs = []

    def hub(self, *nodes: dict, **changes) -> Hub:
        """A hub with these nodes; `changes` are laid over the default configuration."""
        config = toml.merge(default_config(self.dns), {"node": list(nodes)} | changes)
        hub = Hub(self._directories.mktemp("hub"), config)
        self.hubs.append(hub)
        return hub

    def certified_hub(self, *nodes: dict, certificates=None, tls=None, **changes) -> Hub:
        """A hub that trusts `authority.root()`, by default with a certificate for its nodes' domains, good for both
        purposes so that any peer takes it. `tls`: further keys."""
        if certificates is None:
            domains = [domain for node in nodes for domain in node["domains"]]
            certificates = [authority.certificate(*domains, purposes=authority.BOTH_PURPOSES)]
        table = authority.hub_tls(self.directory("tls"), *certificates, **(tls or {}))
        return self.hub(*nodes, tls=table, **changes)

    def directory(self, name: str):
        """A fresh one."""
        return self._directories.mktemp(name)

    def server(self, *domains: str, **how) -> Server:
        """A well-behaved remote server, of a fresh domain if none is given."""
        return self.keep(Server(self.dns, *(domains or (fresh_domain(),)), **how))

    def listener(self, *domains: str, **how) -> Listener:
        """A remote server to be scripted by hand."""
        return self.keep(Listener(self.dns, *(domains or (fresh_domain(),)), **how))

    def component(self, hub: Hub, domain: str, secret: str = NODE_SECRET, **how):
        """A component that has shaken hands with the hub."""
        return self.keep(connect_component(hub.nodes, domain, secret, **how))

    def keep(self, thing):
        """Has it closed in the end."""
        self._started.append(thing)
        return thing

    def close(self) -> None:
        for thing in reversed(self._started):
            thing.close()
        problems = []
        for hub in self.hubs:
            try:
                hub.stop(codes=(0, 3))  # the peers have gone, and answers to them reach nobody
            except AssertionError as problem:
                problems.append(str(problem))
        assert not problems, "\n".join(problems)
