"""Fixtures: the DNS server, hubs, and the site where a test's servers stand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.fake_api import FakeApi  # noqa: E402
from peers.fedhubctl import Fedhubctl  # noqa: E402
from peers.fixtures import dns, site  # noqa: E402, F401
from peers.hub import Hub  # noqa: E402
from peers.site import Site, spare_nodes  # noqa: E402

CALM = {
    "test_demo.py",  # standard ports too
    "test_drain.py",
    "test_fairness.py",
    "test_history_size.py",
    "test_many_senders.py",
    "test_node_takeovers.py",
    "test_nodes_come_and_go.py",
    "test_shared_budgets.py",
    "test_slow_destination.py",
    "test_timeouts.py",
    "test_wake_ups.py",
}
"""Files that measure time, work or memory, or need ports of their own: `./dev test` runs them when nothing else runs."""


def pytest_configure(config):
    config.addinivalue_line("markers", "calm: of a file in CALM; nothing else may run beside it")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.name in CALM:
            item.add_marker(pytest.mark.calm)


@pytest.fixture(scope="module")
def module_site(dns, tmp_path_factory):
    """A site for the hubs that the tests of a module share."""
    site = Site(dns, tmp_path_factory)
    yield site
    site.close()


@pytest.fixture(scope="module")
def hub(module_site):
    """One hub for all tests of a module. A module that needs another configuration overrides this fixture."""
    # By default the hub writes few of the lines that strangers provoke, but the tests read these lines.
    return module_site.hub(*spare_nodes(), limits={"log_lines_per_second": 10000})


@pytest.fixture
def component(site, hub):
    """A component with a domain that no other test uses."""
    return site.component(hub, hub.spare_domain())


@pytest.fixture
def fake_hub(tmp_path):
    """An API without answers, on the socket that `ctl` asks."""
    server = FakeApi(tmp_path / "admin.sock")
    yield server
    server.close()


@pytest.fixture
def ctl(tmp_path):
    return Fedhubctl("--socket", str(tmp_path / "admin.sock"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the hubs' logs beside a failure."""
    report = (yield).get_result()
    if report.failed:
        sites = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Site)]
        hubs = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Hub)]
        for hub in dict.fromkeys(hubs + [hub for site in sites for hub in site.hubs]):
            report.sections.append((f"log of {hub.directory.name}", hub.log[-6000:]))
