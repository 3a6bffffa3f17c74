"""`fedhubctl events --follow`: events as they happen, over more than one stream."""

import json
import os
import subprocess

import pytest

from peers import api_answers as api
from peers.fake_api import Answer, FakeApi, problem
from peers.fedhubctl import environment
from peers.waiting import eventually

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def message(id, **more):
    """Returns an event as a stream has it."""
    return f"id: {id}\ndata: {json.dumps(api.event(id, **more))}\n\n".encode()


class Streams:
    """A handler of event streams: each brings its octets; the last one stays open until the API ends."""

    def __init__(self, server, *streams):
        self._server = server
        self._left = list(streams)

    def __call__(self, request):
        request.connection.sendall(HEAD + self._left.pop(0))
        if not self._left:
            self._server.wait_for_end(60)


@pytest.fixture
def follow(fake_hub, ctl):
    """Starts calls, and ends those that are left."""
    calls = []

    def start(*words, **more):
        calls.append(subprocess.Popen(ctl.words(*words), stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                                      text=True, env=environment()))  # fmt: skip
        return calls[-1]

    yield start
    for call in calls:
        call.kill()
        call.communicate()


def test_events_are_shown_when_they_happen(fake_hub, follow):
    fake_hub.answers["GET events/stream"] = Streams(fake_hub, b": hello\n\n" + message(1) + message(2, kind="node", domain="x.example"))
    call = follow("events", "--follow")
    first, second = call.stdout.readline(), call.stdout.readline()
    assert first.endswith("Z  attempt       broken.example  dns-not-found: no SRV record\n")
    assert "  node          x.example  " in second
    assert call.poll() is None


def test_only_the_wanted_events_are_shown(fake_hub, follow):
    octets = message(1) + message(2, kind="node") + message(3, domain="other.example") + message(4, detail="wanted")
    fake_hub.answers["GET events/stream"] = Streams(fake_hub, octets)
    call = follow("--json", "events", "--follow", "--domain", "Broken.example", "--kind", "attempt")
    assert [json.loads(call.stdout.readline())["id"] for _ in range(2)] == [1, 4]
    assert fake_hub.requests[0].query == {"domain": "broken.example", "kind": "attempt"}


def test_a_new_stream_goes_on_where_the_last_one_ended(fake_hub, follow):
    fake_hub.answers["GET events/stream"] = Streams(fake_hub, message(7) + b"id: 8\ndata: {", message(8))
    call = follow("--json", "events", "--follow")
    assert [json.loads(call.stdout.readline())["id"] for _ in range(2)] == [7, 8]
    assert [request.headers.get("last-event-id") for request in fake_hub.requests] == [None, "7"]
    assert "connecting again" in call.stderr.readline()


def test_a_reader_that_ends_ends_the_program(fake_hub, follow):
    fake_hub.answers["GET events/stream"] = Streams(fake_hub, message(1))
    reader, writer = os.pipe()
    call = follow("events", "--follow", stdout=writer)
    os.close(writer)
    assert os.read(reader, 1000)
    os.close(reader)
    assert eventually(lambda: call.poll() is not None)
    assert (call.returncode, call.stderr.read()) == (0, "")


@pytest.mark.parametrize("answer, code, text", [
    (problem(401, "Log in first"), 1, "Log in first"),
    (Answer("<html>", 502, "text/html"), 3, "status 502"),
    (Answer(b"", 200, "text/event-stream"), 3, "ended the event stream"),
    (Answer(b"data: {\n\n", 200, "text/event-stream"), 3, "not JSON"),
    (Answer(b"data: " + b"a" * 300_000, 200, "text/event-stream"), 3, "too long"),
], ids=["refused", "a proxy", "empty", "not JSON", "too long"])  # fmt: skip
def test_a_stream_that_is_none_ends_the_program(fake_hub, ctl, answer, code, text):
    fake_hub.answers["GET events/stream"] = answer
    done = ctl("events", "--follow")
    assert (done.returncode, done.stdout) == (code, "")
    assert text in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_hub_that_was_never_there_is_not_waited_for(ctl):
    assert ctl("events", "--follow").returncode == 3


def test_a_hub_that_starts_again_is_waited_for(fake_hub, follow, tmp_path):
    fake_hub.answers["GET events/stream"] = Streams(fake_hub, message(1), b"")
    call = follow("--json", "events", "--follow")
    assert call.stdout.readline()
    eventually(lambda: len(fake_hub.requests) == 2)
    fake_hub.close()
    (tmp_path / "admin.sock").unlink()
    again = FakeApi(tmp_path / "admin.sock")
    again.answers["GET events/stream"] = Streams(again, message(2))
    assert json.loads(call.stdout.readline())["id"] == 2
    assert again.requests[0].headers["last-event-id"] == "1"
    again.close()
