"""A hub as a child process: its configuration, its log line by line, its metrics."""

import collections
import datetime
import re
import subprocess
import threading
import time
import urllib.request

START = 10  # seconds a hub may take to be ready
STOP = 15  # seconds from SIGTERM to its end; the hub itself gives up after `timeouts.drain`, 10
LOG_LINES = 2000  # remembered
PORTS = {"s2s": 5269, "nodes": 7400, "metrics": 9527}  # the standard ones

LINE = re.compile(r"(?P<time>\S+ \S+) (?P<level>\w+) +\[(?P<module>[^]]+)\] (?P<message>.*)")
SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)")


class HubError(Exception):
    """A hub does not run, or did not do what it should have."""


class LogLine:
    """One line of a hub's log."""

    def __init__(self, time, module, message):
        self.time = time  # seconds since the epoch, to a millisecond
        self.module = module
        self.message = message


class Hub:
    """Runs in a folder of its own, on the defaults with the changes of `configuration`."""

    def __init__(self, program, folder, configuration, standard_ports=True):
        """@param configuration text in TOML without a table [listen].
        @param standard_ports to be used as far as they are free.
        """
        self.name = folder.name
        self.file = folder / "fedhub.toml"
        self._configuration = configuration
        self._program = program
        self._lines = collections.deque(maxlen=LOG_LINES)
        self._seen = threading.Condition()
        self._process = None
        self._ports = dict(PORTS) if standard_ports else dict.fromkeys(PORTS, 0)
        self.taken = []  # standard ports that could not be used

    def start(self):
        """Returns once it is ready. A standard port that is taken is replaced by a free one. @throws HubError"""
        self.file.parent.mkdir()
        while listener := self._try_to_start():
            self.taken.append(self._ports[listener])
            self._ports[listener] = 0

    def _try_to_start(self):
        """@returns None if it runs, or the listener whose standard port is taken."""
        self.file.write_text(self._listen() + self._configuration)
        self._lines.clear()
        # A session of its own, so that the terminal's Ctrl-C does not reach it: it is ended in its turn.
        self._process = subprocess.Popen(
            [self._program, "--config", self.file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read_log, args=(self._process.stderr,), daemon=True)
        self._reader.start()
        slow = threading.Timer(START, self._process.kill)
        slow.start()
        self.ready_line = self._process.stdout.readline().strip()
        slow.cancel()
        if self.ready_line.startswith("ready "):
            self.addresses = {key: address(text) for key, text in (x.split("=") for x in self.ready_line.split()[1:])}
            return None
        self.stop()
        for line in self.log():
            taken = re.search(r"listen\.(\w+): .*Address already in use", line.message)
            if taken and self._ports[taken[1]]:
                return taken[1]
        raise HubError(f"{self.name} did not start:\n" + "\n".join(x.message for x in self.log()))

    def _listen(self):
        # On loopback only: a demonstration is not for others to reach.
        return (
            "[listen]\n"
            f's2s = ["127.0.0.1:{self._ports["s2s"]}"]\n'
            f'nodes = ["127.0.0.1:{self._ports["nodes"]}"]\n'
            f'metrics = "127.0.0.1:{self._ports["metrics"]}"\n\n'
        )

    def stop(self):
        """SIGTERM, and patience until it has drained. @returns its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(2)
        self._process.stdout.close()
        self._process.stderr.close()
        return self._process.returncode

    @property
    def running(self):
        return self._process.poll() is None

    # -- the log --------------------------------------------------------------------------------------------

    def _read_log(self, stream):
        for text in stream:
            parts = LINE.match(text)
            if parts:
                when = datetime.datetime.strptime(parts["time"], "%Y-%m-%d %H:%M:%S.%f").timestamp()
                line = LogLine(when, parts["module"], parts["message"])
            else:
                line = LogLine(time.time(), "", text.rstrip())
            with self._seen:
                self._lines.append(line)
                self._seen.notify_all()

    def log(self):
        with self._seen:
            return list(self._lines)

    def wait_for_log(self, module, pattern, within):
        """Waits for a line of `module` whose message matches. @returns (line, match), the first. @throws HubError"""
        found = None

        def look():
            nonlocal found
            for line in self._lines:
                match = line.module == module and re.search(pattern, line.message)
                if match:
                    found = line, match
                    return True
            return False

        with self._seen:
            if not self._seen.wait_for(look, within):
                raise HubError(f"the log of {self.name} has no line of [{module}] like: {pattern}")
        return found

    # -- metrics --------------------------------------------------------------------------------------------

    @property
    def metrics_url(self):
        return "http://%s:%d/metrics" % self.addresses["metrics"]

    def metrics(self):
        """{name: [(labels as text, value)]} of /metrics. @throws HubError"""
        try:
            with urllib.request.urlopen(self.metrics_url, timeout=5) as response:
                text = response.read().decode()
        except OSError as error:
            raise HubError(f"{self.name} gives no metrics: {error}") from None
        samples = collections.defaultdict(list)
        for line in text.splitlines():
            if parts := SAMPLE.match(line):
                samples[parts["name"]].append((parts["labels"] or "", float(parts["value"])))
        return samples


def address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
