"""Each call of the API, as nobody, a viewer and an operator make it. The calls are those of the API's own description."""

import re

import pytest
from peers.site import spare_nodes
from peers.web import Web, program

VIEWER, VIEWERS_TOKEN = program("looker", "viewer")
OPERATOR, OPERATORS_TOKEN = program("doer", "operator")

# The contract: calls that a viewer may make although they are no GET, and GETs that a viewer may not make.
FOR_VIEWERS = {("post", "/explain"), ("post", "/session"), ("delete", "/session")}
FOR_OPERATORS = {("get", "/audit"), ("get", "/captures"), ("get", "/captures/{id}")}
ON_THE_SOCKET_ONLY = {("post", "/tokens")}

ENDLESS = {"/events/stream"}
"""Its answer has no end: only refusals are asked for."""


@pytest.fixture(scope="module")
def hub(module_site):
    users = {"listen": {"admin": "127.0.0.1:0"}, "admin": {"user": [VIEWER, OPERATOR]}}
    return module_site.hub(*spare_nodes(1), **users)


@pytest.fixture(scope="module")
def web(hub):
    return Web(hub.addresses("admin")[0])


def calls(hub):
    methods = {"get", "post", "put", "patch", "delete"}
    described = hub.api.get("openapi.json")["paths"]
    return [(method, path) for path, item in described.items() for method in item if method in methods]


def needs_operator(call) -> bool:
    return call in FOR_OPERATORS or (call[0] != "get" and call not in FOR_VIEWERS)


def ask(web, call) -> int:
    """Makes a call with an empty body. Whoever has the right to it may still be answered that the body is wrong."""
    method, path = call
    return web.status(method.upper(), re.sub(r"{\w+}", "1", path)[1:], b"" if method != "get" else None)


def test_the_description_has_all_exceptions_of_the_table(hub):
    assert FOR_VIEWERS | {("get", "/audit")} | ON_THE_SOCKET_ONLY <= set(calls(hub))


def test_nobody_may_make_any_call_but_the_log_in(hub, web):
    for call in calls(hub):
        expected = 415 if call == ("post", "/session") else 401
        assert ask(web, call) == expected, call


def test_a_viewer_is_refused_exactly_what_only_operators_may_do(hub, web):
    viewer = web.bearing(VIEWERS_TOKEN)
    for call in calls(hub):
        if needs_operator(call):
            answer = viewer.request(call[0].upper(), re.sub(r"{\w+}", "1", call[1])[1:], b"{}")
            assert answer.status == 403, call
            assert "operator" in answer.json()["detail"]
        elif call[1] not in ENDLESS:
            assert ask(viewer, call) not in (401, 403), call


def test_a_viewer_may_explain_but_not_connect(web):
    body = {"from": "corp.example", "to": "partner.example"}
    viewer = web.bearing(VIEWERS_TOKEN)
    assert viewer.status("POST", "explain", body) == 200
    assert viewer.status("POST", "explain", body | {"connect": False}) == 200
    assert viewer.status("POST", "explain", body | {"connect": True}) == 403


def test_an_operator_may_do_everything(hub, web):
    operator = web.bearing(OPERATORS_TOKEN)
    for call in calls(hub):
        if call[1] not in ENDLESS and call not in ON_THE_SOCKET_ONLY:
            assert ask(operator, call) not in (401, 403), call


def test_tokens_are_made_on_the_socket_only(hub, web):
    assert web.bearing(OPERATORS_TOKEN).status("POST", "tokens", {}) == 403
    assert hub.api.send("POST", "tokens", {}).status == 200


def test_head_has_the_rights_of_get(web):
    viewer = web.bearing(VIEWERS_TOKEN)
    assert viewer.status("HEAD", "status") == 200
    assert viewer.status("HEAD", "audit") == 403
    assert web.status("HEAD", "status") == 401
