"""Short runs of the benchmarks: they test that the benchmarks work and count correctly, and never how long they
take."""

import resource
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "bench"), str(REPOSITORY / "tests")]

from compare.world import allow_open_files  # noqa: E402

from peers.dns_server import DnsServer  # noqa: E402
from peers.site import Site  # noqa: E402

OPEN_FILES = 15_000


@pytest.fixture
def open_files():
    """Raises the limit of open files to the number that the streams need, for all programs that are started."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert allow_open_files() >= OPEN_FILES
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def site(open_files, tmp_path_factory):
    dns = DnsServer()  # for the streams that the test itself opens
    site = Site(dns, tmp_path_factory)
    yield site
    site.close()
    dns.close()
