"""The compared systems. Each is started with its templates in bench/peers, watched, and stopped."""

import os
import shutil
import string
from pathlib import Path

from support.certificates import CLIENT_AUTH, SERVER_AUTH, Authority, write_self_signed
from support.process import Daemon
from support.servers.base import library

from .world import DNS_ADDRESS

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATES = REPOSITORY / "bench" / "peers"

DOMAIN = "node.load.example"
SECRET = "the component's secret"
REMOTE_DOMAINS = ("load.example", "*.load.example")
S2S_PORT = 5269
COMPONENT_PORT = 5347
SINK_PORT = 15347
START_S = 40
STOP_S = 1  # then it is killed, since no run needs data of an earlier one

# The limit for fedhub's memory in `mixed`, in octets.
FEDHUB_MEMORY = 256 * 1024 * 1024


class System:
    """One system, plain or with TLS on its streams with remote domains.

    A subclass defines its names, its templates, the account of its package, and `_launch`.
    """

    name = None  # in options and results
    title = None  # in tables
    account = None  # None: the caller's
    templates = ()
    pipe = False  # moves octets and knows nothing of XMPP
    # Outstanding stanzas per stream in saturating scenarios; None: the generator's default. For the servers it is
    # smaller, since the default is some seconds of their throughput, which they would only hoard.
    window = None

    def __init__(self, host, directory, tls, programs):
        """@param programs paths of fedhub and fedhub-load, by name."""
        self.host = host
        self.tls = tls
        self.directory = directory / f"{self.name}-{'tls' if tls else 'plain'}"
        self.remote_certificate = directory / "remote.pem"  # of all remote domains; fedhub-load shows it
        self._programs = programs
        self._daemons = []

    def start(self):
        """@returns self, once the system listens for streams and components. Raises AssertionError with its log."""
        self.directory.mkdir()
        certificate = write_self_signed(self.directory / "certificate.pem", DOMAIN, "server.load.example")
        authority = Authority()
        (self.directory / "authority.pem").write_bytes(authority.certificate)
        self.remote_certificate.write_bytes(authority.issue(*REMOTE_DOMAINS, purposes=(SERVER_AUTH, CLIENT_AUTH)))
        values = {
            "directory": self.directory, "certificate": certificate,
            "authority": self.directory / "authority.pem", "domain": DOMAIN, "secret": SECRET,
            "s2s_port": S2S_PORT, "component_port": COMPONENT_PORT, "dns": f"{DNS_ADDRESS}:53",
            "dns_as_tuple": DNS_ADDRESS.replace(".", ","), "cores": os.cpu_count(), **self._values(certificate)}
        for template in self.templates:
            text = string.Template((TEMPLATES / template).read_text()).substitute(values)
            (self.directory / template).write_text(text)
        if self.account is not None:
            for path in (self.directory, *self.directory.rglob("*")):
                shutil.chown(path, self.account, self.account)
        self._launch()
        self._daemons[-1].wait_for_ports(*([S2S_PORT] if self.pipe else [S2S_PORT, COMPONENT_PORT]), within=START_S)
        return self

    def stop(self):
        for daemon in reversed(self._daemons):
            daemon.stop(within=STOP_S)
        self._daemons.clear()

    def pids(self):
        """@returns the ids of all its processes, helpers included."""
        found = [daemon.pid for daemon in self._daemons]
        for pid in found:  # the list grows during the loop
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def failure(self):
        """@returns the last log lines of processes that have ended by themselves, or None while all run."""
        ended = [daemon for daemon in self._daemons if daemon.poll() is not None]
        return "; ".join(f"{daemon.name} ended with status {daemon.poll()}: {daemon.log_tail(1)}"
                         for daemon in ended) or None

    def target(self):
        """@returns the options of fedhub-load with the system's addresses."""
        if self.pipe:
            options = ["--pipe", f"127.0.0.1:{S2S_PORT}", "--sink", f"127.0.0.1:{SINK_PORT}"]
        else:
            options = ["--s2s", f"127.0.0.1:{S2S_PORT}", "--component", f"127.0.0.1:{COMPONENT_PORT}",
                       "--secret", SECRET, "--domain", DOMAIN, "--dns", f"{DNS_ADDRESS}:53"]
        return options + (["--tls"] if self.tls else [])

    def _values(self, certificate):
        """@returns the values of placeholders that only this system's templates have."""
        del certificate
        return {}

    def _launch(self):
        raise NotImplementedError

    def _run(self, argv, part=None, env=None):
        name = f"{self.name}-{part}" if part else self.name
        self._daemons.append(Daemon(name, self.host, argv, self.directory.parent / f"{self.directory.name}-{name}.log",
                                    user=self.account, env=env, cwd=self.directory))
        return self._daemons[-1]


