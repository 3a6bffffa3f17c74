"""`listen.admin` over loopback: log-in by password, one-time token or program's token; sessions and their end."""

import http.client
import re
import socket

import pytest
from peers import toml
from peers.site import spare_nodes
from peers.waiting import PATIENCE, eventually
from peers.web import PASSWORD, Web, person, program

PROGRAM, TOKEN = program("monitor", "viewer")
USERS = [person("ann", "operator"), person("bob", "viewer"), PROGRAM]


def with_users(*users):
    return {"listen": {"admin": "127.0.0.1:0"}, "admin": {"user": list(users)}}


@pytest.fixture
def hub(site):
    return site.hub(*spare_nodes(1), **with_users(*USERS))


@pytest.fixture
def web(hub):
    return Web(hub.addresses("admin")[0])


@pytest.fixture(scope="module")
def shared(module_site):
    """A hub that no test changes."""
    hub = module_site.hub(*spare_nodes(1), **with_users(*USERS))
    return Web(hub.addresses("admin")[0])


def audit(hub, kind):
    return [row for row in hub.api.get("audit", limit=100)["items"] if row["kind"] == kind]


def wait_for_audit(hub, kind, pattern):
    return eventually(
        lambda: [row for row in audit(hub, kind) if re.search(pattern, row["actor"] + ": " + row.get("detail", ""))],
        what=f"an audit row of {kind} like {pattern}",
    )


def follow(web, call="events/stream"):
    """Opens an event stream. Returns its response after the header."""
    connection = web.connection()
    connection.request("GET", f"/api/v1/{call}", headers={"Host": web.host} | web.headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    return response


def ends(stream) -> bool:
    """Waits until the hub ends an event stream, and fails if it does not."""
    try:
        while stream.read1(4096):
            pass
    except (http.client.IncompleteRead, ConnectionError):
        pass
    finally:
        stream.close()
    return True


def brings_events(hub, stream) -> bool:
    """Causes an event, and returns whether the stream brings one."""
    hub.api.send("POST", "config/reload", {})
    received = b""
    while b"data:" not in received and (part := stream.read1(4096)):
        received += part
    return b"data:" in received


def test_nobody_gets_anything_without_a_log_in(hub, web):
    for call in ("status", "config", "openapi.json", "session", "events/stream", "nothing"):
        answer = web.request("GET", call)
        assert answer.status == 401, call
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["status"] == 401


def test_a_person_logs_in_by_password_and_out_again(hub, web):
    ann = web.logged_in(user="ann", password=PASSWORD)
    row = ann.request("GET", "session").json()
    assert (row["user"], row["role"], row["idle_s"]) == ("ann", "operator", 1800)
    assert "csrf_token" not in row and "token" not in row
    assert ann.status("GET", "status") == 200
    assert ann.status("POST", "dns/flush", {}) == 204
    wait_for_audit(hub, "dns-flush", r"^ann from 127\.0\.0\.1")
    wait_for_audit(hub, "log-in", r"^ann from 127\.0\.0\.1: as operator, by password$")
    assert ann.status("DELETE", "session") == 204
    assert ann.status("GET", "status") == 401
    wait_for_audit(hub, "log-out", "^ann from")


def test_a_one_time_token_works_once_and_keeps_the_rights_of_its_creator(hub, web):
    made = hub.api.send("POST", "tokens", {}).json()
    assert re.fullmatch("[0-9a-f]{32}", made["token"])
    session = web.logged_in(token=made["token"])
    row = session.request("GET", "session").json()
    assert row["user"].startswith("uid ") and row["role"] == "operator"
    assert web.status("POST", "session", {"token": made["token"]}) == 401
    assert session.status("POST", "tokens", {}) == 403, "a token by a session would outlive it"
    assert session.status("POST", "dns/flush", {}) == 204
    wait_for_audit(hub, "dns-flush", r"^uid \d+ from 127\.0\.0\.1")


def test_the_socket_needs_no_session(hub):
    row = hub.api.get("session")
    assert row["user"].startswith("uid ") and row["role"] == "operator" and "ends" not in row
    assert hub.api.send("POST", "session", {"user": "ann", "password": PASSWORD}).status == 409


def test_a_program_shows_its_token_each_time(hub, web):
    monitor = web.bearing(TOKEN)
    assert monitor.status("GET", "status") == 200
    assert monitor.status("POST", "dns/flush", {}) == 403
    row = monitor.request("GET", "session").json()
    assert row == {"user": "monitor", "role": "viewer"}
    assert web.status("POST", "session", {"user": "monitor", "password": TOKEN}) == 401


WRONG = [
    ({"user": "ann", "password": "wrong"}, 401),
    ({"user": "nobody", "password": PASSWORD}, 401),
    ({"token": "0" * 32}, 401),
    ({"user": "ann"}, 422),
    ({"password": PASSWORD}, 422),
    ({"user": "ann", "password": ""}, 422),
    ({"user": "ann", "password": "x" * 1025}, 422),
    ({"token": "0" * 32, "user": "ann"}, 422),
    ({"user": ["ann"], "password": PASSWORD}, 422),
    (b"[]", 415),
]


@pytest.mark.parametrize("body, status", WRONG, ids=str)
def test_a_wrong_log_in_is_refused_and_says_why(hub, web, body, status):
    answer = web.request("POST", "session", body)
    assert answer.status == status, answer.body
    assert PASSWORD not in answer.json()["detail"]
    if status == 401:
        wait_for_audit(hub, "log-in", "refused")


def test_attempts_are_slowed_down_and_a_success_forgives(hub, web):
    seen = [web.status("POST", "session", {"user": "ann", "password": "wrong"}) for _ in range(4)]
    assert seen[0] == 401 and seen[-1] == 429, seen
    answer = web.request("POST", "session", {"user": "bob", "password": PASSWORD})
    assert answer.status == 429, "the address has to wait, whatever user it names"
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert hub.api.get("status")["ready"], "the socket is not slowed down"
    eventually(
        lambda: web.status("POST", "session", {"user": "bob", "password": PASSWORD}) == 200,
        within=wait + PATIENCE, what="the log-in after the pause",
    )  # fmt: skip
    assert web.status("POST", "session", {"user": "bob", "password": PASSWORD}) == 200


FOREIGN = [
    ({"Host": "evil.example"}, 421),
    ({"Host": "127.0.0.1.evil.example"}, 421),
    ({"Host": "192.0.2.1"}, 421),
    ({"Host": ""}, 421),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "https://localhost"}, 403),
    ({"Host": "localhost:9528", "Origin": "http://localhost:9529"}, 403),
    ({"Authorization": "Basic YW5uOng="}, 401),
    ({"Authorization": "Bearer "}, 401),
    ({"Authorization": "Bearer " + "0" * 64}, 401),
    ({"Cookie": "__Host-fedhub=" + "0" * 64}, 401),
]


