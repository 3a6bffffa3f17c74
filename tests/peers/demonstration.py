"""A run of the demonstration that `./dev run` shows."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time

from .hub import REPOSITORY, program


class Demonstration:
    """A run of the demonstration. `read_until` reads its output as it is written."""

    def __init__(self, temporary, *options, hub=None):
        self.temporary = temporary
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, REPOSITORY / "conf/demo/demo.py", "--hub", hub or program(), *options],
            env=os.environ | {"TMPDIR": str(temporary)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def read_until(self, pattern: str, within: float = 30) -> re.Match:
        deadline = time.monotonic() + within
        while not (found := re.search(pattern, self.output)):
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} within {within} s in:\n{self.output}"
            if select.select([self.process.stdout], [], [], left)[0]:
                octets = os.read(self.process.stdout.fileno(), 65536)
                assert octets, f"no {pattern!r} in all of:\n{self.output}"
                self.output += octets.decode()
        return found

    def end(self, within: float = 30) -> int:
        """Reads the rest of the output. @returns the exit code."""
        self.output += self.process.communicate(timeout=within)[0].decode()
        return self.process.returncode

    def hubs(self) -> dict:
        """Returns the hubs that run on this demonstration's files: process ids by the names of their folders."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
                config = re.search(rf"--config\0{self.temporary}/.*/(.*)/fedhub.toml\0", file.read().decode())
                if config:
                    found[config[1]] = int(pid)
        return found

    def assert_nothing_is_left(self) -> None:
        assert not self.hubs(), "hubs are left running"
        assert not os.listdir(self.temporary), "files are left"

    def close(self) -> None:
        """Ends all that still runs after a failure, by force if necessary."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self.process.kill()
                for pid in self.hubs().values():
                    os.kill(pid, signal.SIGKILL)
                self.process.wait()
        self.process.stdout.close()
