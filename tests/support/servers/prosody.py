"""Prosody."""

from ..certificates import write_self_signed
from ..process import Daemon
from .base import CLIENT_PORT, S2S_PORT, Server, Tls

CONFIGURATION = """
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
plugin_paths = {{}}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "dialback", "vcard"{tls_module} }}
modules_disabled = {{ {disabled} }}
log = {{ {{ levels = {{ min = "debug" }}, to = "console" }} }}
authentication = "internal_plain"
storage = "internal"
c2s_ports = {{ {client_port} }}
s2s_ports = {{ {s2s_port} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
s2s_require_encryption = {required}
s2s_secure_auth = false
{ssl}
VirtualHost "{domain}"
"""


class Prosody(Server):
    name = "prosody"
    account = "prosody"

    def _configure(self):
        secured = self.tls is not Tls.NONE
        ssl = ""
        if secured:
            pem = write_self_signed(self.directory / "certificate.pem", self.domain)
            ssl = f'ssl = {{ certificate = "{pem}", key = "{pem}" }}'
        (self.directory / "prosody.cfg.lua").write_text(CONFIGURATION.format(
            directory=self.directory, domain=self.domain, client_port=CLIENT_PORT, s2s_port=S2S_PORT, ssl=ssl,
            tls_module=', "tls"' if secured else "", disabled="" if secured else '"tls"',
            required=str(self.tls is Tls.REQUIRED).lower()))
        accounts = self.directory / "data" / self._encoded(self.domain) / "accounts"
        accounts.mkdir(parents=True)
        for user in self.users:
            account = accounts / f"{self._encoded(user.name)}.dat"
            account.write_text(f'return {{ ["password"] = "{user.password}"; }};\n')

    @staticmethod
    def _encoded(name):
        """A name as Prosody's file storage spells it: octets other than letters and digits as %xx."""
        return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{o:02x}" for o in c.encode()) for c in name)

    def _launch(self):
        self.daemons.append(Daemon(f"{self.name}-{self.domain}", self.host,
                                   ["prosody", "-F", "--config", self.directory / "prosody.cfg.lua"],
                                   self.directory.parent / f"{self.directory.name}.log", user=self.account,
                                   cwd=self.directory))
