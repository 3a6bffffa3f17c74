"""Debian's Prometheus on loopback."""

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """A Prometheus with this configuration. Its files and data are in `directory`."""

    def __init__(self, directory, configuration):
        (directory / "prometheus.yml").write_text(configuration)
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        self._log = directory / "prometheus.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def get(self, path, **parameters):
        """@returns the data of an API answer. Raises AssertionError as long as there is none."""
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}",
                                        timeout=30) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        except (urllib.error.URLError, ConnectionError) as error:
            raise AssertionError(str(error)) from error

    def value(self, query):
        """@returns the query's value; None as long as it has no result."""
        result = self.get("query", query=query)["result"]
        return float(result[0]["value"][1]) if result else None

    def stop(self):
        self._process.terminate()
        assert self._process.wait(20) == 0
