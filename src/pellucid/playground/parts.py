"""Readers of the parts of a setup: numbers, names and lists out of JSON, refused by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from math import inf, isfinite, nan
from reprlib import Repr
from typing import Any

from pellucid.host.escaping import visible
from pellucid.playground.errors import SetupError

__all__ = [
    "flag", "known", "listed", "mapping", "name_of", "number", "one_or_each", "options", "shown",
    "size_of", "whole",
]  # fmt: skip

BRIEF = Repr()
BRIEF.maxstring = BRIEF.maxother = BRIEF.maxlong = 60
BRIEF.maxlevel = 2  # however deep it is


def whole(where: str, value: Any, least: int, most: int = 2**53) -> int:
    """Return an integer in ``least`` to ``most``; 3.0 counts as 3, since JavaScript knows one kind of number."""
    if isfinite(size_of(value)) and value == value // 1 and least <= value <= most:
        return int(value)
    bound = f"in {least}..{most}" if most < 2**53 else f">= {least}"
    raise SetupError(where, f"'{where}' must be a whole number {bound}; got {shown(value)}.")


def number(
    where: str, value: Any, accepted: str = "a finite number", accepts: Callable[[float], bool] = isfinite
) -> float:
    """Return a number that is accepted."""
    read = size_of(value)
    if isfinite(read) and accepts(read):
        return read
    raise SetupError(where, f"'{where}' must be {accepted}; got {shown(value)}.")


def flag(where: str, value: Any) -> bool:
    """Return True or False."""
    if isinstance(value, bool):
        return value
    raise SetupError(where, f"'{where}' must be true or false; got {shown(value)}.")


def name_of(where: str, value: Any, names: Collection[str]) -> str:
    """Return one of some names."""
    if isinstance(value, str) and value in names:
        return value
    raise SetupError(where, f"'{where}' must be one of {', '.join(names)}; got {shown(value)}.")


def mapping(where: str, value: Any) -> dict[str, Any]:
    """Return an object of JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    raise SetupError(where, f"'{where}' must be an object; got {shown(value)}.")


def known(where: str, value: Any, names: Collection[str]) -> dict[str, Any]:
    """Return an object of JSON that has no other keys than these."""
    found = mapping(where or "setup", value)
    for key in found:
        if key not in names:
            path = f"{where}.{key}" if where else key
            raise SetupError(path, f"There is no {shown(path)} in a setup; the parts are {', '.join(names)}.")
    return found


def options(where: str, value: Any) -> dict[str, float]:
    """Return options by name, each a number."""
    return {key: number(f"{where}.{key}", each) for key, each in mapping(where, value).items()}


def one_or_each(where: str, value: Any, n: int, read: Callable[[str, Any], Any]) -> list[Any]:
    """Return a value for each of ``n`` hidden layers, of one for all or one for each."""
    if not isinstance(value, list):
        return [read(where, value)] * n
    if len(value) not in (1, n):
        raise SetupError(
            where, f"'{where}' must have one value, or one per hidden layer, here {n}; got {len(value)}."
        )
    return [read(where, each) for each in (value * n if len(value) == 1 else value)]


def size_of(value: Any) -> float:
    """Return a number of JSON, infinite where it is an integer beyond all floats; NaN for what is not a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def shown(value: Any) -> str:
    """Return a value as an error shows it: short, whatever it is."""
    text = BRIEF.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(names: Iterable[Any]) -> str:
    """Return names as an error lists them: the first twenty, each of them short, without signs that act."""
    found = [text if len(text := visible(str(name))) <= 40 else f"{text[:39]}…" for name in names]
    return ", ".join(found[:20]) + (f" and {len(found) - 20} others" if len(found) > 20 else "")
