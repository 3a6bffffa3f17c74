"""The fixtures of all tests that play peers: a name server for the session, a site for each test."""

import pytest

from .dns_server import DnsServer
from .site import Site


@pytest.fixture(scope="session")
def dns():
    server = DnsServer()
    yield server
    server.close()


@pytest.fixture
def site(dns, tmp_path_factory):
    """A site for one test; it stops everything that the test started."""
    site = Site(dns, tmp_path_factory)
    yield site
    site.close()
