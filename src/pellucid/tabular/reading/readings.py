"""Text that holds numbers, dates, times or Booleans: its possible readings, and marks of missing values.

A column is read if every known cell can be read. If there are two different readings, as of 1,234 or 3/4/2024,
the options ``decimal`` and ``dates`` decide, then the other columns of the table, and then the most common
convention; the reading is always noted, and doubtful ones cause a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.reading.dates import days_of_array
from pellucid.tabular.reading.identity import is_code
from pellucid.tabular.reading.text_dates import ORDERS, is_clock, microseconds, seconds
from pellucid.tabular.reading.text_numbers import DECIMALS, PERCENT, as_ascii, number, unit_of

__all__ = [
    "CLOCK",
    "DOUBTFUL_MARKS",
    "MARKS",
    "READERS",
    "Reading",
    "Readings",
    "is_mark",
    "learn_reading",
]

# Marks of missing values in files, in lower case: in any column, and only among numbers or dates.
MARKS = frozenset(
    {"", "?", ".", "na", "n/a", "nan", "null", "nat", "<na>", "#n/a", "#n/a n/a", "#na", "(null)", "\\n"}
)
DOUBTFUL_MARKS = frozenset(
    {
        "-",
        "--",
        "none",
        "missing",
        "unknown",
        "n.a.",
        "#value!",
        "#div/0!",
        "#ref!",
        "#num!",
        "#name?",
        "#null!",
    }
)
TRUTHS = {"false": 0.0, "true": 1.0, "0": 0.0, "1": 1.0}
CLOCK = "time of day"
SAMPLE = 100  # texts that are looked at first
LEAST = 0.5  # share of texts from which on a reading is worth a remark

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """A way to read text.

    Parameters
    ----------
    kind : {"numeric", "boolean", "date", "zoned date", "duration"}
        The kind of column that it gives, as :mod:`pellucid.tabular.reading.columns` lists them.
    decimal : {".", ","}, default="."
        The decimal mark of numbers.
    unit : str, default=""
        The percent sign or currency of numbers, or ``"time of day"``.
    order : {"", "mdy", "dmy", "ymd"}, default=""
        The order of day, month and year between slashes or dashes; empty if no date has them.
    """

    kind: str
    decimal: str = "."
    unit: str = ""
    order: str = ""

    def read(self, texts: Iterable[str]) -> Array:
        """Return numbers, days since 1970 or seconds, NaN where a text cannot be read that way."""
        return READERS[self.kind](self, list(map(as_ascii, texts)))

    @property
    def may_differ(self) -> bool:
        """True if another reading of this kind gives the same texts another meaning."""
        return self.kind == "numeric" or self.order != ""

    @property
    def convention(self) -> str:
        """The convention that the columns of a table usually share: the decimal mark, or the order of dates."""
        return self.decimal if self.kind == "numeric" else self.order

    @property
    def words(self) -> str:
        """The reading in words, such as ``dates (day/month/year)``."""
        details = {"mdy": "month/day/year", "dmy": "day/month/year", "ymd": "year/month/day"}
        words = {"numeric": "numbers", "boolean": "Booleans", "duration": "durations", "date": "dates",
                 "zoned date": "dates with a time zone"}[self.kind]  # fmt: skip
        if self.unit == CLOCK:
            return "times of day"
        said = [f"decimal mark {self.decimal!r}"] if self.decimal != "." else []
        said += [details[self.order]] if self.order else []
        said += ["45 % is 0.45"] if self.unit == PERCENT else [f"in {self.unit}"] if self.unit else []
        return f"{words} ({', '.join(said)})" if said else words


@dataclass(frozen=True)
class Readings:
    """Possible readings of texts.

    Parameters
    ----------
    readings : tuple of Reading, default=()
        Those that read every text and differ in what they read; empty if there is none.
    nearly : Reading or None, default=None
        If there is none: one that reads most of the texts.
    example : str, default=""
        A text that the first two readings read differently, or that ``nearly`` does not read.
    n_read : int, default=0
        The number of texts that ``nearly`` reads.
    is_telling : bool, default=False
        True if the reading tells how other columns are written: another decimal mark or order would not do.
    """

    readings: tuple[Reading, ...] = ()
    nearly: Reading | None = None
    example: str = ""
    n_read: int = 0
    is_telling: bool = False


def is_mark(text: str, *, doubtful: bool = False) -> bool:
    """Return whether a text marks a missing value; ``doubtful`` ones do so only among numbers or dates."""
    plain = text.strip().lower()
    return plain in MARKS or (doubtful and plain in DOUBTFUL_MARKS)


def learn_reading(texts: Iterable[str], *, decimal: str = "auto", dates: str = "auto") -> Readings:
    """Return the possible readings of texts.

    Parameters
    ----------
    texts : iterable of str
        The different cells of a column. Marks of missing values among them are left out.
    decimal : {"auto", ".", ","}, default="auto"
        The decimal mark, if it is known.
    dates : {"auto", "mdy", "dmy", "ymd"}, default="auto"
        The order of day, month and year between slashes or dashes, if it is known.

    Returns
    -------
    Readings
        Numbers where leading zeros do not make a text a code; Booleans, times, dates.

    Examples
    --------
    >>> learn_reading(["1,5", "0,25"]).readings
    (Reading(kind='numeric', decimal=',', unit='', order=''),)
    >>> [reading.order for reading in learn_reading(["3/4/2024", "5/6/2024"]).readings]
    ['mdy', 'dmy']
    """
    cells = [text for text in texts if not is_mark(text, doubtful=True)]
    plain = list(map(as_ascii, cells))
    sample = plain[:: 1 + len(plain) // SAMPLE]
    nearly = Readings()
    for family in FAMILIES:
        whole: list[tuple[Reading, Array]] = []
        for reading in family(plain, decimal, dates):
            share = _share(reading, sample)
            if share <= LEAST or (whole and share < 1.0):
                continue
            read = reading.read(plain)
            known = ~np.isnan(read)
            n_read = int(known.sum())
            if n_read < len(plain):
                if n_read > max(nearly.n_read, LEAST * len(plain)):
                    nearly = Readings((), reading, cells[int(known.argmin())], n_read)
                continue
            if not any(np.array_equal(read, other) for _, other in whole):
                whole.append((reading, read))
            if not reading.may_differ:
                break
        if whole:
            differ = whole[0][1] != whole[-1][1]
            example = cells[int(differ.argmax())] if differ.any() else ""
            found = tuple(reading for reading, _ in whole)
            return Readings(
                found, example=example, is_telling=len(found) == 1 and _is_telling(found[0], plain)
            )
    return nearly


# ---- the readings that are tried, in this order ------------------------------------------------------------


def _truths(texts: Sequence[str], decimal: str, dates: str) -> list[Reading]:
    return [Reading("boolean")] if {text.lower() for text in texts} <= {"true", "false"} else []


def _numbers(texts: Sequence[str], decimal: str, dates: str) -> list[Reading]:
    unit = unit_of(texts[:SAMPLE])
    if unit is None or any(map(is_code, texts)):
        return []
    unit = unit_of(texts)
    marks = DECIMALS if decimal == "auto" else (decimal,)
    return [] if unit is None else [Reading("numeric", mark, unit) for mark in marks]


def _times(texts: Sequence[str], decimal: str, dates: str) -> list[Reading]:
    if not any(":" in text or "day" in text or text[:1] in "-P" for text in texts[:SAMPLE]):
        return []
    return [Reading("duration", unit=CLOCK if all(map(is_clock, texts)) else "")]


def _dates(texts: Sequence[str], decimal: str, dates: str) -> list[Reading]:
    orders = ("", *ORDERS) if dates == "auto" else ("", dates)
    return [Reading(kind, order=order) for kind in ("date", "zoned date") for order in orders]


FAMILIES = (_truths, _numbers, _times, _dates)


def _is_telling(reading: Reading, texts: Sequence[str]) -> bool:
    if reading.kind != "numeric":
        return reading.order != ""
    other = Reading("numeric", "," if reading.decimal == "." else ".", reading.unit)
    return bool(np.isnan(other.read(texts)).any())


def _share(reading: Reading, texts: Sequence[str]) -> float:
    return float(1.0 - np.isnan(reading.read(texts)).mean()) if texts else 0.0


# ---- reading -----------------------------------------------------------------------------------------------


def _read_numbers(reading: Reading, texts: list[str]) -> Array:
    return np.array([number(text, reading.decimal, reading.unit) for text in texts], np.float64)


def _read_truths(reading: Reading, texts: list[str]) -> Array:
    return np.array([TRUTHS.get(text.lower(), np.nan) for text in texts], np.float64)


def _read_times(reading: Reading, texts: list[str]) -> Array:
    read = [seconds(text) for text in texts]
    return np.array([np.nan if value is None else value for value in read], np.float64)


def _read_dates(reading: Reading, texts: list[str]) -> Array:
    zoned = reading.kind == "zoned date"
    if not zoned and all(map(ISO.fullmatch, texts)):
        with suppress(ValueError):
            return days_of_array(np.array(texts, "datetime64[us]"))
    read = [microseconds(text, reading.order, zoned=zoned) for text in texts]
    return days_of_array(np.array([NAT if value is None else value for value in read], "datetime64[us]"))


NAT = np.datetime64("NaT")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?", re.ASCII)  # the fast way
READERS: dict[str, Callable[[Reading, list[str]], Array]] = {
    "numeric": _read_numbers,
    "boolean": _read_truths,
    "duration": _read_times,
    "date": _read_dates,
    "zoned date": _read_dates,
}
