"""Daemons under test: they run on a host, are watched through their log, and are always stopped."""

import os
import re
import signal
import subprocess
from pathlib import Path

from .wait import eventually

LOG_TAIL_LINES = 60


def _listening_ports(pid):
    """@returns the TCP ports on which processes in the network namespace of `pid` listen."""
    listen_state = "0A"
    ports = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue  # the process ended meanwhile, or the kernel has no IPv6
        for line in rows:
            local, state = line.split()[1], line.split()[3]
            if state == listen_state:
                ports.add(int(local.rpartition(":")[2], 16))
    return ports


class Daemon:
    """A process in the foreground, with its output in a file.

    @param log file for both its standard output and its standard error.
    @param user account to run as; None: root, like the test.
    @param mounts see `Host.command`.
    """

    known = []  # in order of start: running daemons, and stopped ones whose logs may still be reported

    def __init__(self, name, host, argv, log, user=None, env=None, cwd=None, mounts=()):
        self.name = name
        self.host = host
        self.log = Path(log)
        command, fds = host.command(argv, user, mounts)
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                command, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=cwd,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(env or {})}, start_new_session=True)
        self.pid = self._process.pid
        Daemon.known.append(self)

    def log_text(self):
        return self.log.read_text(errors="replace")

    def log_tail(self, lines=LOG_TAIL_LINES):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def poll(self):
        """@returns the exit status, or None while it runs."""
        return self._process.poll()

    def _alive_and(self, condition, what):
        if self.poll() is not None:
            raise AssertionError(f"{self.name} ended with status {self.poll()} before: {what}\n{self.log_tail()}")
        return condition()

    def wait_for_log(self, pattern, within=20.0):
        """@returns the match of the regular expression in the log."""
        what = f"{pattern!r} in the log of {self.name}"
        expression = re.compile(pattern, re.M)
        return eventually(lambda: self._alive_and(lambda: expression.search(self.log_text()), what), what, within)

    def wait_for_ports(self, *ports, within=20.0):
        what = f"{self.name} listens on {', '.join(map(str, ports))}"
        eventually(lambda: self._alive_and(lambda: set(ports) <= _listening_ports(self.pid), what), what, within)

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        """Sends SIGKILL to the process group, and waits until it has ended."""
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, within=5.0):
        """Sends SIGTERM, and after `within` seconds SIGKILL to the process group.

        @returns the exit status; negative: the signal that ended it.
        """
        if self.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        return status


def forget_stopped_daemons():
    Daemon.known[:] = [daemon for daemon in Daemon.known if daemon.poll() is None]


def logs_of_known_daemons():
    """@returns (title, last lines) of each daemon that runs or was stopped since `forget_stopped_daemons`."""
    return [(f"log of {daemon.name} on {daemon.host.name}", daemon.log_tail()) for daemon in Daemon.known
            if daemon.log.exists()]
