"""fedhubctl on terminals and in pipes: pages, widths, JSON, and values that would act on the terminal."""

import json
import os
import subprocess

import pytest

from peers import api_answers as api
from peers.api_answers import page
from peers.fake_api import Answer, problem
from peers.fedhubctl import on_terminal


def many_domains(request):
    """Pages of 340 domains."""
    first = int(request.query.get("after", 0))
    last = min(first + int(request.query["limit"]), 340)
    rows = [api.connected_domain(f"d{i}.example") for i in range(first, last)]
    return page(rows, 340, str(last) if last < 340 else None)


def test_a_pipe_gets_all_pages_and_the_foot_goes_to_standard_error(fake_hub, ctl):
    fake_hub.answers["GET domains"] = many_domains
    done = ctl("domains")
    assert (len(done.stdout.splitlines()), done.stderr) == (341, "")
    done = ctl("domains", "--limit", "12")
    assert (len(done.stdout.splitlines()), done.stderr) == (13, "12 of 340\n")
    assert fake_hub.requests[-1].query == {"limit": "12"}


def test_pages_follow_each_other(fake_hub, ctl):
    fake_hub.answers["GET domains"] = lambda request: many_domains(request)
    fake_hub.answers["GET streams"] = lambda request: page(
        [api.stream(f"s{request.query.get('after', 0)}")], 3, {None: 1, "1": 2}.get(request.query.get("after")))
    assert [line.split()[0] for line in ctl("streams").stdout.splitlines()] == ["STREAM", "s0", "s1", "s2"]
    assert [request.query.get("after") for request in fake_hub.requests] == [None, "1", "2"]


def test_a_terminal_gets_a_screen_and_all_on_demand(fake_hub, ctl):
    fake_hub.answers["GET domains"] = many_domains
    lines = on_terminal(ctl.words("domains"), rows=24, columns=100).lines
    assert len(lines) == 23
    assert lines[-1] == "21 of 340"
    assert fake_hub.requests[-1].query["limit"] == "21"
    assert len(on_terminal(ctl.words("domains", "--all"), rows=24, columns=100).lines) == 341
    assert on_terminal(ctl.words("domains"), rows=5, columns=100).lines[-1] == "10 of 340"


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 132])
def test_tables_fit_the_terminal(fake_hub, ctl, columns):
    fake_hub.answers["GET domains"] = page([
        api.failing_domain("a-rather-long-name.of-a-department.broken.example", detail="word " * 40),
        api.connected_domain("漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字.example"),
        api.connected_domain("mu\u0308nchen.example"),
    ])  # fmt: skip
    shown = on_terminal(ctl.words("domains"), rows=40, columns=columns)
    assert shown.code == 0
    table = [line for line in shown.lines if not line.startswith("no room")]
    assert all(shown.width(line) <= columns for line in table), table
    assert "…" in table[1]
    if columns >= 60:
        assert table[1].startswith("a-rather-lo")
        assert "failing" in table[1]


def test_columns_overrides_the_terminal_but_not_a_pipe(fake_hub, ctl):
    fake_hub.answers["GET domains"] = page([api.failing_domain(detail="word " * 40)])
    narrow = on_terminal(ctl.words("domains"), rows=40, columns=200, env={"COLUMNS": "70"})
    assert max(map(len, narrow.lines)) <= 70
    for columns in ("0", "-1", "many"):
        assert 190 < len(on_terminal(ctl.words("domains"), rows=40, columns=200, env={"COLUMNS": columns}).lines[1]) <= 200
    assert len(ctl("domains", env={"COLUMNS": "70"}).stdout.splitlines()[1]) > 200


def test_texts_are_wrapped_at_the_terminal_s_width(fake_hub, ctl):
    fake_hub.answers["POST explain"] = {"verdict": "ok", "steps": [{"step": "route", "result": "ok", "detail": "word " * 40}]}
    shown = on_terminal(ctl.words("explain", "a", "b"), rows=40, columns=60)
    assert max(map(len, shown.lines)) <= 60
    assert " ".join(shown.lines).count("word") == 40


def test_a_terminal_without_utf8_gets_ascii(fake_hub, ctl):
    fake_hub.answers["GET domains"] = page([api.failing_domain("münchen.example", detail="long " * 80)])
    shown = on_terminal(ctl.words("domains"), rows=40, columns=80, env={"LC_ALL": "C"})
    assert shown.output.isascii()
    assert "~" in shown.lines[1]


JSON_CALLS = [
    (["status"], "GET status", api.status(), 0),
    (["domain", "broken.example"], "GET domains/broken.example", api.failing_domain(), 1),
    (["explain", "a", "b"], "POST explain", api.explanation(), 1),
    (["check"], "POST check", api.explanation("ok"), 0),
    (["config", "show"], "GET config", api.config(), 0),
    (["domains"], "GET domains", page([api.connected_domain()]), 0),
    (["log"], "GET log", [{"module": "tls"}], 0),
    (["reload"], "POST config/reload", {"version": "v2"}, 0),
    (["notifications"], "GET notifications", page([api.notification()]), 0),
]


