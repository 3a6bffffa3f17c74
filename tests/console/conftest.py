"""Fixtures: one browser and one hub for each file, and the console that an operator has opened."""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from browser import Console, origin_of, start_driver  # noqa: E402
from peers.fixtures import dns, site  # noqa: E402, F401
from peers.site import Site, closed_port  # noqa: E402


@pytest.fixture(scope="module")
def driver():
    driver = start_driver()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def module_site(dns, tmp_path_factory):  # noqa: F811
    """A site for the hub that the tests of a file share."""
    site = Site(dns, tmp_path_factory)  # noqa: F811
    yield site
    site.close()


@pytest.fixture(scope="module")
def served():
    """The table [listen] with a port for the console, which stays the same when the hub restarts."""
    return {"s2s": ["127.0.0.1:0"], "nodes": ["127.0.0.1:0"], "metrics": "127.0.0.1:0", "admin": f"127.0.0.1:{closed_port()}"}


@pytest.fixture(scope="module")
def origin(hub):
    """The console's address."""
    return origin_of(hub)


@pytest.fixture(scope="module")
def opened(driver, hub, origin):
    """The console of the file's hub, whose operator has logged in."""
    console = Console(driver, origin)
    console.log_in(hub)
    console.requested()
    return console


@pytest.fixture
def console(opened):
    """The console on the overview page. Afterwards nothing may have gone wrong in the page."""
    opened.resize(1280)
    opened.go("overview")
    yield opened
    assert opened.faults() == []
    foreign = [url for url in opened.requested() if not url.startswith((opened.origin + "/", "about:", "data:,"))]
    assert foreign == [], "requests have left the origin"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Keeps a picture of a page on which a test has failed, and shows the end of the hub's log."""
    report = (yield).get_result()
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Console):
                with contextlib.suppress(Exception):  # the browser may be what has failed
                    report.sections.append(("picture", str(value.picture(item.name[:80]))))
        for hub in {id(x): x for x in item.funcargs.values() if hasattr(x, "log_file")}.values():
            report.sections.append(("log of the hub", hub.log[-3000:]))
