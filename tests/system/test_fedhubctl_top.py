"""`fedhubctl top`: a page that changes in place, and a terminal that is as it was before when it ends."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest

from peers import api_answers as api
from peers.api_answers import page
from peers.fake_api import problem
from peers.fedhubctl import environment
from peers.waiting import PATIENCE, Deadline

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
RATE = rb"im1 +up +\d"


class Screen:
    """A call on a terminal of its own, which is also its standard input."""

    def __init__(self, words, rows=24, columns=80):
        self._main, self._terminal = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self._terminal)
        self.output = b""
        self.process = subprocess.Popen(words, stdin=self._terminal, stdout=self._terminal, stderr=self._terminal,
                                        env=environment(), start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # fmt: skip

    def resize(self, rows, columns):
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys):
        os.write(self._main, keys)

    def read(self, within):
        if select.select([self._main], [], [], within)[0]:
            self.output += os.read(self._main, 65536)

    def wait_for(self, text):
        """@param text a regular expression."""
        deadline = Deadline(PATIENCE)
        while not re.search(text, self.output):
            assert not deadline.passed(), (text, self.output)
            self.read(deadline.left())

    def forget(self):
        self.output = b""

    def end(self):
        """Reads until the program has ended. Returns its exit code."""
        deadline = Deadline(PATIENCE)
        while self.process.poll() is None:
            assert not deadline.passed(), self.output
            self.read(0.05)
        self.read(0)
        return self.process.returncode

    def attributes(self):
        return termios.tcgetattr(self._terminal)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)
        os.close(self._terminal)


def answers(stanzas=0):
    return {
        "GET status": {"name": "hub.example", "ready": True, "counts": {"domains": {"failing": 1}}, "queued": {"stanzas": 4}},
        "GET nodes": page([{"name": "im1", "protocol": "component", "domains": [], "links": [], "health": "up",
                            "stanzas_in": stanzas, "stanzas_out": 0, "queued_stanzas": 0}]),
        "GET notifications": page([]),
        "GET domains": page([api.failing_domain("bad.example", detail="a long story " * 20)]),
        "GET series": {"name": "stanzas_in", "unit": "stanzas/s", "step_s": 10, "since": "2026-11-30T11:00:00Z", "values": [None, 42]},
    }  # fmt: skip


@pytest.fixture
def screen(fake_hub, ctl):
    """Starts calls on terminals, and ends those that are left."""
    started = []

    def start(*words, **size):
        fake_hub.answers.update(answers())
        started.append(Screen(ctl.words("top", *words), **size))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_it_shows_what_passes_and_what_fails_and_changes_in_place(fake_hub, screen):
    shown = screen("--interval", "1s")
    shown.wait_for(b"hub.example is ready")
    assert shown.output.startswith(ENTER)
    shown.wait_for(b"stanzas/s: in 42")
    shown.wait_for(b"bad.example")
    assert not re.search(RATE, shown.output)
    fake_hub.answers.update(answers(stanzas=1000))
    shown.wait_for(RATE)
    fake_hub.answers["GET status"] = problem(503, detail="the hub is stopping")
    shown.wait_for(b"! the hub refuses status: status 503")
    shown.send(b"q")
    assert shown.end() == 0


@pytest.mark.parametrize("how", ["q", "Ctrl-C", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_as_it_was_before(screen, how):
    shown = screen()
    shown.wait_for(b"FAILING")
    assert shown.attributes() != shown.before
    if how == "q":
        shown.send(b"xq")
    elif how == "Ctrl-C":
        shown.send(b"\x03")
    else:
        shown.process.send_signal(signal.Signals[how])
    assert shown.end() == 0
    assert shown.attributes() == shown.before
    assert shown.output.rstrip().endswith(LEAVE) and shown.output.count(b"\x1b[?25h") == 1


def test_it_follows_the_terminal_s_size(screen):
    shown = screen(rows=24, columns=200)
    shown.wait_for(b"a long story a long story a long story")
    shown.forget()
    shown.resize(8, 40)
    shown.wait_for(rb"\x1b\[J")
    text = shown.output.split(b"\x1b[J")[0].replace(b"\x1b[H", b"").replace(b"\x1b[K", b"").decode()
    lines = text.replace("\r", "").split("\n")
    assert len(lines) <= 8 and max(map(len, lines)) <= 40 and lines[0].startswith("hub.example")


def test_names_of_other_servers_do_not_act_on_the_terminal(fake_hub, ctl):
    fake_hub.answers.update(answers())
    fake_hub.answers["GET domains"] = page([api.failing_domain("bad.example", detail="\x1b]0;title\x07")])
    hostile = Screen(ctl.words("top"))
    try:
        hostile.wait_for(b"0;title")
        assert b"\x1b]" not in hostile.output and b"\x07" not in hostile.output
    finally:
        hostile.close()


def lines_of(ctl, *words, count=2):
    """Returns the first lines that a call writes into a pipe; the reader then ends."""
    process = subprocess.Popen(ctl.words("top", "--interval", "1s", *words), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())  # fmt: skip
    found = [process.stdout.readline() for _ in range(count)]
    process.stdout.close()
    error = process.stderr.read()
    assert (process.wait(PATIENCE), error) == (0, "")
    return found


def test_a_pipe_gets_a_line_for_each_interval_until_its_reader_ends(fake_hub, ctl):
    fake_hub.answers.update(answers())
    for line in lines_of(ctl):
        assert "stanzas/s: in 42" in line and "\x1b" not in line and line[:2] == "20"
    for line in map(json.loads, lines_of(ctl, "--json")):
        assert line["series"]["stanzas_in"] == 42 and line["status"]["name"] == "hub.example"


@pytest.mark.parametrize("words, code, complaint", [
    (["--interval", "soon"], 2, '"soon" is not a duration'),
    (["--interval", "2h"], 2, '"2h" is more than 1h'),
    (["now"], 2, "usage: fedhubctl top [--interval 5s]"),
    ([], 3, "the hub does not answer at"),
])  # fmt: skip
def test_a_wrong_call_and_a_hub_that_is_not_there_are_reported(ctl, words, code, complaint):
    done = ctl("top", *words)
    assert done.returncode == code and complaint in done.stderr


def test_a_log_in_that_is_missing_is_reported(fake_hub, ctl):
    fake_hub.answers["GET status"] = problem(401, title="Unauthorized")
    done = ctl("top")
    assert done.returncode == 1 and "Unauthorized" in done.stderr and done.stdout == ""
