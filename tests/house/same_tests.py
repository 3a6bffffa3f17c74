"""Compares the tests of a revision with those of the checkout: `same_tests.py REVISION` reports each test that is gone.

A test is known by suite and name (C++) or by its name (Python: files may be split). tests/renamed.tsv has a row for each
renamed test. Exits 1 if a test is gone that has no row there.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPP = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+),\s*(\w+)\s*\)", re.M)
PYTHON = re.compile(r"^\s*def (test_\w+)\(", re.M)
RENAMED = "tests/renamed.tsv"


def names_in(path: str, text: str) -> list[str]:
    """Returns the tests of one source."""
    if path.endswith((".cpp", ".hpp")):
        return [f"{suite}.{name}" for suite, name in CPP.findall(text)]
    return PYTHON.findall(text) if path.endswith(".py") else []


def tests_of_revision(revision: str) -> list[str]:
    git = ["git", "-C", str(ROOT)]
    paths = subprocess.run([*git, "ls-tree", "-r", "--name-only", revision, "tests"], check=True, text=True, capture_output=True)
    found = []
    for path in paths.stdout.split("\n"):
        if path.endswith((".cpp", ".hpp", ".py")):
            source = subprocess.run([*git, "show", f"{revision}:{path}"], check=True, text=True, capture_output=True)
            found += names_in(path, source.stdout)
    return found


def tests_of_checkout(root: pathlib.Path) -> list[str]:
    return [name for file in sorted((root / "tests").rglob("*.*pp")) for name in names_in(file.name, file.read_text())] + [
        name for file in sorted((root / "tests").rglob("*.py")) for name in names_in(file.name, file.read_text())
    ]


def renamed(rows: str) -> dict[str, str]:
    """Returns new names by old ones, from rows of two columns; paths of Python tests do not count."""
    pairs = (row.split("\t") for row in rows.splitlines() if row)
    return {old.rpartition("::")[2]: new.rpartition("::")[2] for old, new in pairs}


def gone(before: list[str], after: list[str], new_names: dict[str, str]) -> list[str]:
    """Returns the names of `before` that `after` has fewer times, after renaming."""
    left = collections.Counter(after)
    missing = []
    for name in before:
        now = name
        while left[now] == 0 and now in new_names:
            now = new_names[now]
        if left[now] == 0:
            missing.append(name)
        left[now] -= 1
    return missing


def main(revision: str) -> int:
    before, after = tests_of_revision(revision), tests_of_checkout(ROOT)
    new_names = renamed((ROOT / RENAMED).read_text())
    missing = gone(before, after, new_names)
    print(f"{len(before)} tests at {revision}, {len(after)} now; {len(new_names)} have another name")
    for name in missing:
        print(f"gone: {name}")
    return 1 if missing else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
