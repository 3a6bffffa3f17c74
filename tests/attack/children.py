"""The test's end of the conversation with its child processes: the pair, the control process, the attackers."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

from peers.waiting import Deadline

TESTS = Path(__file__).resolve().parents[1]

START_WITHIN_S = 30.0


class Child:
    """Runs a module of this package in a process. Passes on the listeners that it reports to the DNS server."""

    def __init__(self, module: str, dns, log_file: Path, arguments: dict, low_weight=None):
        """@param low_weight the child's share of the processors from `go` on (low_weight.py). None: the usual one."""
        self._module, self._dns, self._log_file = module, dns, log_file
        with open(log_file, "wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"attack.{module}"],
                cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._reported = queue.Queue()
        self._saying = threading.Lock()
        self._low_weight = low_weight
        self._say(json.dumps(arguments))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            reported = json.loads(line)
            if "listen" in reported:
                self._dns.add_server(**reported["listen"])
                self._say("listed")
            else:
                self._reported.put(reported)
        self._reported.put(None)

    def _say(self, line: str) -> None:
        try:
            with self._saying:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"{self._module} has ended:\n{self.log}") from None

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")[-3000:]

    def expect(self, word: str, within: float = START_WITHIN_S):
        """Returns the child's next value, which must have this name."""
        try:
            reported = self._reported.get(timeout=Deadline(within).left())
        except queue.Empty:
            raise AssertionError(f"{self._module} did not report {word!r} within {within} s:\n{self.log}") from None
        assert reported and word in reported, f"{self._module} reported {reported} in place of {word!r}:\n{self.log}"
        return reported[word]

    def go(self) -> None:
        if self._low_weight:
            self._low_weight.add(self._process.pid)
        self._say("go")

    def stop(self) -> None:
        self._say("stop")

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
