"""The exporters that the tests ask: the fixture program, and the hub."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests"))

from peers import hub as hub_process  # noqa: E402

FIXTURE = Path(os.environ.get("FEDHUB_METRICS_FIXTURE", REPOSITORY / "build" / "release" / "metrics_fixture"))


class Exporter:
    """A program that serves metrics on a port of 127.0.0.1."""

    def __init__(self, port):
        self.port = port
        self.target = f"127.0.0.1:{port}"

    def text(self):
        with urllib.request.urlopen(f"http://{self.target}/metrics", timeout=10) as response:
            return response.read().decode()


@pytest.fixture(scope="session")
def fixture_exporter():
    """The fixture program: it serves the metrics of a busy hub, with a series for every metric."""
    with subprocess.Popen([FIXTURE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Exporter(int(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.fixture(scope="session")
def hub_exporter(tmp_path_factory):
    """A freshly started hub with one node."""
    if not Path(hub_process.program()).exists():
        pytest.fail("the hub is not built: ./dev build")
    hub = hub_process.Hub(tmp_path_factory.mktemp("hub"), {
        "hub": {"name": "scraped", "state_dir": "state"},
        "listen": {"s2s": ["127.0.0.1:0"], "nodes": ["127.0.0.1:0"], "metrics": "127.0.0.1:0"},
        "node": [{"name": "node-1", "domains": ["corp.example"], "secret": "s"}],
    })
    (_, port), = hub.addresses("metrics")
    yield Exporter(port)
    hub.stop()


@pytest.fixture(params=["fixture", "hub"])
def exporter(request):
    """Each of the two exporters in turn."""
    return request.getfixturevalue(f"{request.param}_exporter")
