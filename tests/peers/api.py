"""A client of the hub's API on its Unix socket."""

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import urlencode

from .waiting import PATIENCE


class UnixConnection(http.client.HTTPConnection):
    """HTTP to a Unix socket. The path of the socket is not part of the request."""

    def __init__(self, path: Path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Answer:
    """The answer to one request."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Api:
    """Asks the hub whose API has this socket. Each request has a connection of its own."""

    def __init__(self, path: Path):
        self.path = path

    def request(self, method: str, call: str, body: bytes | None = None, headers: dict | None = None, **query) -> Answer:
        """@param call without the root, e.g. "domains/partner.example"."""
        connection = UnixConnection(self.path)
        try:
            target = f"/api/v1/{call}" + ("?" + urlencode(query) if query else "")
            connection.request(method, target, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, call: str, **query):
        """Returns the JSON of an answer, which must be 200."""
        answer = self.request("GET", call, **query)
        assert answer.status == 200, (call, answer.status, answer.body)
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()

    def send(self, method: str, call: str, body: dict) -> Answer:
        """Sends a body of JSON."""
        return self.request(method, call, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def post(self, call: str, body: dict | None = None) -> int:
        """Returns the status of the answer to an order."""
        return (self.request("POST", call) if body is None else self.send("POST", call, body)).status

    def explain(self, from_: str, to: str, connect: bool = False) -> dict:
        """Returns what would happen to a stanza: the steps by their names, and the verdict."""
        answer = self.send("POST", "explain", {"from": from_, "to": to, "connect": connect})
        assert answer.status == 200, (answer.status, answer.body)
        found = answer.json()
        return {step["step"]: step for step in reversed(found["steps"])} | {"verdict": found["verdict"]}

    def problem(self, call: str, method: str = "GET", **query) -> dict:
        """Returns the problem of an answer that must be one."""
        answer = self.request(method, call, **query)
        assert answer.status >= 400, (call, answer.status)
        assert answer.headers["Content-Type"] == "application/problem+json", (call, answer.body)
        problem = answer.json()
        assert problem["status"] == answer.status and problem["detail"]
        return problem

    def domain(self, name: str) -> dict | None:
        """Returns the domain's row and its streams; None if it has none."""
        answer = self.request("GET", f"domains/{name}")
        return answer.json() if answer.status == 200 else None
