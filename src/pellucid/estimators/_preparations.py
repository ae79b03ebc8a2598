"""Preparation of the user's data for the network of each estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss, smooth_labels
from pellucid.core.checks import check_strength
from pellucid.core.objective import encode_targets
from pellucid.estimators._options import rows_per_step
from pellucid.estimators.checked_arrays import check_inputs, numbers, one_column
from pellucid.estimators.prepared import Preparation
from pellucid.estimators.row_weights import check_weights
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError

__all__ = ["MLPPreparation", "PerceptronPreparation"]

Array = NDArray[np.floating]


class MLPPreparation(Preparation):
    """Preparation of data by an MLPClassifier or MLPRegressor.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Fitted.
    loss : str or Loss, optional
        Another loss than its own.
    """

    def __init__(self, model: Any, loss: str | Loss | None = None) -> None:
        super().__init__(model.network_, model._resolved_loss() if loss is None else loss)
        self.model = model
        self.l1, self.l2 = check_strength("l1", model.l1), check_strength("l2", model.l2)
        self.alpha = check_strength("alpha", model.alpha)
        self.feature_names = tuple(str(name) for name in getattr(model, "feature_names_in_", ()))
        self.classes = tuple(str(label) for label in getattr(model, "classes_", ()))
        self.output_names = self.classes[-self.network.layer_sizes[-1] :]
        self.is_multilabel = bool(getattr(model, "_is_multilabel", False))
        self.input_mean, self.input_scale = model.input_mean_, model.input_scale_
        self.target_mean, self.target_scale = model.target_mean_, model.target_scale_

    def rows(self, X: Any, *, finite: bool = True) -> Any:
        """Return the user's rows as an array in the user's units."""
        return check_inputs(self.model, X, reset=False) if finite else numbers(self.model, X, reset=False)

    def inputs(self, rows: Any) -> Any:
        """Return rows standardized as in training, in float64."""
        return standardized(rows, self.input_mean, self.input_scale, np.float64)

    def targets(self, y: Any) -> Array:
        """Return the user's targets encoded, standardized and smoothed as in training."""
        Y = self.model._encode(self.model._check_y(y, cold=False))
        Y = standardized(Y, self.target_mean, self.target_scale, np.float64, "y")
        Y = encode_targets(self.network, Y, self.loss)
        return smooth_labels(Y, getattr(self.model, "label_smoothing", 0.0), self.network.output_activation)

    def weights(self, sample_weight: ArrayLike | None, y: Any, n_rows: int) -> Array:
        """Return the user's weights times those of the classes, balanced on these rows."""
        class_weight = getattr(self.model, "class_weight", None)
        if class_weight is None or y is None:
            return super().weights(sample_weight, y, n_rows)
        y = self.model._check_y(y, cold=False)
        weight = check_weights(sample_weight, n_rows, class_weight, y, self.model.classes_)[1]
        return np.asarray(weight)

    def batch_size(self, n_rows: int) -> int:
        """Return how many of these rows a step takes."""
        return rows_per_step(self.model, n_rows)


class PerceptronPreparation(Preparation):
    """Preparation of data by a Perceptron: targets are -1 and +1, for each unit if there are several classes.

    Parameters
    ----------
    model : Perceptron
        Fitted.
    loss : str or Loss, optional
        Another loss than the canonical one of threshold units.
    """

    def __init__(self, model: Any, loss: str | Loss | None = None) -> None:
        super().__init__(model.network_, loss)
        self.model = model
        self.feature_names = tuple(str(name) for name in getattr(model, "feature_names_in_", ()))
        self.classes = tuple(str(label) for label in model.classes_)
        self.output_names = self.classes[-self.network.layer_sizes[-1] :]

    def rows(self, X: Any, *, finite: bool = True) -> Any:
        """Return the user's rows as a dense array of float64."""
        X = check_inputs(self.model, X, reset=False) if finite else numbers(self.model, X, reset=False)
        return np.asarray(X.toarray() if scipy.sparse.issparse(X) else X, np.float64)

    def targets(self, y: Any) -> Array:
        """Return +1 where a unit should be on, else -1."""
        labels, classes = one_column(y), self.model.classes_
        unknown = set(labels.tolist()) - set(classes.tolist())
        if unknown:
            raise DataError(
                f"y has the classes {sorted(unknown, key=str)}; those of the model are {classes}."
            )
        of_units = classes[-self.network.layer_sizes[-1] :]
        signs = np.where(labels[:, None] == of_units, 1.0, -1.0)
        return encode_targets(self.network, signs, self.loss)
