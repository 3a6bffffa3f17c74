"""Every query of the dashboard shows something for an hour in which every event happens.

Some hubs play the scenes of `peers.busy_hour_scenes`. Their scrapes are spread over the last hour, and the tests ask
Prometheus as Grafana does.
"""

import json
import math
import re
import subprocess
import time

import pytest
from peers.busy_hour import Hour
from peers.busy_hour_scenes import play
from peers.dns_server import DnsServer
from peers.hub import REPOSITORY
from peers.site import Site
from peers.waiting import eventually
from prometheus_server import Prometheus

SECONDS, INTERVAL = 3600, 30
RATE_INTERVAL = f"{4 * INTERVAL}s"
"""Grafana's $__rate_interval: four scrapes."""
MAY_BE_0 = {"In motion"}
"""Panels that show 0 when all is well: what is neither settled nor waits is on its way for microseconds."""
SAMPLE = re.compile(r"^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$")


def queries() -> list:
    """Returns (title, expression) of every query in every panel."""

    def panels(node):
        for panel in node.get("panels", []):
            yield panel
            yield from panels(panel)

    dashboard = json.loads((REPOSITORY / "metrics/dashboards/fedhub.json").read_text())
    return [(panel["title"], target["expr"]) for panel in panels(dashboard) for target in panel.get("targets", [])]


QUERIES = queries()


def open_metrics(looks: list, end: int) -> str:
    """Returns the hour before `end` in the OpenMetrics format. Each look is repeated by every scrape until the next
    look."""
    lines, scrapes = [], SECONDS // INTERVAL
    assert len(looks) <= scrapes, "each look has to be scraped"
    for number in range(scrapes):
        look = looks[min(number * len(looks) // scrapes, len(looks) - 1)]
        for hub, text in look.items():
            for line in text.splitlines():
                if line.startswith("#"):
                    continue
                name, labels, value = SAMPLE.match(line).groups()
                all_labels = ",".join(filter(None, [labels, f'instance="{hub}"', 'job="fedhub"']))
                lines.append(f"{name}{{{all_labels}}} {value} {end - SECONDS + number * INTERVAL}")
    return "\n".join(lines) + "\n# EOF\n"


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    """Returns (Prometheus with the hour's data, the hour's end in seconds since the epoch)."""
    dns = DnsServer()
    site = Site(dns, tmp_path_factory)
    directory = tmp_path_factory.mktemp("prometheus")
    try:
        played = Hour(site)
        play(played)
        looks = played.looks
    finally:
        site.close()
        dns.close()
    end = int(time.time()) // INTERVAL * INTERVAL
    (directory / "hour.txt").write_text(open_metrics(looks, end))
    made = subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", directory / "hour.txt", directory / "data"],
        capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    server = Prometheus(directory, "scrape_configs: []\n")
    eventually(lambda: server.value("vector(1)") == 1, within=60, what="Prometheus answers")
    yield server, end
    server.stop()


@pytest.mark.parametrize("title, expression", QUERIES, ids=[f"{n} {title}" for n, (title, _) in enumerate(QUERIES)])
def test_each_query_of_the_dashboard_shows_something(hour, title, expression):
    """The query has a number that is not 0 all the time, since its event has happened in the hour."""
    prometheus, end = hour
    query = expression.replace("$instance", ".+").replace("$__rate_interval", RATE_INTERVAL)
    assert "$" not in query, "a variable that this test does not know"
    found = prometheus.get("query_range", query=query, start=end - SECONDS, end=end, step=INTERVAL)["result"]
    values = [float(value) for series in found for _, value in series["values"]]
    good = [value for value in values if math.isfinite(value) and (value != 0 or title in MAY_BE_0)]
    assert good, f"{title}: {query}: {values[:5]}"


def test_the_list_of_instances_is_filled(hour):
    prometheus, end = hour
    found = prometheus.get("label/instance/values", start=end - SECONDS, end=end, **{"match[]": "fedhub_build_info"})
    assert found == ["bare", "edge", "secure", "shut", "strict"]
