"""What the real servers have in common."""

import enum
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..certificates import write_self_signed

CLIENT_PORT = 5222
S2S_PORT = 5269
DIRECT_TLS_PORT = 5270

BACKPORTS = Path(__file__).resolve().parents[3] / "build" / "backports" / "root"  # `./dev test interop` fills it


class Tls(enum.Enum):
    """The server's policy for its server-to-server streams."""
    NONE = "none"  # neither offers nor uses STARTTLS
    OPTIONAL = "optional"  # offers it and uses it if offered
    REQUIRED = "required"


@dataclass(frozen=True)
class User:
    name: str
    password: str


@dataclass(frozen=True)
class VirtualHost:
    """One domain of a server. @param certificate a PEM file of chain and key; None: a self-signed one is made."""
    domain: str
    certificate: Path = None


@dataclass(frozen=True)
class Features:
    """What a server does on its streams with other servers beyond STARTTLS and dialback."""
    ca_file: Path = None  # certificates by these authorities prove a domain; None: those of Debian's ca-certificates
    direct_tls: bool = False  # listens on DIRECT_TLS_PORT; it dials out by _xmpps-server without being told
    bidi: bool = False  # XEP-0288
    stream_management: bool = False  # XEP-0198


def library(pattern, root=Path("/")):
    """@returns the one path that matches below usr/lib/<architecture>. Raises AssertionError if there is none."""
    found = sorted((root / "usr/lib").glob(f"*/{pattern}"))
    assert found, f"{root}/usr/lib/*/{pattern} is missing: is the server's package installed?"
    return found[0]


def backported(path):
    """@returns what stands at this path in the unpacked backports."""
    found = BACKPORTS / path
    assert found.exists(), f"{found} is missing: ./dev test interop fetches it"
    return found


def _ascii(domain):
    return domain.encode("idna").decode()


class Server:
    """One server for one domain, or for more if it knows `Features`; each user has an account in every domain.

    A subclass names its program and account, and defines `_configure` and `_launch`.

    @param others a VirtualHost for each domain but the first.
    @param certificate of the first domain, see VirtualHost.
    """

    name = None  # as in test ids
    account = None  # what its package runs it as
    has_bidi = False  # whether it can be told to, see Features
    has_stream_management = False

    def __init__(self, host, directory, domain, tls, users, *, features=Features(), certificate=None, others=()):
        self.host = host
        self.domain = domain
        self.tls = tls
        self.users = users
        self.features = features
        self.virtual_hosts = [VirtualHost(domain, certificate), *others]
        self.directory = directory / f"{self.name}-{_ascii(domain)}"  # ejabberd opens no other paths
        self.daemons = []

    def start(self):
        """@returns self, once it listens for clients and servers. A later start finds the data of the first one."""
        if not self.directory.exists():
            self.directory.mkdir(parents=True)
            self._configure()
            self._hand_over()
        self._launch()
        self.daemons[-1].wait_for_ports(CLIENT_PORT, S2S_PORT, *[DIRECT_TLS_PORT] * self.features.direct_tls, within=40)
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

    def authentications(self, since, local, remote):
        """By what the streams between two domains were authenticated, by the server's log.

        @param since the length that `log_text` had when it began.
        @returns "EXTERNAL" or "dialback" by "in", for streams that `remote` opened, and "out"; the first of each.
        """
        raise NotImplementedError

    def _certificate_of(self, virtual_host):
        """@returns a PEM file of chain and key in the server's own directory, whose account must be able to read it."""
        file = self.directory / f"{_ascii(virtual_host.domain)}.pem"
        if virtual_host.certificate is None:
            return write_self_signed(file, virtual_host.domain)
        return Path(shutil.copy(virtual_host.certificate, file))

    def _ca_file(self):
        """@returns a copy of the authorities' file in the server's own directory; None if there is none."""
        ca_file = self.features.ca_file
        return Path(shutil.copy(ca_file, self.directory / "authorities.pem")) if ca_file else None

    def _configure(self):
        raise NotImplementedError

    def _launch(self):
        raise NotImplementedError
