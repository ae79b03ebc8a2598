"""Treatment of the columns of a table, in words and as plain data."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pellucid.host.counted import counted
from pellucid.tabular import TableEncoder
from pellucid.tabular.encoding.features import PLACE, Column
from pellucid.tabular.reading.columns import LABELED, WORDS

__all__ = ["becomes", "column_texts", "columns_data", "kind_of"]

KINDS = {**WORDS, "boolean": "true or false", "date": "dates", "zoned date": "dates", "empty": "nothing"}
MOST = 30  # columns that are shown


def columns_data(encoder: TableEncoder) -> list[dict[str, Any]]:
    """Return a dict for each column: its kind, categories, missing values, and its form for a network."""
    return [
        {
            "name": column.name,
            "kind": column.kind,
            "reading": None if column.reading is None else column.reading.words,
            "categories": len(column.categories) if column.kind in LABELED else None,
            "missing": column.n_missing,
            "becomes": becomes(column),
        }
        for column in encoder.columns_
    ]


def column_texts(encoder: TableEncoder) -> tuple[list[tuple[bool, tuple[str, ...]]], str]:
    """Return a line of texts for each column.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.

    Returns
    -------
    lines : list of (bool, tuple of str)
        True for a column that is used; its name, kind, categories, missing values, and what a network gets.
    rest : str
        The columns after the first 30, in words.
    """
    lines: list[tuple[bool, tuple[str, ...]]] = [
        (
            not column.left_out,
            (
                column.name,
                kind_of(column),
                f"{len(column.categories):,}" if column.kind in LABELED else "",
                f"{column.n_missing:,g}" if column.n_missing else "",
                becomes(column),
            ),
        )
        for column in encoder.columns_[:MOST]
    ]
    kinds = Counter(kind_of(column) for column in encoder.columns_[MOST:])
    rest = ", ".join(f"{count:,} of {kind}" for kind, count in kinds.items())
    return lines, rest and f"  and {len(encoder.columns_) - MOST:,} more: {rest}"


def kind_of(column: Column) -> str:
    """Return the kind of a column in words."""
    if column.kind == "categorical" and column.named:
        return "categories in order" if column.is_ordered else "categories"
    if column.reading is not None:
        return column.reading.words
    return KINDS[column.kind]


def becomes(column: Column) -> str:
    """Return the form of a column for a network in words."""
    if column.left_out:
        return f"left out: {column.left_out}"
    if column.kind in LABELED:
        place = ", and their rank" if column.is_ordered else ""
        n = sum(feature.suffix != PLACE for feature in column.features)
        columns = f"{counted(n, 'column')} of 0 and 1"
        if column.as_codes:
            columns = "a learned embedding of each category"
        return ("-1 or +1" if len(column.categories) == 2 else columns) + place
    if column.kind == "text":
        n = sum(feature.suffix != " is missing" for feature in column.features)
        missing = ", and if it is missing" if len(column.features) > n else ""
        return f"{counted(n, 'number')} of its n-grams{missing}"
    names = [feature.suffix.removeprefix(": ") for feature in column.features]
    parts = dict.fromkeys(name.partition(" (")[0] for name in names if name and name != " is missing")
    said = ["a number" if column.kind in ("numeric", "duration") else "days", *parts]
    return ", ".join(said) + (", and if it is missing" if " is missing" in names else "")
