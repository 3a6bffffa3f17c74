"""A TLS client that calls OpenSSL directly: Python's module has no KeyUpdate (RFC 8446 §4.6.3)."""

import ctypes
import socket

_ssl = ctypes.CDLL("libssl.so.3")
_crypto = ctypes.CDLL("libcrypto.so.3")
_pointer, _text, _int = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
for _library, _name, _result, *_arguments in (
    (_ssl, "TLS_client_method", _pointer),
    (_ssl, "SSL_CTX_new", _pointer, _pointer),
    (_ssl, "SSL_CTX_use_certificate_chain_file", _int, _pointer, _text),
    (_ssl, "SSL_CTX_use_PrivateKey_file", _int, _pointer, _text, _int),
    (_ssl, "SSL_CTX_set_alpn_protos", _int, _pointer, _text, ctypes.c_uint),
    (_ssl, "SSL_new", _pointer, _pointer),
    (_ssl, "SSL_set_bio", None, _pointer, _pointer, _pointer),
    (_ssl, "SSL_set_connect_state", None, _pointer),
    (_ssl, "SSL_ctrl", ctypes.c_long, _pointer, _int, ctypes.c_long, _text),
    (_ssl, "SSL_do_handshake", _int, _pointer),
    (_ssl, "SSL_read", _int, _pointer, _pointer, _int),
    (_ssl, "SSL_write", _int, _pointer, _text, _int),
    (_ssl, "SSL_key_update", _int, _pointer, _int),
    (_crypto, "BIO_new", _pointer, _pointer),
    (_crypto, "BIO_s_mem", _pointer),
    (_crypto, "BIO_read", _int, _pointer, _pointer, _int),
    (_crypto, "BIO_write", _int, _pointer, _text, _int),
):
    _function = getattr(_library, _name)
    _function.restype, _function.argtypes = _result, _arguments

_PEM = 1  # SSL_FILETYPE_PEM
_SET_HOST_NAME = 55  # SSL_CTRL_SET_TLSEXT_HOSTNAME


class RawTls:
    """A connection that begins with TLS. `sock` is a blocking socket; TLS itself is done in memory."""

    def __init__(self, sock: socket.socket, name: str, certificate_file: str):
        self.sock = sock
        context = _ssl.SSL_CTX_new(_ssl.TLS_client_method())
        assert _ssl.SSL_CTX_use_certificate_chain_file(context, certificate_file.encode()) == 1
        assert _ssl.SSL_CTX_use_PrivateKey_file(context, certificate_file.encode(), _PEM) == 1
        _ssl.SSL_CTX_set_alpn_protos(context, b"\x0bxmpp-server", 12)
        self._tls = _ssl.SSL_new(context)
        self._in, self._out = (_crypto.BIO_new(_crypto.BIO_s_mem()) for _ in range(2))
        self._buffer = ctypes.create_string_buffer(1 << 20)
        _ssl.SSL_set_bio(self._tls, self._in, self._out)
        _ssl.SSL_ctrl(self._tls, _SET_HOST_NAME, 0, name.encode())
        _ssl.SSL_set_connect_state(self._tls)
        while _ssl.SSL_do_handshake(self._tls) != 1:
            self.sock.sendall(self.written())
            self._feed()
        self.sock.sendall(self.written())

    def written(self) -> bytes:
        """Returns the records that are to be sent, and forgets them."""
        octets = b""
        while (count := _crypto.BIO_read(self._out, self._buffer, len(self._buffer))) > 0:
            octets += self._buffer.raw[:count]
        return octets

    def _feed(self) -> None:
        octets = self.sock.recv(65536)
        assert octets, "the hub closed the connection"
        _crypto.BIO_write(self._in, octets, len(octets))

    def exchange(self, text: str, until: bytes) -> bytes:
        """Sends `text`, and reads until `until` has come."""
        _ssl.SSL_write(self._tls, text.encode(), len(text))
        self.sock.sendall(self.written())
        seen = b""
        while until not in seen:
            count = _ssl.SSL_read(self._tls, self._buffer, len(self._buffer))
            if count > 0:
                seen += self._buffer.raw[:count]
            else:
                self._feed()
        return seen

    def key_updates(self, count: int, requested: bool) -> bytes:
        """Returns the records of `count` KeyUpdates. @param requested whether each asks the hub for one in return."""
        for _ in range(count):
            assert _ssl.SSL_key_update(self._tls, int(requested)) == 1
            _ssl.SSL_do_handshake(self._tls)
        return self.written()
