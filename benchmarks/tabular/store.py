"""The results so far: a JSON list with a record a line, one for each model, data set, seed and set of versions."""

import fcntl
import json
from pathlib import Path

KEY = ("model", "data", "seed", "versions")


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def put(path: Path, record: dict) -> None:
    """Add a record, in the place of one with its key. Several processes may do so at once."""
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        others = [each for each in json.loads(file.read() or "[]") if _key(each) != _key(record)]
        lines = [json.dumps(each) for each in sorted([*others, record], key=_key)]
        file.truncate(0)
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


def holds(path: Path, **key) -> bool:
    return any(_key(record) == _key(key) for record in read(path))


def latest(records: list[dict], model: str, data: str) -> list[dict]:
    """Return the records of a model's newest versions, so that a mean is never over two of them."""
    found = [each for each in records if (each["model"], each["data"]) == (model, data)]
    newest = max(found, key=lambda each: each["date"], default=None)
    return [each for each in found if each["versions"] == newest["versions"]]


def _key(record: dict) -> tuple:
    return tuple(json.dumps(record[name], sort_keys=True) for name in KEY)