@pytest.mark.parametrize("headers, status", FOREIGN, ids=str)
def test_requests_of_other_pages_are_refused(shared, headers, status):
    assert shared.status("GET", "status", None, headers) == status
    if status != 401:
        assert shared.status("POST", "session", {"token": "0" * 32}, headers) == status


OWN = [
    {"Host": "localhost:1234"},
    {"Host": "[::1]:9528"},
    {"Host": "LOCALHOST"},
    {"Host": "localhost:9528", "Origin": "http://localhost:9528"},
]


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_names_of_loopback_are_the_hubs_own(shared, headers):
    assert shared.bearing(TOKEN).status("GET", "status", None, headers) == 200


# Heads that two readers could understand differently: (lines, status).
DOUBTFUL = [
    (["Authorization: Bearer T", "Authorization: Bearer T"], 400),
    (["Authorization: Bearer T", "Host: localhost"], 400),
    (["Authorization: Bearer T", "Content-Length: 0", "Content-Length: 1"], 400),
    (["Authorization: Bearer T", "Content-Length: 2", "Transfer-Encoding: chunked"], 400),
]


@pytest.mark.parametrize("lines, status", DOUBTFUL, ids=str)
def test_doubtful_requests_are_refused(shared, lines, status):
    with socket.create_connection(shared.address, PATIENCE) as client:
        head = ["POST /api/v1/dns/flush HTTP/1.1", f"Host: {shared.host}", *lines, "", "0\r\n\r\n"]
        client.sendall("\r\n".join(head).replace("Bearer T", f"Bearer {TOKEN}").encode())
        assert client.recv(65536).split()[1] == str(status).encode()


def test_an_event_stream_ends_with_its_session(hub, web):
    ann, other = (web.logged_in(user="ann", password=PASSWORD) for _ in range(2))
    stream, stays = follow(ann), follow(other)
    assert ann.status("DELETE", "session") == 204
    assert ends(stream)
    assert brings_events(hub, stays), "another session of the same user goes on"
    stays.close()


CHANGES = {
    "the user is removed": lambda users: [user for user in users if user["name"] != "ann"],
    "the role changes": lambda users: [user | {"role": "viewer"} for user in users],
    "the password changes": lambda users: [person("ann", "operator", "another"), *users[1:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_sessions_end_when_the_user_changes(hub, web, change):
    ann = web.logged_in(user="ann", password=PASSWORD)
    stream = follow(ann)
    hub.reload(toml.merge(hub.config, {"admin": {"user": CHANGES[change](USERS)}}))
    assert ann.status("GET", "status") == 401
    assert ends(stream)


def test_a_programs_streams_end_with_its_row(hub, web):
    stream = follow(web.bearing(TOKEN))
    hub.reload(toml.merge(hub.config, {"admin": {"user": USERS[:2]}}))
    assert ends(stream)
    assert web.bearing(TOKEN).status("GET", "status") == 401


def test_a_relay_on_the_socket_lends_nobody_its_rights(hub):
    """What follows the line of a relay needs a session, as if it came over loopback."""

    def ask(*lines, prefix="PROXY TCP4 127.0.0.1 127.0.0.1 40000 40001\r\n"):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(hub.api.path))
            client.sendall((prefix + "\r\n".join(lines) + "\r\n\r\n").encode())
            return client.recv(65536).split(b"\r\n")[0]

    head = ["GET /api/v1/status HTTP/1.1", "Host: localhost:40001"]
    assert b" 200 " in ask(*head, prefix="")
    assert b" 401 " in ask(*head)
    assert b" 421 " in ask(head[0], "Host: evil.example")
    assert b" 200 " in ask(*head, f"Authorization: Bearer {TOKEN}")
    assert b" 403 " in ask("POST /api/v1/tokens HTTP/1.1", head[1], f"Authorization: Bearer {TOKEN}", "Content-Length: 0")
    with pytest.raises(ConnectionResetError):
        ask(*head, prefix="PROXY TCP4 127.0.0.1\r\n")


def test_the_configuration_shows_no_hash(hub, web):
    values = {row["key"]: row["value"] for row in hub.api.get("config", limit=1000)["items"]}
    assert values['admin.user."ann".password_hash'] == "***"
    assert values['admin.user."monitor".token_hash'] == "***"
