"""`listen.admin` over TLS: certificate, cookie and CSRF token; strangers beside a scrape and the socket."""

import http.client
import socket
import ssl

import pytest
from peers import authority
from peers.site import spare_nodes
from peers.waiting import PATIENCE, eventually
from peers.web import PASSWORD, Web, person, program

PROGRAM, TOKEN = program("monitor", "viewer")
USERS = [person("ann", "operator"), person("bob", "viewer"), PROGRAM]
NAME = "hub.example"


class Site:
    """A hub with a certificate of its own for `listen.admin`."""

    def __init__(self, site):
        self.folder = site.directory("admin")
        self.files = authority.files(self.folder, "admin", authority.certificate(NAME))
        self.hub = site.hub(
            *spare_nodes(1),
            listen={"admin": "127.0.0.1:0"},
            admin={"user": USERS, **self.files},
        )
        self.address = self.hub.addresses("admin")[0]
        self.web = Web(self.address, self.trusting(), f"{NAME}:{self.address[1]}")

    def trusting(self, **how) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=authority.root().certificate.decode())
        context.check_hostname = False  # the connection goes to an address
        for key, value in how.items():
            setattr(context, key, value)
        return context


@pytest.fixture
def tls(site):
    return Site(site)


def shown_certificate(tls) -> bytes:
    with socket.create_connection(tls.address, PATIENCE) as plain, tls.trusting().wrap_socket(plain) as secured:
        return secured.getpeercert(binary_form=True)


def test_a_browser_has_a_cookie_and_changes_need_the_csrf_token(tls):
    answer = tls.web.request("POST", "session", {"user": "ann", "password": PASSWORD})
    assert answer.status == 200, answer.body
    row, cookie = answer.json(), answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-fedhub=")
    assert set(cookie.split("; ")[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert "token" not in row and len(row["csrf_token"]) == 64
    shown = {"Cookie": "other=1; " + cookie.partition(";")[0]}
    token = {"X-CSRF-Token": row["csrf_token"]}
    assert tls.web.status("GET", "status", None, shown) == 200
    assert tls.web.request("GET", "session", None, shown).json()["csrf_token"] == row["csrf_token"]
    assert tls.web.status("POST", "dns/flush", {}, shown) == 403
    assert tls.web.status("POST", "dns/flush", {}, shown | {"X-CSRF-Token": "0" * 64}) == 403
    assert tls.web.status("POST", "dns/flush", {}, shown | token | {"Origin": "https://evil.example"}) == 403
    assert tls.web.status("POST", "dns/flush", {}, shown | token | {"Origin": f"https://{tls.web.host}"}) == 204
    twice = {"Cookie": f"{cookie.partition(';')[0]}; {cookie.partition(';')[0]}"}
    assert tls.web.status("GET", "status", None, twice) == 401
    as_bearer = {"Authorization": "Bearer " + cookie.partition(";")[0].partition("=")[2]}
    assert tls.web.status("GET", "status", None, as_bearer) == 401
    answer = tls.web.request("DELETE", "session", None, shown | token)
    assert answer.status == 204 and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert tls.web.status("GET", "status", None, shown) == 401


def test_a_one_time_token_of_the_socket_opens_a_session(tls):
    made = tls.hub.api.send("POST", "tokens", {}).json()
    assert made["url"] == f"https://{NAME}:{tls.address[1]}"
    assert tls.web.logged_in(token=made["token"]).status("POST", "dns/flush", {}) == 204


NAMES = [(NAME, 200), (NAME.upper() + ":1", 200), ("127.0.0.1", 200), ("evil.example", 421), ("192.0.2.1", 421)]


@pytest.mark.parametrize("host, status", NAMES)
def test_the_names_of_the_certificate_are_the_hubs_own(tls, host, status):
    assert tls.web.bearing(TOKEN).status("GET", "status", None, {"Host": host}) == status


def test_a_renewed_certificate_is_shown_after_a_reload(tls):
    before, kept = shown_certificate(tls), tls.web.bearing(TOKEN)
    connection = kept.connection()
    connection.request("GET", "/api/v1/status", headers={"Host": kept.host} | kept.headers)
    assert connection.getresponse().read()
    authority.files(tls.folder, "admin", authority.certificate(NAME))
    assert tls.hub.api.send("POST", "config/reload", {}).status == 200
    assert shown_certificate(tls) != before
    connection.request("GET", "/api/v1/status", headers={"Host": kept.host} | kept.headers)
    assert connection.getresponse().status == 200, "an open connection goes on"
    connection.close()


def test_a_key_that_does_not_fit_is_refused_by_a_reload(tls):
    before = shown_certificate(tls)
    other = authority.files(tls.folder, "other", authority.certificate(NAME))
    admin = {"user": USERS, "chain_file": tls.files["chain_file"], "key_file": other["key_file"]}
    tls.hub.write_config(tls.hub.config | {"admin": admin})
    answer = tls.hub.api.send("POST", "config/reload", {})
    assert answer.status == 422 and "other.pem" in answer.body.decode()
    assert shown_certificate(tls) == before


OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


@pytest.mark.parametrize("version", OLD)
def test_old_versions_of_tls_are_refused(tls, version):
    context = tls.trusting(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(tls.address, PATIENCE) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain)


def test_plain_http_is_refused(tls):
    connection = http.client.HTTPConnection(*tls.address, timeout=PATIENCE)
    connection.request("GET", "/api/v1/status")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        connection.getresponse()


def test_a_large_answer_and_an_event_stream_pass(tls):
    monitor = tls.web.bearing(TOKEN)
    assert len(monitor.request("GET", "openapi.json").body) > 20_000
    connection = monitor.connection()
    connection.request("GET", "/api/v1/events/stream", headers={"Host": monitor.host} | monitor.headers)
    response = connection.getresponse()
    tls.hub.api.send("POST", "config/reload", {})
    received = b""
    while b"data:" not in received:
        part = response.read1(65536)
        assert part, "the stream has ended"
        received += part
    connection.close()


def test_strangers_hold_up_neither_users_nor_the_socket_nor_a_scrape(tls):
    """Silent connections, half handshakes, and requests that come octet by octet."""
    silent = [socket.create_connection(tls.address, PATIENCE) for _ in range(120)]
    for client in silent[:40]:
        try:
            client.sendall(b"\x16\x03\x01\x02\x00\x01")
        except OSError:
            pass  # the hub has made room
    slow = []
    for _ in range(20):
        plain = socket.create_connection(tls.address, PATIENCE)
        secured = tls.trusting().wrap_socket(plain)
        secured.sendall(b"GET /api/v1/status HTT")
        slow.append(secured)
    for _ in range(5):
        assert tls.hub.api.get("status")["ready"]
        assert tls.hub.get("/metrics")[0] == 200
        eventually(lambda: tls.web.bearing(TOKEN).status("GET", "status") == 200, what="an answer beside strangers")
    for client in silent + slow:
        client.close()
