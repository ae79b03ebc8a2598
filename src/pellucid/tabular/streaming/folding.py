"""Rows that members hold out of a stream: by a hash of the row's place or group, or the last ones in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.parquet.parquet_source import ParquetSource
from pellucid.tabular.parquet.places import chance_of_groups, chance_of_places
from pellucid.tabular.streaming.sketches import NumberSketch

__all__ = ["Folding", "folding_of"]


@dataclass(frozen=True)
class Folding:
    """Division of rows into folds: member m holds out the rows of fold m, modulo their number.

    Parameters
    ----------
    n_folds : int
        The number of folds.
    share : float
        The share of a fold that is held out, so that memory holds it; with ``cut`` the others are left out.
    seed : int
        Of the hash.
    cut : float or None, default=None
        The time from which rows are held out; None for folds by chance.
    """

    n_folds: int
    share: float
    seed: int
    cut: float | None = None

    def of(self, chunk: Chunk) -> NDArray[np.intp]:
        """Return the fold that holds each row out; ``n_folds`` for rows of all members, -1 for unused rows."""
        if self.cut is not None:
            judges = chance_of_places(chunk.places, self.seed) < self.share
            is_late = np.asarray(chunk.times) >= self.cut
            return np.where(is_late, np.where(judges, 0, -1), self.n_folds)
        if chunk.groups is None:
            at = chance_of_places(chunk.places, self.seed) * self.n_folds
        else:
            at = chance_of_groups(chunk.groups, self.seed) * self.n_folds
        fold = at.astype(np.intp)
        return np.where(at - fold < self.share, fold, self.n_folds)


def folding_of(estimator: Any, source: Any, seed: int, most: int) -> Folding:
    """Return the division of a source's rows according to an estimator's options.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        With its options.
    source : ParquetSource or ShardedTable
        The rows.
    seed : int
        Of the hash.
    most : int
        The number of rows that a member can hold out.

    Returns
    -------
    Folding
        The division.

    Raises
    ------
    ParameterError
        If the last rows are wanted, and no column holds the time.
    """
    fraction = estimator.validation_fraction
    if estimator.validation != "time":
        n_folds = max(2, round(1.0 / fraction))
        return Folding(n_folds, min(1.0, most * n_folds / source.n_rows), seed)
    if source.time is None:
        raise ParameterError("validation='time' needs a time column: ParquetSource(..., time='date').")
    if source.group is not None:
        raise ParameterError("'groups' have no meaning with validation='time'; leave one of them out.")
    cut = quantile_of_times(source, 1.0 - fraction)
    return Folding(1, min(1.0, most / (fraction * source.n_rows)), seed, cut)


def quantile_of_times(source: ParquetSource, share: float) -> float:
    """Return the time before which a share of the weighted rows lies.

    Parameters
    ----------
    source : ParquetSource
        With a column of times.
    share : float
        In (0, 1).

    Returns
    -------
    float
        A number as :meth:`ParquetSource.scan_times` gives it, of one of the rows; within the error of
        :class:`NumberSketch`.
    """
    run = -(-source.n_rows // CAPACITY)
    sketch, first, known = NumberSketch(is_whole=run == 1), 0, 0.0
    for times, weight in source.scan_times():
        sketch.add(times, weight, np.arange(-first % run, len(times), run))
        first += len(times)
        known += float(np.isfinite(times).sum() if weight is None else weight[np.isfinite(times)].sum())
    x, w = sketch.entries(0.0, known)
    order = np.argsort(x[~np.isnan(x)], kind="stable")
    x, w = x[~np.isnan(x)][order], w[~np.isnan(x)][order]
    if len(x) == 0:
        raise ParameterError(f"'time' names the column {source.time!r}, which has no value in any row.")
    if x[0] == x[-1]:
        raise ParameterError(
            f"'time' must name a column with different times; {source.time!r} has the same one in all "
            "rows, so none are the last. Name another column."
        )
    ends = np.cumsum(w)
    return float(x[min(int(np.searchsorted(ends, share * ends[-1], side="right")), len(x) - 1)])


CAPACITY = 1 << 17  # times that are compared
