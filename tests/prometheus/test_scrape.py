"""Debian's Prometheus scrapes the hub and evaluates its rules."""

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
from peers.hub import REPOSITORY
from peers.waiting import eventually

CONFIGURATION = """\
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: fedhub
    static_configs: [{{ targets: ["{target}"] }}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """One Prometheus on loopback, with its data in `directory`."""

    def __init__(self, directory, target):
        (directory / "prometheus.yml").write_text(
            CONFIGURATION.format(target=target, rules=REPOSITORY / "metrics/alerts/fedhub.rules.yml"))
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        self._log = directory / "prometheus.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def get(self, path, **parameters):
        """@returns the data of an API answer; AssertionError as long as there is none."""
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}",
                                        timeout=5) as response:
                return json.load(response)["data"]
        except (urllib.error.URLError, ConnectionError) as error:
            raise AssertionError(str(error)) from error

    def value(self, query):
        """@returns the number that the query gives; None as long as it gives nothing."""
        result = self.get("query", query=query)["result"]
        return float(result[0]["value"][1]) if result else None

    def stop(self):
        self._process.terminate()
        assert self._process.wait(20) == 0


@pytest.fixture
def prometheus(exporter, tmp_path):
    server = Prometheus(tmp_path, exporter.target)
    yield server
    server.stop()


def test_prometheus_scrapes_the_hub(prometheus):
    def target_is_up():
        targets = prometheus.get("targets")["activeTargets"]
        assert [(x["health"], x["lastError"]) for x in targets] == [("up", "")]
        return True

    eventually(target_is_up, within=60, what="the target is up")
    eventually(lambda: prometheus.value('fedhub_build_info{job="fedhub"}') == 1, within=30, what="the build is known")
    for query in ("sum(fedhub_streams)", "sum(fedhub_stanzas_accepted_total)", "process_resident_memory_bytes"):
        assert prometheus.value(query) is not None, query


def test_prometheus_finds_every_accepted_stanza_again(prometheus):
    in_motion = "sum(direction:fedhub_stanzas_in_motion:sum)"
    eventually(lambda: prometheus.value(in_motion) is not None, within=60, what="the recording rule has run")
    assert prometheus.value(in_motion) == 0
