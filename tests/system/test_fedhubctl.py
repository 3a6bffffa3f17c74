"""What fedhubctl shows of the API's answers, against an API with recorded ones."""

import pytest

from peers import api_answers as api
from peers.api_answers import ago, page
from peers.fake_api import DONE, problem


def test_status_shows_the_hub_in_one_page(fake_hub, ctl):
    fake_hub.answers["GET status"] = api.status()
    done = ctl("status")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "fedhub.corp.example is ready"
    assert "since          3 d ago" in lines
    assert "  domains  connected 12, failing 3" in lines
    assert "    s2s-in  authenticated 9, negotiating 1" in lines
    assert "  192.0.2.53:53  5 s ago" in lines


LISTS = [
    (["domains"], "GET domains", lambda: [api.connected_domain(), api.failing_domain()], "partner.example  connected  2 h ago   1    1"),
    (["domains", "--failing"], "GET domains", lambda: [api.failing_domain()], "broken.example  5 h ago        17  in 1 min"),
    (["streams"], "GET streams", lambda: [api.stream()], "partner.example -> corp.example (pkix)"),
    (["nodes"], "GET nodes", lambda: [api.node()], "im1   up      component   3    4       0  corp.example, chat.corp.example"),
    (["notifications"], "GET notifications", lambda: [api.notification()], "    Remedy: Renew it."),
    (["events"], "GET events", lambda: [api.event()], "1 min ago  attempt  broken.example  dns-not-found  no SRV record"),
    (["audit"], "GET audit", lambda: [api.event(actor="uid 1000")], "1 min ago  uid 1000  attempt"),
    (["log"], "GET log", lambda: [{"module": "tls", "level": "debug", "until": ago(minutes=-9, seconds=-30)}], "tls     debug  in 9 min"),
]


@pytest.mark.parametrize("words, call, rows, line", LISTS, ids=[" ".join(row[0]) for row in LISTS])
def test_a_list_is_shown_as_a_table(fake_hub, ctl, words, call, rows, line):
    fake_hub.answers[call] = page(rows())
    done = ctl(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert line in done.stdout
    assert done.stdout.endswith("\n")


@pytest.mark.parametrize("words, call, rows", [row[:3] for row in LISTS], ids=[" ".join(row[0]) for row in LISTS])
def test_an_empty_list_and_rows_without_any_field_are_good(fake_hub, ctl, words, call, rows):
    fake_hub.answers[call] = page([])
    assert ctl(*words).returncode == 0
    assert ctl(*words).stdout.startswith("no ")
    fake_hub.answers[call] = page([{}, {"a_new_field": "later"}])
    done = ctl(*words)
    assert done.returncode == 0
    assert "later" in done.stdout


def test_the_log_may_be_a_bare_array(fake_hub, ctl):
    fake_hub.answers["GET log"] = [{"module": "tls", "level": "info"}]
    assert ctl("log").stdout == "MODULE  LEVEL\ntls     info\n"


@pytest.mark.parametrize("state, code", [
    ("connected", 0), ("idle", 0), ("waiting", 0), ("a-new-state", 0), ("failing", 1), ("refused", 1)])
def test_a_domain_is_shown_with_its_attempts(fake_hub, ctl, state, code):
    fake_hub.answers["GET domains/broken.example"] = api.failing_domain(
        state=state, attempts=[api.attempt()], streams=[api.stream()], certificate={"verdict": "expired", "subject": "b"})
    done = ctl("domain", "Broken.Example.")
    assert done.returncode == code
    lines = done.stdout.splitlines()
    assert lines[0] == f"broken.example: {state} since 5 h ago"
    assert "  2 min ago  failed after 2 s  192.0.2.7:5269  connect-timeout: no answer of 192.0.2.7" in lines
    assert "    resolve  ok       12 ms" in lines
    assert "    verdict  expired" in lines


@pytest.mark.parametrize("words, call, body", [
    (["explain", "a@corp.example", "b@partner.example"], "POST explain",
     {"from": "a@corp.example", "to": "b@partner.example", "connect": False}),
    (["explain", "corp.example", "partner.example", "--connect"], "POST explain",
     {"from": "corp.example", "to": "partner.example", "connect": True}),
    (["check"], "POST check", {"what": ["dns", "certificates", "reach", "nodes", "estate"]}),
    (["check", "dns", "reach"], "POST check", {"what": ["dns", "reach"]}),
])  # fmt: skip
@pytest.mark.parametrize("verdict, code", [("ok", 0), ("fail", 1), ("a-new-word", 1)])
def test_a_verdict_decides_on_the_exit_code(fake_hub, ctl, words, call, body, verdict, code):
    fake_hub.answers[call] = api.explanation(verdict)
    done = ctl(*words)
    assert done.returncode == code
    assert fake_hub.requests[0].json == body
    assert done.stdout.splitlines() == [
        "ok       sender    node im1 speaks for corp.example (configuration)",
        "fail     resolver  dns-not-found: no such name (34 ms)",
        "                   Remedy: Check the spelling.",
        "skipped  connect   -",
        f"verdict: {verdict}",
    ]


def test_the_configuration_is_shown_by_table_and_with_its_origin(fake_hub, ctl):
    fake_hub.answers["GET config"] = api.config()
    assert ctl("config", "show", "limits").stdout == "limits.connections = 500\nlimits.connections_per_address = 20\n"
    assert "limits.connections = 500  # /etc/fedhub/fedhub.toml:12\n" in ctl("config", "show", "--origin").stdout
    missing = ctl("config", "show", "limits.conn")
    assert (missing.returncode, missing.stdout) == (1, "no key limits.conn\n")


def test_a_reload_shows_the_difference(fake_hub, ctl):
    fake_hub.answers["POST config/reload"] = {"version": "v2", "changes": [{"key": "limits.connections", "new": 2, "old": 1}]}
    done = ctl("reload")
    assert done.returncode == 0
    assert "  limits.connections    2    1" in done.stdout


def test_a_reload_of_a_wrong_file_shows_each_problem(fake_hub, ctl):
    fake_hub.answers["POST config/reload"] = problem(422, "The configuration is not valid", problems=[
        {"file": "/etc/fedhub/fedhub.toml", "line": 12, "key": "limits.connections", "found": "many", "allowed": "1 to 9"}])
    done = ctl("reload")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "fedhubctl: The configuration is not valid\n"
        "  /etc/fedhub/fedhub.toml:12: limits.connections: found many; allowed: 1 to 9\n")