class Fedhub(System):
    name = "fedhub"
    title = "fedhub"
    templates = ("fedhub.toml",)
    program = "fedhub"

    def _values(self, certificate):
        return {"security_mode": "tls-required" if self.tls else "no-tls", "memory_bytes": FEDHUB_MEMORY}

    def _launch(self):
        self._run([self._programs[self.program], "--config", self.directory / "fedhub.toml"])


class Haproxy(System):
    name = "haproxy"
    title = "HAProxy"
    templates = ("haproxy.cfg",)
    pipe = True

    def _values(self, certificate):
        return {"bind_options": f"ssl crt {certificate}" if self.tls else "", "sink_port": SINK_PORT, "threads": 1}

    def _launch(self):
        self._run(["/usr/sbin/haproxy", "-db", "-f", self.directory / "haproxy.cfg"])


class Prosody(System):
    name = "prosody"
    title = "Prosody"
    account = "prosody"
    templates = ("prosody.cfg.lua",)
    window = 256

    def _values(self, certificate):
        return {"tls": "true" if self.tls else "false"}

    def _launch(self):
        (self.directory / "data").mkdir()
        shutil.chown(self.directory / "data", self.account, self.account)
        self._run(["prosody", "-F", "--config", self.directory / "prosody.cfg.lua"])


class Ejabberd(System):
    name = "ejabberd"
    title = "ejabberd"
    account = "ejabberd"
    templates = ("ejabberd.yml", "ejabberd.vm.args", "ejabberd.inetrc")
    window = 256

    def _values(self, certificate):
        return {"starttls": "required" if self.tls else "false",
                "certfiles": f'certfiles: ["{certificate}"]' if self.tls else ""}

    def _launch(self):
        # Without Erlang's distribution, so that no epmd process is left.
        self._run(["erl", "-noinput", "-args_file", self.directory / "ejabberd.vm.args", "-mnesia", "dir",
                   f'"{self.directory}/spool"', "-s", "ejabberd"],
                  env={"HOME": self.directory, "ERL_LIBS": library("ejabberd-*").parent,
                       "EJABBERD_CONFIG_PATH": self.directory / "ejabberd.yml",
                       "EJABBERD_LOG_PATH": self.directory / "ejabberd.log",
                       "ERL_INETRC": self.directory / "ejabberd.inetrc", "ERL_CRASH_DUMP_BYTES": "0"})


class Jabberd2(System):
    """The router and the connector for servers. The session manager and the client connector are not used."""

    name = "jabberd2"
    title = "jabberd2"
    account = "jabber"
    templates = ("jabberd2-router.xml", "jabberd2-router-users.xml", "jabberd2-s2s.xml")
    window = 256

    def _values(self, certificate):
        return {"require_tls": "<require_tls/>" if self.tls else ""}

    def _launch(self):
        router = self._run(["jabberd2-router", "-c", self.directory / "jabberd2-router.xml"], "router")
        router.wait_for_ports(COMPONENT_PORT)
        self._run(["jabberd2-s2s", "-c", self.directory / "jabberd2-s2s.xml"], "s2s")


class Before(Fedhub):
    """An earlier build of fedhub."""

    name = "before"
    title = "fedhub before"
    program = "before"


class BeforeAgain(Before):
    """The same program a second time. The difference between both is caused by the machine."""

    name = "before-again"
    title = "fedhub before, again"


ALL = (Fedhub, Haproxy, Prosody, Ejabberd, Jabberd2)
EARLIER = (Before, BeforeAgain)
BY_NAME = {system.name: system for system in ALL + EARLIER}


def is_fedhub(name):
    """@returns whether it is a build of fedhub."""
    return issubclass(BY_NAME[name], Fedhub)


SERVERS = tuple(system.name for system in (Prosody, Ejabberd, Jabberd2))
