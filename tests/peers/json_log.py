"""The log lines of a hub that logs in JSON, and checks of their fields."""

import json
import re

from . import toml
from .waiting import eventually

OF_EACH_LINE = ["time", "level", "hub", "module", "message"]
"""The fields of each line."""
SECONDS = (int, float)
"""The type of durations: numbers."""
ADDRESS = r"127\.0\.0\.\d+:\d+"


class Log:
    """The lines of a hub that logs in JSON."""

    def __init__(self, hub):
        self.hub = hub

    def lines(self) -> list:
        text = self.hub.log  # read once: it grows
        whole = text[: text.rfind("\n") + 1]
        return [json.loads(line, object_pairs_hook=self.unique) for line in whole.splitlines()]

    @staticmethod
    def unique(members) -> dict:
        """Returns the object. No name may occur twice."""
        names = [name for name, _ in members]
        assert len(names) == len(set(names)), names
        return dict(members)

    def find(self, module: str, kind: str, **facts) -> list:
        wanted = {"module": module, "kind": kind} | facts
        return [line for line in self.lines() if all(line.get(name) == value for name, value in wanted.items())]

    def expect(self, module: str, kind: str, facts: dict, **more) -> dict:
        """Returns the line of this kind with these facts. It must have no other fields than those and `more`, which
        gives types or patterns."""
        found = eventually(lambda: self.find(module, kind, **facts), what=f"a line {kind!r} with {facts}")[0]
        wanted = dict.fromkeys(OF_EACH_LINE, str) | {"kind": str, "origin": str} | more
        rest = {name: value for name, value in found.items() if name not in facts}
        for name, value in rest.items():
            assert name in wanted, f"{name}={value!r} was not expected: {found}"
            if isinstance(wanted[name], str):
                assert re.fullmatch(wanted[name], value), (name, found)
            elif callable(wanted[name]) and not isinstance(wanted[name], type):
                assert wanted[name](value), (name, found)
            else:
                assert isinstance(value, wanted[name]), (name, found)
        missing = set(more) - set(rest)
        assert not missing, f"{missing} missing: {found}"
        return found


def json_hub(site, *nodes, **changes):
    return site.hub(*nodes, **toml.merge({"log": {"format": "json", "level": "trace"}}, changes))
