"""Internationalised domains of real servers. They know themselves by U-labels only, and map names by IDNA2003: to all of
them a user of `straße.example` is one of `strasse.example`. DNS has the latter name.
"""

import contextlib
from encodings.idna import ToASCII, nameprep

import pytest

from support.client import Client
from support.component import Component
from support.dns import Address, Srv, start_dns
from support.hub import NODES_PORT, Hub
from support.namespaces import Network
from support.servers import BY_NAME, MODERN_BY_NAME, Tls, User, VirtualHost
from support.servers.base import S2S_PORT

SERVERS = BY_NAME | MODERN_BY_NAME
SECRET = "component-secret"
PLAIN = "bücher"  # the same by IDNA2003 and IDNA2008
DEVIATING = "straße"


def domains_of(name):
    """@returns the domains to test. jabberd2 serves one domain, and refuses its own users of a name with a deviation
    character, so it gets only the other one."""
    return [f"{label}.{name}.example" for label in ([PLAIN] if name == "jabberd2" else [PLAIN, DEVIATING])]


def in_dns(domain):
    """@returns the name as servers look it up in DNS."""
    return ".".join(ToASCII(label).decode() for label in nameprep(domain).split("."))


def forms_of(domain):
    """@returns each form in which the domain may be written."""
    return list(dict.fromkeys([domain, nameprep(domain), in_dns(domain), domain.encode("idna").decode()]))


class Surroundings:
    """A network with DNS for the world, the hub in it, and a server with all its domains. Use as a context manager.

    @param behind whether that server is a node of the hub's. If not, the hub has a component for corp.example.
    """

    def __init__(self, directory, name, behind):
        self._stack = contextlib.ExitStack()
        try:
            self._start(directory, name, behind)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, directory, name, behind):
        directory.mkdir()
        directory.chmod(0o755)
        network = self._stack.enter_context(Network())
        dns = network.add_host("dns", "10.99.0.53")
        inside = network.add_host("inside-dns", "10.99.0.54")
        self.hub_host = network.add_host("hub", "10.99.0.1", nameserver=dns.address)
        self.node = network.add_host("node", "10.99.0.3", nameserver=inside.address)
        self.outside = network.add_host("outside", "10.99.0.2", nameserver=dns.address)
        self.domains = domains_of(name)
        partners = ["partner.example", f"{DEVIATING}.partner.example"]
        own, foreign = (self.domains, partners) if behind else (["corp.example"], self.domains)
        records = [Address("hub.example", self.hub_host.address), Address("im.example", self.outside.address)]
        records += [Srv(in_dns(domain), "hub.example", S2S_PORT) for domain in own]
        records += [Srv(in_dns(domain), "im.example", S2S_PORT) for domain in foreign]
        self._stack.callback(start_dns(dns, directory, records).stop)
        self._stack.callback(start_dns(
            inside, directory, [Srv(in_dns(domain), "hub.example", NODES_PORT) for domain in foreign],
            every_name_is=self.hub_host.address).stop)
        node = ({"protocol": "s2s", "address": f"{self.node.address}:{S2S_PORT}",
                 "trusted_from": [f"{self.node.address}/32"]} if behind
                else {"protocol": "component", "secret": SECRET})
        self.hub = Hub(self.hub_host, directory, {"federation": {"security_mode": "tls-optional"},
                                                  "node": [{"name": "im-1", "domains": own} | node]}, dns.address)
        self.hub.start()
        self._stack.callback(self.hub.stop)
        self.start_server(directory, name, self.node if behind else self.outside, self.domains)
        if behind:
            self.start_server(directory, "prosody", self.outside, partners)
        else:
            self.component = Component(self.node, "corp.example", SECRET, self.hub_host.address)

    def start_server(self, directory, name, host, domains):
        first, *others = [VirtualHost(domain) for domain in domains]
        more = {"others": others} if others else {}
        server = SERVERS[name](host, directory / host.name, first.domain, Tls.OPTIONAL, [User("bob", "secret")], **more)
        (directory / host.name).mkdir()
        (directory / host.name).chmod(0o755)
        self._stack.callback(server.stop)
        server.start()

    def user(self, host, domain):
        client = Client(host, f"bob@{domain}/phone", "secret")
        self._stack.callback(client.log_out)
        return client.log_in()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()


def is_chat(id):
    return lambda x: x.tag.endswith("}message") and x.get("id") == id and x.get("type") != "error"


def chat(id, to, sender=""):
    from_ = f" from='{sender}'" if sender else ""
    return f"<message type='chat'{from_} to='{to}' id='{id}'><body>{id}</body></message>"


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_outside_with_internationalised_domains(directory, name):
    with Surroundings(directory / f"names-{name}", name, behind=False) as site:
        for domain in site.domains:
            bob = site.user(site.outside, domain)
            for number, form in enumerate(forms_of(domain)):
                site.component.send(chat(f"to-{number}", f"bob@{form}/phone", "echo@corp.example"))
                bob.expect(f"a message to {form}", is_chat(f"to-{number}"))
            bob.send(chat("from", "echo@corp.example"))
            _, message = site.component.expect(f"a message from {domain}", is_chat("from"))
            sender = message.get("from").split("@")[1].split("/")[0]
            assert nameprep(sender) == nameprep(domain)
            site.component.send(chat("answer", message.get("from"), "echo@corp.example"))
            bob.expect("the answer", is_chat("answer"))


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_behind_the_hub_with_internationalised_domains(directory, name):
    with Surroundings(directory / f"names-behind-{name}", name, behind=True) as site:
        for domain in site.domains:
            alice = site.user(site.node, domain)
            for partner in ("partner.example", f"{DEVIATING}.partner.example"):
                bob = site.user(site.outside, partner)
                for number, form in enumerate(forms_of(partner)):
                    alice.send(chat(f"out-{number}", f"bob@{form}/phone"))
                    bob.expect(f"a message to {form}", is_chat(f"out-{number}"))
                for number, form in enumerate(forms_of(domain)):
                    bob.send(chat(f"in-{number}", f"bob@{form}/phone"))
                    alice.expect(f"a message to {form}", is_chat(f"in-{number}"))
                bob.log_out()
