"""The dashboard, the alerts and the documentation name metrics and labels that exist, and all of them."""

import json
import re

import pytest
from peers.hub import REPOSITORY

DASHBOARD = REPOSITORY / "metrics/dashboards/fedhub.json"
RULES = REPOSITORY / "metrics/alerts/fedhub.rules.yml"
DOCUMENTATION = REPOSITORY / "docs/metrics.md"

METRIC = re.compile(r"\b((?:fedhub|process)_[a-z0-9_]+)")
SELECTOR = re.compile(r"\b((?:fedhub|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
# Labels that Prometheus itself adds, and the label of buckets.
FOREIGN_LABELS = {"job", "instance", "le"}
# Labels whose values the build and the configuration give.
FREE_LABELS = {"hub", "version", "certificate", "node"}


class Exported:
    """The families of an exposition: the type and the labels of each name."""

    def __init__(self, text):
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.series = set(re.findall(r"^([a-z0-9_]+)[{ ]", text, re.M))
        self.labels = {name: set() for name in self.types}
        for series, labels in re.findall(r"^([a-z0-9_]+)\{(.*)\} \S+$", text, re.M):
            self.labels[self.family(series)] |= set(re.findall(r'(\w+)="', labels)) - FOREIGN_LABELS

    def family(self, series):
        if series in self.types:
            return series
        stem = re.sub(r"_(bucket|sum|count)$", "", series)
        return stem if self.types.get(stem) == "histogram" else None


@pytest.fixture(scope="module")
def exported(fixture_exporter):
    return Exported(fixture_exporter.text())


def dashboard_queries():
    def panels(node):
        for panel in node.get("panels", []):
            yield panel
            yield from panels(panel)

    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in panels(dashboard) for target in panel.get("targets", [])]
    queries += [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return queries


def rule_queries():
    # Every line but comments, since an expression may take several lines.
    lines = [line for line in RULES.read_text().splitlines()
             if not re.match(r"\s*(#|- name:|summary:|- record:)", line)]
    return [re.sub(r"\b(direction|leg):fedhub_\w+:\w+", "", line) for line in lines]


@pytest.mark.parametrize("queries", [dashboard_queries, rule_queries])
def test_every_query_names_metrics_and_labels_that_exist(queries, exported):
    used = [match for query in queries() for match in SELECTOR.finditer(query)]
    assert len(used) > 20
    for match in used:
        name, matchers = match.groups()
        family = exported.family(name)
        assert name in exported.series and family, f"{name} does not exist: {match.string}"
        labels = set(re.findall(r"(\w+)\s*(?:=|!)", matchers or "")) - FOREIGN_LABELS
        assert labels <= exported.labels[family], f"{name} has no such label: {match.string}"


def test_every_panel_has_a_query():
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [x for x in dashboard["panels"] if x["type"] != "row"]
    assert len(panels) >= 20
    for panel in panels:
        assert panel["targets"], panel["title"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_dashboard_shows_every_metric_of_the_hub(exported):
    used = {exported.family(name) for query in dashboard_queries() for name in METRIC.findall(query)}
    unused = {name for name in exported.types if name.startswith("fedhub_")} - used
    assert not unused


def documented():
    """Returns (type, labels) by name, from the tables of the documentation."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", DOCUMENTATION.read_text(), re.M)
    assert len(rows) == len({name for name, _, _ in rows}), "a metric is documented twice"
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def test_the_documentation_lists_each_metric_with_its_type_and_labels(exported):
    assert documented() == {name: (kind, exported.labels[name]) for name, kind in exported.types.items()}


def test_the_documentation_lists_the_values_of_each_label(exported, fixture_exporter):
    exposed = {}
    for series, labels in re.findall(r"^([a-z0-9_]+)\{(.*)\} \S+$", fixture_exporter.text(), re.M):
        for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels):
            if label not in FOREIGN_LABELS | FREE_LABELS:
                exposed.setdefault((exported.family(series), label), set()).add(value)
    listed = {}
    rows = re.findall(r"^\| `(\w+)` \| (`[^|]*`) \| (`[^|]*`) \|$", DOCUMENTATION.read_text(), re.M)
    for label, metrics, values in rows:
        for metric in re.findall(r"`(\w+)`", metrics):
            listed[metric, label] = set(re.findall(r"`([^`]+)`", values))
    assert listed == exposed


def test_each_alert_leads_to_its_section_of_the_runbook():
    rules = RULES.read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    links = re.findall(r'runbook_url: "(\S+)"', rules)
    assert links == [f"docs/runbook.md#{alert.lower()}" for alert in alerts]
    sections = re.findall(r"^## (\w+)$", (REPOSITORY / "docs/runbook.md").read_text(), re.M)
    assert sorted(sections) == sorted(alerts)
