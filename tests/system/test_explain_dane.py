"""`explain` and `check` with real name servers: nsd serves signed zones, and unbound validates them."""

from base64 import b64decode

import pytest

from peers import authority
from peers.signed_dns import BROKEN, SIGNED, SignedDns
from peers.site import component_node, fresh_domain


@pytest.fixture(scope="module")
def signed_dns(tmp_path_factory):
    server = SignedDns(tmp_path_factory.mktemp("explain"))
    yield server
    server.close()


def record_of(pem) -> str:
    """Returns a TLSA record that matches the certificate's key: DANE-EE, SPKI, SHA-256."""
    return "3 1 1 " + b64decode(authority.pin_of(pem).removeprefix("sha256//")).hex()


# The hub's TLSA record: (its key, whether it is forged on the way, the result, the failure, words of the detail).
RECORDS = {
    "of its own key": ("own", False, "ok", None, "3 1 1: matched"),
    "of another key": ("other", False, "fail", "certificate-refused", "3 1 1: no-match"),
    "forged": ("own", True, "fail", "dns-failed", "TLSA"),
    "missing": (None, False, "ok", None, "TLSA"),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_the_hubs_own_tlsa_records_are_compared_with_its_certificate(site, signed_dns, kind):
    whose, forged, result, failure, words = RECORDS[kind]
    domain = f"{fresh_domain('corp').split('.')[0]}.{SIGNED}"
    pem = authority.certificate(domain, purposes=authority.BOTH_PURPOSES)
    dns = {"servers": [signed_dns.address], "allow_private_addresses": True, "validating": True}
    hub = site.certified_hub(component_node(domain), certificates=[pem], dns=dns)
    site.component(hub, domain)
    signed_dns.add_server(domain, *hub.s2s)
    if whose:
        record = record_of(pem if whose == "own" else authority.certificate("other.example"))
        signed_dns.add_tlsa(f"xmpp.{domain}", hub.s2s[1], record, forged=forged)
    signed_dns.publish()

    found = {step["step"]: step for step in hub.api.send("POST", "check", {"what": ["dns"]}).json()["steps"]}
    assert found["published-records"]["result"] == found["published-addresses"]["result"] == "ok", found
    assert found["tlsa"]["result"] == result and found["tlsa"].get("failure") == failure, found["tlsa"]
    assert words in found["tlsa"]["detail"]

    way = hub.api.explain(domain, f"partner.{BROKEN}")
    assert way["resolver"]["failure"] == "dns-failed" and "SERVFAIL" in way["resolver"]["detail"]
    assert way["tlsa"]["result"] == result
