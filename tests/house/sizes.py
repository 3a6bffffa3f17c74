"""Checks the sizes of files and classes: `sizes.py [ROOT]` reports each that is too large, and exits 1 if there is one.

A file of more than 400 lines has two subjects, or one that is too long to read. A class with behaviour and more than 25
data members hides the states that it can be in: group members that change together into values of their own.
"""

import pathlib
import re
import sys

FOLDERS = ["protocol", "conf", "metrics", "actors", "bench", "tests"]
MOST_LINES = 400
MOST_MEMBERS = 25
# Exceptions, which are tables of data and not code: file or class, and the reason.
DATA = {
    "hub_metrics": "the table of metrics",
}

COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
CLASS = re.compile(r"(?<!enum )\bclass\s+(?:\[\[\w+\]\]\s*)?(\w+)[^;{}()=<>]*(?:<[^;{}]*>[^;{}()]*)?\{")
# `name_`, perhaps an array or a bit field, perhaps with an initial value.
MEMBER = re.compile(r"(?:^|[\s*&>}])(\w+_)\s*(?:\[[^\]]*\]\s*)*(?::\s*\d+\s*)?(?:=.*|\{\})?$", re.S)


def body_of(text: str, start: int) -> str:
    """Returns the text from `start`, just after a brace, to the closing brace. Inner blocks become `{}`."""
    depth, out = 1, []
    for letter in text[start:]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            break
        if depth == 1 and letter != "}":
            out.append(letter)
        elif (letter, depth) in (("{", 2), ("}", 1)):
            out.append(letter)
    return "".join(out)


def members(text: str) -> dict[str, list[str]]:
    """Returns the data members of each class of a C++ source: the names that end with an underscore."""
    text = COMMENT_OR_TEXT.sub("", text)
    result = {}
    for match in CLASS.finditer(text):
        names = []
        for statement in body_of(text, match.end()).split(";"):
            found = MEMBER.search(statement.strip())
            if found and "static" not in statement.split() and "return" not in statement.split():
                names.append(found[1])
        result[match[1]] = names
    return result


def faults_of(path: str, text: str) -> list[str]:
    faults = []
    lines = text.count("\n")
    if lines > MOST_LINES and path not in DATA:
        faults.append(f"{path}: {lines} lines, and {MOST_LINES} are the most: split it by subject")
    if path.endswith(("pp", ".h")):
        for name, names in members(text).items():
            if len(names) > MOST_MEMBERS and name not in DATA:
                faults.append(
                    f"{path}: class {name} has {len(names)} data members, and {MOST_MEMBERS} are the most: group what changes"
                    " together into values of their own"
                )
    return faults


def check(root: pathlib.Path) -> list[str]:
    faults = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".cpp", ".hpp", ".py"):
                faults += faults_of(file.relative_to(root).as_posix(), file.read_text())
    return faults


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) if found else "no file and no class is too large")
    sys.exit(1 if found else 0)
