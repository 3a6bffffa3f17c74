"""The API's own description (OpenAPI) holds for its real answers, good and bad."""

import re
import socket

import jsonschema
import pytest

from peers.site import fresh_domain, spare_nodes
from peers.waiting import eventually

# A value of `after` that the list takes; of the others: "1".
AFTER = {"/domains": "0:a.example", "/notifications": "0:1"}

EVENTS = "/events/stream"
"""Its answer does not end; see test_history.py."""
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def hub(module_site):
    return module_site.hub(*spare_nodes(10))


@pytest.fixture(scope="module")
def described(hub):
    return hub.api.get("openapi.json")


def resolved(described, node):
    """Returns what a `$ref` leads to."""
    while "$ref" in node:
        target = described
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def schema_of(described, response):
    """Returns the media type and the schema of a response's body; nothing if it has none."""
    for media_type, content in resolved(described, response).get("content", {}).items():
        return media_type, {**content["schema"], "components": described["components"]}
    return None, None


def check(described, path, method, answer):
    """Checks an answer against the description of its call."""
    responses = described["paths"][path][method]["responses"]
    key = str(answer.status)
    assert key in responses or answer.status >= 400, f"{method} {path}: {answer.status} is not described"
    media_type, schema = schema_of(described, responses.get(key) or responses["default"])
    if schema is None:
        assert answer.body == b""
        return
    assert answer.headers["Content-Type"] == media_type
    jsonschema.Draft202012Validator(schema).validate(answer.json())


