"""DANE (RFC 7673): TLSA records of signed zones, read through a validating resolver, prove remote domains as senders
and as targets."""

from base64 import b64decode

import pytest

from peers import sasl
from peers.authority import pin_of
from peers.component import message
from peers.misbehaviour import hang_up, say, see_other_host
from peers.signed_dns import BROKEN, PLAIN, SIGNED, SignedDns
from peers.site import fresh_domain, spare_nodes
from support.certificates import self_signed

RULES = [{"domain": f"*.{zone}", "methods": ["dane"]} for zone in (SIGNED, PLAIN, BROKEN)]


def record_of(pem):
    """Returns a TLSA record that matches the certificate's key: DANE-EE, SPKI, SHA-256."""
    return "3 1 1 " + b64decode(pin_of(pem).removeprefix("sha256//")).hex()


@pytest.fixture(scope="module")
def signed_dns(tmp_path_factory):
    server = SignedDns(tmp_path_factory.mktemp("dane"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def hub(module_site, signed_dns):
    dns = {"servers": [signed_dns.address], "allow_private_addresses": True, "validating": True, "negative_ttl_s": 0}
    return module_site.certified_hub(*spare_nodes(), trust=RULES, dns=dns)


def publish(signed_dns, remote, record, forged=False):
    """Publishes SRV records that lead to the server, and this TLSA record, if any, for its endpoint."""
    host, port = remote.address
    signed_dns.add_server(remote.domain, host, port)
    if record:
        signed_dns.add_tlsa(f"xmpp.{remote.domain}", port, record, forged=forged)
    signed_dns.publish()


CASES = {
    "its own key": (SIGNED, "own", False, True),
    "another key": (SIGNED, "other", False, False),
    "no record": (SIGNED, None, False, False),
    "a forged record": (SIGNED, "own", True, False),
    "a zone without signatures": (PLAIN, "own", False, False),
}


@pytest.fixture(params=CASES, ids=lambda x: x)
def case(request, site, signed_dns):
    """Returns (a server whose certificate has no trusted CA, whether DNS proves it)."""
    zone, whose, forged, proven = CASES[request.param]
    pem, other = self_signed("no name of its own.example"), self_signed("other.example")
    remote = site.server(f"{fresh_domain().split('.')[0]}.{zone}", certificate=pem, security="required", external="success")
    publish(signed_dns, remote, {"own": record_of(pem), "other": record_of(other), None: None}[whose], forged)
    return remote, proven


def test_tlsa_records_prove_a_sender(hub, component, case):
    remote, proven = case
    stream = remote.open_stream(hub.s2s, component.domain, secure=True)
    assert sasl.is_offered(stream.features) == proven
    if proven:
        stream.send(sasl.auth(remote.domain)).expect("sasl:success")
        remote.begin_authenticated(stream, component.domain)
        stream.send(message(remote.domain, component.domain, "by DANE"))
        component.expect_message(from_=remote.domain)


def test_tlsa_records_prove_a_target(hub, component, case):
    remote, proven = case
    component.message(component.domain, remote.domain, id=remote.domain)
    if proven:
        remote.expect_message()
    else:
        bounce = component.expect_stanza(type="error", id=remote.domain)
        assert "certificate" in bounce.error_text, bounce


def test_a_server_named_by_see_other_host_is_not_proved_by_its_tlsa_records(hub, component, site, signed_dns):
    """<see-other-host/> leads there, not a signed zone. So TLSA records of that host prove nothing."""
    pem = self_signed("any.example")
    domains = [f"{fresh_domain().split('.')[0]}.{SIGNED}" for _ in range(2)]
    first, other = (site.server(domain, certificate=pem, security="required") for domain in domains)
    publish(signed_dns, first, record_of(pem))
    publish(signed_dns, other, record_of(pem))
    component.message(component.domain, first.domain)
    first.expect_message()
    first.misbehave["secure header sent"] = say(see_other_host(other.domain), then=hang_up)
    first.end_streams()
    component.message(component.domain, first.domain, id="1")
    bounce = component.expect_stanza(type="error", id="1")
    assert "certificate" in bounce.error_text and f"redirected to {other.domain}" in bounce.error_text, bounce


def test_a_zone_with_broken_signatures_leads_nowhere(hub, component, site, signed_dns):
    pem = self_signed("any.example")
    remote = site.server(f"{fresh_domain().split('.')[0]}.{BROKEN}", certificate=pem, security="required")
    publish(signed_dns, remote, record_of(pem))
    component.message(component.domain, remote.domain, id="1")
    component.expect_stanza(type="error", id="1")
    assert remote.attempts == 0
