"""Tests of the signed DNS zones on which the DANE tests rely, as a resolver sees them."""

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from peers.signed_dns import BROKEN, PLAIN, SIGNED, SignedDns

RECORD = "3 1 1 " + "ab" * 32
FORGED = "3 1 1 " + "cd" * 32


@pytest.fixture(scope="module")
def signed_dns(tmp_path_factory):
    server = SignedDns(tmp_path_factory.mktemp("dns"))
    for zone in (SIGNED, PLAIN, BROKEN):
        server.add_tlsa(f"im.{zone}", 5269, RECORD)
        server.add_server(f"im.{zone}", "127.0.0.1", 5269)
    server.add_tlsa(f"forged.{SIGNED}", 5269, FORGED, forged=True)
    server.add(f"_xmpp-server._tcp.forged.{SIGNED}", "SRV", "0 0 5269 elsewhere.invalid.", forged=True)
    server.add(f"_5269._tcp.alias.{SIGNED}", "CNAME", f"_5269._tcp.im.{SIGNED}.")
    server.add(f"_5269._tcp.out.{SIGNED}", "CNAME", f"_5269._tcp.im.{PLAIN}.")
    server.publish()
    yield server
    server.close()


def seen(signed_dns, name, type):
    """Returns (response code, whether the answer is secure, texts of the records)."""
    answer = signed_dns.ask(name, type)
    wanted = dns.rdatatype.from_text(type)
    texts = [record.to_text() for rrset in answer.answer if rrset.rdtype == wanted for record in rrset]
    return dns.rcode.to_text(answer.rcode()), bool(answer.flags & dns.flags.AD), texts


@pytest.mark.parametrize(
    "name, expected",
    [
        (f"_5269._tcp.im.{SIGNED}", ("NOERROR", True, [RECORD])),
        (f"_5269._tcp.im.{PLAIN}", ("NOERROR", False, [RECORD])),
        (f"_5269._tcp.im.{BROKEN}", ("SERVFAIL", False, [])),
        (f"_5269._tcp.forged.{SIGNED}", ("SERVFAIL", False, [])),
        (f"_5270._tcp.im.{SIGNED}", ("NXDOMAIN", True, [])),
        (f"_5270._tcp.im.{PLAIN}", ("NXDOMAIN", False, [])),
        (f"_5269._tcp.alias.{SIGNED}", ("NOERROR", True, [RECORD])),
        (f"_5269._tcp.out.{SIGNED}", ("NOERROR", False, [RECORD])),
        ("_5269._tcp.elsewhere.test", ("NXDOMAIN", False, [])),
    ],
)
def test_tlsa_records_are_as_secure_as_their_zone(signed_dns, name, expected):
    assert seen(signed_dns, name, "TLSA") == expected


@pytest.mark.parametrize("zone, secure", [(SIGNED, True), (PLAIN, False)])
def test_the_way_to_a_server_is_as_secure_as_its_zone(signed_dns, zone, secure):
    srv = seen(signed_dns, f"_xmpp-server._tcp.im.{zone}", "SRV")
    assert srv == ("NOERROR", secure, [f"0 0 5269 xmpp.im.{zone}."])
    assert seen(signed_dns, f"xmpp.im.{zone}", "A") == ("NOERROR", secure, ["127.0.0.1"])


def test_forged_srv_records_are_no_answer(signed_dns):
    assert seen(signed_dns, f"_xmpp-server._tcp.forged.{SIGNED}", "SRV") == ("SERVFAIL", False, [])


def test_what_is_published_later_is_seen_at_once(signed_dns):
    for word in ("first", "second"):
        name = f"_5269._tcp.{word}.{SIGNED}"
        assert seen(signed_dns, name, "TLSA")[0] == "NXDOMAIN"
        signed_dns.add_tlsa(f"{word}.{SIGNED}", 5269, RECORD).publish()
        assert seen(signed_dns, name, "TLSA") == ("NOERROR", True, [RECORD])
