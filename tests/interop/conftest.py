"""The small internet of the interoperability tests.

    dns 10.99.0.53 .... the world's DNS: partner.example is at `server`, corp.example at `hub`
    hub 10.99.0.1 ..... the hub, for corp.example
    server 10.99.0.2 .. the real server of partner.example
    node 10.99.0.3 .... behind the hub: a component, or a server of corp.example
    node-dns .54 ...... the node's DNS: every foreign domain is at the hub's listener for nodes
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

pytest.register_assert_rewrite("exchange", "federation", "payload")

# pylint: disable=wrong-import-position
from support import hub as hub_module
from support.dns import Address, Srv, start_dns
from support.namespaces import Network
from support.report import pytest_runtest_makereport, pytest_runtest_setup  # noqa: F401, hooks
from support.servers.base import S2S_PORT


def pytest_collection_modifyitems(items):
    """Orders the tests so that those with the same partner server run in a row, and the server starts only once."""
    places = [place for place, item in enumerate(items) if "partner" in getattr(item, "fixturenames", ())]
    in_order = sorted((items[place] for place in places), key=lambda item: (
        item.path, item.callspec.params["partner"][0], item.callspec.params["partner"][1].value,
        item.function.__code__.co_firstlineno))
    for place, item in zip(places, in_order):
        items[place] = item


@pytest.fixture(scope="session")
def directory():
    """The folder for configurations, data and logs. The accounts of the servers must be able to enter it.

    It is removed at the end, unless FEDHUB_INTEROP_KEEP is set in the environment.
    """
    path = Path(tempfile.mkdtemp(prefix="fedhub-interop-"))
    path.chmod(0o755)
    yield path
    if "FEDHUB_INTEROP_KEEP" in os.environ:
        print(f"\nconfigurations and logs are in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def world(directory):
    """The network with both DNS servers; `world.hosts` has the hosts by name."""
    with Network() as network:
        dns = network.add_host("dns", "10.99.0.53")
        node_dns = network.add_host("node-dns", "10.99.0.54")
        hub = network.add_host("hub", "10.99.0.1", nameserver=dns.address)
        server = network.add_host("server", "10.99.0.2", nameserver=dns.address)
        network.add_host("node", "10.99.0.3", nameserver=node_dns.address)
        outside = start_dns(dns, directory, [
            Srv("corp.example", "hub.corp.example", S2S_PORT), Address("hub.corp.example", hub.address),
            Srv("partner.example", "xmpp.partner.example", S2S_PORT), Address("xmpp.partner.example", server.address)])
        inside = start_dns(node_dns, directory, [
            Srv("partner.example", "hub.inside.example", hub_module.NODES_PORT)], every_name_is=hub.address)
        yield network
        inside.stop()
        outside.stop()
