"""Readers of the parts of a setup: numbers, names and lists out of JSON, refused by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any

from pellucid.playground.errors import SetupError

__all__ = ["flag", "known", "mapping", "name_of", "number", "one_or_each", "options", "whole"]


def whole(where: str, value: Any, least: int, most: int = 2**53) -> int:
    """Return an integer in ``least`` to ``most``; 3.0 counts as 3, since JavaScript knows one kind of number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and value == value // 1 and least <= value <= most:
        return int(value)
    bound = f"in {least}..{most}" if most < 2**53 else f">= {least}"
    raise SetupError(where, f"'{where}' must be a whole number {bound}; got {_brief(value)}.")


def number(
    where: str, value: Any, accepted: str = "a finite number", accepts: Callable[[float], bool] = isfinite
) -> float:
    """Return a number that is accepted."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isfinite(value) and accepts(value):
        return float(value)
    raise SetupError(where, f"'{where}' must be {accepted}; got {_brief(value)}.")


def flag(where: str, value: Any) -> bool:
    """Return True or False."""
    if isinstance(value, bool):
        return value
    raise SetupError(where, f"'{where}' must be true or false; got {_brief(value)}.")


def name_of(where: str, value: Any, names: Collection[str]) -> str:
    """Return one of some names."""
    if isinstance(value, str) and value in names:
        return value
    raise SetupError(where, f"'{where}' must be one of {', '.join(names)}; got {_brief(value)}.")


def mapping(where: str, value: Any) -> dict[str, Any]:
    """Return an object of JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    raise SetupError(where, f"'{where}' must be an object; got {_brief(value)}.")


def known(where: str, value: Any, names: Collection[str]) -> dict[str, Any]:
    """Return an object of JSON that has no other keys than these."""
    found = mapping(where or "setup", value)
    for key in found:
        if key not in names:
            path = f"{where}.{key}" if where else key
            raise SetupError(
                path, f"There is no {_brief(path)} in a setup; the parts are {', '.join(names)}."
            )
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


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
