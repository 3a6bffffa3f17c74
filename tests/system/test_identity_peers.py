"""Tests of the scripted peers: certificates, EXTERNAL, direct TLS and bidi, against each other and against openssl."""

import ssl
import subprocess
import threading

import pytest

from peers import sasl
from peers.authority import BOTH_PURPOSES, WORTHLESS, certificate, der_of, pin_of, root, worthless
from peers.certificates import ALPN
from peers.s2s_peer import BIDI, BIDI_FEATURE
from peers.site import fresh_domain
from peers.stream import Stream


def test_two_servers_federate_by_certificate(site):
    domain = fresh_domain()
    receiving = site.server(external="success", authorities=root().certificate)
    sending = site.server(domain, certificate=certificate(domain, purposes=BOTH_PURPOSES))
    stream = sending.connect_by_certificate(receiving.address, receiving.domain)
    assert not sasl.is_offered(stream.features)
    stream.send("<message to='a'>x</message>")
    _, taken = receiving.next()
    assert taken.authenticated and taken.peer_certificate == der_of(sending.certificate)
    assert receiving.authzids == [domain]


def test_a_server_can_refuse_and_then_take_a_key(site):
    receiving, sending = site.server(external="not-authorized"), site.server()
    receiving.verify_at = sending.address
    stream = sending.open_stream(receiving.address, receiving.domain, secure=True)
    refusal = stream.send(sasl.auth(sending.domain)).expect("sasl:failure")
    assert sasl.condition_of(refusal) == "not-authorized"
    sending.authenticate(stream, receiving.domain)


@pytest.mark.parametrize("alpn", [True, False])
def test_two_servers_begin_with_tls(site, dns, alpn):
    receiving, sending = site.server(direct_tls=True), site.server()
    stream = sending.open_stream(receiving.address, receiving.domain, direct=True, alpn=alpn)
    assert stream.features.find("tls:starttls") is None
    assert stream.sock.selected_alpn_protocol() == (ALPN if alpn else None)
    assert dns.asked(receiving.domain) == 0
    sending.authenticate(stream, receiving.domain)


def test_a_bidirectional_stream_is_scripted_by_hand(site):
    receiving, sending, taken = site.listener(), site.server(), []

    def receive():
        stream = receiving.accept_secured(external=True, more=BIDI_FEATURE)
        stream.expect("bidi:bidi")
        taken.append(receiving.accept_external(stream))
        stream.send("<message from='back'/>")

    thread = threading.Thread(target=receive)
    thread.start()
    stream = sending.open_stream(receiving.address, receiving.domain, secure=True)
    assert stream.features.find("bidi-feature:bidi") is not None
    stream.send(BIDI + sasl.auth(sending.domain)).expect("sasl:success")
    sending.begin_authenticated(stream, receiving.domain)
    stream.expect("server:message", from_="back")
    thread.join()
    assert taken == [sending.domain]


@pytest.mark.parametrize("kind", WORTHLESS)
def test_a_worthless_certificate_convinces_no_client(site, kind):
    domain = fresh_domain()
    assert _shakes_hands(site, domain, certificate(domain))
    assert not _shakes_hands(site, domain, worthless(kind, domain))


def _shakes_hands(site, domain, pem):
    remote = site.server(domain, certificate=pem, direct_tls=True)
    context = ssl.create_default_context(cadata=root().certificate.decode())
    try:
        Stream.connect(remote.address).start_tls(context, name=domain)
    except ssl.SSLCertVerificationError:
        return False
    return True


def test_a_pin_is_of_the_key(tmp_path):
    """The expected pin is made by the openssl commands of RFC 7469 appendix A."""
    file = tmp_path / "leaf.pem"
    file.write_bytes(certificate("a.example"))
    made = subprocess.run(
        f"openssl x509 -in {file} -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary"
        " | openssl base64", shell=True, capture_output=True, text=True, check=True)  # fmt: skip
    assert pin_of(file.read_bytes()) == "sha256//" + made.stdout.strip()
