"""Checks of the fields of records in model files, one per field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from pellucid.exceptions import ModelFileError

__all__ = ["Check", "check_fields", "each", "number", "of_type", "one_of", "optional", "positive", "whole"]

Check = Callable[[Any], bool]


def check_fields(record: Any, checks: Mapping[str, Check], where: str) -> None:
    """Refuse a record with other fields, or with a value that its check does not accept."""
    if not isinstance(record, dict) or record.keys() != checks.keys():
        raise ModelFileError(f"{where} does not hold the fields {list(checks)}.")
    for name, takes in checks.items():
        if not takes(record[name]):
            raise ModelFileError(f"{where} has an invalid value of {name!r}.")


def of_type(*types: type) -> Check:
    """Accept values of exactly these types: True is not an integer."""
    return lambda value: type(value) in types


def whole(least: int = 0, most: int = 2**63 - 1) -> Check:
    """Accept an integer from ``least`` to ``most``."""
    return lambda value: type(value) is int and least <= value <= most


def one_of(*accepted: str) -> Check:
    """Accept one of these texts."""
    return lambda value: type(value) is str and value in accepted


def each(check: Check) -> Check:
    """Accept a list of values that ``check`` accepts."""
    return lambda value: type(value) is list and all(map(check, value))


def optional(check: Check) -> Check:
    """Accept None too."""
    return lambda value: value is None or check(value)


def number(value: Any) -> bool:
    """Accept a number that NumPy computes with: a float, or an integer of at most 64 bits."""
    return type(value) is float or (type(value) is int and -(2**63) <= value < 2**63)


def positive(value: Any) -> bool:
    """Accept a finite number above 0."""
    return number(value) and isfinite(value) and value > 0
