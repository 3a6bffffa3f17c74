"""The base of all real servers."""

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
    OPTIONAL = "optional"  # offers STARTTLS, and uses it if offered
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
    """Features on streams with other servers, beyond STARTTLS and dialback."""
    ca_file: Path = None  # authorities whose certificates prove a domain; None: those of Debian's ca-certificates
    direct_tls: bool = False  # listens on DIRECT_TLS_PORT; _xmpps-server records are used in any case
    bidi: bool = False  # XEP-0288
    stream_management: bool = False  # XEP-0198


def library(pattern, root=Path("/")):
    """@returns the one path that matches below usr/lib/<architecture>. Raises AssertionError if there is none."""
    found = sorted((root / "usr/lib").glob(f"*/{pattern}"))
    assert found, f"{root}/usr/lib/*/{pattern} is missing: is the server's package installed?"
    return found[0]


def backported(path):
    """@returns the file at this path in the unpacked backports."""
    found = BACKPORTS / path
    assert found.exists(), f"{found} is missing: ./dev test interop fetches it"
    return found


def _ascii(domain):
    return domain.encode("idna").decode()


class Server:
    """A server for one domain, or for several if it supports `Features`. Each user has an account in every domain.

    A subclass names its program and account, and defines `_configure` and `_launch`.

    @param others a VirtualHost for each domain but the first.
    @param certificate of the first domain, see VirtualHost.
    """

    name = None  # in test ids
    account = None  # the account under which its package runs it
    has_bidi = False  # whether it supports Features.bidi
    has_stream_management = False

    def __init__(self, host, directory, domain, tls, users, *, features=Features(), certificate=None, others=()):
        self.host = host
        self.domain = domain
        self.tls = tls
        self.users = users
        self.features = features
        self.virtual_hosts = [VirtualHost(domain, certificate), *others]
        self.directory = directory / f"{self.name}-{_ascii(domain)}"  # ejabberd opens only ASCII paths
        self.daemons = []

    def start(self):
        """@returns self, once it listens for clients and servers. A later start uses the data of the first one."""
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
        """Gives the directory to the server's account. That account must be able to enter the parent directories."""
        for folder, _, files in os.walk(self.directory):
            for path in (folder, *(os.path.join(folder, file) for file in files)):
                shutil.chown(path, self.account, self.account)

    def authentications(self, since, local, remote):
        """Reads in the server's log how the first stream in each direction between two domains was authenticated.

        @param since the length of `log_text` from which on to read.
        @returns "EXTERNAL" or "dialback" for the keys "in" (the stream that `remote` opened) and "out".
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
