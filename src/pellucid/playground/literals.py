"""Tables as JavaScript: constants of a module, in which what stands twice is written once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

__all__ = ["Code", "constants"]

LINE = 100
LEAST = 24  # characters from which a value that stands twice gets a name
NAME = re.compile(r"[A-Za-z_]\w*")


class Code(str):
    """JavaScript, in a structure that is otherwise data. A mapping's key ``"..."`` spreads its value."""


def constants(tables: Mapping[str, Any]) -> str:
    """Return exported constants of a JavaScript module.

    Parameters
    ----------
    tables : mapping of str to data
        Mappings, lists, texts, numbers, booleans, None and :class:`Code`, by the names of the constants.

    Returns
    -------
    str
        The text of the module. A long list, mapping or text that stands more than once is a constant
        ``shared_N`` of its own; nobody may change it.

    Examples
    --------
    >>> print(constants({"A": {"low": 0.0, "high": float("inf")}}))
    <BLANKLINE>
    export const A = { low: 0.0, high: Infinity };
    <BLANKLINE>
    """
    seen: Counter[str] = Counter()
    for table in tables.values():
        _count(table, seen)
    writer = _Writer({text for text, n in seen.items() if n > 1})
    exported = [f"\nexport const {name} = {writer.text(table)};\n" for name, table in tables.items()]
    return "".join([*writer.shared, *exported])


def _count(value: Any, seen: Counter[str]) -> None:
    """Count long values; within one that was seen before, nothing is counted again."""
    if isinstance(value, Code):
        return
    text = _flat(value)
    if len(text) >= LEAST:
        seen[text] += 1
        if seen[text] > 1:
            return
    for each in _parts(value):
        _count(each, seen)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _flat(value: Any) -> str:
    return _Writer(set(), wide=True).text(value)


class _Writer:
    """Writes data as JavaScript, on one line if ``wide``; ``repeated`` holds the texts that get names."""

    def __init__(self, repeated: set[str], *, wide: bool = False) -> None:
        self.repeated, self.wide = repeated, wide
        self.names: dict[str, str] = {}
        self.shared: list[str] = []

    def text(self, value: Any, indent: str = "") -> str:
        if isinstance(value, Code):
            return str(value)
        flat = _flat(value) if self.repeated else ""
        if flat not in self.repeated:
            return self._written(value, indent)
        if flat not in self.names:
            own = self._written(value, "")
            self.names[flat] = f"shared_{len(self.names) + 1}"
            self.shared.append(f"\nconst {self.names[flat]} = {own};\n")
        return self.names[flat]

    def _written(self, value: Any, indent: str) -> str:
        if isinstance(value, Mapping):
            return self._lines("{}", [self._entry(*item, indent) for item in value.items()], indent)
        if isinstance(value, list | tuple):
            inner = [self.text(each, indent + "  ") for each in value]
            return self._lines("[]", inner, indent)
        if isinstance(value, float):
            return {inf: "Infinity", -inf: "-Infinity"}.get(value, repr(value))
        return json.dumps(value, ensure_ascii=False)

    def _entry(self, key: str, value: Any, indent: str) -> str:
        text = self.text(value, indent + "  ")
        if key == "...":
            return f"...{text}"
        return f"{key if NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)}: {text}"

    def _lines(self, ends: str, inner: list[str], indent: str) -> str:
        """Return entries on one line if they fit, else one on a line."""
        blank = " " if ends == "{}" and inner else ""
        flat = f"{ends[0]}{blank}{', '.join(inner)}{blank}{ends[1]}"
        if self.wide or (len(flat) + len(indent) <= LINE and "\n" not in flat):
            return flat
        return f"{ends[0]}\n" + "".join(f"{indent}  {each},\n" for each in inner) + f"{indent}{ends[1]}"
