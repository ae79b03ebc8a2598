"""Dates and times as people write them: ISO 8601, European and American orders, names of months, clocks.

A month, a quarter or a week stands for its first day. A year of two digits lies in 1969 to 2068, as in POSIX.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

__all__ = ["ORDERS", "is_clock", "microseconds", "seconds"]

ORDERS = ("mdy", "dmy", "ymd")  # of three numbers with slashes or dashes; the first is that of pandas
PIVOT = 69  # the first year of two digits that belongs to the last century
DAY = 86_400_000_000

NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS = {short: place for place, name in enumerate(NAMES, 1) for short in (name, name[:3])} | {"sept": 9}
MONTH = rf"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
YEAR = r"(?P<year>\d{4}|'?\d{2})"
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
ZONE = r"(?:\s*(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?))?"
# The first that fits applies. None of them fits a text that another one reads as another day.
DAYS = tuple(
    re.compile(rf"{WEEKDAY}{shape}(?:(?:t|\s+|,\s*){CLOCK}{ZONE})?", re.IGNORECASE | re.ASCII)
    for shape in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4}|\d{2})",
        r"(?P<one>\d{1,2})(?P<mark>[-/])(?P<two>\d{1,2})(?P=mark)(?P<three>\d{4}|\d{2})",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s/.]?\s?(?:of )?{MONTH}[-\s/,]?\s?{YEAR}",
        rf"{MONTH}[-\s]?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[-\s]\s?(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[-\s/]?{MONTH}(?:[-\s/]?(?P<day>\d{{1,2}}))?",
        rf"{MONTH}[-\s/,]?\s?{YEAR}",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-/](?P<year>\d{4})",
        r"(?P<year>\d{4})[-\s]?q(?P<quarter>[1-4])",
        r"q(?P<quarter>[1-4])[-\s/]?(?P<year>\d{4})",
        r"(?P<year>\d{4})-?w(?P<week>\d{2})(?:-?(?P<weekday>[1-7]))?",
    )
)
MOMENTS = (
    re.compile(
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})t(?P<hour>\d{2})(?P<minute>[0-5]\d)(?P<second>[0-5]\d)"
        rf"(?:\.(?P<fraction>\d{{1,9}}))?(?P<half>(?!))?{ZONE}",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(  # as C's ctime writes it
        rf"{WEEKDAY}{MONTH}\s+(?P<day>\d{{1,2}})\s+{CLOCK}{ZONE}\s+(?P<year>\d{{4}})",
        re.IGNORECASE | re.ASCII,
    ),
)
SHAPES = (*DAYS, *MOMENTS)

TIME = re.compile(rf"(?P<sign>-)?{CLOCK}", re.IGNORECASE | re.ASCII)
LONG_TIME = re.compile(  # as pandas writes durations: -1 days +23:00:00 is minus one hour
    r"(?:(?P<days>-?\d+) days?(?:,? \+?|$)|(?P<sign>-))?"
    r"(?:(?P<hour>\d+):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.(?P<fraction>\d{1,9}))?)?)?",
    re.ASCII,
)
ISO_DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<days>\d+)D)?(?:T(?=.)(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?"
    r"(?:(?P<second>\d+)(?:\.(?P<fraction>\d{1,9}))?S)?)?",
    re.ASCII,
)


def microseconds(text: str, order: str, *, zoned: bool) -> int | None:
    """Return the microseconds from 1970 to a date, in UTC if it has a time zone; None if it is not a date.

    Parameters
    ----------
    text : str
        Without spaces around it.
    order : str
        One of ``ORDERS``, or empty: three numbers with slashes are then none.
    zoned : bool
        True if a time zone is required; False if none may be given.

    Returns
    -------
    int or None
        Of a date in the years 1 to 9999.
    """
    for shape in SHAPES:
        if found := shape.fullmatch(text):
            read = found.groupdict()
            if (read["zone"] is not None) != zoned:
                return None
            day, clock = _day(read, order), _clock(read)
            if day is None or clock is None:
                return None
            return day.toordinal() * DAY - EPOCH * DAY + clock - _offset(read["zone"])
    return None


def is_clock(text: str) -> bool:
    """Return whether a text is a time of day."""
    found = TIME.fullmatch(text)
    return found is not None and not found["sign"] and _clock(found.groupdict()) is not None


def seconds(text: str) -> float | None:
    """Return the seconds of a time of day or of a duration; None where a text is neither."""
    if found := TIME.fullmatch(text):
        read = found.groupdict()
        if (clock := _clock(read)) is not None:
            return (-clock if read["sign"] else clock) / 1e6
    found = ISO_DURATION.fullmatch(text) or LONG_TIME.fullmatch(text)
    if found is None or not (found["days"] or found["hour"] or found["minute"] or found["second"]):
        return None
    read = found.groupdict()
    try:
        whole = timedelta(
            days=int(read["days"] or 0),
            hours=int(read["hour"] or 0),
            minutes=int(read["minute"] or 0),
            seconds=int(read["second"] or 0),
        )
    except (OverflowError, ValueError):  # longer than a timedelta, or of more digits than Python reads
        return None
    value = whole.total_seconds() + float(f"0.{read['fraction'] or 0}")
    return -value if read["sign"] else value


EPOCH = date(1970, 1, 1).toordinal()


def _day(read: dict[str, Any], order: str) -> date | None:
    try:
        if read.get("week"):
            return date.fromisocalendar(int(read["year"]), int(read["week"]), int(read["weekday"] or 1))
        if read.get("quarter"):
            return date(int(read["year"]), 3 * int(read["quarter"]) - 2, 1)
        if read.get("one"):
            return _ordered(read, order)
        month = MONTHS[read["name"].lower()] if read.get("name") else int(read["month"])
        return date(_year(read["year"]), month, int(read.get("day") or 1))
    except (ValueError, OverflowError):
        return None


def _ordered(read: dict[str, Any], order: str) -> date | None:
    parts = [read["one"], read["two"], read["three"]]
    if not order or (order == "ymd" and len(parts[2]) == 4):
        return None
    part = dict(zip(order, parts, strict=True))
    if len(part["y"]) == 1:
        return None
    return date(_year(part["y"]), int(part["m"]), int(part["d"]))


def _year(text: str) -> int:
    text = text.lstrip("'")
    return int(text) if len(text) == 4 else (1900 if int(text) >= PIVOT else 2000) + int(text)


def _clock(read: dict[str, Any]) -> int | None:
    """Return the microseconds since midnight, None if there is no such time."""
    if read.get("hour") is None:
        return 0
    hour = int(read["hour"])
    if read["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (read["half"].lower() == "p")
    if hour > 23:
        return None
    fraction = (read["fraction"] or "")[:6].ljust(6, "0")
    return ((hour * 60 + int(read["minute"])) * 60 + int(read["second"] or 0)) * 1_000_000 + int(fraction)


def _offset(zone: str | None) -> int:
    if zone is None or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if zone[0] == "-" else minutes) * 60_000_000