def test_it_is_a_sound_document(described):
    assert described["openapi"].startswith("3.1")
    for name, schema in described["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
    refs = re.findall(r'"\$ref": "#/([^"]+)"', str(described).replace("'", '"'))
    for ref in set(refs):
        resolved(described, {"$ref": f"#/{ref}"})


def test_it_holds_for_the_answers_about_a_hub_in_use(hub, component, site, dns, described):
    hub.api.send("PUT", "log/Resolver", {"level": "trace"})
    good, bad = site.server(verify_at=hub.s2s, security="required"), fresh_domain()
    component.message(component.domain, good.domain)
    good.expect_message()
    incoming = good.connect(hub.s2s, component.domain, secure=True)
    component.message(component.domain, bad, id="1")
    component.expect_stanza(type="error", id="1")
    half_open = socket.create_connection(hub.s2s)

    eventually(lambda: "negotiating" in {row["state"] for row in hub.api.get("streams")["items"]}, what="the row")
    streams = hub.api.get("streams")["items"]
    assert {row["leg"] for row in streams} == {"s2s-in", "s2s-out", "node-component"}
    assert {row["state"] for row in streams} == {"negotiating", "authenticated"}
    assert {row["state"] for row in hub.api.get("domains")["items"]} == {"connected", "failing"}
    for path in described["paths"]:
        if "get" not in described["paths"][path] or path in ("/openapi.json", EVENTS):
            continue
        arguments = {"{domain}": [good.domain, bad], "{id}": [str(row["id"]) for row in streams]}
        name = re.search(r"{\w+}", path)
        for argument in arguments[name.group()] if name else [""]:
            call = path.replace(name.group(), argument) if name else path
            answer = hub.api.request("GET", call[1:])
            assert answer.status == 200, (call, answer.body)
            check(described, path, "get", answer)
    half_open.close()
    incoming.close()


def test_it_names_every_parameter_and_each_value_that_it_allows_is_taken(hub, described):
    for path, item in described["paths"].items():
        if path == EVENTS:
            continue
        for parameter in map(lambda x: resolved(described, x), item.get("get", {}).get("parameters", [])):
            schema = resolved(described, parameter["schema"])
            values = [parameter["example"]] if "example" in parameter else schema.get("enum") or re.findall(r"\w+", schema.get("pattern", "")) or {
                "integer": [schema.get("minimum"), schema.get("maximum")], "string": [AFTER.get(path, "1")],
            }[schema["type"]]  # fmt: skip
            for value in values:
                answer = hub.api.request("GET", path[1:], **{parameter["name"]: value})
                assert answer.status == 200, (path, parameter["name"], value, answer.body)
                check(described, path, "get", answer)


# Calls that can't be answered: (method, call, described path, status).
REFUSED = [
    ("GET", "domains?limit=0", "/domains", 400),
    ("GET", "domains?sort=colour", "/domains", 400),
    ("GET", "domains/never.heard.example", "/domains/{domain}", 404),
    ("GET", "domains/a..b", "/domains/{domain}", 400),
    ("GET", "streams/99999999", "/streams/{id}", 404),
    ("GET", "streams/one", "/streams/{id}", 400),
    ("GET", "nodes?colour=red", "/nodes", 400),
    ("GET", "events?kind=streams", "/events", 400),
    ("GET", "events?since=yesterday", "/events", 400),
    ("GET", "events?after=1", "/events", 400),
    ("GET", "events/stream?since=2026-11-30T11:00:00Z", "/events/stream", 400),
    ("GET", "audit?domain=a.example", "/audit", 400),
    ("POST", "domains/never.heard.example/retry", "/domains/{domain}/retry", 404),
    ("POST", "domains/never.heard.example/close", "/domains/{domain}/close", 404),
    ("GET", "config?limit=0", "/config", 400),
    ("GET", "config?after=x", "/config", 400),
    ("PATCH", "config", "/config", 415),
    ("POST", "config/undo", "/config/undo", 428),
    ("POST", "streams/99999999/close", "/streams/{id}/close", 404),
    ("PUT", "log/nonsense", "/log/{module}", 404),
    ("PUT", "log/hub", "/log/{module}", 415),
    ("POST", "explain", "/explain", 415),
    ("POST", "check?what=dns", "/check", 400),
]


# Requests with a body: (method, call, described path, body).
SENT = [
    ("PUT", "log/hub", "/log/{module}", {"level": "debug", "for_s": 1}),
    ("PUT", "log/hub", "/log/{module}", {"level": "loud"}),
    ("POST", "dns/flush", "/dns/flush", {"name": "partner.example"}),
    ("POST", "dns/flush", "/dns/flush", {"name": "a..b"}),
    ("POST", "explain", "/explain", {"from": "corp.example", "to": "partner.example", "connect": False}),
    ("POST", "explain", "/explain", {"from": "corp.example", "to": "partner.example", "connect": True}),
    ("POST", "explain", "/explain", {"from": "OWN", "to": "partner.example"}),
    ("POST", "explain", "/explain", {"from": "partner.example", "to": "user@OWN/x"}),
    ("POST", "explain", "/explain", {"from": "corp.example"}),
    ("POST", "check", "/check", {"what": ["dns", "certificates", "reach", "nodes", "estate"]}),
    ("POST", "check", "/check", {"what": ["everything"]}),
]


@pytest.mark.parametrize("method, call, path, body", SENT)
def test_it_holds_for_requests_with_a_body(hub, described, method, call, path, body):
    own = hub.config["node"][0]["domains"][0]
    body = {key: value.replace("OWN", own) if isinstance(value, str) else value for key, value in body.items()}
    answer = hub.api.send(method, call, body)
    check(described, path, method.lower(), answer)
    content = described["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
    schema = {**content["schema"], "components": described["components"]}
    fits = jsonschema.Draft202012Validator(schema).is_valid(body)
    assert fits == (answer.status < 400) or body.get("name") == "a..b"  # no schema says what a domain is


@pytest.mark.parametrize("method, call, path, status", REFUSED)
def test_it_holds_for_refusals(hub, described, method, call, path, status):
    answer = hub.api.request(method, call)
    assert answer.status == status
    check(described, path, method.lower(), answer)


def test_no_call_is_answered_that_it_does_not_describe(hub, described):
    for path, item in described["paths"].items():
        call = path[1:].replace("{domain}", "a.example").replace("{id}", "1").replace("{module}", "hub")
        for method in METHODS:
            if method not in item:
                assert hub.api.request(method.upper(), call).status == 405, (method, call)


def test_it_holds_for_changes_of_the_configuration(site, described):
    hub = site.hub(*spare_nodes(1))
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    for body, status in ((b'{"limits": {"stanza_depth": 70}}', 200), (b'{"limits": {"stanza_depth": 1}}', 422)):
        answer = hub.api.request("PATCH", "config", body, headers)
        assert answer.status == status
        check(described, "/config", "patch", answer)
    check(described, "/config/history", "get", hub.api.request("GET", "config/history"))
    for status in (200, 409):
        answer = hub.api.request("POST", "config/undo", headers=headers)
        assert answer.status == status
        check(described, "/config/undo", "post", answer)
    check(described, "/config/reload", "post", hub.api.request("POST", "config/reload"))
