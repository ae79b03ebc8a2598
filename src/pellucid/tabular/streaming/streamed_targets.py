"""Targets of rows in pieces: the classes with their weights, or range, mean and deviation of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.estimators.row_weights import check_weights
from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError
from pellucid.tabular.members.targets import Targets

__all__ = ["StreamedTargets"]

Array = NDArray[Any]
MOST_CLASSES = 10_000
EPSILON = 10 * float(np.finfo(np.float64).eps)


class StreamedTargets:
    """Statistics of targets by fold: those of a member's training rows are those of the other folds.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        Says what targets are.
    n_folds : int
        The number of folds; the rows that all members learn from are one more.
    """

    def __init__(self, estimator: Any, n_folds: int) -> None:
        self.estimator, self.n_folds = estimator, n_folds
        self.are_classes = hasattr(estimator, "class_weight")
        self.n_rows, self.weight = np.zeros(n_folds + 1), np.zeros(n_folds + 1)
        self.counts: dict[Any, Array] = {}
        self.values: list[Array] = []
        self.n_labels = 0
        self.moments: list[Array] | None = (
            None  # mean, sum of squares, low, high; each of shape (fold, target)
        )
        self.factors: Array | None = None
        self.of_shards = self.n_rows[None]

    def add(self, y: Array, weight: Array | None, fold: NDArray[np.intp]) -> None:
        """Take the targets of some rows, with the folds that they belong to."""
        w = np.ones(len(y)) if weight is None else weight
        self.n_rows += np.bincount(fold, minlength=self.n_folds + 1)
        self.weight += np.bincount(fold, w, self.n_folds + 1)
        if not self.are_classes:
            self._add_numbers(self.estimator._encode_y(self.estimator._read_y(y)), w, fold)
        elif y.ndim == 2:
            self._add_labels(y)
        else:
            self._add_classes(y, w, fold)

    def _add_classes(self, y: Array, w: Array, fold: NDArray[np.intp]) -> None:
        each, codes = np.unique(y, return_inverse=True)
        table = np.bincount(codes * (self.n_folds + 1) + fold, w, len(each) * (self.n_folds + 1))
        for value, counts in zip(each.tolist(), table.reshape(len(each), -1), strict=True):
            if value not in self.counts:
                self.counts[value] = np.zeros(self.n_folds + 1)
            self.counts[value] += counts
        self.values.append(each)
        if len(self.values) > 64:
            self.values = [np.unique(np.concatenate(self.values))]
        self._check_number_of_classes()

    def _check_number_of_classes(self) -> None:
        if len(self.counts) > MOST_CLASSES:
            raise DataError(
                f"The target has more than {MOST_CLASSES:,} distinct values, too many for classes. If it "
                "is a number, use TabularRegressor."
            )

    def _add_labels(self, y: Array) -> None:
        if not np.isin(y, (0, 1)).all():
            raise DataError("Several targets of a classifier must be labels of 0 and 1.")
        self.n_labels = y.shape[1]

    def _add_numbers(self, Y: Array, w: Array, fold: NDArray[np.intp]) -> None:
        if self.moments is None:
            shape = self.n_folds + 1, Y.shape[1]
            self.moments = [np.zeros(shape), np.zeros(shape), np.full(shape, np.inf), np.full(shape, -np.inf)]
            self.seen = np.zeros(self.n_folds + 1)
        mean, squares, low, high = self.moments
        with np.errstate(over="ignore", invalid="ignore"):
            for k in np.unique(fold):
                rows = fold == k
                y, v = Y[rows], w[rows]
                total = v.sum()
                center = v @ y / total
                share = total / (self.seen[k] + total)
                step = center - mean[k]
                squares[k] += v @ (y - center) ** 2 + step**2 * self.seen[k] * share
                mean[k] += step * share
                self.seen[k] += total
                low[k], high[k] = np.minimum(low[k], y.min(axis=0)), np.maximum(high[k], y.max(axis=0))
        if not np.isfinite(squares).all():
            raise DataError("The target is too large to be squared in float64: scale it down.")

    def alone(self) -> StreamedTargets:
        """Return a copy without the estimator, to be sent."""
        twin = copy(self)
        twin.estimator = None
        return twin

    def take(self, of_shards: Sequence[StreamedTargets]) -> None:
        """Replace these by the statistics of all shards, given in their order."""
        first, *others = of_shards
        estimator, n_rows = self.estimator, np.stack([each.n_rows for each in of_shards])
        vars(self).update(vars(first), estimator=estimator, of_shards=n_rows, values=list(first.values))
        self.counts = {value: counts.copy() for value, counts in first.counts.items()}
        self.moments = None if first.moments is None else [each.copy() for each in first.moments]
        for each in others:
            self.merge(each)

    def merge(self, other: StreamedTargets) -> None:
        """Take the rows of another, which come after these."""
        self.n_rows, self.weight = self.n_rows + other.n_rows, self.weight + other.weight
        for value, counts in other.counts.items():
            self.counts[value] = self.counts[value] + counts if value in self.counts else counts
        self.values += other.values
        self._check_number_of_classes()
        self.n_labels = self.n_labels or other.n_labels
        if other.moments is None:
            return
        if self.moments is None:
            self.moments, self.seen = [each.copy() for each in other.moments], other.seen.copy()
            return
        (mean, squares, low, high), (center, more, least, most) = self.moments, other.moments
        total = self.seen + other.seen
        share = np.divide(other.seen, total, out=np.zeros_like(total), where=total > 0.0)[:, None]
        step = center - mean
        squares += more + step**2 * self.seen[:, None] * share
        mean += step * share
        self.seen = total
        np.minimum(low, least, out=low)
        np.maximum(high, most, out=high)

    def learn(self) -> None:
        """Set the classes of the estimator, and learn their weights, which multiply those of rows."""
        if not self.are_classes:
            return
        if self.n_labels:
            self.estimator._read_y(np.outer([0, 1, 0, 1], np.ones(self.n_labels, np.int64)))
            return
        self.estimator._read_y(np.repeat(np.unique(np.concatenate(self.values)), 3))
        if self.estimator._class_weight() is None:
            return
        classes = self.estimator.classes_
        totals = np.array([self.counts[c].sum() for c in classes.tolist()])
        weight: Any = check_weights(totals, len(classes), self.estimator._class_weight(), classes, classes)[1]
        self.factors = weight / totals

    def encoded(self, y: Array) -> tuple[Array, Any]:
        """Return targets as numbers, and as the estimator reads them."""
        read = self.estimator._read_y_again(y)
        return self.estimator._encode_y(read), read

    def weighted(self, weight: Array | None, y: Array) -> Array | None:
        """Return the user's weights times those of the classes."""
        if self.factors is None:
            return weight
        factors = self.factors[np.searchsorted(*of_one_type(self.estimator.classes_, y))]
        return np.asarray(factors if weight is None else factors * weight)

    # ---- of the rows that a member learns from ---------------------------------------------------------------

    def learned(self, fold: int | None) -> Array:
        """Return a mask of the folds that a member learns from."""
        kept = np.ones(self.n_folds + 1, bool)
        if fold is not None:
            kept[fold] = False
        return kept

    def classes_seen(self, members: Iterable[int]) -> NDArray[np.bool_]:
        """Return which classes each of some members learns from, one after the other holding out a fold."""
        counts = np.array([self.counts[c] for c in self.estimator.classes_.tolist()])
        return np.array([counts[:, self.learned(place % self.n_folds)].any(axis=1) for place in members])

    def mean_weight(self, fold: int | None) -> float:
        """Return the mean weight of the rows that the members of a fold learn from."""
        kept = self.learned(fold)
        if self.factors is not None:
            of_classes = [self.counts[c][kept].sum() for c in self.estimator.classes_.tolist()]
            return float(self.factors @ of_classes / self.n_rows[kept].sum())
        return float(self.weight[kept].sum() / self.n_rows[kept].sum())

    def scaled(self, targets: Targets, fold: int | None) -> Targets:
        """Return targets on the scale of the rows that the members of a fold learn from."""
        if self.moments is None:
            return targets
        kept = self.learned(fold) & (self.seen > 0.0)
        mean, squares, low, high = (each[kept] for each in self.moments)
        share = (self.seen[kept] / self.seen[kept].sum())[:, None]
        center = (share * mean).sum(axis=0)
        variance = squares.sum(axis=0) / self.seen[kept].sum() + (share * (mean - center) ** 2).sum(axis=0)
        deviation = np.sqrt(variance)
        deviation = np.where(deviation > EPSILON * np.abs(center), deviation, 1.0)
        return targets.at(low.min(axis=0), high.max(axis=0), center, deviation)
