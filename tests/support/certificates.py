"""Certificates by an authority of the tests' own, and self-signed ones as dialback-only servers have them.

Each function that returns octets returns PEM: the certificate, the intermediate certificates, the key.
"""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH

XMPP_ADDRESS = ObjectIdentifier("1.3.6.1.5.5.7.8.5")  # RFC 6120 §13.7.1.4
SRV_NAME = ObjectIdentifier("1.3.6.1.5.5.7.8.7")  # RFC 4985
DER_UTF8_STRING, DER_IA5_STRING = 0x0C, 0x16

A_DAY = datetime.timedelta(days=1)


def self_signed(*domains, ca=False):
    """@param ca whether it is an authority's too, as servers often make them."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(domains[0], key, expired=False).add_extension(_names(domains), critical=False)
    return _pem(_signed(builder, _name(domains[0]), key, ca)) + _key_pem(key)


def write_self_signed(path, *domains):
    """Writes chain and key to one file, as some servers want them. @returns path."""
    path.write_bytes(self_signed(*domains, ca=True))
    return path


class Authority:
    """Signs certificates. An authority with a `parent` is an intermediate one, as public authorities use.

    `certificate` is its own certificate in PEM. If it has no parent, this is the trust anchor.
    """

    def __init__(self, name="Root of the Tests", parent=None):
        self._subject = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self._key, expired=False).add_extension(_certificate_signing(), critical=True)
        self.certificate = _pem(parent._sign(builder, ca=True) if parent
                                else _signed(builder, self._subject, self._key, ca=True))
        self._chain = self.certificate + parent._chain if parent else b""  # without the root, which the peer has

    def issue(self, *domains, srv_names=False, xmpp_addresses=False, dns_names=True, purposes=(SERVER_AUTH,),
              expired=False):
        """Makes a certificate for these domains, with a new key.

        @param srv_names `_xmpp-server.DOMAIN` for each (RFC 4985).
        @param xmpp_addresses the domain as a JID for each (RFC 6120 §13.7.1.4).
        @param purposes extended key usages; (): no such extension.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(domains[0], key, expired).add_extension(
            _names(domains, dns_names, srv_names, xmpp_addresses), critical=False)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        return _pem(self._sign(builder)) + self._chain + _key_pem(key)

    def revocations(self, *certificates):
        """Returns a CRL that revokes these certificates: the first one of each PEM text."""
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self._subject)
                   .last_update(now - A_DAY).next_update(now + 30 * A_DAY))
        for pem in certificates:
            serial = x509.load_pem_x509_certificate(pem).serial_number
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - A_DAY).build())
        return _pem(builder.sign(self._key, hashes.SHA256()))

    def _sign(self, builder, ca=False):
        return _signed(builder, self._subject, self._key, ca)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(subject, key, expired):
    now = datetime.datetime.utcnow()
    begin, end = (now - 30 * A_DAY, now - A_DAY) if expired else (now - A_DAY, now + 30 * A_DAY)
    return (x509.CertificateBuilder().subject_name(_name(subject)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))


def _signed(builder, issuer, key, ca):
    return (builder.issuer_name(issuer)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))


def _certificate_signing():
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)


def _names(domains, dns_names=True, srv_names=False, xmpp_addresses=False):
    names = []
    for domain in domains:
        if dns_names:
            names.append(x509.DNSName(domain.encode("idna").decode()))
        if srv_names:
            names.append(x509.OtherName(SRV_NAME, _der(DER_IA5_STRING, f"_xmpp-server.{domain}")))
        if xmpp_addresses:
            names.append(x509.OtherName(XMPP_ADDRESS, _der(DER_UTF8_STRING, domain)))
    return x509.SubjectAlternativeName(names)


def _der(tag, text):
    octets = text.encode()
    assert len(octets) < 128, "the short form of a DER length"
    return bytes([tag, len(octets)]) + octets


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())
