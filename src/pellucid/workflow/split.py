"""Choice of held-out rows, and recognition of the table that a model was trained on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.workflow.target import CLASSIFICATION, Values
from pellucid.workflow.wording import option

__all__ = ["Split", "fingerprint", "split"]

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Training rows and held-out rows.

    Parameters
    ----------
    training, held_out : ndarray of int
        Row numbers from 0, in order, or in order of time.
    is_stratified : bool
        True if each class has the same share in both.
    """

    training: Rows
    held_out: Rows
    is_stratified: bool


def split(
    y: Values, task: str, fraction: float, seed: int, *, groups: Rows | None = None, time: Rows | None = None
) -> Split:
    """Hold out rows, class by class if each class has enough; the same seed gives the same rows.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        The target.
    task : str
        Classification or regression.
    fraction : float
        The share to hold out; 0 holds out nothing.
    seed : int
        The seed.
    groups : ndarray of shape (n_rows,), optional
        Rows of one group are all held out, or none of them.
    time : ndarray of shape (n_rows,), optional
        Ranks: the last rows are held out, and the others come in this order.

    Returns
    -------
    Split
        The rows.
    """
    n_rows, every = len(y), np.arange(len(y)) if time is None else np.argsort(time, kind="stable")
    if not fraction:
        return Split(every, every[:0], is_stratified=False)
    n_held_out = int(np.ceil(n_rows * fraction))
    if n_rows - n_held_out < 2:
        raise DataError(
            f"The table has {counted(n_rows, 'row')}; with {n_held_out} held out, "
            f"{n_rows - n_held_out} would remain for training; at least 2 are needed. Add rows, or "
            f"lower {option('test_fraction')}."
        )
    if time is not None:
        if time.min() == time.max():
            raise DataError(
                f"{option('time')} must name a column of different times; it has the same one in all rows, "
                "so that none are the last. Name another column."
            )
        return Split(every[:-n_held_out], every[-n_held_out:], is_stratified=False)
    if groups is not None:
        return _by_group(groups, fraction, seed)
    strata = None
    if task == CLASSIFICATION:
        counts = np.unique(y, return_counts=True)[1]
        enough = counts.min() >= 2 and len(counts) <= min(n_held_out, n_rows - n_held_out)
        strata = y if enough else None
    training, held_out = train_test_split(every, test_size=n_held_out, random_state=seed, stratify=strata)
    return Split(np.sort(training), np.sort(held_out), is_stratified=strata is not None)


def _by_group(groups: Rows, fraction: float, seed: int) -> Split:
    if len(np.unique(groups)) < 2:
        raise DataError(f"{option('group')} has one group only; at least 2 are needed to hold one out.")
    splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
    training, held_out = next(splitter.split(groups, groups=groups))
    return Split(np.sort(training), np.sort(held_out), is_stratified=False)


def fingerprint(inputs: pl.DataFrame, y: Values, *roles: NDArray[Any] | None) -> str:
    """Return a digest of everything that a fit sees: names, inputs, targets, weights and so on, in this order."""
    digest = hashlib.sha256(json.dumps(inputs.columns).encode())
    for column in inputs:
        if column.dtype.is_numeric():
            digest.update(np.ascontiguousarray(column.to_numpy()).data)
        elif column.dtype == pl.Duration:  # which Polars does not cast to text
            digest.update(json.dumps(column.to_physical().to_list()).encode())
        else:
            digest.update(json.dumps(column.cast(pl.String).to_list()).encode())
    digest.update(json.dumps(y.tolist()).encode())
    for role in roles:
        if role is not None:
            digest.update(np.ascontiguousarray(role).data)
    return digest.hexdigest()
