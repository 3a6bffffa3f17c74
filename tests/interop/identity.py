"""The world of the identity tests: each modern server runs, with a domain for each kind of certificate.

    NAME.example             its certificate is by the tests' authority, for servers only, as public ones are today
    both-purposes.NAME...    the same, for servers and for clients
    xmpp-names.NAME.example  the same, with no other names than XMPP's own: SRVName and xmppAddr
    direct.NAME.example      the same, and only to be found as _xmpps-server
    stranger.NAME.example    its certificate is by an authority that no server trusts
    expired.NAME.example     ... has expired
    misnamed.NAME.example    ... is for another domain

The hub serves corp.example, found as _xmpp-server, or direct-corp.example, found as _xmpps-server.
"""

import contextlib
from dataclasses import dataclass

import payload
from support.certificates import CLIENT_AUTH, SERVER_AUTH, Authority
from support.client import Client
from support.dns import Address, Srv, start_dns
from support.namespaces import Network
from support.servers import MODERN_BY_NAME, Features, Tls, User, VirtualHost
from support.servers.base import DIRECT_TLS_PORT, S2S_PORT

KINDS = ("trusted", "both-purposes", "xmpp-names", "direct", "stranger", "expired", "misnamed")
CORP = {"starttls": "corp.example", "direct": "direct-corp.example"}


def domain_of(name, kind="trusted"):
    """@returns the domain. @param name of the server. @param kind of its certificate."""
    return f"{name}.example" if kind == "trusted" else f"{kind}.{name}.example"


class Certificates:
    """PEM files in a folder, made at first use. `root` is the file of the authority that all servers trust."""

    def __init__(self, folder):
        self._folder = folder
        self._folder.mkdir()
        root = Authority()
        self._trusted, self._stranger = Authority("Between", parent=root), Authority("Stranger")
        self.root = self._write("root.pem", root.certificate)

    def of(self, domain, kind):
        """@returns the file with chain and key."""
        issue = {
            "both-purposes": lambda: self._trusted.issue(domain, purposes=(SERVER_AUTH, CLIENT_AUTH)),
            "stranger": lambda: self._stranger.issue(domain),
            "expired": lambda: self._trusted.issue(domain, expired=True),
            "misnamed": lambda: self._trusted.issue("elsewhere.example"),
            "xmpp-names": lambda: self._trusted.issue(domain, dns_names=False, srv_names=True, xmpp_addresses=True),
        }.get(kind, lambda: self._trusted.issue(domain))
        path = self._folder / f"{kind}-{domain}.pem"
        return path if path.exists() else self._write(path.name, issue())

    def _write(self, name, octets):
        (self._folder / name).write_bytes(octets)
        return self._folder / name


@dataclass
class OnlineUser:
    client: Client
    as_passed: tuple  # infoset of the payload after its server has passed it on


class Estate:
    """The hub's network and all the servers, running. Use as a context manager."""

    def __init__(self, directory):
        self._stack = contextlib.ExitStack()
        self._users = {}
        self.certificates = Certificates(directory / "certificates")
        try:
            self._start(directory)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, directory):
        network = self._stack.enter_context(Network())
        dns = network.add_host("dns", "10.99.0.53")
        hub = network.add_host("hub", "10.99.0.1", nameserver=dns.address)
        network.add_host("node", "10.99.0.3")
        self.hosts = network.hosts
        records = [Address("hub.example", hub.address), Srv(CORP["starttls"], "hub.example", S2S_PORT),
                   Srv(CORP["direct"], "hub.example", DIRECT_TLS_PORT, direct_tls=True)]
        for number, name in enumerate(MODERN_BY_NAME):
            host = network.add_host(name, f"10.99.0.{11 + number}", nameserver=dns.address)
            target = f"host.{name}.example"
            records += [Address(target, host.address)] + [
                Srv(domain_of(name, kind), target, DIRECT_TLS_PORT, direct_tls=True) if kind == "direct"
                else Srv(domain_of(name, kind), target, S2S_PORT) for kind in KINDS]
        self._stack.callback(start_dns(dns, directory, records).stop)
        self.servers = {name: self._start_server(name, directory) for name in MODERN_BY_NAME}

    def _start_server(self, name, directory):
        make = MODERN_BY_NAME[name]
        first, *others = [VirtualHost(domain_of(name, kind), self.certificates.of(domain_of(name, kind), kind))
                          for kind in KINDS]
        features = Features(ca_file=self.certificates.root, direct_tls=True, bidi=make.has_bidi,
                            stream_management=make.has_stream_management)
        server = make(self.hosts[name], directory, first.domain, Tls.REQUIRED, [User("bob", "secret")],
                      features=features, certificate=first.certificate, others=others)
        self._stack.callback(server.stop)
        return server.start()

    def user(self, name, kind="trusted"):
        """@returns the user bob at this domain of the server, logged in at first use."""
        domain = domain_of(name, kind)
        if domain not in self._users:
            client = Client(self.hosts[name], f"bob@{domain}/phone", "secret", queries=[payload.NAMESPACE])
            self._stack.callback(client.log_out)
            client.log_in()
            self._users[domain] = OnlineUser(client, payload.as_passed_by_servers_of(client))
        return self._users[domain]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()
