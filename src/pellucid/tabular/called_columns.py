"""Positions of the columns to which the user gives a role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError
from pellucid.tabular.reading.table import Table

__all__ = ["categorical_positions", "check_has_one_meaning", "text_positions"]


def categorical_positions(categorical: str | Sequence[str | int], table: Table) -> set[int]:
    """Return the positions of the columns that the user declares categorical.

    Parameters
    ----------
    categorical : "auto" or sequence of str or int
        Their names or positions.
    table : Table
        The table.

    Returns
    -------
    set of int
        The positions.

    Raises
    ------
    ParameterError
        If one is not there.
    """
    return set() if isinstance(categorical, str) else _positions("categorical", categorical, table)


def text_positions(columns: Sequence[str | int] | None, table: Table, named: set[int]) -> set[int]:
    """Return the positions of the columns that the user declares as text.

    Parameters
    ----------
    columns : sequence of str or int, or None
        Their names or positions.
    table : Table
        The table.
    named : set of int
        The positions of those called categorical.

    Returns
    -------
    set of int
        The positions.

    Raises
    ------
    ParameterError
        If one is not there, or is called categorical, too.
    """
    texts = _positions("text_columns", () if columns is None else columns, table)
    if both := sorted(texts & named):
        raise ParameterError(
            f"'text_columns' and 'categorical' both name {table.label(both[0])}. Name it in only one of them."
        )
    return texts


def check_has_one_meaning(parameter: str, column: Any, names: Sequence[str]) -> None:
    """Refuse True and False, and a number that is the position of one column and the label of another.

    Parameters
    ----------
    parameter : str
        The parameter that names a column.
    column : object
        The user's column; only a whole number can be a position.
    names : sequence of str
        The names of all columns, which are texts where the labels of a data frame are numbers.

    Raises
    ------
    ParameterError
        If it is True or False, which Python takes for 1 and 0, or the number has two meanings.

    Examples
    --------
    >>> check_has_one_meaning("column", 1, ["0", "1"])
    >>> check_has_one_meaning("column", 1, ["1", "0"])
    Traceback (most recent call last):
    pellucid.exceptions.ParameterError: 'column' is ambiguous: 1 is the position of '0', and the label of another \
column. Give a name: '0' or '1'.
    """
    if isinstance(column, bool | np.bool_):
        raise ParameterError(
            f"{parameter!r} must name columns, or give their positions; got {column!r}. For a mask, pass its "
            "positions: numpy.flatnonzero(mask)."
        )
    if not is_whole(column, -len(names)) or column >= len(names) or str(column) not in names:
        return
    there = names[column]
    if there != str(column):
        raise ParameterError(
            f"{parameter!r} is ambiguous: {column} is the position of {there!r}, and the label of another column. "
            f"Give a name: {there!r} or {str(column)!r}."
        )


def _positions(parameter: str, columns: Iterable[Any], table: Table) -> set[int]:
    n, found = len(table.columns), set[int]()
    for column in columns:
        check_has_one_meaning(parameter, column, table.names or ())
        if table.names is not None and column in table.keys:
            found.add(table.keys.index(column))
        elif table.names is not None and column in table.names:
            found.add(table.names.index(column))
        elif not isinstance(column, str) and is_whole(column, -n) and column < n:
            found.add(column % n)
        else:
            have = f"columns 0 to {n - 1}" if table.names is None else f"the columns {list(table.names)}"
            raise ParameterError(f"{parameter!r} names the column {column!r}, and X has {have}.")
    return found
