"""The type of a column of text: whole numbers, numbers, truth values, or text after all."""

from __future__ import annotations

import polars as pl

__all__ = ["as_typed"]

WHOLE = r"^[+-]?\d+$"
CODE = r"^[+-]?0\d"  # 007 is a code or a postal code: read as a number it would lose its zeros
TRUTHS = {"true": True, "false": False}


def as_typed(column: pl.Series, *, as_text: bool = False) -> pl.Series:
    """Return a column of text as what all its values are; empty fields are missing values.

    Parameters
    ----------
    column : polars.Series
        Text.
    as_text : bool, default=False
        Whether it stays text unless its values are whole numbers.

    Returns
    -------
    polars.Series
        Int64, Float64, Boolean, or text: without spaces around it, or as it was for ``as_text``.

    Examples
    --------
    >>> import polars as pl
    >>> [as_typed(pl.Series(values)).dtype for values in (["1", None], ["1.5", "nan"], ["true"], ["007"])]
    [Int64, Float64, Boolean, String]
    """
    stripped = column.str.strip_chars()
    stripped = stripped.set(stripped == "", None)
    column = column.set(column == "", None) if as_text else stripped
    if column.null_count() == column.len() or stripped.str.contains(CODE).any():
        return column
    if stripped.str.contains(WHOLE).all():
        whole = stripped.str.strip_prefix("+").cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column  # else beyond 64 bits
    if as_text:
        return column
    number = stripped.cast(pl.Float64, strict=False)
    if number.null_count() == column.null_count():
        return number
    lower = stripped.str.to_lowercase()
    if lower.is_in([*TRUTHS, None]).all():
        return lower.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
    return column
