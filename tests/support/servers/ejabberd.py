"""ejabberd.

It runs without Erlang's distribution, so it needs no epmd and no unique node name. Its own code registers the users in
the same virtual machine.
"""

import re
from pathlib import Path

from ..process import Daemon
from .base import BACKPORTS, CLIENT_PORT, DIRECT_TLS_PORT, S2S_PORT, Server, Tls, backported, library

STARTTLS = {Tls.NONE: "false", Tls.OPTIONAL: "optional", Tls.REQUIRED: "required"}

CONFIGURATION = """
hosts: [{domains}]
loglevel: info
log_rotate_count: 0
certfiles: [{certificates}]
{authorities}
acme: {{auto: false}}
auth_method: internal
auth_password_format: plain
s2s_use_starttls: {starttls}
s2s_access: all
s2s_max_retry_delay: 1
outgoing_s2s_families: [ipv4]
listen:
  - {{port: {client_port}, ip: "0.0.0.0", module: ejabberd_c2s, access: all, shaper: none}}
  - {{port: {s2s_port}, ip: "0.0.0.0", module: ejabberd_s2s_in, shaper: none}}
{direct_tls_listener}
modules:
  mod_disco: {{}}
  mod_last: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_vcard: {{search: false}}
{bidi}
"""

DIRECT_TLS_LISTENER = (f'  - {{port: {DIRECT_TLS_PORT}, ip: "0.0.0.0", module: ejabberd_s2s_in, shaper: none, '
                       "tls: true}")


class Ejabberd(Server):
    name = "ejabberd"
    account = "ejabberd"

    def _configure(self):
        ca_file = self._ca_file()
        (self.directory / "ejabberd.yml").write_text(CONFIGURATION.format(
            client_port=CLIENT_PORT, s2s_port=S2S_PORT, starttls=STARTTLS[self.tls],
            domains=", ".join(f'"{virtual_host.domain}"' for virtual_host in self.virtual_hosts),
            certificates=", ".join(f'"{self._certificate_of(virtual_host)}"' for virtual_host in self.virtual_hosts),
            authorities=f's2s_cafile: "{ca_file}"' if ca_file else "",
            direct_tls_listener=DIRECT_TLS_LISTENER if self.features.direct_tls else "",
            bidi="  mod_s2s_bidi: {}" if self.features.bidi else ""))
        (self.directory / "inetrc").write_text('{lookup,["file","native"]}.\n{file, resolv, "/etc/resolv.conf"}.\n')

    def authentications(self, since, local, remote):
        found = {}
        for direction, mechanism, initiating, receiving in re.findall(
                r"Accepted (in|out)bound s2s (\S+) authentication (\S+) -> (\S+)", self.log_text()[since:]):
            if (initiating, receiving) == ((remote, local) if direction == "in" else (local, remote)):
                found.setdefault(direction, mechanism)
        return found

    def _launch(self):
        users = "".join(
            f'ejabberd_auth:try_register(<<"{user.name}">>, <<"{virtual_host.domain}"/utf8>>, <<"{user.password}">>), '
            for virtual_host in self.virtual_hosts for user in self.users)
        mounts, libraries = self._libraries()
        self.daemons.append(Daemon(
            f"{self.name}-{self.domain}", self.host,
            ["erl", "-noinput", "-mnesia", "dir", f'"{self.directory}/spool"', "-s", "ejabberd", "-eval",
             users + 'io:format("users are registered~n").'],
            self.directory.parent / f"{self.directory.name}.log", user=self.account, cwd=self.directory, mounts=mounts,
            env={"HOME": self.directory, "ERL_LIBS": ":".join(map(str, libraries)),
                 "EJABBERD_CONFIG_PATH": self.directory / "ejabberd.yml",
                 "EJABBERD_LOG_PATH": self.directory / "ejabberd.log", "ERL_INETRC": self.directory / "inetrc",
                 "ERL_CRASH_DUMP": self.directory / "crash.dump"}))
        self.daemons[-1].wait_for_log("^users are registered", within=40)

    def _libraries(self):
        """@returns the mounts, and the folders of Erlang applications that go before Debian's own."""
        return [], [library("ejabberd-*").parent]


class NewerEjabberd(Ejabberd):
    """The ejabberd of the backports, mounted at a path that its account can read."""
    name = "ejabberd-24"
    has_bidi = True

    def _libraries(self):
        mounted = Path("/mnt")
        own = library("ejabberd-*", BACKPORTS).parent.relative_to(BACKPORTS)
        return [(backported("."), mounted)], [mounted / own, mounted / "usr/lib/erlang/lib"]
