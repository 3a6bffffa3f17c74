"""What systemd does for a service: it passes listening sockets (sd_listen_fds(3)), and receives reports (sd_notify(3))."""

import os
import re
import socket
import subprocess
import sys
import threading

from support import sanitizers

from .hub import Hub, program
from .waiting import PATIENCE, eventually

# Moves the descriptors to the places that systemd uses: first to high numbers, since a socket's number may be the one
# that another socket has to get.
LAUNCHER = """
import fcntl, os, sys
given = [int(fd) for fd in sys.argv[1].split()]
high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in given]
for fd in given:
    os.close(fd)
for place, fd in enumerate(high, 3):
    os.dup2(fd, place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
"""


def start_with_sockets(arguments, sockets, names, environment=None, **how) -> subprocess.Popen:
    """Starts a program with these sockets. `names`: of the units that would have passed them."""
    fds = [sock.fileno() for sock in sockets]
    environment = dict(os.environ if environment is None else environment)
    environment |= {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(names)}
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, " ".join(map(str, fds)), *arguments], pass_fds=fds, env=environment, **how
    )


class ManagedHub(Hub):
    """A hub that gets `sockets` at each start, and reports to `notices` if that is given."""

    def __init__(self, directory, config, sockets=(), notices=None, watchdog=None):
        self.sockets, self.notices, self.watchdog = list(sockets), notices, watchdog
        super().__init__(directory, config)

    def start_program(self, log) -> subprocess.Popen:
        environment = os.environ | sanitizers.environment()
        if self.notices:
            environment["NOTIFY_SOCKET"] = self.notices.name
        if self.watchdog:
            environment["WATCHDOG_USEC"] = str(int(self.watchdog * 1_000_000))
        names = [f"unit-{number}.socket" for number in range(len(self.sockets))]
        return start_with_sockets(
            [program(), "--config", str(self.config_file)], self.sockets, names, environment,
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip


class Notices:
    """The socket that a service reports to. `all` has each report as a dict, in the order received."""

    def __init__(self, path=None):
        """`path`: of the socket; without one its name is abstract."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path) if path else "")
        bound = self._socket.getsockname()
        self.name = bound if isinstance(bound, str) else "@" + bound[1:].decode()
        self.all = []
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self):
        while report := self._socket.recv(4096):
            self.all.append(dict(line.split("=", 1) for line in report.decode().split("\n")))

    def wait_for(self, field, value="1", since=0, within=PATIENCE) -> int:
        """Waits for a report with a field whose value matches a pattern. Returns the number of the next report."""

        def found():
            for number, report in enumerate(self.all[since:], since + 1):
                if re.search(value, report.get(field, "")):
                    return number
            return None

        return eventually(found, within, f"{field}={value} in {self.all[since:]}")

    def count(self, field) -> int:
        """Returns how many reports have this field."""
        return sum(field in report for report in self.all)

    def close(self):
        """Ends the thread by an empty report."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join(PATIENCE)
        self._socket.close()
