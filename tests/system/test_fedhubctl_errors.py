"""fedhubctl where no answer comes, or one that is none; log-in by URL; wrong calls."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from peers import api_answers as api
from peers.fake_api import DONE, Answer, FakeApi, problem
from peers.fedhubctl import Fedhubctl


@pytest.fixture
def web():
    """An API without answers on a port of loopback."""
    server = FakeApi()
    yield server
    server.close()


def octets(*parts):
    """Returns a handler that sends these octets and ends the connection."""

    def send(request):
        for part in parts:
            request.connection.sendall(part)

    return send


def endless(request):
    """A body without end."""
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        request.connection.sendall(b"1," * 32768)


def endless_header(request):
    request.connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.connection.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OTHER_API = "the answer is not one of a hub's API: "
NO_ANSWERS = {
    "nothing": (octets(), "ended before the answer was complete"),
    "not HTTP": (octets(b"220 mail.example ESMTP\r\n"), "does not speak HTTP"),
    "not JSON": (Answer("<html>It works!</html>", kind="text/html"), OTHER_API + "it is not JSON"),
    "half a body": (octets(HEAD + b"Content-Length: 100\r\n\r\n{"), "ended before the answer was complete"),
    "half a header": (octets(HEAD), ""),
    "bad chunks": (octets(HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), ""),
    "no UTF-8": (Answer(b'{"name": "\xff\xfe"}'), OTHER_API + "it is not JSON"),
    "deep": (Answer("[" * 100_000), OTHER_API + "it is not JSON"),
    "a body without end": (endless, "its answer is too large"),
    "a header without end": (endless_header, "its answer is too large"),
    "too long a body": (octets(HEAD + b"Content-Length: 99999999999999\r\n\r\n"), "ended before the answer was complete"),
    "a redirect": (octets(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), OTHER_API + "status 302"),
    "a proxy's error": (Answer("<h1>Bad Gateway</h1>", 502, "text/html"), OTHER_API + "status 502"),
    "a problem that is none": (Answer("oops", 500, "application/problem+json"), OTHER_API + "status 500"),
    "no content": (DONE, OTHER_API + "it is not JSON"),
}


@pytest.mark.parametrize("kind", NO_ANSWERS)
@pytest.mark.parametrize("words, call", [(["status"], "GET status"), (["domains"], "GET domains")], ids=["status", "domains"])
def test_an_answer_that_is_none_ends_with_3(fake_hub, ctl, kind, words, call):
    fake_hub.answers[call], text = NO_ANSWERS[kind]
    done = ctl(*words)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("fedhubctl: the ") and text in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("answer", [{}, [], 7, None, "text", {"items": {}}, {"items": None}, {"total": "x", "items": 3}], ids=str)
def test_a_value_of_another_type_ends_the_program_in_order(fake_hub, ctl, answer):
    for call in ("status", "domains/a.example", "domains", "config", "notifications", "log"):
        fake_hub.answers[f"GET {call}"] = Answer(json.dumps(answer))
    for call in ("explain", "check", "config/reload"):
        fake_hub.answers[f"POST {call}"] = Answer(json.dumps(answer))
    for words in ("status", "domain a.example", "domains", "config show", "notifications", "log", "explain a b", "check", "reload"):
        assert ctl(*words.split()).returncode in (0, 1, 3), words


def test_a_hub_that_does_not_answer_ends_with_3(tmp_path):
    socket = str(tmp_path / "admin.sock")
    done = Fedhubctl("--socket", socket)("status")
    assert (done.returncode, done.stdout) == (3, "")
    assert socket in done.stderr and "there is no such socket" in done.stderr and "systemctl" in done.stderr
    (tmp_path / "admin.sock").touch()
    done = Fedhubctl("--socket", socket)("status")
    assert done.returncode == 3 and "nobody listens" in done.stderr


def test_a_user_outside_the_group_reads_its_name():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        socket = Path(folder, "admin.sock")
        server = FakeApi(socket)
        socket.chmod(0)
        # No mode keeps root out, so root runs the program as nobody.
        done = Fedhubctl("--socket", str(socket))("status", user="nobody" if os.geteuid() == 0 else None)
        server.close()
    assert done.returncode == 3
    assert "permission denied" in done.stderr and "fedhub-admin" in done.stderr


def drip(request):
    """An octet of the header every 0.2 s."""
    for octet in HEAD * 100:
        request.connection.sendall(bytes([octet]))
        time.sleep(0.2)


def silence(request):
    request.connection.recv(1)


def drip_body(request):
    request.connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    drip(request)


def test_a_request_ends_in_time_however_slow_the_answer_is(fake_hub, ctl):
    fake_hub.answers |= {"GET status": drip, "GET domains": silence, "GET nodes": drip_body}
    begin = time.monotonic()
    calls = [subprocess.Popen(ctl.words(word), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
             for word in ("status", "domains", "nodes")]  # fmt: skip
    for call in calls:
        output, error = call.communicate(timeout=60)
        assert (call.returncode, output) == (3, "")
        assert "there was no whole answer within 10 s" in error
    assert 9 < time.monotonic() - begin < 20


def test_the_socket_comes_from_the_environment(fake_hub, tmp_path):
    fake_hub.answers["GET status"] = api.status()
    assert Fedhubctl()("status", env={"FEDHUB_SOCKET": str(tmp_path / "admin.sock")}).returncode == 0
    done = Fedhubctl()("status")
    assert done.returncode == 3 and "/run/fedhub/admin.sock" in done.stderr


# -- by URL -----------------------------------------------------------------------------------------------------------


def test_a_url_is_used_with_a_token(web, tmp_path):
    web.answers["GET status"] = api.status()
    ctl = Fedhubctl("--url", f"http://127.0.0.1:{web.port}")
    assert ctl("status", env={"FEDHUB_TOKEN": "secret"}).returncode == 0
    (tmp_path / "token").write_text("from-file\n")
    assert ctl("status", "--token-file", str(tmp_path / "token"), env={"FEDHUB_TOKEN": "secret"}).returncode == 0
    assert ctl("status").returncode == 0
    assert [request.headers.get("authorization") for request in web.requests] == ["Bearer secret", "Bearer from-file", None]


def test_a_token_goes_neither_by_plain_http_nor_to_a_proxy_nor_after_a_redirect(web):
    done = Fedhubctl("--url", "http://hub.example")("status", env={"FEDHUB_TOKEN": "secret"})
    assert (done.returncode, done.stdout) == (2, "") and "plain HTTP" in done.stderr
    proxy = {name: f"http://127.0.0.1:{web.port}" for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY")}
    closed = Fedhubctl("--url", "http://localhost:1")("status", env=proxy | {"FEDHUB_TOKEN": "secret"})
    assert closed.returncode == 3
    web.answers["GET status"] = octets(
        f"HTTP/1.1 307 Found\r\nLocation: http://127.0.0.1:{web.port}/api/v1/nodes\r\nContent-Length: 0\r\n\r\n".encode())
    assert Fedhubctl("--url", f"http://127.0.0.1:{web.port}")("status", env={"FEDHUB_TOKEN": "secret"}).returncode == 3
    assert [request.path for request in web.requests] == ["status"]


def test_a_refused_log_in_names_the_ways_to_log_in(web):
    web.answers["GET status"] = problem(401, "Log in first")
    done = Fedhubctl("--url", f"http://127.0.0.1:{web.port}")("status")
    assert done.returncode == 1
    assert done.stderr.startswith("fedhubctl: Log in first\n") and "$FEDHUB_TOKEN" in done.stderr


def test_a_server_without_tls_is_no_https(web):
    done = Fedhubctl("--url", f"https://127.0.0.1:{web.port}")("status", env={"FEDHUB_TOKEN": "secret"})
    assert done.returncode == 3
    assert web.requests == []


@pytest.mark.parametrize("words", [[], ["statos"], ["domain"], ["domain", "a..b"], ["check", "dna"], ["--url", "ftp://a", "status"]], ids=" ".join)
def test_a_wrong_call_ends_with_2_and_asks_nothing(fake_hub, ctl, words):
    done = ctl(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fedhubctl: ") and "\nusage: fedhubctl" in done.stderr
    assert fake_hub.requests == []
