"""Checks names: `names.py [ROOT]` reports each `x` or `y` that is used over more than a line, and exits 1 if there is one.

A reader of one line sees the type of `x` beside it. Over several lines the name has to say what the thing is. Exempt are
operators, whose two sides have no better names, and things whose type is a template's parameter.
"""

import pathlib
import re
import sys

FOLDERS = ["protocol", "conf", "metrics", "actors", "bench", "tests"]
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
# `type x`, followed as a parameter, as the element of a loop, or as a variable with its value.
DECLARED = re.compile(r"(?<![\w.>])((?:const )?[\w:]+(?:<[^;{}()]*>)?)\s?[&*]*\s([xy])(?=[,)=:{;]| [=:])")
WORDS_BEFORE_NO_NAME = {"return", "case", "else", "throw", "co_return", "goto", "using", "typename", "operator"}
GENERIC = re.compile(r"(const )?([A-Z]\w*)$")
PAIRS = {"(": ")", "{": "}", "[": "]"}


def blank(text: str) -> str:
    """Returns the source without comments and literals, with its lines where they were."""
    return COMMENT_OR_TEXT.sub(lambda match: "\n" * match[0].count("\n") + '""', text)


def end_of(text: str, start: int) -> int:
    """Returns the place of the bracket that closes the one at `start`."""
    close, depth = PAIRS[text[start]], 0
    for place in range(start, len(text)):
        depth += {text[start]: 1, close: -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def bracket_around(text: str, place: int) -> int:
    """Returns the place of the innermost open bracket before `place`, or -1."""
    depth = 0
    for start in range(place - 1, -1, -1):
        if text[start] in ")}]":
            depth += 1
        elif text[start] in "({[":
            if depth == 0:
                return start
            depth -= 1
    return -1


def scope_of(text: str, place: int) -> str:
    """Returns the code in which a name declared at `place` can be used; empty if there is none, as in a prototype."""
    around = bracket_around(text, place)
    if around < 0 or text[around] == "[":
        return ""
    if text[around] == "{":
        return text[place : end_of(text, around)]
    after = end_of(text, around) + 1
    opening = re.compile(r"[^;{}()=,]*\{").match(text, after)
    if opening:
        return text[opening.end() : end_of(text, opening.end() - 1)]
    loop = re.search(r"\b(for|if|while|switch)\s*$", text[:around])
    return text[after : text.find(";", after)] if loop else ""


def faults_of(path: str, source: str) -> list[str]:
    text, faults = blank(source), []
    for match in DECLARED.finditer(text):
        kind, name = match[1], match[2]
        line_start = text.rfind("\n", 0, match.start()) + 1
        if kind in WORDS_BEFORE_NO_NAME or GENERIC.match(kind) or "operator" in text[line_start : match.start()]:
            continue
        used = [line for line in scope_of(text, match.end(2)).split("\n") if re.search(rf"(?<![\w.]){name}\b", line)]
        if len(used) > 1:
            line = text.count("\n", 0, match.start(2)) + 1
            faults.append(f"{path}:{line}: {name} is used in {len(used)} lines: give it a name that says what it is")
    return faults


def check(root: pathlib.Path) -> list[str]:
    faults = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.[ch]pp")):
            faults += faults_of(file.relative_to(root).as_posix(), file.read_text())
    return faults


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) if found else "no x or y is used over more than a line")
    sys.exit(1 if found else 0)
