"""A client of `listen.admin`: the API over TCP, plain or by TLS, as a browser or a program uses it."""

import hashlib
import http.client
import json
import os
import secrets
import ssl
from base64 import b64encode
from urllib.parse import urlencode

from .api import Answer
from .waiting import PATIENCE

PASSWORD = "correct horse battery staple"


def unpadded(octets: bytes) -> str:
    return b64encode(octets).decode().rstrip("=")


def password_hash(password: str = PASSWORD, n_log2: int = 10) -> str:
    """Returns a cheap hash, made by another implementation of scrypt than the hub's."""
    salt = os.urandom(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=2**n_log2, r=8, p=1, dklen=32)
    return f"$scrypt$ln={n_log2},r=8,p=1${unpadded(salt)}${unpadded(key)}"


def person(name: str, role: str, password: str = PASSWORD) -> dict:
    return {"name": name, "password_hash": password_hash(password), "role": role}


def program(name: str, role: str) -> tuple:
    """Returns (row, token) of a program."""
    token = secrets.token_hex(32)
    return {"name": name, "token_hash": hashlib.sha256(token.encode()).hexdigest(), "role": role}, token


class Web:
    """Asks a hub at `listen.admin`. Each request has a connection of its own."""

    def __init__(self, address: tuple, context: ssl.SSLContext | None = None, host: str | None = None):
        self.address = address
        self.context = context
        self.host = host or f"{address[0]}:{address[1]}"
        self.headers = {}

    def connection(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        return http.client.HTTPSConnection(*self.address, timeout=PATIENCE, context=self.context)

    def request(self, method: str, call: str, body: dict | bytes | None = None, headers: dict | None = None, **query):
        connection = self.connection()
        octets = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {"Host": self.host} | self.headers | (headers or {})
        if isinstance(body, dict):
            sent.setdefault("Content-Type", "application/json")
        try:
            target = f"/api/v1/{call}" + ("?" + urlencode(query) if query else "")
            connection.request(method, target, octets, {k: v for k, v in sent.items() if v is not None})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def status(self, method: str, call: str, body=None, headers=None, **query) -> int:
        return self.request(method, call, body, headers, **query).status

    def bearing(self, token: str) -> "Web":
        """Returns a client that shows this token."""
        other = Web(self.address, self.context, self.host)
        other.headers = {"Authorization": f"Bearer {token}"}
        return other

    def logged_in(self, **shown) -> "Web":
        """Returns a client with a session of its own, as a browser has it. @param shown user and password, or token"""
        answer = self.request("POST", "session", shown)
        assert answer.status == 200, (answer.status, answer.body)
        row = answer.json()
        if "token" in row:
            return self.bearing(row["token"])
        other = Web(self.address, self.context, self.host)
        other.headers = {
            "Cookie": answer.headers["Set-Cookie"].partition(";")[0],
            "X-CSRF-Token": row["csrf_token"],
        }
        return other
