"""Writes a configuration as TOML. (Python's own tomllib only reads.)"""

import json


def dump(config: dict) -> str:
    """Returns the configuration as TOML. Tables are dicts, arrays of tables lists of dicts; other values are as in
    JSON."""
    lines = []
    _table(config, "", lines)
    return "\n".join(lines) + "\n"


def _table(table: dict, path: str, lines: list) -> None:
    nested = {key: value for key, value in table.items() if _is_table(value) or _is_array_of_tables(value)}
    for key, value in table.items():
        if key not in nested:
            lines.append(f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}")
    for key, value in nested.items():
        for row in value if isinstance(value, list) else [value]:
            lines.append(f"[[{path}{_key(key)}]]" if isinstance(value, list) else f"[{path}{_key(key)}]")
            _table(row, f"{path}{_key(key)}.", lines)


def _key(key: str) -> str:
    return key if key.replace("_", "a").isalnum() and key.isascii() else json.dumps(key)


def _is_table(value) -> bool:
    return isinstance(value, dict)


def _is_array_of_tables(value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def merge(base: dict, changes: dict) -> dict:
    """Returns `base` with `changes` merged into it, table by table. None removes a key."""
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result
