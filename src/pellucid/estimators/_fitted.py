"""What a fitted estimator shows: its attributes by scikit-learn's names, and its twin in scikit-learn."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from pellucid.estimators._conversion import fill_from_sklearn, to_sklearn
from pellucid.estimators._prediction import Prediction
from pellucid.estimators._views import ParameterViews
from pellucid.training import TrainingState

__all__ = ["FittedMLP"]

Array = NDArray[np.floating]


class FittedMLP(
    Prediction, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta
):
    """The fitted half of the estimators."""

    n_iter_: int
    early_stopping: bool
    target_mean_: Array | None
    target_scale_: Array | None
    _training_state: TrainingState

    # ---- from and to scikit-learn -------------------------------------------------------------------------

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Any:
        """Return an estimator with the parameters and weights of a fitted scikit-learn MLP.

        Parameters
        ----------
        fitted : sklearn.neural_network.MLPClassifier or MLPRegressor
            Fitted.

        Returns
        -------
        estimator
            Fitted; its predictions are the same. A warm start goes on with new optimizer moments.
        """
        return fill_from_sklearn(cls(), fitted)

    def to_sklearn(self) -> Any:
        """Return a fitted scikit-learn MLP with the same predictions.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or MLPRegressor
            Standardization is folded into its weights.

        Raises
        ------
        ParameterError
            If the model uses what scikit-learn has not.
        """
        return to_sklearn(self)

    # ---- fitted attributes, as scikit-learn names them -----------------------------------------------------

    @property
    def coefs_(self) -> ParameterViews:
        """The weights, a list of views into the network's parameters; setting them writes there."""
        return ParameterViews(self.network_.weights)

    @coefs_.setter
    def coefs_(self, values: Any) -> None:
        ParameterViews(self.network_.weights)[:] = values

    @property
    def intercepts_(self) -> ParameterViews:
        """The biases, a list of views into the network's parameters; setting them writes there."""
        return ParameterViews(self.network_.biases)

    @intercepts_.setter
    def intercepts_(self, values: Any) -> None:
        ParameterViews(self.network_.biases)[:] = values

    @property
    def n_parameters_(self) -> int:
        """The number of trainable parameters."""
        return self.network_.n_parameters

    @property
    def n_layers_(self) -> int:
        """The number of layers, inputs and outputs included."""
        return len(self.network_.layer_sizes)

    @property
    def n_outputs_(self) -> int:
        """The number of outputs."""
        return self.network_.layer_sizes[-1]

    @property
    def out_activation_(self) -> str:
        """The name of the output activation."""
        return self.network_.output_activation.name

    @property
    def history_(self) -> list[dict[str, Any]]:
        """A row of numbers per epoch since the cold fit."""
        state = self._training_state
        # A callback gets a snapshot for each epoch, and seldom asks for the rows.
        if not isinstance(state.history, list):
            state.history = list(state.history)
        rows: list[dict[str, Any]] = state.history
        return rows

    @property
    def t_(self) -> int:
        """The number of training rows seen since the cold fit."""
        return self._training_state.samples_seen

    @property
    def loss_curve_(self) -> list[float]:
        """The objective (loss and penalty) of each epoch."""
        return [row["objective"] for row in self.history_]

    @property
    def loss_(self) -> float:
        """The objective of the last epoch."""
        return float(self.history_[-1]["objective"]) if self.history_ else float("nan")

    @property
    def best_loss_(self) -> float | None:
        """The smallest objective; None with early stopping."""
        return None if self.early_stopping else min(self.loss_curve_, default=float("nan"))

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_score")

    @property
    def best_validation_score_(self) -> float | None:
        """The best validation score; None without validation data, NaN where every score is."""
        scores = self.validation_scores_
        return None if scores is None else float(np.fmax.reduce(scores))

    def _validation_column(self, name: str) -> list[float] | None:
        values = [row[name] for row in self.history_ if row[name] is not None]
        return values or None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
