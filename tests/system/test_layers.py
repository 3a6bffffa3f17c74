"""A configuration of several files: which value wins, where it comes from, and what a reload sees of it."""

import re
import signal
import subprocess
import threading

import pytest

from peers import toml
from peers.fedhubctl import Fedhubctl
from peers.hub import default_config, program
from peers.site import component_node, fresh_domain
from peers.waiting import eventually


@pytest.fixture
def hub(site):
    hub = site.hub(component_node(fresh_domain("corp"), name="cm-1"))
    (hub.directory / "fedhub.d").mkdir()
    return hub


def rows(hub) -> dict:
    """Returns the rows of all keys, by key."""
    found, page = [], hub.api.get("config", limit=7)
    while True:
        found += page["items"]
        if "next" not in page:
            break
        page = hub.api.get("config", limit=7, after=page["next"])
    assert len(found) == page["total"]
    by_key = {row["key"]: row for row in found}
    assert len(by_key) == len(found)
    return by_key


def reload(hub) -> dict:
    """Returns the answer to a reload, which must succeed."""
    answer = hub.api.request("POST", "config/reload")
    assert answer.status == 200, answer.body
    return answer.json()


def test_every_key_is_listed_with_its_default_and_origin(hub):
    listed = rows(hub)
    file = str(hub.config_file)
    assert listed["timeouts.idle"] == {"key": "timeouts.idle", "value": 600, "default": 600}
    row = listed["timeouts.queue"]
    assert row["value"] == hub.config["timeouts"]["queue"] and row["default"] == 30 and row["file"] == file
    assert hub.config_file.read_text().splitlines()[row["line"] - 1].startswith("queue =")
    assert listed['node."cm-1".domains']["value"] == hub.config["node"][0]["domains"]
    assert listed["log.modules"] == {"key": "log.modules", "value": {}, "default": {}}


def test_no_secret_is_shown(hub):
    listed = rows(hub)
    assert listed["federation.dialback_secret"]["value"] == listed['node."cm-1".secret']["value"] == "***"
    everything = hub.api.request("GET", "config", limit=1000).body.decode()
    for secret in (hub.config["federation"]["dialback_secret"], hub.config["node"][0]["secret"]):
        assert secret not in everything


def test_a_later_file_wins_and_the_answer_to_a_reload_says_what_changed(hub):
    version = hub.api.request("GET", "config").headers["ETag"]
    (hub.directory / "fedhub.d" / "10.toml").write_text('[limits]\nstanza_depth = 70\n[timeouts]\nqueue = 5\n')
    report = reload(hub)
    assert report["applied"] and report["change_count"] == 2
    assert report["changes"] == [
        {"key": "limits.stanza_depth", "old": 64, "new": 70},
        {"key": "timeouts.queue", "old": 4, "new": 5},
    ]
    file = str(hub.directory / "fedhub.d" / "10.toml")
    line = rows(hub)["timeouts.queue"]["line"]
    assert (rows(hub)["timeouts.queue"]["file"], line) == (file, 4)
    [warning] = [warning for warning in report["warnings"] if "no effect" in warning]
    assert warning.endswith(f"timeouts.queue has no effect: {file}:4 sets it")
    hub.wait_for_log(re.escape(warning))
    now = hub.api.request("GET", "config").headers["ETag"]
    assert now == '"%s"' % report["version"] != version


def test_a_reload_without_a_change_changes_nothing(hub):
    report = reload(hub)
    assert report["changes"] == [] and report["change_count"] == 0


def test_a_bad_file_is_refused_with_all_problems_and_nothing_is_applied(hub):
    before = rows(hub)
    (hub.directory / "fedhub.d" / "10.toml").write_text("limits.stanza_depth = 70\nlimits.stanza_elements = 1\nzzz = 1\n")
    answer = hub.api.request("POST", "config/reload")
    assert answer.status == 422 and answer.headers["Content-Type"] == "application/problem+json"
    file = str(hub.directory / "fedhub.d" / "10.toml")
    problems = answer.json()["problems"]
    assert [(problem["file"], problem["line"], problem["key"]) for problem in problems] == [
        (file, 2, "limits.stanza_elements"), (file, 3, "zzz"),
    ]  # fmt: skip
    assert problems[0]["found"] == "1" and problems[0]["allowed"] == "integer 16..1048576"
    assert rows(hub) == before
    assert hub.metric("fedhub_config_reloads_total", result="rejected") >= 1


def test_the_summary_of_the_problems_names_their_file_if_there_is_one(hub):
    extra = hub.directory / "fedhub.d" / "10.toml"
    extra.write_text("zzz = 1\n")
    assert hub.api.problem("config/reload", method="POST")["detail"] == f"1 problem in {extra}"
    (hub.directory / "fedhub.d" / "20.toml").write_text("yyy = 1\n")
    detail = hub.api.problem("config/reload", method="POST")["detail"]
    assert detail == "2 problems in the files of the configuration"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"dry_run": true}'])
