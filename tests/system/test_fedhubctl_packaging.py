"""The man page and the completion of fedhubctl know all that the program knows, and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

from peers import api_answers as api
from peers.api_answers import page
from peers.fedhubctl import Fedhubctl, environment

PACKAGING = Path(__file__).resolve().parents[2] / "conf" / "packaging"
COMMON = {"--socket", "--url", "--token-file", "--json", "--help"}


def help_of(*words):
    """Returns (commands, options) of a command, as its help has them."""
    text = Fedhubctl()(*words, "--help").stdout
    commands = re.findall(r"^  ([a-z]+) ", text.partition("Subcommands:\n")[2], re.M)
    return set(commands), set(re.findall(r"^  (?:-h,)?(--[a-z-]+)", text, re.M))


def all_commands():
    """Returns (words of a command, its options) of each command, also of those inside another one."""
    found = []
    for command in sorted(help_of()[0]):
        inner, options = help_of(command)
        found.append(([command], options))
        found += [([command, name], help_of(command, name)[1]) for name in sorted(inner)]
    return found


def completions(line):
    """Returns what the completion offers at the end of a line."""
    script = 'source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; _fedhubctl; [[ ${#COMPREPLY[@]} = 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-uc", script, "bash", str(PACKAGING / "fedhubctl.bash"), line], capture_output=True,
                          text=True, timeout=30, env=environment())  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.fixture(scope="module")
def commands():
    found = all_commands()
    assert len(found) > 18
    return found


def test_the_man_page_names_each_command_and_each_option(commands):
    text = (PACKAGING / "fedhubctl.1").read_text().replace("\\-", "-")
    for words, options in commands:
        for word in [*words, *options]:
            assert re.search(rf"(?<![\w-]){word}(?![\w-])", text), f"{words}: {word}"
    known = set().union(COMMON, {"--version"}, *(options for _, options in commands))
    assert set(re.findall(r"--[a-z-]+", text)) <= known


def test_the_man_page_is_well_formed():
    done = subprocess.run(["groff", "-man", "-Tascii", "-ww", str(PACKAGING / "fedhubctl.1")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_command_and_each_option_is_completed(commands):
    tops = [words[0] for words, _ in commands if len(words) == 1]
    assert sorted(completions("fedhubctl ")) == tops
    assert set(completions("fedhubctl -")) == COMMON | {"--version"}
    for words, options in commands:
        if len(words) > 1:
            assert words[1] in completions(f"fedhubctl {words[0]} "), words
        offered = set(completions(f"fedhubctl {' '.join(words)} -"))
        assert COMMON | options <= offered, words
        outer = next(more for other, more in commands if other == words[:1])
        inner = set().union(*(more for other, more in commands if other[0] == words[0]))
        assert offered <= COMMON | outer | inner, words


@pytest.mark.parametrize("typed, offered", [
    ("--json st", ["status", "streams"]),
    ("--url https://hub.example:8443 st", ["status", "streams"]),
    ("--socket /tmp/a statu", ["status"]),
    ("status --socket ", None),
    ("streams --leg node-s", ["node-s2s-in", "node-s2s-out"]),
    ("events --kind n", ["node", "notification"]),
    ("events --kind node --d", ["--domain"]),
    ("check dns c", ["certificates"]),
    ("config ", ["show", "set", "add", "remove", "history", "undo", "check"]),
    ("config remove t", ["trust"]),
    ("log tls i", ["info"]),
    ("unknown ", []),
    ("x", []),
])  # fmt: skip
def test_words_are_completed(typed, offered):
    found = completions("fedhubctl " + typed)
    assert offered is None or found == offered


def test_domains_are_completed_by_asking_the_hub(fake_hub, ctl, tmp_path):
    names = ["partner.example", "pa$(touch hacked).example", "pa`id`.example", "pa;id", "part.example", "other.example"]
    fake_hub.answers["GET domains"] = page([api.connected_domain(name) for name in names])
    line = " ".join(ctl.words("domain pa"))
    assert completions(line) == ["partner.example", "part.example"]
    fake_hub.close()
    assert completions(line) == []
