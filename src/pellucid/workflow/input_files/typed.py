"""Columns of text as numbers and Booleans, if every field is one; empty fields are missing values.

Only the plain formats of programs are read here, in whole columns at a time.
:mod:`pellucid.tabular.reading.readings` handles all other forms of text.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

__all__ = ["CODE", "truths", "typed"]

WHOLE = r"^[+-]?\d+$"
CODE = r"^[+-]?0\d"  # 007 is a code or a postal code: read as a number it would lose its zeros
COMMA = r"^[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+),\d*(?:[eE][+-]?\d+)?$"  # 1.234,5
GROUPED = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$"  # a number of three decimals, or of thousands
TRUTHS = {"true": True, "false": False}


def typed(
    frame: pl.DataFrame, as_text: Collection[str], raw: Collection[str], decimal: str | None
) -> pl.DataFrame:
    """Return a table of text with columns as Int64, Float64, Boolean, or text.

    Parameters
    ----------
    frame : polars.DataFrame
        Of text.
    as_text : collection of str
        Columns that stay as written unless they are integers, such as identifiers.
    raw : collection of str
        Columns that stay text.
    decimal : {".", ",", None}
        The decimal mark. None takes the point, and leaves text where another column has decimal commas and a
        point may group thousands.

    Returns
    -------
    polars.DataFrame
        Text loses the spaces around it, but for ``as_text``.
    """
    made = [
        _stripped(column)
        if column.name in raw
        else _typed(column, as_text=column.name in as_text, decimal=decimal or ".")
        for column in frame
    ]
    if decimal is None and any(column.dtype == pl.String and _has_commas(column) for column in made):
        made = [
            _stripped(text) if column.dtype == pl.Float64 and _may_be_grouped(text) else column
            for column, text in zip(made, frame, strict=True)
        ]
    return frame.select(made)


def _stripped(column: pl.Series) -> pl.Series:
    stripped = column.str.strip_chars()
    return stripped.set(stripped == "", None)


def _typed(column: pl.Series, *, as_text: bool, decimal: str) -> pl.Series:
    stripped = _stripped(column)
    column = column.set(column == "", None) if as_text else stripped
    if column.null_count() == column.len() or stripped.str.contains(CODE).any():
        return _as_commas(stripped, column) if decimal == "," and not as_text else column
    if stripped.str.contains(WHOLE).all():
        whole = stripped.str.strip_prefix("+").cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column  # else beyond 64 bits
    if as_text:
        return column
    if decimal == ",":
        return _as_commas(stripped, column)
    number = stripped.cast(pl.Float64, strict=False)
    if number.null_count() == column.null_count():
        return number
    found = truths(stripped)
    return column if found is None else found


def truths(values: pl.Series) -> pl.Series | None:
    """Return text that is true and false as Booleans, None if it is something else."""
    lower = values.str.to_lowercase()
    if lower.is_in([*TRUTHS, None]).all():
        return lower.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
    return None


def _as_commas(stripped: pl.Series, column: pl.Series) -> pl.Series:
    """Return numbers with decimal commas and points between thousands, or the column if it has others."""
    fits = stripped.str.contains(COMMA) | stripped.str.contains(GROUPED) | stripped.str.contains(WHOLE)
    if stripped.str.contains(CODE).any() or not fits.all() or column.null_count() == column.len():
        return column
    return (
        stripped.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True).cast(pl.Float64)
    )


def _has_commas(column: pl.Series) -> bool:
    """Return whether a column is numbers with a decimal comma, and nothing else."""
    known = column.drop_nulls()
    if not len(known) or not known.head(100).str.contains(COMMA + "|" + WHOLE).all():
        return False
    is_certain = known.str.contains(COMMA) & ~known.str.replace(",", ".", literal=True).str.contains(GROUPED)
    return bool(known.str.contains(COMMA + "|" + WHOLE).all() and is_certain.any())


def _may_be_grouped(text: pl.Series) -> bool:
    known = _stripped(text).drop_nulls()
    return bool((known.str.contains(GROUPED) | known.str.contains(WHOLE)).all())