def test_a_reload_with_a_body_is_refused(hub, body):
    answer = hub.api.request("POST", "config/reload", body, {"Content-Type": "application/json"})
    assert answer.status == 400 and "allowed: none, or {}" in answer.json()["detail"]
    assert hub.api.request("POST", "config/reload", b" {} ").status == 200


def test_a_flood_of_problems_is_counted(hub):
    extra = hub.directory / "fedhub.d" / "10.toml"
    # Written beside and renamed, so that the hub does not read a part of it by itself.
    draft = hub.directory / "draft"
    draft.write_text("".join(f"zz{number} = 1\n" for number in range(20000)))
    draft.rename(extra)
    answer = hub.api.request("POST", "config/reload")
    problem = answer.json()
    assert answer.status == 422 and len(answer.body) < 100_000
    assert [each["line"] for each in problem["problems"]] == list(range(1, 101))
    summary = "20,000 problems in the files of the configuration: the first 100, and 19,900 more"
    assert problem["detail"] == summary
    hub.wait_for_log(r"and 19,900 more problems")
    readings = hub.log.count("and 19,900 more problems")
    assert hub.log.count("zz") <= 100 * (readings + 1)
    eventually(lambda: summary in str(hub.api.get("notifications")), what="a notification")
    assert len(str(hub.api.get("notifications"))) < 20_000
    refused = Fedhubctl("--socket", str(hub.api.path))("reload")
    assert refused.returncode == 1 and summary in refused.stderr + refused.stdout
    assert (refused.stderr + refused.stdout).count("an unknown key") == 100
    found = check(hub.directory)
    assert found.returncode == 2 and found.stderr.count("an unknown key") == 100
    assert found.stderr.endswith("and 19,900 more problems\n")


def test_a_key_that_needs_a_restart_is_refused_with_its_name(hub):
    (hub.directory / "fedhub.d" / "10.toml").write_text("hub.threads = 3\n")
    problem = hub.api.problem("config/reload", method="POST")
    assert problem["status"] == 422 and "hub.threads" in problem["detail"]


@pytest.mark.parametrize("name", ["fedhub.d/new.toml", "state/layers/estate.toml"])
def test_a_new_file_and_a_removed_one_are_noticed(hub, name):
    def depth():
        return rows(hub)["limits.stanza_depth"]["value"]

    file = hub.directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("limits.stanza_depth = 77\n")
    eventually(lambda: depth() == 77, what="the new file in force")
    file.unlink()
    eventually(lambda: depth() == 64, what="the default in force")


def test_orders_at_the_same_time_are_carried_out_one_after_the_other(hub):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(hub.api.request("POST", "config/reload"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    hub.signal(signal.SIGHUP)
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 8
    versions = [answer.json()["version"] for answer in answers]
    assert len(set(versions)) == 8


def check(folder):
    return subprocess.run([program(), "--config", str(folder / "fedhub.toml"), "--check"], capture_output=True, text=True)


def test_check_warns_of_values_without_effect_and_names_the_file_of_each_problem(tmp_path, dns):
    config = toml.merge(default_config(dns), {"node": [component_node("corp.example")]})
    (tmp_path / "fedhub.toml").write_text(toml.dump(config))
    (tmp_path / "fedhub.d").mkdir()
    extra = tmp_path / "fedhub.d" / "10.toml"
    extra.write_text("\n[federation]\nsecurity_mode = 'tls-required'\n")
    found = check(tmp_path)
    assert found.returncode == 0, found.stderr
    assert f"federation.security_mode has no effect: {extra}:3 sets it" in found.stderr
    extra.write_text("\n[federation]\nsecurity_mode = 'none'\n")
    found = check(tmp_path)
    assert found.returncode == 2
    assert f"{extra}:3: federation.security_mode: found" in found.stderr


@pytest.mark.parametrize("name", ["fedhub.d", "state", "state/layers", "state/layers/history"])
def test_a_folder_that_anybody_can_write_is_refused(hub, name):
    (hub.directory / "state/layers/history").mkdir(parents=True, exist_ok=True)
    folder = hub.directory / name
    folder.chmod(0o755)
    reload(hub)
    assert check(hub.directory).returncode == 0
    folder.chmod(0o777)
    (hub.directory / "fedhub.d/10.toml").write_text("limits.stanza_depth = 77\n")
    found = check(hub.directory)
    assert found.returncode == 2 and f"{folder}: any user can write it" in found.stderr
    problem = hub.api.problem("config/reload", method="POST")
    assert problem["status"] == 422 and f"{folder}: any user can write it" in problem["detail"]
    assert rows(hub)["limits.stanza_depth"]["value"] == 64
    hub.stop()
    start = subprocess.run([program(), "--config", str(hub.config_file)], cwd=hub.directory,
                           capture_output=True, text=True, timeout=60)  # fmt: skip
    assert start.returncode == 1 and f"{folder}: any user can write it" in start.stderr
