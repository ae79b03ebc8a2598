"""Dates as numbers: days since 1970-01-01, and positions in the year, the week and the day.

Days in float64 reach from year 1 to 9999 and far beyond, which 64-bit nanoseconds do not, and resolve less
than a microsecond today.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CYCLES", "cycle_parts", "cycle_slopes", "days_of_array", "days_of_dates", "seconds_of_array"]

Array = NDArray[np.float64]

MILLISECONDS = 86_400_000  # of a day


def days_of_array(values: NDArray[np.datetime64]) -> Array:
    """Return days since 1970-01-01 with their fraction, NaN for NaT, from datetimes of any unit."""
    whole = values.astype("datetime64[D]")
    days = whole.astype(np.float64) + (values - whole) / np.timedelta64(1, "D")
    return np.where(np.isnat(values), np.nan, days)


def days_of_dates(values: Sequence[Any]) -> Array:
    """Return days since 1970-01-01 from dates and times, in UTC if they have a time zone."""
    walls = [value if _offset(value) is None else value.replace(tzinfo=None) for value in values]
    offsets = [_offset(value) or timedelta() for value in values]
    return days_of_array(np.array(walls, "datetime64[us]") - np.array(offsets, "timedelta64[us]"))


def _offset(value: Any) -> timedelta | None:
    return value.utcoffset() if isinstance(value, datetime) else None


def seconds_of_array(values: NDArray[np.timedelta64]) -> Array:
    """Return seconds, NaN for NaT."""
    return np.asarray(values / np.timedelta64(1, "s"), np.float64)


def _month(days: NDArray[np.datetime64], rest: Array) -> Array:
    return (days.astype("datetime64[M]").astype(np.int64) % 12) / 12


def _weekday(days: NDArray[np.datetime64], rest: Array) -> Array:
    return ((days.astype(np.int64) + 3) % 7) / 7  # 1970-01-01 was a Thursday; a week begins on Monday


def _hour(days: NDArray[np.datetime64], rest: Array) -> Array:
    # So that the same time on two days is the same number:
    return np.round(rest * MILLISECONDS) / MILLISECONDS


# Position of a date in a cycle, from 0 up to 1: from its whole day and the part of a day that is left.
CYCLES: dict[str, Callable[[NDArray[np.datetime64], Array], Array]] = {
    "month": _month,
    "day of week": _weekday,
    "hour": _hour,
}


def cycle_parts(days: Array) -> dict[str, Array]:
    """Return sine and cosine of each cycle, so that December is next to January; NaN where missing."""
    missing = np.isnan(days)
    whole = np.floor(np.where(missing, 0.0, days))
    rest = np.where(missing, 0.0, days - whole)
    parts = {}
    for name, place in CYCLES.items():
        angle = 2.0 * np.pi * place(whole.astype(np.int64).astype("datetime64[D]"), rest)
        for wave in (np.sin, np.cos):  # rounded, so that sin(pi) is exactly 0
            parts[f": {name} ({wave.__name__})"] = np.where(missing, np.nan, np.round(wave(angle), 12))
    return parts


def cycle_slopes(days: Array) -> dict[str, Array]:
    """Return the derivative of each of :func:`cycle_parts` per day: month and day of week are steps."""
    angle = 2.0 * np.pi * (days - np.floor(days))
    waves = {": hour (sin)": np.cos(angle), ": hour (cos)": -np.sin(angle)}
    flat = np.where(np.isnan(days), np.nan, 0.0)
    return {name: 2.0 * np.pi * waves[name] if name in waves else flat for name in cycle_parts(days)}
