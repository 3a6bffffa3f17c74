"""A node whose own resolver, unbound, forwards to the hub's DNS view.

The view's answers are not signed. So a validating resolver refuses them for signed domains; docs/operations.md says how
to configure it.
"""

import subprocess

import dns.message
import dns.query
import dns.rcode
import pytest

from peers.dns_view import view_config
from peers.signed_dns import PLAIN, SIGNED, UNBOUND_SERVER, SignedDns, _free_ports
from peers.site import component_node, fresh_domain
from peers.waiting import eventually

UNBOUND = UNBOUND_SERVER + """\
    local-zone: "test." transparent
    {settings}
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {view}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Signed and unsigned zones, and a validating server."""
    world = SignedDns(tmp_path_factory.mktemp("world"))
    for zone in (SIGNED, PLAIN):
        world.add_server(f"partner.{zone}", "192.0.2.7", 5269)
    world.publish()
    yield world
    world.close()


@pytest.fixture(scope="module")
def hub(module_site, world):
    return module_site.hub(component_node(fresh_domain()), **view_config(upstream=[world.address]))


class Unbound:
    def __init__(self, directory, view, settings):
        (self._port,) = _free_ports(1)
        file = directory / "unbound.conf"
        file.write_text(UNBOUND.format(port=self._port, directory=directory, settings=settings, view="%s@%d" % view))
        self._log = open(directory / "unbound.log", "wb")
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "/usr/sbin/unbound", "-d", "-p", "-c", str(file)],
                                         stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)  # fmt: skip
        eventually(self._is_up, what="unbound to answer")

    def _is_up(self):
        try:
            return self.ask("localhost", "A", timeout=0.2)
        except (OSError, dns.exception.Timeout):
            return None

    def ask(self, name, type, timeout=8):
        return dns.query.udp(dns.message.make_query(name, type), "127.0.0.1", port=self._port, timeout=timeout)

    def close(self):
        self._process.terminate()
        self._process.wait(5)
        self._log.close()


@pytest.mark.parametrize("settings, takes_signed", [
    ('module-config: "iterator"', True),
    ('module-config: "validator iterator"', True),  # without a trust anchor it validates nothing
    ('module-config: "validator iterator"\n    trust-anchor-file: "{anchor}"', False),
    ('module-config: "validator iterator"\n    trust-anchor-file: "{anchor}"\n    domain-insecure: "partner.signed.example"', True),
], ids=["iterator", "no-anchor", "validating", "domain-insecure"])  # fmt: skip
def test_the_nodes_resolver_must_not_validate(site, hub, world, tmp_path, settings, takes_signed):
    settings = settings.replace("{anchor}", str(world.directory / "anchor"))
    resolver = site.keep(Unbound(tmp_path, hub.addresses("dns")[0], settings))
    for zone, taken in ((SIGNED, takes_signed), (PLAIN, True)):
        answer = resolver.ask(f"_xmpp-server._tcp.partner.{zone}", "SRV")
        if taken:
            assert [record.to_text() for record in answer.answer[0]] == [f"0 0 {hub.nodes[1]} fedhub.internal."], zone
            none = resolver.ask(f"_xmpps-server._tcp.partner.{zone}", "SRV")
            assert none.rcode() == dns.rcode.NOERROR and not none.answer
        else:
            assert answer.rcode() == dns.rcode.SERVFAIL
    assert resolver.ask("fedhub.internal", "A").answer[0][0].address == "127.0.0.1"
    # Forwarded answers keep their signatures.
    assert resolver.ask(f"xmpp.partner.{SIGNED}", "A").answer[0][0].address == "192.0.2.7"
