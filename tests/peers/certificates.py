"""TLS contexts with certificates of the tests' own authorities, or with self-signed ones."""

import functools
import ssl
import tempfile

from support.certificates import self_signed

ALPN = "xmpp-server"
"""What a client that begins with TLS has to name (XEP-0368 §5)."""


def server_context(*names: str, pem: bytes = None, alpn: bool = False, authorities: bytes = b"") -> ssl.SSLContext:
    """Returns a TLS server's context with this chain and key, by default fresh and self-signed for these names.

    `authorities` (PEM): the client is asked for a certificate. It may show none. If it shows one, these authorities
    must have issued it, and it must be good for clients: Python requires that.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if authorities:
        context.load_verify_locations(cadata=authorities.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
    return _loaded(context, pem or self_signed(*names), alpn)


@functools.cache
def client_context(pem: bytes = None, alpn: bool = False) -> ssl.SSLContext:
    """Returns a TLS client's context that accepts any certificate, and shows this one. `alpn`: for direct TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _loaded(context, pem, alpn)


def _loaded(context: ssl.SSLContext, pem: bytes, alpn: bool) -> ssl.SSLContext:
    if pem:
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(file.name)
    if alpn:
        context.set_alpn_protocols([ALPN])
    return context
