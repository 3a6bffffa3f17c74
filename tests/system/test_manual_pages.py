"""The manual pages name all that the program and its configuration know, and nothing else."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from peers.hub import program

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "conf" / "packaging"
DEFAULT = REPOSITORY / "conf" / "default.toml"
sys.path.insert(0, str(PACKAGING))

import toml_manual  # noqa: E402


def shown(page: str) -> str:
    """Returns a page as man(1) shows it, without line breaks inside of words. It must be well-formed."""
    done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-rLL=500n"], input=page, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r".\x08", "", done.stdout)


@pytest.fixture(scope="module")
def configuration():
    return toml_manual.page(DEFAULT.read_text(), "0.1.0")


def test_fedhub_1_names_each_option():
    help_text = subprocess.run([program(), "--help"], capture_output=True, text=True).stdout
    options = set(re.findall(r"^  (?:-h,)?(--[a-z-]+)", help_text, re.M))
    assert {"--config", "--check", "--version", "--help"} <= options
    page = shown((PACKAGING / "fedhub.1").read_text())
    synopsis_and_options = page.partition("SIGNALS")[0]
    assert set(re.findall(r"--[a-z-]+", synopsis_and_options)) == options


def test_fedhub_toml_5_names_each_key_with_its_default_and_explains_it(configuration):
    text = shown(configuration)
    lines = DEFAULT.read_text().splitlines()
    tables = [re.match(r"#?(\[.*\])$", line) for line in lines]
    for table in filter(None, tables):
        assert re.search(rf"^{re.escape(table[1])}$", text, re.M), table[1]
    keys = [found for line in lines if (found := re.match(r"#?([a-z_0-9]+) = (\S+)", line))]
    assert len(keys) > 70
    for key in keys:
        assert re.search(rf"^ +{key[1]} = {re.escape(key[2])}", text, re.M), key[0]
    for word in ("docs/", "conf/"):
        assert word not in text, "the page stands alone"


def test_fedhub_toml_5_has_the_whole_text_of_the_comments(configuration):
    text = re.sub(r"\s+", " ", shown(configuration))
    comments = re.findall(r"^# (.*)$", DEFAULT.read_text(), re.M)
    assert len(comments) > 100
    for comment in comments[1:]:  # the first one is the title
        assert re.sub(r"\s+", " ", comment).strip() in text, comment


@pytest.mark.parametrize("text, entries", [
    ("# One.\na = 1\nb = 2\n", [(["One."], ["a", "b"])]),
    ("# One.\na = 1\n# Two.\nb = 2\n", [(["One."], ["a"]), (["Two."], ["b"])]),
    ("#a = 1 # one\n#b = 2\n#c = 3 # three\n", [(["one"], ["a"]), ([], ["b"]), (["three"], ["c"])]),
    ("# One,\n# and more.\na = 1\n", [(["One,", "and more."], ["a"])]),
])  # fmt: skip
def test_a_comment_explains_the_keys_below_it(text, entries):
    _, [table] = toml_manual.read("[t]\n" + text)
    assert [(entry.words, [key[0] for key in entry.keys]) for entry in table.entries] == entries


def test_what_begins_like_a_request_of_roff_is_shown():
    page = toml_manual.page("# T\n\n[t]\n# .so /etc/passwd\n# 'x' \\fB --y\na = '.'\n", "0")
    text = shown(page)
    assert ".so /etc/passwd 'x' \\fB --y" in text and "a = '.'" in text


def test_a_line_of_another_form_is_reported():
    with pytest.raises(AssertionError, match="line 2 has none of the forms"):
        toml_manual.read("[t]\n  a = 1\n")


def test_the_installed_configuration_and_the_socket_unit_have_the_default_addresses():
    installed = tomllib.loads((PACKAGING / "fedhub.toml").read_text())
    default = tomllib.loads(DEFAULT.read_text())
    assert installed["listen"].items() <= default["listen"].items()
    unit = (REPOSITORY / "conf" / "fedhub.socket").read_text()
    addresses = installed["listen"]["s2s"] + installed["listen"]["nodes"] + [installed["listen"]["metrics"]]
    assert re.findall(r"^ListenStream=(.*:\d+)$", unit, re.M) == addresses


def test_all_documents_have_the_version_of_the_program():
    version = re.search(r"VERSION (\S+)", (REPOSITORY / "CMakeLists.txt").read_text().partition("project(")[2])[1]
    for page in ("fedhub.1", "fedhubctl.1"):
        assert f'"fedhub {version}"' in (PACKAGING / page).read_text().splitlines()[0], page
    assert (PACKAGING / "debian" / "changelog").read_text().startswith(f"fedhub ({version}) ")
