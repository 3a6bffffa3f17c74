"""Requests made at random from the API's own description, good and bad: each gets an answer, and the hub goes on."""

import http.client
import json
import os
import random
from urllib.parse import quote

from peers.api import UnixConnection
from peers.site import spare_nodes
from peers.waiting import eventually

REQUESTS = int(os.environ.get("FEDHUB_API_REQUESTS", 3_000))
SEED = int(os.environ.get("FEDHUB_API_SEED", 19))

ENDLESS = {"/events/stream"}
"""Its answer has no end."""
SLOW = {"/check", "/explain"}
"""They ask name servers, so only a part of these requests is sent."""

WORDS = ["", "0", "1", "-1", "1e9", "null", "true", "a.example", "*", "*.example", "x" * 300, "\x00", "\xe4", "\U0001f600", "..", "%", "{}",
         "2026-11-30T11:00:00Z", "9" * 40, "<b>", "'; --", "debug", "hub", "status"]  # fmt: skip
TYPES = ["application/json", "application/merge-patch+json", "text/plain", "application/json; charset=latin1", ""]


class Requests:
    """Makes requests from the description."""

    def __init__(self, described: dict, seed: int):
        self.described = described
        self.random = random.Random(seed)
        methods = {"get", "post", "put", "patch", "delete"}
        self.calls = [
            (method, path, item[method], item.get("parameters", []))
            for path, item in described["paths"].items() if path not in ENDLESS
            for method in item if method in methods
        ]  # fmt: skip

    def resolved(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.described
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def value(self, schema: dict, depth: int = 0):
        """Returns a value that mostly fits the schema."""
        schema = self.resolved(schema)
        if self.random.random() < 0.15 or depth > 5:
            return self.random.choice([*WORDS, None, True, 1.5, 10**30, [], {}, [[]], {"a": {"b": 1}}])
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self.value(self.random.choice(schema[key]), depth + 1)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "string")
        if kind == "object":
            members = {k: self.value(v, depth + 1) for k, v in schema.get("properties", {}).items() if self.random.random() < 0.8}
            return members | ({self.random.choice(WORDS): 1} if self.random.random() < 0.1 else {})
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.random.choice([0, 1, 3, 200]))]
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "number"):
            return self.random.randint(schema.get("minimum", 0) - 1, schema.get("maximum", 1000) + 1)
        return self.random.choice(WORDS)

    def word(self, schema: dict) -> str:
        value = self.value(schema)
        return value if isinstance(value, str) else json.dumps(value)

    def next(self) -> tuple:
        """Returns (method, target, headers, body)."""
        method, path, operation, shared = self.random.choice(self.calls)
        while path in SLOW and self.random.random() < 0.98:
            method, path, operation, shared = self.random.choice(self.calls)
        query = []
        for parameter in map(self.resolved, [*shared, *operation.get("parameters", [])]):
            word = self.word(parameter.get("schema", {}))
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], quote(word, safe="") or "1")
            elif parameter["in"] == "query" and self.random.random() < 0.5:
                query += [f"{quote(parameter['name'])}={quote(word)}"] * self.random.choice([1, 1, 1, 2])
        if self.random.random() < 0.05:
            query.append("unknown=1")
        if self.random.random() < 0.1:
            method = self.random.choice(["get", "post", "put", "patch", "delete", "options", "brew"])
        content = self.resolved(operation.get("requestBody", {})).get("content", {})
        headers, body = {}, b""
        if method != "get" and self.random.random() < 0.9:
            media_type, described = next(iter(content.items()), ("application/json", {}))
            headers["Content-Type"] = media_type if self.random.random() < 0.9 else self.random.choice(TYPES)
            body = json.dumps(self.value(described.get("schema", {"type": "object"}))).encode()
            if self.random.random() < 0.1:
                body = body[: self.random.randrange(len(body) + 1)] + self.random.randbytes(3)
        if self.random.random() < 0.5:
            headers["If-Match"] = self.random.choice(["*", '"1"', "1", '"', ""])
        return method.upper(), "/api/v1" + path + ("?" + "&".join(query) if query else ""), headers, body


def test_every_request_gets_an_answer(site):
    hub = site.hub(*spare_nodes(1), log={"level": "error"})
    made = Requests(hub.api.get("openapi.json"), SEED)
    statuses = {}
    connection = UnixConnection(hub.api.path)
    for number in range(REQUESTS):
        method, target, headers, body = request = made.next()
        try:
            connection.request(method, target, body, headers)
        except (http.client.HTTPException, ValueError):
            continue  # Python refuses to send such a head
        except ConnectionError:
            connection.close()  # the last answer ended the connection
            connection.request(method, target, body, headers)
        response = connection.getresponse()
        answer = response.read()
        statuses[response.status] = statuses.get(response.status, 0) + 1
        assert response.status < 500 or response.status in (501, 503), (SEED, number, request, answer)
        if response.status >= 400 and method != "HEAD" and response.headers["Content-Type"] == "application/problem+json":
            problem = json.loads(answer)
            assert problem["status"] == response.status and problem["detail"], (SEED, number, request)
        if response.will_close:
            connection.close()
    connection.close()
    # The requests came past the first checks, and were not only refused.
    assert statuses.get(200, 0) > REQUESTS // 20 and {400, 404, 405, 415, 422} <= statuses.keys(), statuses
    eventually(lambda: hub.api.get("status")["ready"], what="a hub that goes on")
