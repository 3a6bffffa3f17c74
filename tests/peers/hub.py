"""The hub's program as a child process on loopback."""

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from support import sanitizers

from . import toml
from .api import Api
from .waiting import PATIENCE, eventually

REPOSITORY = Path(__file__).resolve().parents[2]

SECRET = "the hub's own dialback secret"


def program() -> str:
    """Returns the path of the program: the environment's FEDHUB, or the release build."""
    return os.environ.get("FEDHUB") or str(REPOSITORY / "build/release/fedhub")


def default_config(dns) -> dict:
    """Returns the configuration for most tests: short times, any port, loopback."""
    return {
        "hub": {"name": "hub-under-test", "state_dir": "state", "threads": 2},
        "listen": {"s2s": ["127.0.0.1:0"], "nodes": ["127.0.0.1:0"], "metrics": "127.0.0.1:0"},
        "federation": {"security_mode": "tls-optional", "dialback_secret": SECRET},
        "dns": {"servers": [dns.address], "allow_private_addresses": True, "timeout_s": 2, "negative_ttl_s": 1},
        "timeouts": {"connect": 2, "negotiation": 3, "dialback": 3, "queue": 4, "drain": 2},
        "limits": {"log_lines_per_second": 5000},  # all peers of a test have one address
        "log": {"level": "debug"},
    }


def denying(hub, *domains) -> dict:
    """Returns the hub's configuration with these domains denied."""
    return toml.merge(hub.config, {"federation": {"privacy_mode": "deny-list", "deny": list(domains)}})


class Hub:
    """A running hub. Its configuration, state and log are in `directory`."""

    def __init__(self, directory: Path, config: dict):
        self.directory = directory
        self.config = config
        self._spare = iter([domain for node in config.get("node", []) for domain in node["domains"]])
        self.config_file = directory / "fedhub.toml"
        self.log_file = directory / "fedhub.log"
        self.write_config(config)
        self.start()

    def start(self) -> None:
        """Starts the program and waits for its ready line. May be called again after the program has ended."""
        if self.log_file.exists():
            sanitizers.check_no_report(self.log)
        with self.open_log() as log:
            self.process = self.start_program(log)
        self.ready_line = self._read_ready_line()
        self._addresses = {}
        for word in self.ready_line.split()[1:]:
            key, _, address = word.partition("=")
            host, _, port = address.rpartition(":")
            self._addresses.setdefault(key, []).append((host.strip("[]"), int(port)))

    def start_program(self, log) -> subprocess.Popen:
        return subprocess.Popen(
            [program(), "--config", str(self.config_file)],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            env=os.environ | sanitizers.environment(),
        )  # fmt: skip

    def open_log(self):
        """Returns the file that becomes the program's standard error."""
        return open(self.log_file, "wb")

    def _read_ready_line(self) -> str:
        os.set_blocking(self.process.stdout.fileno(), False)
        read = bytearray()

        def line():
            read.extend(self.process.stdout.read() or b"")
            assert self.process.poll() is None, f"the hub ended with {self.process.poll()}:\n{self.log[-3000:]}"
            return b"\n" in read and read

        text = bytes(eventually(line, what="the ready line")).decode()
        assert text.startswith("ready "), text
        return text.splitlines()[0]

    # -- addresses ------------------------------------------------------------------------------------------

    def spare_domain(self) -> str:
        """Returns a domain of the nodes that no test has got yet, so that tests can share a hub."""
        return next(self._spare)

    @property
    def api(self) -> Api:
        return Api(self.directory / self.config["hub"]["state_dir"] / "admin.sock")

    @property
    def s2s(self):
        return self._addresses["s2s"][0]

    @property
    def nodes(self):
        return self._addresses["nodes"][0]

    def addresses(self, key: str) -> list:
        return self._addresses[key]

    # -- configuration, signals -----------------------------------------------------------------------------

    def write_config(self, config: dict) -> None:
        self.config_file.write_text(toml.dump(config))

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def reload(self, config: dict, outcome: str = "applied") -> None:
        """Writes `config`, sends SIGHUP and waits until the hub has counted the reload as "applied" or "rejected".

        The hub watches its files too, so a reading that began before `config` was written may be counted first. So this
        asks twice: the second count belongs to a reading of `config`.
        """
        self.write_config(config)
        for _ in range(2):
            before = self.metric("fedhub_config_reloads_total", result=outcome)
            self.signal(signal.SIGHUP)
            eventually(
                lambda: self.metric("fedhub_config_reloads_total", result=outcome) > before,
                what=f"a reload counted as {outcome}",
            )

    def wait(self, within: float = PATIENCE) -> int:
        return self.process.wait(within)

    def stop(self, codes=(0,)) -> None:
        """Sends SIGTERM. The hub must end with one of `codes`, without an internal error or a sanitizer's report."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(self.config.get("timeouts", {}).get("drain", 10) + PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the hub did not end after SIGTERM:\n{self.log[-3000:]}") from None
        finally:
            self.process.stdout.close()
        sanitizers.check_no_report(self.log)
        assert code in codes, f"the hub ended with {code}:\n{self.log[-3000:]}"
        internal = [line for line in self.log.splitlines() if re.search(r"\binternal\b", line)]
        assert not internal, internal

    # -- log and metrics ------------------------------------------------------------------------------------

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def wait_for_log(self, pattern: str, within: float = PATIENCE) -> re.Match:
        return eventually(lambda: re.search(pattern, self.log), within, f"a log line like {pattern!r}")

    def get(self, path: str):
        """Returns (status, body) of the metrics listener's answer."""
        host, port = self._addresses["metrics"][0]
        try:
            with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self) -> dict:
        """Returns /metrics as {(name, frozenset of labels): value}."""
        return parse_metrics(self.get("/metrics")[1])

    def metric(self, name: str, **labels) -> float:
        """Returns the sum over all series of this name that have these labels; 0 if there is none."""
        return total(self.metrics(), name, **labels)

    def resident_bytes(self) -> int:
        """Returns the resident memory (VmRSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def cpu_seconds(self) -> float:
        """Returns the processor time of all its threads so far, in steps of 0.01 s."""
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def sanitized(self) -> bool:
        """Returns whether the program was built with a sanitizer."""
        return "san.so" in Path(f"/proc/{self.process.pid}/maps").read_text()

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    # -- stanzas --------------------------------------------------------------------------------------------

    def accounts(self) -> dict:
        """Returns the total numbers of stanzas accepted, delivered, bounced, dropped and queued."""
        metrics = self.metrics()
        counts = {
            word: total(metrics, f"fedhub_stanzas_{word}_total")
            for word in ("accepted", "delivered", "bounced", "dropped")
        }
        return counts | {"queued": total(metrics, "fedhub_stanzas_queued")}

    def balanced_accounts(self, accepted: float, within: float = PATIENCE) -> dict:
        """Waits until `accepted` stanzas were accepted, none is queued, and the sum is right. Returns the accounts."""

        def balanced():
            seen = self.accounts()
            assert seen["accepted"] == accepted and seen["queued"] == 0, seen
            assert seen["accepted"] == seen["delivered"] + seen["bounced"] + seen["dropped"], seen
            return seen

        return eventually(balanced, within, "balanced accounts")


_SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse_metrics(text: str) -> dict:
    samples = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = _SAMPLE.match(line).groups()
            samples[name, frozenset(_LABEL.findall(labels or ""))] = float(value)
    return samples


def total(samples: dict, name: str, **labels) -> float:
    wanted = set(labels.items())
    return sum(value for (sample, having), value in samples.items() if sample == name and wanted <= having)
