"""One XML stream over a blocking socket, for scripts of send and expect."""

import fcntl
import select
import socket
import ssl
import struct
import termios
import threading

from .certificates import client_context
from .waiting import PATIENCE, Deadline
from .xml import Element, Header, StreamEnd, XmlReader

FOOTER = "</stream:stream>"


class Closed(Exception):
    """The other side closed the connection. `reset`: by a TCP reset."""

    def __init__(self, reset: bool = False, unread: bytes = b""):
        super().__init__(f"connection {'reset' if reset else 'closed'}, unread: {unread!r}")
        self.reset = reset


def stream_header(
    *, namespace="jabber:server", from_="", to="", id="", version="1.0", prefix="db", lang="", more=""
) -> str:
    """Returns a stream header without the attributes that are empty. `more`: text of further attributes."""
    attributes = f" xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'"
    if prefix:
        attributes += f" xmlns:{prefix}='jabber:server:dialback'"
    for name, value in (("from", from_), ("to", to), ("id", id), ("version", version), ("xml:lang", lang)):
        if value:
            attributes += f" {name}='{value}'"
    return f"<?xml version='1.0'?><stream:stream{attributes}{' ' + more if more else ''}>"


class Stream:
    """A stream in either direction. All reads and sends fail with TimeoutError after `within` seconds.

    One thread may read while others send or close. OpenSSL allows one thread at a time in a connection, and Python 3.11
    does not ensure that. So no call waits for the socket while it holds the lock.
    """

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self._in_use = threading.Lock()  # held for one call on the socket
        self._sending = threading.Lock()  # held until one text is sent in full
        self.sent_header = ""
        self.secure = False
        self.authenticated = False  # by SASL; set by the code that negotiates
        self.features = None  # the last ones that the other side sent; set by the code that negotiates
        self._reader = XmlReader()

    @classmethod
    def connect(cls, address, within: float = PATIENCE, source=None) -> "Stream":
        try:
            return cls(socket.create_connection(address, timeout=within, source_address=source))
        except ConnectionResetError as error:  # the other side accepted the connection and reset it at once
            raise Closed(reset=True) from error

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, data, within: float = PATIENCE) -> "Stream":
        deadline = Deadline(within)
        left = memoryview(data.encode() if isinstance(data, str) else data)
        with self._sending:
            try:
                while left:
                    left = left[self._carry_out(lambda: self.sock.send(left), select.POLLOUT, deadline) :]
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
                raise Closed(reset=True) from error
        return self

    @property
    def sent_id(self) -> str:
        """Returns the id of the header that this side sent as the receiving server."""
        return self.sent_header.partition(" id='")[2].partition("'")[0]

    def unacknowledged(self) -> int:
        """Returns the number of sent octets that the other side's TCP has not acknowledged yet (tcp(7), SIOCOUTQ)."""
        return struct.unpack("i", fcntl.ioctl(self.sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0]

    def send_header(self, **attributes) -> "Stream":
        self.sent_header = stream_header(**attributes)
        return self.send(self.sent_header)

    def close(self) -> None:
        """Closes the stream in order: sends the footer, then ends the connection."""
        try:
            self.send(FOOTER)
            with self._in_use:
                # Not the method of `ssl`, which ends TLS first: a thread that reads would then take records for text.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except (Closed, OSError):
            pass  # the other side has closed it already
        self._release()

    def cut(self) -> None:
        """Closes the connection by a TCP reset, without a footer."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._release()

    def _release(self) -> None:
        with self._in_use:
            self.sock.close()

    def _carry_out(self, call, event: int, deadline: Deadline):
        """Repeats `call` until it need not wait for the network. `event`: the event to await on plain TCP."""
        while True:
            try:
                with self._in_use:
                    return call()
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as wait:
                if isinstance(wait, ssl.SSLError):
                    event = select.POLLIN if isinstance(wait, ssl.SSLWantReadError) else select.POLLOUT
            if deadline.passed():
                raise TimeoutError("the socket was not ready in time")
            self._await(event, deadline)

    def _await(self, event: int, deadline: Deadline) -> None:
        """Waits in short slices: while a thread waits, the kernel keeps open a socket that another thread closes."""
        number = self.sock.fileno()
        if number == -1:
            return  # closed by this side; the next call raises
        poll = select.poll()
        poll.register(number, event)
        poll.poll(1000 * min(deadline.left(), 0.1))

    # -- reading --------------------------------------------------------------------------------------------

    @property
    def header(self) -> Header:
        """Returns the other side's header."""
        return self._reader.header

    def read(self, within: float = PATIENCE):
        """Returns the next Header, Element or StreamEnd."""
        deadline = Deadline(within)
        while (item := self._reader.next()) is None:
            self._reader.feed(self.receive(deadline.left()))
        return item

    def receive(self, within: float = PATIENCE) -> bytes:
        """Returns some octets as they come. Raises Closed at the end."""
        try:
            octets = self._carry_out(lambda: self.sock.recv(65536), select.POLLIN, Deadline(within))
        except TimeoutError:
            raise TimeoutError(f"nothing came within {within:.1f} s; unread: {self._reader.unread!r}") from None
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(True, self._reader.unread) from error
        if not octets:
            raise Closed(False, self._reader.unread)
        return octets

    def read_header(self, within: float = PATIENCE) -> Header:
        item = self.read(within)
        assert isinstance(item, Header), f"expected a stream header, got {item!r}"
        return item

    def expect(self, name: str, within: float = PATIENCE, **attributes) -> Element:
        """Returns the next item, which must be this element (`db:result`, `server:message`) with these attributes.

        An attribute whose name is a keyword of Python has a final underscore: `from_`. None: must be absent.
        """
        item = self.read(within)
        assert isinstance(item, Element) and item.is_a(name), f"expected <{name}/>, got {item!r}"
        for key, value in attributes.items():
            seen = item.get(key.rstrip("_"))
            assert seen == value, f"expected {key}={value!r}, got {item!r}"
        return item

    def expect_stream_error(self, *conditions: str, within: float = PATIENCE) -> Element:
        """Expects a stream error with one of these conditions, the footer, and the end of the connection."""
        error = self.expect("stream:error", within)
        assert error.condition in conditions, f"expected {' or '.join(conditions)}, got {error!r}"
        self.expect_end(within)
        return error

    def expect_end(self, within: float = PATIENCE) -> None:
        """Expects the footer and the end of the connection, and nothing else."""
        item = self.read(within)
        assert isinstance(item, StreamEnd), f"expected the end of the stream, got {item!r}"
        self.expect_closed(within)

    def expect_closed(self, within: float = PATIENCE) -> None:
        """Expects the end of the connection, and nothing before it."""
        try:
            octets = self.receive(within)
        except Closed:
            self._release()
            return
        raise AssertionError(f"expected the end of the connection, got {self._reader.unread + octets!r}")

    def read_to_end(self, within: float = PATIENCE) -> list:
        """Returns all items until the other side closes the connection."""
        deadline, items = Deadline(within), []
        try:
            while True:
                items.append(self.read(deadline.left()))
        except Closed:
            self._release()
        return items

    # -- TLS ------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Begins a new stream on the same connection (RFC 6120 §4.3.3)."""
        assert not self._reader.unread, f"octets before the restart: {self._reader.unread!r}"
        self._reader = XmlReader()

    def start_tls(self, context: ssl.SSLContext = None, server_side=False, name=None, within=PATIENCE) -> "Stream":
        """Performs the TLS handshake and restarts the stream. As client it accepts any certificate."""
        self.restart()
        context = context or client_context()
        name = None if server_side else name
        with self._in_use:
            self.sock = context.wrap_socket(self.sock, server_side, do_handshake_on_connect=False, server_hostname=name)
        try:
            self._carry_out(self.sock.do_handshake, select.POLLIN, Deadline(within))
        except OSError:
            self._release()
            raise
        self.secure = True
        return self

    @property
    def peer_certificate(self) -> bytes:
        """Returns the other side's certificate in DER; None if it has shown none or was not asked."""
        return self.sock.getpeercert(binary_form=True)
