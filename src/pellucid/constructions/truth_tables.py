"""Truth tables: the rows in order, and the forms that a user may pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import agreeing, counted

__all__ = ["MOST_VARIABLES", "all_rows", "as_truth_table", "read_outputs"]

Bools = NDArray[np.bool_]

MOST_VARIABLES = 16


def all_rows(n_variables: int) -> Bools:
    """Return every row of values, from all false to all true; the first variable changes slowest.

    Parameters
    ----------
    n_variables : int
        The number n of variables.

    Returns
    -------
    ndarray of bool, of shape (2ⁿ, n)
        The rows, in the order of binary numbers.

    Examples
    --------
    >>> all_rows(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    numbers = np.arange(2**n_variables)
    return np.asarray((numbers[:, None] >> np.arange(n_variables - 1, -1, -1)) & 1 == 1)


def read_outputs(text: str) -> list[int]:
    """Return the outputs of a truth table from a text such as ``0110``.

    Parameters
    ----------
    text : str
        Digits 0 and 1; spaces and commas between them do not count.

    Returns
    -------
    list of int
        The outputs.

    Raises
    ------
    ParameterError
        If it holds something else.

    Examples
    --------
    >>> read_outputs("01 10")
    [0, 1, 1, 0]
    """
    bare = text.replace(",", "").replace(" ", "")
    if not bare or set(bare) - set("01"):
        raise ParameterError(f"{text!r} is not accepted. It must be 2ⁿ digits 0 and 1, such as 0110.")
    return [int(digit) for digit in bare]


def as_truth_table(table: Any) -> Bools:
    """Check a truth table, and return its outputs.

    Parameters
    ----------
    table : sequence of 2ⁿ outputs, or mapping from rows to outputs
        Outputs, and the values in rows, are 0 and 1, False and True, or -1 and 1. A sequence follows
        :func:`all_rows`; a mapping has each row as a tuple.

    Returns
    -------
    ndarray of bool, of shape (2ⁿ,)
        The outputs in the order of :func:`all_rows`.

    Raises
    ------
    DataError
        If the number of outputs is not a power of two from 2 to 65,536, or a row is missing or doubled.

    Examples
    --------
    >>> as_truth_table([0, 1, 1, 0]).tolist()
    [False, True, True, False]
    >>> as_truth_table({(-1, -1): -1, (-1, 1): 1, (1, -1): 1, (1, 1): -1}).tolist()
    [False, True, True, False]
    """
    if isinstance(table, Mapping):
        return _from_rows(table)
    if np.ndim(table) != 1:
        raise ParameterError(
            f"a truth table must be a sequence of outputs such as [0, 1, 1, 0], or a mapping; got {table!r}."
        )
    outputs = _truths("the outputs of a truth table", list(table))
    n_variables = len(outputs).bit_length() - 1
    if not 1 <= n_variables <= MOST_VARIABLES or len(outputs) != 2**n_variables:
        near = [2**n for n in range(1, MOST_VARIABLES + 1)]
        near = sorted(near, key=lambda size: abs(size - len(outputs)))[:2]
        raise DataError(
            f"a truth table of n variables has 2ⁿ outputs, n from 1 to {MOST_VARIABLES}; got {len(outputs):,}. "
            f"The nearest sizes are {' and '.join(f'{size:,}' for size in sorted(near))}."
        )
    return outputs


def _from_rows(table: Mapping[Any, Any]) -> Bools:
    """Return the outputs of a mapping in the order of all rows."""
    keys = [row if isinstance(row, Sequence) else (row,) for row in table]
    if not keys or len({len(row) for row in keys}) > 1 or not 1 <= len(keys[0]) <= MOST_VARIABLES:
        raise DataError(
            f"the rows of a truth table must be tuples of one length from 1 to {MOST_VARIABLES}, such as (0, 1); "
            f"got {list(table)[:4]}."
        )
    n = len(keys[0])
    values = _truths("the rows of a truth table", [value for row in keys for value in row]).reshape(-1, n)
    places = values @ (1 << np.arange(n - 1, -1, -1))
    missing = np.setdiff1d(np.arange(2**n), places)
    if len(missing) or len(places) > 2**n:
        lacks = tuple(all_rows(n)[missing[0]].astype(int).tolist()) if len(missing) else "none"
        raise DataError(
            f"a truth table of {counted(n, 'variable')} needs each of its {2**n:,} rows once; got "
            f"{counted(len(places), 'row')}, and {len(missing):,} {agreeing(len(missing))} missing "
            f"(the first of them: {lacks})."
        )
    outputs = np.empty(2**n, dtype=bool)
    outputs[places] = _truths("the outputs of a truth table", list(table.values()))
    return outputs


def _truths(what: str, values: list[Any]) -> Bools:
    """Return values of either convention as Booleans."""
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):
        numbers = np.full(len(values), np.nan)
    if not (np.isin(numbers, (0.0, 1.0)).all() or np.isin(numbers, (-1.0, 1.0)).all()):
        raise ParameterError(f"{what} must be 0 and 1, or -1 and 1, and not a mix; got {values[:8]}.")
    return np.asarray(numbers > 0.0)
