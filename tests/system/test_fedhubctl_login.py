"""`fedhubctl passwd`, `console`, and `--url` with a token."""

import os
import pty
import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest
from peers.fedhubctl import Fedhubctl, asking, environment
from peers.site import spare_nodes
from peers.waiting import PATIENCE
from peers.web import Web, program

PROGRAM, TOKEN = program("monitor", "viewer")


def made_row(*words, password="correct horse\n"):
    return subprocess.run(Fedhubctl().words("passwd", *words), input=password, capture_output=True, text=True, timeout=60,
                          env=environment())  # fmt: skip


def test_passwd_makes_a_row_with_which_a_user_logs_in(site):
    done = made_row("ann", "--role", "viewer")
    assert done.returncode == 0 and done.stderr == ""
    row = dict(re.findall(r'(\w+) = "(.*)"', done.stdout))
    assert done.stdout.startswith("[[admin.user]]\n") and "correct" not in done.stdout
    hub = site.hub(*spare_nodes(1), listen={"admin": "127.0.0.1:0"}, admin={"user": [row]})
    session = Web(hub.addresses("admin")[0]).logged_in(user="ann", password="correct horse")
    assert session.request("GET", "session").json()["role"] == "viewer"


@pytest.mark.parametrize(
    "words, password, why",
    [
        ([], "short\n", "at least 8"),
        ([], "", "at least 8"),
        ([], "x" * 1025, "at most 1024"),
        (["uid 0"], "correct horse\n", "not a user's name"),
        (["--role", "admin"], "correct horse\n", "viewer"),
    ],
)
def test_passwd_refuses(words, password, why):
    done = made_row(*words, password=password)
    assert (done.returncode, done.stdout) == (2, "") and why in done.stderr


@pytest.mark.parametrize("second, code", [("correct horse", 0), ("another horse", 2)])
def test_passwd_asks_twice_on_a_terminal_and_shows_nothing(second, code):
    pid, terminal = pty.fork()
    if pid == 0:
        words = Fedhubctl().words("passwd")
        os.execve(words[0], words, environment())
    shown = b""
    for question, answer in ((b"Password: ", "correct horse"), (b"again: ", second)):
        while not shown.endswith(question):
            shown += os.read(terminal, 1024)
        os.write(terminal, answer.encode() + b"\n")
    try:
        while part := os.read(terminal, 1024):
            shown += part
    except OSError:
        pass  # EIO: the program has ended
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    os.close(terminal)
    assert b"horse" not in shown
    assert (b"$scrypt$" in shown) == (code == 0)


def test_a_program_asks_by_url(site, tmp_path):
    hub = site.hub(*spare_nodes(1), listen={"admin": "127.0.0.1:0"}, admin={"user": [PROGRAM]})
    url = "http://{}:{}".format(*hub.addresses("admin")[0])
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert Fedhubctl("--url", url, "--token-file", str(file))("status").returncode == 0
    assert Fedhubctl("--url", url)("status", env={"FEDHUB_TOKEN": TOKEN}).returncode == 0
    refused = Fedhubctl("--url", url)("status")
    assert refused.returncode == 1 and "Log in by" in refused.stderr
    refused = Fedhubctl("--url", url, "--token-file", str(file))("audit")
    assert refused.returncode == 1 and "operator" in refused.stderr
    wrong = Fedhubctl("--url", url)("console")
    assert wrong.returncode == 2 and "socket" in wrong.stderr


def test_console_prints_the_url_of_the_listener(site):
    hub = site.hub(*spare_nodes(1), listen={"admin": "127.0.0.1:0"})
    shown = asking(hub)("console")
    address = "{}:{}".format(*hub.addresses("admin")[0])
    token = re.fullmatch(rf"http://{address}/#token=([0-9a-f]{{32}})\n", shown.stdout)
    assert shown.returncode == 0 and token, shown
    assert Web(hub.addresses("admin")[0]).logged_in(token=token[1]).status("GET", "status") == 200


def test_console_relays_a_port_to_the_socket_and_lends_nobody_its_rights(site):
    hub = site.hub(*spare_nodes(1))
    words = asking(hub).words("console")
    relay = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        host, port, token = re.fullmatch(r"http://([\d.]+):(\d+)/#token=(\w+)\n", relay.stdout.readline()).groups()
        web = Web((host, int(port)))
        for method, call in (("GET", "status"), ("POST", "tokens"), ("GET", "audit"), ("POST", "config/reload")):
            assert web.status(method, call) == 401, call
        session = web.logged_in(token=token)
        assert session.status("GET", "status") == 200
        assert session.status("POST", "dns/flush", {}) == 204
        assert len(session.request("GET", "openapi.json").body) > 20_000
        assert web.status("POST", "session", {"token": token}) == 401
        with pytest.raises(urllib.error.HTTPError) as refused:
            request = urllib.request.Request(f"http://{host}:{port}/api/v1/status", headers={"Host": "evil.example"})
            urllib.request.urlopen(request, timeout=PATIENCE)
        assert refused.value.code == 421
        refused.value.close()
    finally:
        relay.send_signal(signal.SIGINT)
        assert relay.wait(PATIENCE) == 0
        relay.stdout.close()
        relay.stderr.close()
