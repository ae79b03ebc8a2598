"""Values that no honest page sends, and documents in which some places hold one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.playground.setups import FIRST

DEPTH = 8  # of the places that are changed
DEEP: Any = []
for _ in range(900):
    DEEP = [DEEP]
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**53, 2**63, 10**400, -(10**400), float("inf"), float("nan"), -0.0, 1e-320,
    1e308, 0.5, "", "x", "__proto__", "constructor", "toString", "\x1b[2J", "\ud800", "NaN", "1e999", "=1+1",
    "a" * 100_000,
    [], {}, [[]], [None], [1], ["tanh"], [10**400], ["__proto__"], {"a": 1}, DEEP,
]  # fmt: skip
KEYS = ["__proto__", "constructor", "x" * 50, "\x1b"]

OWN = {
    "name": "own", "title": "t", "columns": ["a", "b", "c"], "target": "c", "use": None, "task": None,
    "decimal": ".", "rows": [[1, "x", 0], [2.5, "y", 1], [3, "x", 1], [None, "z", 0]], "refused": [], "notes": [],
}  # fmt: skip
RAW = {
    "name": "own", "raw": True, "columns": ["a", "b", "c"], "rows": [[1, 2, 0], [2.5, 1, 1]], "target": ["c"],
    "task": "binary", "classes": ["n", "y"],
}  # fmt: skip
SETUP = {**FIRST, "data": {"name": "xor"}, "edits": [{"step": 2, "index": 1, "value": 0.5}]}


def changed(document: Any, rng: np.random.Generator, n: int) -> Any:
    """Return a copy of a document in which ``n`` places are gone, are new, or hold a nasty value."""
    made = _copy(document, 0)
    for _ in range(n):
        places = [place for place in _places(made, ()) if place]
        if not places:
            return made
        *way, last = places[int(rng.integers(len(places)))]
        holder = made
        for key in way:
            holder = holder[key]
        value, chance = VALUES[int(rng.integers(len(VALUES)))], rng.random()
        if chance < 0.1 and isinstance(holder, dict):
            del holder[last]
        elif chance < 0.15 and isinstance(holder, dict):
            holder[KEYS[int(rng.integers(len(KEYS)))]] = value
        else:
            holder[last] = value
    return made


def _places(value: Any, here: tuple[Any, ...]) -> Any:
    yield here
    if len(here) > DEPTH:
        return
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*here, key))
    elif isinstance(value, list):
        for k, each in enumerate(value):
            yield from _places(each, (*here, k))


def _copy(value: Any, depth: int) -> Any:
    if depth > DEPTH:
        return value
    if isinstance(value, dict):
        return {key: _copy(each, depth + 1) for key, each in value.items()}
    return [_copy(each, depth + 1) for each in value] if isinstance(value, list) else value
