"""A component (XEP-0114): a program behind a hub that speaks for a domain."""

import hashlib
import re
import socket
import threading
from xml.etree import ElementTree

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>"
)
TAG = re.compile(rb"""<(?P<end>/?)(?P<name>[^\s<>/?!]+)(?:[^<>"'/]|"[^"<]*"|'[^'<]*')*(?P<empty>/?)>""")


class ComponentError(Exception):
    """The hub did not take the component, or the link is gone."""


class Framer:
    """Cuts a stream into its top-level elements, octet for octet.

    It can be this simple because the hub has checked all of its input: well-formed, without comments and the like. The
    hub does pass CDATA sections, but the demonstration uses none.
    """

    def __init__(self):
        self._buffer = b""
        self._at = 0  # up to here the tags are counted
        self._start = 0  # of the element that is open
        self._depth = 0

    def feed(self, octets):
        """Yields the header (a start tag) first, then each complete element."""
        self._buffer += octets
        while tag := TAG.search(self._buffer, self._at):
            self._at = tag.end()
            if tag["end"]:
                self._depth -= 1
            elif self._depth == 0:
                self._depth = 1
                yield self._buffer[tag.start() : tag.end()]
                continue
            else:
                if self._depth == 1:
                    self._start = tag.start()
                self._depth += not tag["empty"]
            if self._depth == 1:
                yield self._buffer[self._start : self._at]
            if self._depth <= 1:
                self._buffer, self._at = self._buffer[self._at :], 0


class Stanza:
    """What came over the link: `text` as it stood there, and its attributes."""

    def __init__(self, octets):
        self.text = octets.decode()
        self._element = ElementTree.fromstring(self.text)

    def get(self, name):
        return self._element.get(name, "")

    @property
    def body(self):
        return self._element.findtext("body", "")

    @property
    def condition(self):
        """The condition of a stanza error, e.g. "remote-server-timeout"; "" if it is none."""
        error = self._element.find("error")
        return "" if error is None or not len(error) else error[0].tag.partition("}")[2]


class Component:
    """Dials in, shakes hands, and then calls `on_stanza(component, stanza)` for each stanza, on a thread of its own."""

    def __init__(self, address, domain, secret, on_stanza):
        """@param address (host, port) of the hub's `listen.nodes`."""
        self.domain = domain
        self._on_stanza = on_stanza
        self._framer = Framer()
        self._socket = socket.create_connection(address, timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._shake_hands(secret)
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _shake_hands(self, secret):
        self.send(HEADER.format(domain=self.domain))
        header = self._next()
        stream_id = re.search(rb"""\bid=(["'])(.*?)\1""", header)
        if not stream_id:
            raise ComponentError(f"the hub's header has no id: {header.decode()}")
        # XEP-0114 §3: SHA-1 of the id followed by the secret, in lower-case hexadecimal.
        self.send(f"<handshake>{hashlib.sha1(stream_id[2] + secret.encode()).hexdigest()}</handshake>")
        answer = self._next()
        if not answer.startswith(b"<handshake"):
            raise ComponentError(f"the hub refused the handshake: {answer.decode()}")

    def _next(self):
        """The next element of the handshake, where each side waits for the other: one element at a time."""
        while octets := self._socket.recv(65536):
            for element in self._framer.feed(octets):
                return element
        raise ComponentError("the hub closed the link")

    def _read(self):
        try:
            while octets := self._socket.recv(65536):
                for element in self._framer.feed(octets):
                    if not element.startswith(b"<stream:"):
                        self._on_stanza(self, Stanza(element))
        except OSError:
            pass  # closed on this side, or cut: either way the link is gone

    @property
    def connected(self):
        return self._thread.is_alive()

    def send(self, text):
        try:
            self._socket.sendall(text.encode())
        except OSError as error:
            raise ComponentError(f"the link of {self.domain} is gone: {error}") from None

    def close(self):
        """Ends the stream in order, and waits for the hub to do the same."""
        try:
            self.send("</stream:stream>")
            self._socket.shutdown(socket.SHUT_WR)
        except (ComponentError, OSError):
            pass  # the hub was first
        self._thread.join(2)
        self._socket.close()
