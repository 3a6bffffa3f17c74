"""Checks the order of the rooms: `check.py [ROOT]` reports each include that goes against it, and exits 1 if there is
one.

A room is a folder of sources. docs/architecture.md lists the rooms ("Rooms"). A room may include itself and the rooms
above it in that list, so a reader of a room needs to know only those.
"""

import pathlib
import re
import sys

LAYERS = ["protocol", "conf", "metrics", "actors"]
PLAN = "docs/architecture.md"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
ROW = re.compile(r"^\| `((?:%s)[a-z/_]*)` \| (.+?) \|$" % "|".join(LAYERS), re.M)


class Rooms:
    """The rooms and their order. @param plan text of docs/architecture.md."""

    def __init__(self, plan: str):
        section = plan.partition("\n## Rooms\n")[2].partition("\n## ")[0]
        self.holds = {}
        for room, holds in ROW.findall(section):
            assert room not in self.holds, f"{PLAN}: {room} is there twice"
            self.holds[room] = holds
        assert self.holds, f"{PLAN} has no section \"Rooms\" with a table of them"
        self.rank = {room: rank for rank, room in enumerate(self.holds)}

    def named(self, room: str) -> str:
        return f"{room} ({self.holds[room]})"

    def faults_of(self, path: str, text: str) -> list[str]:
        """Returns the faults of one source. @param path from the root. @param text of the source."""
        room = room_of(path)
        if room not in self.rank:
            return [f"{path}: {room} is no room: move the file into one, or give the new room a row in {PLAN}, Rooms"]
        faults = []
        for match in INCLUDE.finditer(text):
            other = room_of(match[1])
            place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}: includes {match[1]}"
            if other not in self.rank:
                faults.append(f"{place}, which is in none of the program's rooms")
            elif self.rank[other] > self.rank[room]:
                faults.append(
                    f"{place}: {self.named(room)} stands above {self.named(other)} and may not know of it. Move up what"
                    " both need, or pass it in from below."
                )
        return faults


def room_of(path: str) -> str:
    return path.rpartition("/")[0]


def check(root: pathlib.Path) -> list[str]:
    rooms = Rooms((root / PLAN).read_text())
    faults = []
    for layer in LAYERS:
        for file in sorted((root / layer).rglob("*.[ch]pp")):
            faults += rooms.faults_of(file.relative_to(root).as_posix(), file.read_text())
        for file in sorted((root / "tests" / "unit" / layer).rglob("*.[ch]pp")):
            room = room_of(file.relative_to(root / "tests" / "unit").as_posix())
            if room not in rooms.rank:
                faults.append(f"{file.relative_to(root)}: there is no room {room} that it could test")
    for room in rooms.rank:
        if not any((root / room).glob("*.[ch]pp")):
            faults.append(f"{PLAN}: the room {room} is empty")
    return faults


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) if found else "all rooms are in order")
    sys.exit(1 if found else 0)
