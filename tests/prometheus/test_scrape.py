"""Debian's Prometheus scrapes the hub and evaluates its rules."""

import pytest
from peers.hub import REPOSITORY
from peers.waiting import eventually
from prometheus_server import Prometheus

CONFIGURATION = """\
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: fedhub
    static_configs: [{{ targets: ["{target}"] }}]
"""


@pytest.fixture
def prometheus(exporter, tmp_path):
    rules = REPOSITORY / "metrics/alerts/fedhub.rules.yml"
    server = Prometheus(tmp_path, CONFIGURATION.format(target=exporter.target, rules=rules))
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
