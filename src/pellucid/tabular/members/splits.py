"""Training and validation rows of each member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.quiet import quiet, undisturbed
from pellucid.host.streams import warn

__all__ = ["FEWEST", "check_classes", "classes_seen", "split_members"]

Rows = NDArray[np.intp]
FEWEST = 10  # rows; with fewer, none is held out


def split_members(
    n_rows: int,
    n_members: int,
    *,
    validation: str,
    fraction: float,
    strata: NDArray[Any] | None,
    groups: NDArray[Any] | None,
    seed: int,
) -> list[tuple[Rows, Rows]]:
    """Return training rows and held-out rows for each member.

    Members hold out one fold after the other, so that together they see all rows and every row is judged by
    members that did not learn from it.

    Parameters
    ----------
    n_rows, n_members : int
        The number of members.
    validation : {"random", "time"}
        Folds at random, or for all members the last rows.
    fraction : float
        The share that is held out.
    strata : ndarray of shape (n_rows,) or None
        Classes whose shares the folds keep.
    groups : ndarray of shape (n_rows,) or None
        Rows of one group are not divided.
    seed : int
        For the folds.

    Returns
    -------
    list of (ndarray, ndarray)
        Indices of rows. With fewer than 10 rows all are learned from and judged by.
    """
    if validation not in ("random", "time"):
        raise ParameterError(f"'validation' must be 'random' or 'time'; got {validation!r}.")
    if not 0.0 < fraction <= 0.5:
        raise ParameterError(f"'validation_fraction' must lie in (0, 0.5]; got {fraction!r}.")
    everything = np.arange(n_rows)
    if n_rows < FEWEST:
        return [(everything, everything)] * n_members
    if validation == "time":
        if groups is not None:
            raise ParameterError("'groups' have no meaning with validation='time'; leave one of them out.")
        first = n_rows - max(1, round(fraction * n_rows))
        return [(everything[:first], everything[first:])] * n_members
    n_folds = max(2, round(1.0 / fraction))
    if groups is not None:
        n_groups = len(np.unique(groups))
        if n_groups < 2:
            raise DataError("'groups' must name at least 2 groups, so that one can be held out; got 1.")
        n_folds = min(n_folds, n_groups)
    splits = _folds(everything, n_folds, strata, groups, seed)
    return [splits[member % n_folds] for member in range(n_members)]


def _folds(
    rows: Rows, n_folds: int, strata: NDArray[Any] | None, groups: NDArray[Any] | None, seed: int
) -> list[tuple[Rows, Rows]]:
    """Return the folds, stratified if some class has enough rows, and none of them empty."""
    by_class, plain = (StratifiedKFold, KFold) if groups is None else (StratifiedGroupKFold, GroupKFold)
    splitters: list[Any] = [plain]
    if strata is not None and np.unique(strata, return_counts=True)[1].max() >= n_folds:
        splitters.insert(0, by_class)
    for splitter in splitters:
        folds = splitter(n_folds, shuffle=True, random_state=seed)
        with quiet("The least populated class"):
            splits = undisturbed(lambda folds=folds: list(folds.split(rows, strata, groups)))()
        if all(len(out) for _, out in splits):
            break
    return splits


def classes_seen(splits: Sequence[tuple[Rows, Rows]], strata: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which classes each member learns from.

    Parameters
    ----------
    splits : sequence of (ndarray, ndarray)
        The rows that each member learns from, and those that it holds out.
    strata : ndarray of shape (n_rows,)
        The class of each row.

    Returns
    -------
    ndarray of shape (n_members, n_classes)
        The classes in their order.
    """
    classes, codes = np.unique(strata, return_inverse=True)
    return np.array([np.bincount(codes[rows], minlength=len(classes)) > 0 for rows, _ in splits])


def check_classes(seen: NDArray[np.bool_], classes: NDArray[Any], validation: str) -> None:
    """Refuse splits in which no member learns from two classes; warn of a class that none learns from.

    Parameters
    ----------
    seen : ndarray of shape (n_members, n_classes)
        True where a member learns from a class.
    classes : ndarray of shape (n_classes,)
        The classes.
    validation : {"random", "time"}
        The way in which rows are held out.

    Raises
    ------
    DataError
        If each member would learn from one class only.
    """
    remedy = "Pass validation_data, or other 'groups'."
    if validation == "time":
        remedy = "Pass validation_data, or set validation='random'."
    if seen.sum(axis=1).max() < 2:
        raise DataError(
            "'y' must have two classes among the rows that a member learns from; here all rows of the other "
            f"classes are held out together. {remedy}"
        )
    if not (known := seen.any(axis=0)).all():
        if len(seen) == 1 and validation != "time":
            remedy = "Set n_members=5, or pass validation_data."
        warn(
            f"No network learns from a row of the classes {classes[~known].tolist()}: all of them are held out. "
            f"{remedy}",
            stacklevel=6,
        )
