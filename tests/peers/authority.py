"""Who is believed: the authority of the hubs' tests, and certificates that it, or another, has issued."""

import functools
import hashlib
import os
from base64 import b64encode

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.certificates import CLIENT_AUTH, SERVER_AUTH, Authority, self_signed

BOTH_PURPOSES = (SERVER_AUTH, CLIENT_AUTH)

WORTHLESS = ("another name", "a longer name", "expired", "self-signed", "unknown authority")
"""Kinds of certificates that prove nothing of the domain."""


@functools.cache
def root() -> Authority:
    return Authority()


@functools.cache
def _between() -> Authority:
    return Authority("Between", parent=root())


def certificate(*domains: str, **how) -> bytes:
    """Chain and key in PEM, as `Authority.issue`; by default good for servers only."""
    return _between().issue(*domains, **how)


def revocations(*certificates: bytes) -> bytes:
    """A CRL in PEM that revokes these of `certificate`."""
    return _between().revocations(*certificates)


def worthless(kind: str, domain: str) -> bytes:
    """One of `WORTHLESS`."""
    return {
        "another name": lambda: certificate("elsewhere.example"),
        "a longer name": lambda: certificate("sub." + domain),
        "expired": lambda: certificate(domain, expired=True),
        "self-signed": lambda: self_signed(domain),
        "unknown authority": lambda: Authority("Stranger").issue(domain),
    }[kind]()


def der_of(pem: bytes) -> bytes:
    """The first certificate."""
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def split(pem: bytes) -> tuple:
    """The chain and the key."""
    at = pem.index(b"-----BEGIN PRIVATE KEY-----")
    return pem[:at], pem[at:]


def write_in_place_of(path, octets: bytes) -> None:
    """As careful tools do it: at no time is there half a file."""
    temporary = f"{path}.new"
    with open(temporary, "wb") as file:
        file.write(octets)
    os.rename(temporary, path)


def pin_of(pem: bytes) -> str:
    """Of the first certificate's key, as `[[trust]]` has it (RFC 7469 §2.4)."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return "sha256//" + b64encode(digest).decode()


def hub_tls(directory, *certificates: bytes, **keys) -> dict:
    """The hub's `[tls]`: it trusts `root()` and has these certificates. `directory` gets the files."""
    (directory / "root.pem").write_bytes(root().certificate)
    rows = [files(directory, f"hub-{number}", pem) for number, pem in enumerate(certificates)]
    return {"ca_file": str(directory / "root.pem")} | ({"certificate": rows} if rows else {}) | keys


def files(directory, name: str, pem: bytes) -> dict:
    """`chain_file` and `key_file`, which are one file here."""
    path = directory / f"{name}.pem"
    path.write_bytes(pem)
    return {"chain_file": str(path), "key_file": str(path)}
