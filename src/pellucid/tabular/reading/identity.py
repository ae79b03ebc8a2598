"""Categories by value: the same name however a cell is stored.

==========================  =====================================  =====================
cells                       of one category                        named
==========================  =====================================  =====================
numbers                     ``3``, ``3.0``, ``"3"``, ``Decimal``   ``3``
fractions                   0.1 in 32 and 64 bits, ``"0.10"``      ``0.1``
Booleans                    ``True``, ``"true"``, ``"TRUE"``       ``True``
dates and times             any unit, text in ISO 8601             ``2024-01-31``
durations                   any unit                               ``5400 s``
text                        composed or decomposed (NFC), spaces   as written
                            around it
==========================  =====================================  =====================

Text with leading zeros is a code: ``"003"`` is not ``3``.
"""

from __future__ import annotations

import numbers
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import numpy as np

__all__ = ["category_of", "category_of_text", "is_code", "reads_as_number"]

NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
CODE = re.compile(r"[+-]?0[0-9]")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)?")
TRUTHS = {"true": "True", "false": "False"}
LONGEST_TEXT = 1000  # characters of a number; Python reads and writes whole numbers of 4,300 digits
LONGEST_EXACT = 15  # digits that a float64 always holds


def category_of(value: Any) -> str:
    """Return the name of the category that a cell represents."""
    if isinstance(value, str):
        return category_of_text(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, timedelta | np.timedelta64):
        return _of_duration(np.timedelta64(value))
    if isinstance(value, numbers.Real | Decimal):
        return _of_number(value)
    if isinstance(value, date | np.datetime64):
        return _of_date(value)
    return str(value)


def category_of_text(text: str) -> str:
    """Return the name of the category that a text represents."""
    text = (text if text.isascii() else normalize("NFC", text)).strip()
    if text[:1] in "+-0123456789" and len(text) <= LONGEST_TEXT:
        if NUMBER.fullmatch(text):
            return _of_number(Decimal(text))
        if DATE.fullmatch(text):
            with suppress(ValueError):
                return _of_date(np.datetime64(text))
    return TRUTHS.get(text.lower(), text) if len(text) in (4, 5) else text


def reads_as_number(text: str) -> bool:
    """Return whether a category is a number by its name."""
    return NUMBER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Return whether a text has leading zeros, which a number would lose."""
    return CODE.match(text) is not None


def _of_number(value: Any) -> str:
    try:
        whole = int(value)
    except (OverflowError, ValueError):  # infinity and NaN
        return str(value)
    if whole == value:
        return str(whole)
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > LONGEST_EXACT:
        return format(value.normalize(), "f")
    double = float(value)
    with np.errstate(over="ignore"):
        single = np.float32(double)
    return str(single) if single == double else repr(double)


def _of_date(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    moment = value.to_datetime64() if hasattr(value, "to_datetime64") else np.datetime64(value)
    day, _, clock = str(np.datetime_as_string(moment, unit=None)).partition("T")
    clock = clock.rstrip("0").rstrip(".") if "." in clock else clock
    clock = clock if clock.count(":") != 1 else f"{clock}:00"
    return day if clock in ("", "00", "00:00:00") else f"{day}T{clock}"


def _of_duration(value: np.timedelta64) -> str:
    unit = np.datetime_data(value.dtype)[0]
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}.get(unit)
    if per_second is None:
        return f"{value.astype('timedelta64[s]').astype(int)} s"
    return f"{_of_number(Decimal(int(value.astype(np.int64))) / per_second)} s"
