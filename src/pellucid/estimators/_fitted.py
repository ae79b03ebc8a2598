"""What a fitted estimator shows and does: attributes by scikit-learn's names, outputs, hidden activations."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from pellucid.core import ForwardPass, Network
from pellucid.core.propagation import forward
from pellucid.estimators._conversion import fill_from_sklearn, to_sklearn
from pellucid.estimators._data import check_inputs, prepare
from pellucid.estimators._views import ParameterViews
from pellucid.exceptions import ParameterError
from pellucid.training import TrainingState

__all__ = ["FittedMLP"]

Array = NDArray[np.floating]
PREDICTION_BLOCK = 1 << 22  # numbers per layer that a prediction holds at a time


class FittedMLP(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta):
    """The fitted half of the estimators."""

    network_: Network
    n_iter_: int
    early_stopping: bool
    input_mean_: Array | None
    input_scale_: Array | None
    target_mean_: Array | None
    target_scale_: Array | None
    _training_state: TrainingState

    # ---- prediction -------------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for the user's X, in its precision: float64, or float32."""
        check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        outputs = np.empty((X.shape[0], self.n_outputs_), X.dtype)
        for rows, passed in self._forward_blocks(X):
            outputs[rows] = passed.outputs
        return outputs

    def _forward_blocks(self, X: Any) -> Iterator[tuple[slice, ForwardPass]]:
        """Yield rows and their forward pass, so many at a time that memory stays bounded."""
        network = self.network_
        size = max(1, PREDICTION_BLOCK // max(network.layer_sizes))
        for start in range(0, X.shape[0], size):
            rows = slice(start, start + size)
            # In the precision of X, as in scikit-learn: float32 weights are exact in float64 too, and a
            # row then predicts the same alone and among others.
            inputs = prepare(X[rows], self.input_mean_, self.input_scale_, X.dtype)
            with np.errstate(over="ignore", under="ignore"):
                passed = forward(network, inputs)
            yield rows, passed

    def transform(self, X: Any, layer: int = -1) -> Array:
        """Return the activations of a hidden layer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        layer : int, default=-1
            Which hidden layer, from 0; -1 is the last.

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            Its activations a_{layer + 1}.

        Raises
        ------
        ParameterError
            If there is no such layer.
        """
        check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        hidden = self.network_.layer_sizes[1:-1]
        if not -len(hidden) <= layer < len(hidden):
            raise ParameterError(
                f"layer must be a hidden layer, {-len(hidden)} to {len(hidden) - 1} here; got {layer}."
                if hidden
                else "transform gives the activations of a hidden layer, and this network has none."
            )
        k = layer % len(hidden)
        activations = np.empty((X.shape[0], hidden[k]), X.dtype)
        for rows, passed in self._forward_blocks(X):
            activations[rows] = passed.activations[k + 1]
        return activations

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layer_sizes[-2])

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
        return self._training_state.history

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
        """The best validation score; None without validation data."""
        scores = self.validation_scores_
        return None if scores is None else float(np.nanmax(scores))

    def _validation_column(self, name: str) -> list[float] | None:
        values = [row[name] for row in self.history_ if row[name] is not None]
        return values or None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
