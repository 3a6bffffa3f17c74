"""Prosody."""

import re
from encodings.idna import nameprep

from ..process import Daemon
from .base import CLIENT_PORT, DIRECT_TLS_PORT, S2S_PORT, Server, Tls, backported

CONFIGURATION = """
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
plugin_paths = {{}}
modules_enabled = {{ {enabled} }}
modules_disabled = {{ {disabled} }}
log = {{ {{ levels = {{ min = "debug" }}, to = "console" }} }}
authentication = "internal_plain"
storage = "internal"
c2s_ports = {{ {client_port} }}
s2s_ports = {{ {s2s_port} }}
s2s_direct_tls_ports = {{ {direct_tls_ports} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
s2s_require_encryption = {required}
s2s_secure_auth = false
ssl = {{ {authorities} }}
certificates = "{directory}"
"""

VIRTUAL_HOST = """
VirtualHost "{domain}"
  {certificate}
"""


class Prosody(Server):
    name = "prosody"
    account = "prosody"
    has_bidi = True
    has_stream_management = True

    def _configure(self):
        secured = self.tls is not Tls.NONE
        enabled = ["roster", "saslauth", "disco", "ping", "dialback", "vcard"]
        for module, on in (("tls", secured), ("s2s_bidi", self.features.bidi),
                           ("smacks", self.features.stream_management)):
            enabled += [module] * on
        ca_file = self._ca_file()
        text = CONFIGURATION.format(
            directory=self.directory, client_port=CLIENT_PORT, s2s_port=S2S_PORT,
            direct_tls_ports=DIRECT_TLS_PORT if self.features.direct_tls else "",
            enabled=", ".join(f'"{module}"' for module in enabled), disabled="" if secured else '"tls"',
            authorities=f'cafile = "{ca_file}"' if ca_file else "", required=str(self.tls is Tls.REQUIRED).lower())
        for virtual_host in self.virtual_hosts:
            text += VIRTUAL_HOST.format(
                domain=virtual_host.domain,
                certificate=f'certificate = "{self._certificate_of(virtual_host)}"' if secured else "")
            self._make_accounts(virtual_host.domain)
        (self.directory / "prosody.cfg.lua").write_text(text)

    def _make_accounts(self, domain):
        accounts = self.directory / "data" / self._encoded(nameprep(domain)) / "accounts"
        accounts.mkdir(parents=True)
        for user in self.users:
            account = accounts / f"{self._encoded(user.name)}.dat"
            account.write_text(f'return {{ ["password"] = "{user.password}"; }};\n')

    @staticmethod
    def _encoded(name):
        """@returns a name as Prosody's file storage writes it: octets other than letters and digits as %xx."""
        return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{o:02x}" for o in c.encode()) for c in name)

    def authentications(self, since, local, remote):
        log = self.log_text()[since:]
        lines = {"in": (f"Incoming s2s connection {remote}->{local} complete",
                        f"Accepting SASL EXTERNAL identity from {remote}"),
                 "out": (f"Outgoing s2s connection {local}->{remote} complete",
                         f"SASL EXTERNAL with {remote} succeeded")}
        return {direction: "EXTERNAL" if re.search(rf"^{local}:saslauth\s.*\t{external}$", log, re.M) else "dialback"
                for direction, (complete, external) in lines.items() if complete in log}

    def _launch(self):
        self.daemons.append(Daemon(f"{self.name}-{self.domain}", self.host,
                                   ["prosody", "-F", "--config", self.directory / "prosody.cfg.lua"],
                                   self.directory.parent / f"{self.directory.name}.log", user=self.account,
                                   cwd=self.directory, mounts=self._mounts()))

    def _mounts(self):
        return []


class NewerProsody(Prosody):
    """The Prosody of the backports, mounted in place of Debian 12's, where its program looks for its modules."""
    name = "prosody-13"

    def _mounts(self):
        return [(backported(path), f"/{path}") for path in ("usr/bin/prosody", "usr/lib/prosody")]
