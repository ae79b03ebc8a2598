"""Conversion of Polars errors to pellucid's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from polars.exceptions import PanicException, PolarsError

from pellucid.exceptions import DataError

__all__ = ["polars_errors"]


@contextmanager
def polars_errors() -> Iterator[None]:
    """Raise a DataError for a table that Polars cannot work with."""
    try:
        yield
    except (PolarsError, PanicException) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(f"Polars cannot work with the table: {first}") from error
