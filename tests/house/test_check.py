"""The check of the rooms' order finds each fault and explains it."""

import pathlib

import pytest

from check import LAYERS, PLAN, Rooms, check

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = Rooms("""
## Rooms

| room | holds |
| --- | --- |
| `protocol/text` | names |
| `protocol/xml` | the scanner |
| `actors/net` | sockets |

## Actors
| `actors/net` | not of the plan |
""")


def test_the_program_is_in_order():
    assert check(ROOT) == []


@pytest.mark.parametrize("path, include, fault", [
    ("protocol/xml/tag.hpp", "protocol/text/jid.hpp", None),
    ("protocol/xml/tag.hpp", "protocol/xml/scanner.hpp", None),
    ("actors/net/socket.cpp", "protocol/text/jid.hpp", None),
    ("protocol/text/jid.cpp", "protocol/xml/tag.hpp", "protocol/text (names) stands above protocol/xml (the scanner)"),
    ("protocol/xml/tag.hpp", "actors/net/socket.hpp", "protocol/xml (the scanner) stands above actors/net (sockets)"),
    ("protocol/xml/tag.hpp", "protocol/tag.hpp", "includes protocol/tag.hpp, which is in none of the program's rooms"),
    ("protocol/xml/tag.hpp", "tests/unit/protocol/xml/feed.hpp", "which is in none of the program's rooms"),
    ("protocol/xml/tag.hpp", "tag.hpp", "which is in none of the program's rooms"),
    ("protocol/tag.hpp", "protocol/text/jid.hpp", "protocol is no room"),
    ("actors/attic/old.hpp", "protocol/text/jid.hpp", "actors/attic is no room"),
])  # fmt: skip
def test_an_include_against_the_order_is_explained(path, include, fault):
    faults = ROOMS.faults_of(path, f'#pragma once\n\n#include <string>\n\n#include "{include}"\n')
    assert len(faults) == (fault is not None)
    for report in faults:
        assert fault in report
        assert report.startswith(f"{path}:5: " if "no room" not in report else f"{path}: ")


def test_a_room_is_named_but_once():
    with pytest.raises(AssertionError, match="twice"):
        Rooms("\n## Rooms\n\n| `actors/net` | sockets |\n| `actors/net` | again |\n")


def test_files_outside_of_rooms_are_found(tmp_path):
    (tmp_path / PLAN).parent.mkdir()
    (tmp_path / PLAN).write_text("\n## Rooms\n\n| `protocol/text` | names |\n| `protocol/xml` | the scanner |\n")
    for path in ("protocol/text/jid.hpp", "protocol/jid.hpp", "tests/unit/protocol/attic/jid_test.cpp"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    report = "\n".join(check(tmp_path))
    assert "protocol/jid.hpp: protocol is no room" in report
    assert "tests/unit/protocol/attic/jid_test.cpp: there is no room protocol/attic" in report
    assert "the room protocol/xml is empty" in report


def test_each_layer_has_rooms():
    rooms = Rooms((ROOT / PLAN).read_text())
    assert {room.partition("/")[0] for room in rooms.rank} == set(LAYERS)
