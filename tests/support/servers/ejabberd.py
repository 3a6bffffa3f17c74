"""ejabberd.

It is started without Erlang's distribution: no epmd, no node name to be unique, and the users are made by its own
code in the same virtual machine instead of a second one.
"""

from ..certificates import write_self_signed
from ..process import Daemon
from .base import CLIENT_PORT, S2S_PORT, Server, Tls, library

STARTTLS = {Tls.NONE: "false", Tls.OPTIONAL: "optional", Tls.REQUIRED: "required"}

CONFIGURATION = """
hosts: ["{domain}"]
loglevel: info
log_rotate_count: 0
{certificates}
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
modules:
  mod_disco: {{}}
  mod_last: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_vcard: {{search: false}}
"""


class Ejabberd(Server):
    name = "ejabberd"
    account = "ejabberd"

    def _configure(self):
        pem = write_self_signed(self.directory / "certificate.pem", self.domain)
        (self.directory / "ejabberd.yml").write_text(CONFIGURATION.format(
            directory=self.directory, domain=self.domain, client_port=CLIENT_PORT, s2s_port=S2S_PORT,
            certificates=f'certfiles: ["{pem}"]', starttls=STARTTLS[self.tls]))
        (self.directory / "inetrc").write_text('{lookup,["file","native"]}.\n{file, resolv, "/etc/resolv.conf"}.\n')

    def _launch(self):
        users = "".join(f'ejabberd_auth:try_register(<<"{user.name}">>, <<"{self.domain}">>, <<"{user.password}">>), '
                        for user in self.users)
        self.daemons.append(Daemon(
            f"{self.name}-{self.domain}", self.host,
            ["erl", "-noinput", "-mnesia", "dir", f'"{self.directory}/spool"', "-s", "ejabberd", "-eval",
             users + 'io:format("users are registered~n").'],
            self.directory.parent / f"{self.directory.name}.log", user=self.account, cwd=self.directory,
            env={"HOME": self.directory, "ERL_LIBS": library("ejabberd-*").parent,
                 "EJABBERD_CONFIG_PATH": self.directory / "ejabberd.yml",
                 "EJABBERD_LOG_PATH": self.directory / "ejabberd.log", "ERL_INETRC": self.directory / "inetrc",
                 "ERL_CRASH_DUMP": self.directory / "crash.dump"}))
        self.daemons[-1].wait_for_log("^users are registered", within=40)
