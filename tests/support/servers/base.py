"""What the real servers have in common."""

import enum
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

CLIENT_PORT = 5222
S2S_PORT = 5269


class Tls(enum.Enum):
    """The server's policy for its server-to-server streams."""
    NONE = "none"  # neither offers nor uses STARTTLS
    OPTIONAL = "optional"  # offers it and uses it if offered
    REQUIRED = "required"


@dataclass(frozen=True)
class User:
    name: str
    password: str


def library(pattern):
    """@returns the one path that matches below /usr/lib/<architecture>. Raises AssertionError if there is none."""
    found = sorted(Path("/usr/lib").glob(f"*/{pattern}"))
    assert found, f"/usr/lib/*/{pattern} is missing: is the server's package installed?"
    return found[0]


class Server:
    """One server for one domain; dialback authenticates it, its certificate is self-signed.

    A subclass names its program and account, and defines `_configure` and `_launch`.
    """

    name = None  # as in test ids
    account = None  # what its package runs it as

    def __init__(self, host, directory, domain, tls, users):
        self.host = host
        self.domain = domain
        self.tls = tls
        self.users = users
        self.directory = directory / f"{self.name}-{domain}"
        self.daemons = []

    def start(self):
        """@returns self, once it listens for clients and servers. A later start finds the data of the first one."""
        if not self.directory.exists():
            self.directory.mkdir(parents=True)
            self._configure()
            self._hand_over()
        self._launch()
        self.daemons[-1].wait_for_ports(CLIENT_PORT, S2S_PORT, within=40)
        return self

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
        self.daemons.clear()

    def log_text(self):
        return "\n".join(daemon.log_text() for daemon in self.daemons)

    def _hand_over(self):
        """Gives the directory to the server's account. Its parents must be open to that account."""
        for folder, _, files in os.walk(self.directory):
            for path in (folder, *(os.path.join(folder, file) for file in files)):
                shutil.chown(path, self.account, self.account)

    def _configure(self):
        raise NotImplementedError

    def _launch(self):
        raise NotImplementedError
