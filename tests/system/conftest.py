"""Fixtures: the DNS server, hubs, and fresh domain names."""

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import toml  # noqa: E402
from peers.component import connect_component  # noqa: E402
from peers.dns_server import DnsServer  # noqa: E402
from peers.hub import Hub, default_config  # noqa: E402
from peers.s2s_peer import Listener, Server  # noqa: E402
from peers.stream import Stream  # noqa: E402

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


@pytest.fixture(scope="session")
def dns():
    server = DnsServer()
    yield server
    server.close()


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

    def server(self, *domains: str, **how) -> Server:
        """A well-behaved remote server, of a fresh domain if none is given."""
        return self._keep(Server(self.dns, *(domains or (fresh_domain(),)), **how))

    def listener(self, *domains: str, **how) -> Listener:
        """A remote server to be scripted by hand."""
        return self._keep(Listener(self.dns, *(domains or (fresh_domain(),)), **how))

    def component(self, hub: Hub, domain: str, secret: str = NODE_SECRET, **how):
        """A component that has shaken hands with the hub."""
        return self._keep(connect_component(hub.nodes, domain, secret, **how))

    def _keep(self, thing):
        self._started.append(thing)
        return thing

    def close(self) -> None:
        for thing in reversed(self._started):
            thing.close()
        problems = []
        for hub in self.hubs:
            try:
                hub.stop()
            except AssertionError as problem:
                problems.append(str(problem))
        assert not problems, "\n".join(problems)


@pytest.fixture
def site(dns, tmp_path_factory):
    """For one test."""
    site = Site(dns, tmp_path_factory)
    yield site
    site.close()


@pytest.fixture(scope="module")
def module_site(dns, tmp_path_factory):
    """For the hubs that the tests of a module share."""
    site = Site(dns, tmp_path_factory)
    yield site
    site.close()


@pytest.fixture(scope="module")
def hub(module_site):
    """One hub for the tests of a module. Modules that need another configuration have a fixture of this name."""
    return module_site.hub(*spare_nodes())


@pytest.fixture
def component(site, hub):
    """A component of a domain of its own."""
    return site.component(hub, hub.spare_domain())


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the hubs' logs beside a failure."""
    report = (yield).get_result()
    if report.failed:
        sites = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Site)]
        hubs = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Hub)]
        for hub in dict.fromkeys(hubs + [hub for site in sites for hub in site.hubs]):
            report.sections.append((f"log of {hub.directory.name}", hub.log[-6000:]))
