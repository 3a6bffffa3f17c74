"""jabberd2: a router, the session manager, the connector for clients (c2s) and the connector for servers (s2s)."""

import sqlite3

from ..certificates import write_self_signed
from ..process import Daemon
from .base import CLIENT_PORT, S2S_PORT, Server, Tls, library

ROUTER_PORT = 5347

ROUTER_LINK = f"""
  <router>
    <ip>127.0.0.1</ip><port>{ROUTER_PORT}</port><user>jabberd</user><pass>secret</pass>
    <retry><init>20</init><lost>3</lost><sleep>1</sleep></retry>
  </router>
  <log type='stdout'/>"""

ROUTER = """<router>
  <id>router</id>
  <log type='stdout'/>
  <local><ip>127.0.0.1</ip><port>{router_port}</port><users>{directory}/router-users.xml</users></local>
  <io><max_fds>1024</max_fds></io>
  <aci><acl type='all'><user>jabberd</user></acl></aci>
</router>
"""

ROUTER_USERS = "<users><user><name>jabberd</name><secret>secret</secret></user></users>\n"

# The chains of the package's own configuration, without modules that need further tables or files.
SESSION_CHAINS = {
    "sess-end": "iq-last",
    "in-sess": "validate privacy roster iq-vcard iq-ping iq-private disco amp offline presence deliver",
    "in-router": "session validate presence privacy",
    "out-router": "privacy",
    "pkt-sm": "iq-last iq-ping iq-time iq-version amp disco echo presence",
    "pkt-user": "roster presence disco iq-vcard amp deliver offline iq-last",
    "pkt-router": "session disco",
    "user-load": "active roster privacy",
    "user-create": "active",
    "user-delete": "active offline privacy roster iq-last iq-private iq-vcard",
    "disco-extend": "iq-version",
}

SESSION_MANAGER = """<sm>
  <id>sm</id>{router}
  <local><id>{domain}</id></local>
  <storage><path>{modules}</path><driver>fs</driver><fs><path>{directory}/storage</path></fs></storage>
  <modules><path>{modules}</path>{chains}</modules>
  <discovery><identity><category>server</category><type>im</type></identity></discovery>
  <user><auto-create/></user>
</sm>
"""

CLIENTS = """<c2s>
  <id>c2s</id>{router}
  <local><id>{domain}</id><ip>0.0.0.0</ip><port>{client_port}</port></local>
  <io><max_fds>1024</max_fds></io>
  <authreg>
    <path>{modules}</path><module>sqlite</module>
    <mechanisms><sasl><plain/></sasl></mechanisms>
    <sqlite><dbname>{directory}/users.db</dbname><password_type><plaintext/></password_type></sqlite>
  </authreg>
</c2s>
"""

SERVERS = """<s2s>
  <id>s2s</id>{router}
  <local><ip>0.0.0.0</ip><port>{s2s_port}</port>{pemfile}</local>
  <io><max_fds>1024</max_fds></io>
  <check><interval>1</interval><queue>8</queue></check>
  <lookup><srv>xmpp-server</srv></lookup>
  <out-conn-reuse/>
  <security>{require_tls}</security>
</s2s>
"""


class Jabberd2(Server):
    name = "jabberd2"
    account = "jabber"

    def _configure(self):
        pemfile = ""
        if self.tls is not Tls.NONE:
            pem = write_self_signed(self.directory / "certificate.pem", self.domain)
            pemfile = f"<pemfile>{pem}</pemfile>"
        chains = "".join(
            f"<chain id='{name}'>" + "".join(f"<module>{module}</module>" for module in modules.split()) + "</chain>"
            for name, modules in SESSION_CHAINS.items())
        (self.directory / "router-users.xml").write_text(ROUTER_USERS)
        for part, text in (("router", ROUTER), ("sm", SESSION_MANAGER), ("c2s", CLIENTS), ("s2s", SERVERS)):
            (self.directory / f"{part}.xml").write_text(text.format(
                directory=self.directory, domain=self.domain, modules=library("jabberd2"), chains=chains,
                router=ROUTER_LINK, router_port=ROUTER_PORT, client_port=CLIENT_PORT, s2s_port=S2S_PORT,
                pemfile=pemfile, require_tls="<require_tls/>" if self.tls is Tls.REQUIRED else ""))
        (self.directory / "storage").mkdir()
        with sqlite3.connect(self.directory / "users.db") as database:
            database.execute("CREATE TABLE authreg (username TEXT NOT NULL, realm TEXT NOT NULL, password TEXT)")
            database.executemany("INSERT INTO authreg VALUES (?, ?, ?)",
                                 [(user.name, self.domain, user.password) for user in self.users])
        database.close()

    def _launch(self):
        for part in ("router", "sm", "s2s", "c2s"):
            self.daemons.append(Daemon(
                f"{self.name}-{part}-{self.domain}", self.host,
                [f"jabberd2-{part}", "-c", self.directory / f"{part}.xml"],
                self.directory.parent / f"{self.directory.name}-{part}.log", user=self.account, cwd=self.directory))
            if part == "router":
                self.daemons[-1].wait_for_ports(ROUTER_PORT)
        self.daemons[1].wait_for_log("ready for sessions")
