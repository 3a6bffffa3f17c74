"""The types of addresses that the hub asks a real DNS server for depend on the machine's own addresses."""

import pytest

from support.component import Component
from support.hub import Hub
from support.wait import eventually

SECRET = "the component's secret"
TARGET = "xmpp.partner.example"


@pytest.fixture
def ask(world, directory):
    """@returns a function that makes the hub look up partner.example, and returns the address types in its
    questions."""
    machine, dns = world.hosts["hub"], world.hosts["dns"]
    log = directory / f"dns-{dns.name}.log"

    def look_up(place):
        read = len(log.read_text())
        hub = Hub(machine, directory / place, {
            "node": [{"name": "component", "domains": ["corp.example"], "secret": SECRET}],
            "federation": {"security_mode": "no-tls"}}, dns.address).start()
        try:
            component = Component(world.hosts["node"], "corp.example", SECRET, machine.address)
            component.send("<message from='corp.example' to='partner.example' id='1'/>")
            component.expect("an error: nothing listens there", lambda x: x.get("type") == "error")
            # The log of the server may be behind its answers.
            eventually(lambda: f"] {TARGET} from" in log.read_text()[read:], "the question in the log of the server")
        finally:
            hub.stop()
        return {kind for kind in ("A", "AAAA") if f"query[{kind}] {TARGET} from" in log.read_text()[read:]}

    return look_up


def test_aaaa_is_asked_for_where_the_machine_has_ipv6(world, ask):
    machine = world.hosts["hub"]
    assert ask("without-ipv6") == {"A"}
    machine.run("ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "eth0", "nodad")
    try:
        assert ask("with-ipv6") == {"A", "AAAA"}
    finally:
        machine.run("ip", "-6", "addr", "del", "2001:db8::1/64", "dev", "eth0")
