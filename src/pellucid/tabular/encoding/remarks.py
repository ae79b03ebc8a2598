"""Remarks on the columns of a table: how fit read them, doubtful readings, and differences of new tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.host.counted import counted
from pellucid.tabular.encoding.column_fit import IDENTIFIER
from pellucid.tabular.encoding.features import PLACE, Column
from pellucid.tabular.reading.column_rows import ColumnRows
from pellucid.tabular.reading.columns import Values
from pellucid.tabular.reading.readings import Reading, Readings
from pellucid.tabular.reading.sentinels import written
from pellucid.tabular.reading.table import Cells

__all__ = ["ENOUGH", "on_reading", "on_unlike", "on_unread", "remarks"]

# More categories than these are remarked on if they are more than this share of the rows.
MANY = ((1000, 0.5), (30, 0.9))
ENOUGH = 10  # texts that read as numbers or dates among others from which on this is remarked on
LEAST_ROWS = 5  # fewer new rows are not meaningful
UNLIKELY = 0.01


def remarks(column: Column, rows: ColumnRows, label: str) -> list[str]:
    """Return remarks on a column for the user.

    Parameters
    ----------
    column : Column
        As it was fitted.
    rows : ColumnRows
        The values read from its cells, and the rows that they stand for.
    label : str
        Its name in the sentences.

    Returns
    -------
    list of str
        Sentences.
    """
    found, values, n_rows, distinct = list[str](), rows.values, rows.repeated(), rows.n_categories
    if column.left_out == IDENTIFIER:
        return [
            f"{label} has {distinct} categories in {n_rows:g} rows. If it is an identifier or free text, "
            "its categories cannot help with new rows, so it was left out; name it in 'text_columns' if "
            "parts of its text are informative, or as categorical."
        ]
    if column.left_out:
        return [f"{label} was left out: {column.left_out}."]
    for sentinel in column.sentinels:
        assert values.numbers is not None
        held = values.numbers == sentinel
        count = int(held.sum() if rows.n_rows is None else rows.repeated(held))
        found.append(
            f"{label} holds {written(sentinel, column.kind)} in {counted(count, 'row')}, which stands for "
            "something else: it gets its own column, and counts as missing among the numbers."
        )
    if distinct > len(column.categories) > 0 and column.kind == "categorical":
        found.append(
            f"{label} has {distinct} categories, of which the {len(column.categories)} most frequent are kept; "
            "the others count as unknown."
        )
    if column.kind != "text" and any(distinct > many and distinct > share * n_rows for many, share in MANY):
        found.append(
            f"{label} has {distinct} categories in {n_rows:g} rows. If it is an identifier, leave it out; if it "
            "is free text, name it in 'text_columns'."
        )
    if any(feature.suffix == PLACE for feature in column.features):
        first, *_, last = column.categories
        found.append(
            f"{label} has ordered categories, from {first!r} to {last!r}; their rank is a number too."
        )
    return found


def on_reading(
    learned: Readings, taken: Reading | None, label: str, distinct: int, *, in_doubt: bool
) -> list[str]:
    """Return how the text of a column was read.

    Parameters
    ----------
    learned : Readings
        The possible readings of its texts.
    taken : Reading or None
        The reading that was chosen.
    label : str
        The name of the column in the sentences.
    distinct : int
        The number of different texts.
    in_doubt : bool
        True if the user should decide.

    Returns
    -------
    list of str
        A sentence, or none.
    """
    if taken is None:
        nearly = learned.nearly
        if nearly is None or not in_doubt:
            return []
        return [
            f"{label} is text. {learned.n_read} of its {distinct} distinct values read as {nearly.words}, "
            f"and {learned.example!r} does not, so it was treated as categories. Convert it, or name it as "
            "categorical."
        ]
    if not in_doubt:
        return [f"{label} is text that was read as {taken.words}."]
    other = next(reading for reading in learned.readings if reading != taken)
    option = "decimal" if taken.kind == "numeric" else "dates"
    return [
        f"{label} is ambiguous: {learned.example!r} was read as {_as_read(taken, learned.example)}; "
        f"{option}={other.convention!r} reads it as {_as_read(other, learned.example)}, and "
        f"{option}={taken.convention!r} settles it."
    ]


def on_unread(column: Column, cells: Cells, unread: NDArray[np.bool_] | None) -> str:
    """Return a remark on cells that cannot be read as fit read the column; empty if all can."""
    if unread is None or not unread.any():
        return ""
    first = int(unread.argmax())
    reading = column.reading or Reading(column.kind)
    return (
        f"{cells.label}: {int(unread.sum())} of {len(unread)} cells cannot be read as {reading.words}, the first "
        f"{str(cells.values[first])!r} in row {cells.rows[first]}, counted from 0; they count as missing."
    )


def _as_read(reading: Reading, text: str) -> str:
    value = float(reading.read([text])[0])
    if reading.kind == "numeric":
        return f"{value:.15g}"
    return str(np.datetime64(round(value * 86_400), "s")).removesuffix("T00:00:00")


def on_unlike(column: Column, values: Values, label: str) -> str:
    """Return a remark on new values of a column that are unlike those of fit; empty if there are none."""
    missing = values.missing()
    if len(missing) < LEAST_ROWS:
        return ""
    if missing.all():
        is_odd = column.missing_share ** len(missing) < UNLIKELY
        return f"{label} has no value in any row." if is_odd else ""
    if column.categories and values.codes is not None:
        known = set(column.categories)
        used = [values.names[code] for code in np.unique(values.codes[~missing])]
        if not known.isdisjoint(used):
            return ""
        return (
            f"{label}: none of its values is a category seen in fit; the first is {used[0]!r}, and fit saw "
            f"{column.categories[0]!r}."
        )
    if column.low is None or column.high is None or values.numbers is None or "date" in column.kind:
        return ""
    numbers = column.without_sentinels(values.numbers)
    if np.isnan(numbers).all():
        return ""
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    if low > column.high or high < column.low:
        return (
            f"{label}: all values, from {low:g} to {high:g}, lie outside the range that fit saw, from "
            f"{column.low:g} to {column.high:g}."
        )
    return ""
