"""Makes the manual page fedhub.toml(5) from conf/default.toml: `toml_manual.py DEFAULT VERSION OUTPUT`.

The default file is the reference: its comments explain each key. So the page can't differ from the program. The file
keeps to these forms:

    # words               explains the tables or keys up to the next blank line
    [table], #[table]     begins a table; the second form has no default
    key = value           a key and its default
    #key = value # words  a key without a default, with an example; the words explain this key alone
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

TABLE = re.compile(r"#?(\[\[?[a-z_.]+\]\]?)$")
KEY = re.compile(r"#?([a-z_0-9]+) = (.*?)(?:\s+# (.*))?$")
WORDS = re.compile(r"# ?(.*)$")
SPECIAL = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"})


@dataclass
class Entry:
    """Keys that one text explains."""

    words: list
    keys: list = field(default_factory=list)  # (name, value, whether the value is only an example)


@dataclass
class Table:
    name: str
    words: list
    entries: list = field(default_factory=list)


def read(text: str) -> tuple:
    """Returns (words in front of the first table, tables)."""
    front, tables, words, own_words = [], [], [], False
    for number, line in enumerate(text.splitlines(), 1):
        if not line:
            if not tables:
                front, words = front + words + [""], []
            own_words = False
        elif found := TABLE.match(line):
            tables.append(Table(found[1], words))
            words, own_words = [], False
        elif found := KEY.match(line):
            name, value, comment = found.groups()
            assert tables, f"line {number}: a key in front of the first table"
            entries = tables[-1].entries
            if words or comment or own_words or not entries:
                entries.append(Entry(words + ([comment] if comment else [])))
            entries[-1].keys.append((name, value, line.startswith("#")))
            words, own_words = [], bool(comment)
        elif found := WORDS.match(line):
            words.append(found[1])
        else:
            raise AssertionError(f"line {number} has none of the forms: {line}")
    return front, tables


def roff(text: str) -> str:
    """Returns text as roff prints it: a leading dot or quote is a request otherwise."""
    text = text.translate(SPECIAL)
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def paragraph(words: list) -> list:
    """Returns the lines of a text. Each sentence begins a line, as man-pages(7) wants it."""
    whole = " ".join(words).strip()
    return [roff(sentence) for sentence in re.split(r"(?<=[.:]) (?=[A-Z])", whole) if sentence]


def paragraphs(words: list) -> list:
    lines = []
    for part in "\n".join(words).strip().split("\n\n"):
        lines += [".PP", *paragraph(part.splitlines())] if part else []
    return lines


def entry_lines(entry: Entry) -> list:
    lines = []
    for place, (name, value, example) in enumerate(entry.keys):
        lines.append(".TP" if place == 0 else ".TQ")
        lines.append(f"\\fB{roff(name)}\\fR = {roff(value)}" + (" (an example)" if example else ""))
    return lines + (paragraph(entry.words) or ["\\&"])


def page(text: str, version: str) -> str:
    front, tables = read(text)
    lines = [
        f'.TH FEDHUB.TOML 5 "" "fedhub {version}" "fedhub"',
        ".nh",  # names of keys stay whole
        ".SH NAME",
        "fedhub.toml \\- configuration of the federation hub fedhub",
        ".SH DESCRIPTION",
        *paragraph(["The file is TOML. Each key is shown with its default, or with an example where it has none."]),
        *paragraphs(front[1:]),  # the first line is the title of the default file
    ]
    for table in tables:
        lines.append(f'.SH "{roff(table.name)}"')
        lines += paragraph(table.words)
        for entry in table.entries:
            lines += entry_lines(entry)
    lines += [
        ".SH FILES",
        ".TP",
        ".I /etc/fedhub/fedhub.toml",
        "The configuration of an installed hub.",
        ".SH SEE ALSO",
        ".BR fedhub (1),",
        ".BR fedhubctl (1)",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    default, version, output = sys.argv[1:]
    Path(output).write_text(page(Path(default).read_text(), version))