@pytest.mark.parametrize("words, call, answer, code", JSON_CALLS, ids=[" ".join(row[0]) for row in JSON_CALLS])
def test_json_is_the_answer_unchanged(fake_hub, ctl, words, call, answer, code):
    text = json.dumps(answer, indent=3) + "  \n"
    fake_hub.answers[call] = Answer(text)
    done = ctl("--json", *words)
    assert (done.returncode, done.stdout, done.stderr) == (code, text, "")


def test_json_of_a_list_has_each_page_on_lines_of_its_own(fake_hub, ctl):
    fake_hub.answers["GET streams"] = lambda request: Answer(
        json.dumps(page([api.stream()], 2, None if "after" in request.query else "x")))
    done = ctl("--json", "streams")
    assert [len(json.loads(line)["items"]) for line in done.stdout.splitlines()] == [1, 1]


def test_json_of_a_problem_is_printed_too(fake_hub, ctl):
    fake_hub.answers["GET status"] = problem(503, "Busy")
    done = ctl("--json", "status")
    assert (done.returncode, json.loads(done.stdout)["title"], done.stderr) == (1, "Busy", "fedhubctl: Busy\n")


# -- nothing of a stranger reaches the terminal ----------------------------------------------------------------------

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\n\x9b31m\u202etxt\x00\x7f"
"""A title, a cleared screen, a new line, a colour by C1, text turned round."""
CONTROLS = set(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x202E])) - {"\n"}

HOSTILE_CALLS = [
    (["status"], "GET status", {HOSTILE: HOSTILE, "name": HOSTILE, "nodes": [{HOSTILE: HOSTILE}], "counts": {HOSTILE: {HOSTILE: {HOSTILE: 1}}}}),
    (["domains"], "GET domains", page([{"name": HOSTILE, "state": HOSTILE, "detail": HOSTILE, HOSTILE: HOSTILE}])),
    (["domain", "a.example"], "GET domains/a.example", {
        "name": HOSTILE, "state": HOSTILE, "detail": HOSTILE, "failure": HOSTILE, "rule": {HOSTILE: HOSTILE}, "certificate": {"subject": HOSTILE, "verdict": HOSTILE},
        "attempts": [{"outcome": HOSTILE, "target": HOSTILE, "detail": HOSTILE, "steps": [{"step": HOSTILE, "outcome": HOSTILE, "detail": HOSTILE}]}]}),
    (["streams"], "GET streams", page([{"id": HOSTILE, "pairs": [{"from": HOSTILE, "to": HOSTILE, "proof": HOSTILE}]}])),
    (["events"], "GET events", page([{"time": HOSTILE, "detail": HOSTILE}])),
    (["notifications"], "GET notifications", page([{"id": HOSTILE, "text": HOSTILE, "remedy": HOSTILE, HOSTILE: HOSTILE}, HOSTILE])),
    (["explain", "a", "b"], "POST explain", {"verdict": HOSTILE, "steps": [{"step": HOSTILE, "result": HOSTILE, "detail": HOSTILE, "remedy": HOSTILE, HOSTILE: HOSTILE}]}),
    (["config", "show"], "GET config", page([{"key": HOSTILE, "value": [HOSTILE], "file": HOSTILE}])),
    (["reload"], "POST config/reload", {HOSTILE: HOSTILE}),
    (["reload"], "POST config/reload", problem(422, HOSTILE, HOSTILE, problems=[{"key": HOSTILE, "found": HOSTILE}, HOSTILE])),
    (["status"], "GET status", problem(400, HOSTILE)),
]  # fmt: skip


@pytest.mark.parametrize("words, call, answer", HOSTILE_CALLS, ids=[f"{i}-{row[0][0]}" for i, row in enumerate(HOSTILE_CALLS)])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_no_value_can_act_on_the_terminal(fake_hub, ctl, words, call, answer, as_json):
    octets = answer if isinstance(answer, Answer) else Answer(json.dumps(answer, ensure_ascii=False))
    fake_hub.answers[call] = octets
    shown = on_terminal(ctl.words(*(["--json"] if as_json else []), *words), rows=40, columns=100)
    assert shown.output.strip()
    assert not CONTROLS & set(shown.output), shown.output
    piped = ctl(*words)
    assert not CONTROLS & set(piped.stdout + piped.stderr)


# -- the end of the program ------------------------------------------------------------------------------------------


def test_a_broken_pipe_ends_the_program_quietly(fake_hub, ctl):
    fake_hub.answers["GET domains"] = page([api.connected_domain(f"d{i}.example") for i in range(5000)])
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(ctl.words("domains"), stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_an_error(fake_hub, ctl):
    fake_hub.answers["GET status"] = api.status()
    with open("/dev/full", "w") as full:
        done = subprocess.run(ctl.words("status"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "No space left" in done.stderr
