"""The hub under test."""

import json
import os
import re
import urllib.request
from pathlib import Path

from . import sanitizers
from .process import Daemon

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("FEDHUB", REPOSITORY / "build" / "release" / "fedhub"))

S2S_PORT = 5269
NODES_PORT = 7400
METRICS_PORT = 9527


def to_toml(config):
    """@returns the hub's configuration as TOML. @param config a table of tables and of lists of tables."""
    def value(x):
        if isinstance(x, dict):
            return "{ " + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in x.items()) + " }"
        if isinstance(x, list):
            return "[" + ", ".join(map(value, x)) + "]"
        return json.dumps(str(x) if isinstance(x, Path) else x)

    lines = []
    for name, content in config.items():
        for head, table in ([(f"[[{name}]]", row) for row in content] if isinstance(content, list)
                            else [(f"[{name}]", content)]):
            lines += [head, *(f"{key} = {value(x)}" for key, x in table.items()), ""]
    return "\n".join(lines)


class Metrics:
    """The metrics of one scrape."""

    SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)", re.M)
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.samples = [(name, dict(self.LABEL.findall(labels)), float(value))
                        for name, labels, value in self.SAMPLE.findall(text)]

    def total(self, name, **labels):
        """@returns the sum of the metric's samples that carry all of `labels`.

        Raises AssertionError if there is none: a misspelt name must not read as 0.
        """
        found = [value for sample, has, value in self.samples if sample == name and labels.items() <= has.items()]
        assert found, f"no metric {name} {labels}"
        return sum(found)


class Hub:
    """@param config tables of the hub's configuration, merged into this class's defaults key by key.
    @param nameserver address of the DNS server.
    """

    def __init__(self, host, directory, config, nameserver):
        self.host = host
        self._directory = directory / f"hub-{host.name}"
        self._config = {
            "hub": {"name": "hub-under-test", "state_dir": self._directory / "state"},
            "listen": {"s2s": [f"0.0.0.0:{S2S_PORT}"], "nodes": [f"0.0.0.0:{NODES_PORT}"],
                       "metrics": f"0.0.0.0:{METRICS_PORT}"},
            "federation": {},
            "dns": {"servers": [f"{nameserver}:53"], "allow_private_addresses": True},
            "log": {"level": "debug"},
        }
        for name, table in config.items():
            self._config[name] = {**self._config.get(name, {}), **table} if isinstance(table, dict) else table
        self.daemon = None

    def start(self):
        """@returns self, once it is ready."""
        assert PROGRAM.exists(), f"{PROGRAM} is missing: build it first (./dev build), or set FEDHUB"
        self._directory.mkdir(parents=True)
        file = self._directory / "fedhub.toml"
        file.write_text(to_toml(self._config))
        self.daemon = Daemon("fedhub", self.host, [PROGRAM, "--config", file], self._directory / "fedhub.log",
                             env=sanitizers.environment(), cwd=self._directory)
        line = self.daemon.wait_for_log(r"^ready .*$").group()
        self.listeners = dict(word.split("=", 1) for word in line.split()[1:])
        return self

    def stop(self):
        """Sends SIGTERM. The hub must drain and end with status 0, without a sanitizer's report."""
        status = self.daemon.stop(within=15)
        sanitizers.check_no_report(self.daemon.log_text())
        assert status == 0, f"the hub ended with status {status}\n{self.daemon.log_tail()}"

    def log_text(self):
        return self.daemon.log_text()

    def metrics(self):
        with self.host.entered():
            with urllib.request.urlopen(f"http://127.0.0.1:{METRICS_PORT}/metrics", timeout=5) as response:
                return Metrics(response.read().decode())
