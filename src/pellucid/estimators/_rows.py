"""Clean rows of data, and their split into training and validation rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from pellucid.core.brief import brief
from pellucid.estimators.fit_summary import FitSummary, summary_of
from pellucid.estimators.row_weights import rescaled
from pellucid.estimators.standardization import moments
from pellucid.exceptions import DataError
from pellucid.host.quiet import undisturbed

__all__ = ["Rows", "split_rows"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Rows:
    """Clean rows of data.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        The inputs.
    y : ndarray
        The targets as the user knows them.
    Y : ndarray of shape (n_samples, n_outputs)
        The targets as the network's outputs see them.
    given_weight, weight : ndarray of shape (n_samples,) or None
        The user's weights, and those times the class weights.
    """

    X: Any
    y: Any
    Y: Array
    given_weight: Array | None
    weight: Array | None

    __repr__ = brief

    def take(self, rows: NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        given, weight = (None if w is None else w[rows] for w in (self.given_weight, self.weight))
        return Rows(self.X[rows], self.y[rows], self.Y[rows], given, weight)

    def together(self, rows: NDArray[np.intp]) -> Rows:
        """Return some of the rows; see :class:`SharedRows`, which gathers them from other processes."""
        return self.take(rows)

    def at_hand(self) -> Rows:
        """Return the rows of this process: all."""
        return self

    @property
    def most_held_out(self) -> int:
        """The rows that may be held out: any number."""
        return len(self.Y)

    def moments(self) -> tuple[Array, Array]:
        """Return mean and deviation of the inputs."""
        return moments(self.X, self.weight)

    def target_moments(self) -> tuple[Array, Array]:
        """Return mean and deviation of the targets."""
        return moments(self.Y, self.weight)

    def summary(self) -> FitSummary:
        """Return the summary of the inputs."""
        return summary_of(self.X)

    def rescaled(self, weight: Array | None, dtype: Any) -> tuple[Array | None, float]:
        """Return weights in the engine's dtype, in units of a power of 2 near their mean, and that unit."""
        return rescaled(weight, dtype)

    def whole(self, unit: float, dtype: Any) -> Any:
        """Return None: all rows are available."""

    def silenced(self) -> Rows:
        """Return rows in which a copy of a row with a weight replaces each row of weight 0.

        So nothing that stood there has an effect, not even by 0 times what overflows.
        """
        if self.weight is None or self.weight.all():
            return self
        counts = self.weight > 0.0
        if not counts.any():
            raise DataError(
                "The rows left for training or for validation all have weight zero. Pass validation_data "
                "to fit, or leave out the rows of weight 0."
            )
        rows = np.where(counts, np.arange(len(counts)), counts.argmax())
        return Rows(self.X[rows], self.y[rows], self.Y[rows], self.given_weight, self.weight)


def split_rows(
    n_samples: int, fraction: float, seed: int, classes: NDArray[Any] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the training and the validation rows: class by class where each class has enough rows."""
    n_validation = int(np.ceil(n_samples * fraction))
    if n_validation < 2 or n_samples - n_validation < 1:
        raise DataError(
            f"The validation set is too small: {n_validation} of {n_samples} rows. Increase "
            "'validation_fraction' or the size of your dataset, or pass validation_data to fit."
            + _too_rare(n_samples, fraction, classes)
        )
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        enough = counts.min() >= 2 and len(counts) <= min(n_validation, n_samples - n_validation)
        classes = classes if enough else None
    train, validation = undisturbed(train_test_split)(
        np.arange(n_samples), test_size=fraction, random_state=seed, stratify=classes
    )
    return np.sort(train), np.sort(validation)


def _too_rare(n_samples: int, fraction: float, classes: NDArray[Any] | None) -> str:
    """Return scikit-learn's error about classes that are too rare for a split by class; else nothing."""
    if classes is None or n_samples < 2:
        return ""
    try:
        undisturbed(train_test_split)(
            np.arange(n_samples), test_size=fraction, stratify=classes.reshape(-1, 1), random_state=0
        )
    except ValueError as error:
        return f" {error}"
    return ""
