"""Errors about a part of the rows that name these rows."""

from __future__ import annotations

from typing import Any

from pellucid.exceptions import DataError

__all__ = ["named_rows"]


class named_rows:  # noqa: N801 - it reads as a phrase: with named_rows(...)
    """Context in which a DataError about some rows names them.

    Parameters
    ----------
    name : str
        The rows.

    Examples
    --------
    >>> from pellucid.estimators.named_rows import named_rows
    >>> from pellucid.exceptions import DataError
    >>> with named_rows("Rows 200 to 399"):
    ...     raise DataError("row 3 has NaN.")
    Traceback (most recent call last):
        ...
    pellucid.exceptions.DataError: Rows 200 to 399, counted from its first row: row 3 has NaN.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Put the name of the rows before the message."""
        if isinstance(error, DataError) and not str(error).startswith(self.name):
            raise DataError(f"{self.name}, counted from its first row: {error}") from error
