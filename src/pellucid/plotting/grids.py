"""Grids of rows over two of many inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import check_whole, is_whole
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.called_columns import check_has_one_meaning

__all__ = ["axis_over", "chosen", "grid_over", "plane_through"]

Array = NDArray[np.floating]


def grid_over(raw: Array, columns: tuple[int, int], resolution: int) -> tuple[Array, Array, Array]:
    """Return a grid over the range of two columns, the others at their medians.

    Parameters
    ----------
    raw : ndarray of shape (n_rows, n_features)
        The rows.
    columns : (int, int)
        The two columns.
    resolution : int
        Grid points along each axis, 2 or more.

    Returns
    -------
    x0, x1 : ndarray of shape (resolution,)
        The axes: 8 % beyond the range on each side.
    grid : ndarray of shape (resolution², n_features)
        The rows of the grid, x0 running fastest.
    """
    x0, x1 = (axis_over(raw[:, column], resolution) for column in columns)
    return x0, x1, plane_through(np.median(raw, axis=0), columns, x0, x1)


def axis_over(column: Array, resolution: int) -> Array:
    """Return an axis over the range of a column.

    Parameters
    ----------
    column : ndarray of shape (n_rows,)
        Finite numbers, one at least.
    resolution : int
        Grid points, 2 or more.

    Returns
    -------
    ndarray of shape (resolution,)
        From 8 % below the range to 8 % above.
    """
    check_whole("resolution", resolution, 2)
    if not len(column):
        raise DataError("'X' must have a row with a finite number in each of the two columns; got none.")
    low, high = column.min(), column.max()
    margin = 0.08 * (high - low) if high > low else 1.0
    return np.linspace(low - margin, high + margin, resolution)


def plane_through(center: Array, columns: tuple[int, int], x0: Array, x1: Array) -> Array:
    """Return rows that differ in two columns only.

    Parameters
    ----------
    center : ndarray of shape (n_features,)
        The values of the other columns.
    columns : (int, int)
        The two columns.
    x0, x1 : ndarray
        The values of the two columns.

    Returns
    -------
    ndarray of shape (len(x1) * len(x0), n_features)
        x0 runs fastest.
    """
    grid = np.tile(center, (len(x0) * len(x1), 1))
    grid[:, columns[0]] = np.tile(x0, len(x1))
    grid[:, columns[1]] = np.repeat(x1, len(x0))
    return grid


def chosen(
    name: str, given: Any, n: int, default: tuple[int, int], names: tuple[str, ...] = ()
) -> tuple[int, int]:
    """Return two different columns or units.

    Parameters
    ----------
    name : str
        Name of the items, for the error message.
    given : sequence of two int or str, or None
        The user's choice.
    n : int
        Number of columns or units to choose from.
    default : (int, int)
        The choice if the user made none.
    names : tuple of str, default=()
        Names by which they may be chosen.

    Returns
    -------
    (int, int)
        Their indices.

    Raises
    ------
    ParameterError
        If they are not two, do not exist, or a number is the position of one and the name of another.
    """
    pair: Any = default if given is None else given
    items = list(pair) if isinstance(pair, list | tuple | np.ndarray) else [pair]
    for item in () if given is None else items:
        check_has_one_meaning(name, item, names)
    found: list[Any] = [names.index(item) if item in names else item for item in items]
    whole = [is_whole(i, 0, n - 1) for i in found]
    if len(found) != 2 or not all(whole) or found[0] == found[1]:
        by_name = f" or names of {list(names)[:8]}" if names else ""
        raise ParameterError(f"{name!r} must be two different numbers in 0..{n - 1}{by_name}; got {given!r}.")
    return int(found[0]), int(found[1])
