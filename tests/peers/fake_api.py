"""A hub's API that gives recorded answers, on a Unix socket or on loopback, and keeps the requests."""

import json
import socket
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

PREFIX = "/api/v1/"
PATIENCE_S = 20
"""For a client that sends only a part of a request."""


@dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes
    connection: socket.socket = field(repr=False)

    @property
    def path(self):
        """The path below the prefix, decoded."""
        return unquote(urlsplit(self.target).path.removeprefix(PREFIX))

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Answer:
    body: object = b""
    """Octets or text as they are; any other value becomes JSON."""
    status: int = 200
    kind: str = "application/json"

    def octets(self):
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    def message(self):
        body = self.octets()
        head = f"HTTP/1.1 {self.status} Any\r\nContent-Type: {self.kind}\r\nConnection: close\r\n"
        if self.status != 204:
            head += f"Content-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body


def problem(status, title=None, detail=None, **more):
    """Returns an error as RFC 9457 has it."""
    body = {name: value for name, value in {"title": title, "detail": detail, "status": status, **more}.items() if value}
    return Answer(body, status, "application/problem+json")


DONE = Answer(status=204)


class FakeApi:
    """Answers "METHOD path" by `answers`: an Answer, a value that becomes JSON, or a function of the request that returns
    either, or that writes to `request.connection` itself and returns None. Anything else is 404.

    @param path of a Unix socket; None: a port of 127.0.0.1.
    """

    def __init__(self, path=None, answers=None):
        self.answers = dict(answers or {})
        self.requests = []
        self._ending = threading.Event()
        self._connections = set()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._listener.bind(str(path) if path else ("127.0.0.1", 0))
        self._listener.listen(16)
        self.port = None if path else self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Ends all connections. A second call does nothing."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                connection.close()

    def wait_for_end(self, seconds):
        """Waits, for a handler that holds a connection. Returns whether the API ends."""
        return self._ending.wait(seconds)

    def _accept(self):
        while not self._ending.is_set():
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            connection.settimeout(PATIENCE_S)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            request = self._read(connection)
            if request:
                self.requests.append(request)
                answer = self.answers.get(f"{request.method} {request.path}", problem(404, "Not found"))
                if callable(answer):
                    answer = answer(request)
                if answer is not None:
                    connection.sendall((answer if isinstance(answer, Answer) else Answer(answer)).message())
        except OSError:
            pass  # the client has ended the connection, as it may
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    @staticmethod
    def _read(connection):
        text = b""
        while b"\r\n\r\n" not in text:
            part = connection.recv(65536)
            if not part:
                return None
            text += part
        head, body = text.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        return Request(method, target, headers, body, connection)
