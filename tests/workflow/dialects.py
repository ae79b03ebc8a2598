"""Files of tables as people have them: ways to write a file, and kinds of columns, with what they mean."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

N_ROWS = 48
HEADER = ["key", "cell", "note"]
NOTES = ("plain", 'a 6" pipe', "x; y, z", "")


@dataclass(frozen=True)
class Kind:
    """A kind of column: the meaning of row ``i``, and how it is written."""

    name: str
    value: Callable[[int], Any]
    write: Callable[[Any], str]


@dataclass(frozen=True)
class Way:
    """A way to write a file, the options that pandas needs to read it, and those that pellucid needs."""

    name: str
    writer: dict[str, Any] = field(default_factory=dict)
    finish: Callable[[str], str] = lambda text: text
    encoding: str = "utf-8"
    pandas: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    header: bool = True


def rows_of(kind: Kind) -> list[list[str]]:
    """Return the rows of a table with a column of a kind; every eighth cell is empty."""
    cells = ["" if i % 8 == 5 else kind.write(kind.value(i)) for i in range(N_ROWS)]
    return [[str(i), cell, NOTES[i % len(NOTES)]] for i, cell in enumerate(cells)]


def written(way: Way, kind: Kind) -> bytes:
    """Return a file; UnicodeEncodeError where the encoding lacks a character."""
    into = StringIO()
    writer = csv.writer(into, **({"lineterminator": "\n"} | way.writer))
    writer.writerows([HEADER, *rows_of(kind)] if way.header else rows_of(kind))
    return way.finish(into.getvalue()).encode(way.encoding)


def _fraction(i: int) -> float:
    return (i * 37 % 1000 - 400) / 8


def _large(i: int) -> float:
    return 1_234_567.5 + 1000.25 * i


def _day(i: int) -> dt.date:
    return dt.date(1999, 1, 13) + dt.timedelta(days=173 * i)


def _month(i: int) -> dt.date:
    return dt.date(2010 + i // 12, 1 + i % 12, 1)


def _moment(i: int) -> dt.datetime:
    return dt.datetime(2024, 1, 1) + dt.timedelta(minutes=1237 * i)


def _grouped(mark: str, decimal: str) -> Callable[[float], str]:
    return lambda v: f"{v:,.2f}".replace(",", "_").replace(".", decimal).replace("_", mark)


FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
KINDS = (
    Kind("whole", lambda i: i * 7 - 9, str),
    Kind("fraction", _fraction, str),
    Kind("scientific", _fraction, lambda v: f"{v:.6e}"),
    Kind("plus signs", _fraction, lambda v: f"{v:+.3f}"),
    Kind("decimal comma", _fraction, lambda v: f"{v:.3f}".replace(".", ",")),
    Kind("commas between thousands", _large, _grouped(",", ".")),
    Kind("points between thousands", _large, _grouped(".", ",")),
    Kind("spaces between thousands", _large, _grouped(" ", ",")),
    Kind("hard spaces between thousands", _large, _grouped("\u00a0", ",")),
    Kind("apostrophes between thousands", _large, _grouped("'", ".")),
    Kind("dollars", _large, lambda v: f"${v:,.2f}"),
    Kind("euros", _large, lambda v: _grouped(".", ",")(v) + " €"),
    Kind("currency code", _large, lambda v: f"CHF {v:.2f}"),
    Kind("percent", lambda i: i / 100, lambda v: f"{100 * v:.0f} %"),
    Kind("accounting", _fraction, lambda v: f"({-v:.3f})" if v < 0 else f"{v:.3f}"),
    Kind("true minus", _fraction, lambda v: f"{v:.3f}".replace("-", "\u2212")),
    Kind("full width", lambda i: i / 8, lambda v: str(v).translate(FULL_WIDTH)),
    Kind("ISO dates", _day, str),
    Kind("ISO times", _moment, str),
    Kind("times in a zone", lambda i: _moment(i).replace(tzinfo=dt.timezone(dt.timedelta(hours=2))), str),
    Kind("American dates", _day, lambda v: v.strftime("%m/%d/%Y")),
    Kind("American times", _moment, lambda v: v.strftime("%m/%d/%Y %I:%M %p")),
    Kind("European dates", _day, lambda v: v.strftime("%d.%m.%Y")),
    Kind("years of two digits", _day, lambda v: v.strftime("%d.%m.%y")),
    Kind("names of months", _day, lambda v: v.strftime("%d-%b-%Y")),
    Kind("months", _month, lambda v: v.strftime("%Y-%m")),
    Kind("months by name", _month, lambda v: v.strftime("%B %Y")),
    Kind("times of day", lambda i: dt.timedelta(minutes=29 * i), lambda v: str(v)[:-3]),
    Kind("durations", lambda i: dt.timedelta(hours=i), lambda v: f"{v.days} days {v.seconds // 3600}:00:00"),
    Kind("truth values", lambda i: i % 3 == 0, lambda v: str(v).upper()),
    Kind("codes", lambda i: f"{i % 11:04d}", str),
    Kind("words", lambda i: f"word {i % 7}", str),
)  # fmt: skip

ALL = csv.QUOTE_ALL
WAYS = (
    Way("commas"),
    Way("semicolons", {"delimiter": ";"}, pandas={"sep": ";"}),
    Way("tabs", {"delimiter": "\t"}, pandas={"sep": "\t"}),
    Way("pipes", {"delimiter": "|"}, pandas={"sep": "|"}),
    Way("tildes", {"delimiter": "~"}, pandas={"sep": "~"}, options={"separator": "~"}),
    Way("returns and line feeds", {"lineterminator": "\r\n"}),
    Way("returns", {"lineterminator": "\r"}, pandas={"lineterminator": "\r"}),
    Way("all quoted", {"quoting": ALL}),
    Way("backslashes", {"quoting": ALL, "doublequote": False, "escapechar": "\\"},
        pandas={"escapechar": "\\", "doublequote": False}),
    Way("spaces before quotes", {"quoting": ALL}, lambda text: text.replace('","', '", "'),
        pandas={"skipinitialspace": True}),
    Way("blank lines", finish=lambda text: "\n" + text.replace("\n", "\n\n") + " \n\n"),
    Way("no line end", finish=lambda text: text.rstrip("\n")),
    Way("separator named", {"delimiter": ";"}, lambda text: "sep=;\n" + text, pandas={"sep": ";", "skiprows": 1}),
    Way("comments on top", finish=lambda text: "# made by hand\n# on a Monday\n" + text, pandas={"skiprows": 2}),
    Way("comments anywhere", finish=lambda text: text.replace("\n7,", "\n@ seven\n7,"),
        pandas={"comment": "@"}, options={"comment": "@"}),
    Way("separators at the end", finish=lambda text: text.replace("\n", ",\n"), pandas={"usecols": [0, 1, 2]}),
    Way("no header", pandas={"header": None, "names": HEADER}, options={"header": False}, header=False),
    Way("byte order mark", encoding="utf-8-sig"),
    Way("UTF-16", encoding="utf-16", pandas={"encoding": "utf-16"}),
    Way("UTF-16 without a mark", encoding="utf-16-le", pandas={"encoding": "utf-16-le"},
        options={"encoding": "utf-16-le"}),
    Way("Windows", encoding="cp1252", pandas={"encoding": "cp1252"}, options={"encoding": "cp1252"}),
)  # fmt: skip
