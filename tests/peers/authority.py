"""The certificate authority that the tests' hubs trust, and certificates issued by it and by others."""

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
    """Returns chain and key in PEM, as `Authority.issue` does; by default with the purpose serverAuth only."""
    return _between().issue(*domains, **how)


def revocations(*certificates: bytes) -> bytes:
    """Returns a CRL in PEM that revokes these results of `certificate`."""
    return _between().revocations(*certificates)


def worthless(kind: str, domain: str) -> bytes:
    """Returns a certificate that proves nothing. @param kind a key of `WORTHLESS`."""
    return {
        "another name": lambda: certificate("elsewhere.example"),
        "a longer name": lambda: certificate("sub." + domain),
        "expired": lambda: certificate(domain, expired=True),
        "self-signed": lambda: self_signed(domain),
        "unknown authority": lambda: Authority("Stranger").issue(domain),
    }[kind]()


def der_of(pem: bytes) -> bytes:
    """Returns the first certificate in DER."""
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def split(pem: bytes) -> tuple:
    """Returns the chain and the key."""
    at = pem.index(b"-----BEGIN PRIVATE KEY-----")
    return pem[:at], pem[at:]


def write_in_place_of(path, octets: bytes) -> None:
    """Replaces the file as careful tools do: by a rename, so that there is never half a file."""
    temporary = f"{path}.new"
    with open(temporary, "wb") as file:
        file.write(octets)
    os.rename(temporary, path)


def pin_of(pem: bytes) -> str:
    """Returns the pin of the first certificate's key in the form of `[[trust]]` (RFC 7469 §2.4)."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return "sha256//" + b64encode(digest).decode()


def hub_tls(directory, *certificates: bytes, **keys) -> dict:
    """Returns a [tls] table: the hub trusts `root()` and has these certificates. Writes the files to `directory`."""
    (directory / "root.pem").write_bytes(root().certificate)
    rows = [files(directory, f"hub-{number}", pem) for number, pem in enumerate(certificates)]
    return {"ca_file": str(directory / "root.pem")} | ({"certificate": rows} if rows else {}) | keys


def files(directory, name: str, pem: bytes) -> dict:
    """Writes one file with chain and key. Returns it as `chain_file` and `key_file`."""
    path = directory / f"{name}.pem"
    path.write_bytes(pem)
    return {"chain_file": str(path), "key_file": str(path)}
