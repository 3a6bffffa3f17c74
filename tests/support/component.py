"""A component (XEP-0114) on a bare socket, which keeps stanzas byte for byte."""

import hashlib
import socket
import time

from .xml import Framer, parse

NAMESPACE = "jabber:component:accept"


class Component:
    """@param port the hub's listener for nodes."""

    def __init__(self, host, domain, secret, hub_address, port=7400, within=10.0):
        self.domain = domain
        self._framer = Framer()
        self._inbox = []
        with host.entered():
            self._socket = socket.create_connection((hub_address, port), timeout=within)
        self.send(f"<stream:stream xmlns='{NAMESPACE}' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>")
        self._read_until(lambda: self._framer.header, "the stream header of the hub", within)
        digest = hashlib.sha1((self._framer.header["id"] + secret).encode()).hexdigest()
        self.send(f"<handshake>{digest}</handshake>")
        self.expect("the hub's <handshake/>", lambda x: x.tag == f"{{{NAMESPACE}}}handshake", within)

    def socket_name(self):
        return self._socket.getsockname()

    def send(self, xml):
        self._socket.sendall(xml.encode())

    def _read_until(self, condition, what, within):
        deadline = time.monotonic() + within
        while not (result := condition()):
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise socket.timeout
                self._socket.settimeout(left)
                data = self._socket.recv(65536)
            except socket.timeout:
                raise AssertionError(f"not within {within:g} s: {what}; {self.domain} has got: {self._inbox}") from None
            if not data:
                raise AssertionError(f"the hub closed the component's stream before: {what}; got: {self._inbox}")
            self._inbox += self._framer.feed(data)
        return result

    def expect(self, what, matches, within=15.0):
        """Waits for a stanza for which `matches(element)` is true, and removes it from the inbox.

        @returns (raw bytes, element). Raises ElementTree.ParseError for a stanza that uses a prefix bound outside.
        """
        def take():
            for raw in self._inbox:
                element = parse(raw, NAMESPACE)
                if matches(element):
                    self._inbox.remove(raw)
                    return raw, element
            return None

        return self._read_until(take, what, within)

    def arrived(self):
        """@returns the raw stanzas of the inbox, and empties it. Does not wait."""
        self._socket.settimeout(0)
        try:
            while data := self._socket.recv(65536):
                self._inbox += self._framer.feed(data)
        except BlockingIOError:
            taken, self._inbox = self._inbox, []
            return taken
        finally:
            self._socket.settimeout(None)
        raise AssertionError(f"the hub closed the component's stream; got: {self._inbox}")

    def close(self):
        """Closes the stream as RFC 6120 §4.4 says, without waiting for the hub's answer."""
        try:
            self.send("</stream:stream>")
        except OSError:
            pass  # the hub has closed the connection already
        self._socket.close()
