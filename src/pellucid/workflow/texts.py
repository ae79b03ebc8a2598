"""Text columns read by pellucid's readings, each different text once."""

from __future__ import annotations

import polars as pl

from pellucid.tabular.reading.readings import Reading, Readings, learn_reading

__all__ = ["learned", "read_by"]


def learned(values: pl.Series, *, decimal: str = "auto", dates: str = "auto") -> Readings:
    """Return the possible readings of the texts of a column."""
    return learn_reading(_distinct(values), decimal=decimal, dates=dates)


def read_by(values: pl.Series, reading: Reading) -> pl.Series:
    """Return a column read as Float64; null if a text cannot be read."""
    distinct = _distinct(values)
    read = pl.Series(reading.read(distinct), dtype=pl.Float64).fill_nan(None)
    return values.replace_strict(
        pl.Series(distinct, dtype=pl.String), read, default=None, return_dtype=pl.Float64
    )


def _distinct(values: pl.Series) -> list[str]:
    return values.drop_nulls().unique(maintain_order=True).to_list()