@pytest.mark.parametrize("words, call, body", [
    (["retry", "Broken.Example"], "POST domains/broken.example/retry", b""),
    (["retry", "münchen.example"], "POST domains/xn--mnchen-3ya.example/retry", b""),
    (["close", "broken.example"], "POST domains/broken.example/close", b""),
    (["close", "s/7"], "POST streams/s/7/close", b""),
    (["notifications", "ack", "7"], "POST notifications/7/acknowledge", b""),
    (["dns", "flush"], "POST dns/flush", b"{}"),
    (["dns", "flush", "Broken.Example"], "POST dns/flush", b'{"name":"broken.example"}'),
    (["log", "tls", "debug"], "PUT log/tls", b'{"level":"debug"}'),
    (["log", "tls", "debug", "--for", "10m"], "PUT log/tls", b'{"for_s":600,"level":"debug"}'),
])  # fmt: skip
def test_an_action_is_done_or_refused(fake_hub, ctl, words, call, body):
    fake_hub.answers[call] = DONE
    done = ctl(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert [request.body for request in fake_hub.requests] == [body]
    assert fake_hub.requests[0].headers.get("content-type") == ("application/json" if body else None)
    assert ctl("--json", *words).stdout == ""
    fake_hub.answers[call] = problem(403, "Not allowed", "viewers change nothing")
    refused = ctl(*words)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "fedhubctl: Not allowed: viewers change nothing\n"


def test_close_looks_for_the_other_kind_if_there_is_none_of_the_first(fake_hub, ctl):
    fake_hub.answers["POST domains/17/close"] = DONE
    assert ctl("close", "17").stdout == "closing the streams of the domain\n"
    fake_hub.answers["POST domains/a-1/close"] = problem(400, "Bad Request")
    fake_hub.answers["POST streams/a-1/close"] = DONE
    assert ctl("close", "a-1").stdout == "closing the stream\n"
    assert [request.path for request in fake_hub.requests] == [
        "streams/17/close", "domains/17/close", "domains/a-1/close", "streams/a-1/close"]
    fake_hub.answers["POST domains/no.example/close"] = problem(404, "No such domain")
    fake_hub.answers["POST streams/no.example/close"] = problem(404, "No such stream")
    done = ctl("close", "no.example")
    assert (done.returncode, done.stderr) == (1, "fedhubctl: No such domain\n")
