"""Fitted attributes by scikit-learn's names, and conversion to scikit-learn."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from pellucid.estimators._by_hand import FromNetwork, assemble, begin, rows_of_scores, rows_of_values
from pellucid.estimators._conversion import fill_from_sklearn, to_sklearn
from pellucid.estimators._plain import from_plain, to_plain
from pellucid.estimators._prediction import Prediction
from pellucid.estimators._views import ParameterViews
from pellucid.estimators.fit_summary import FitSummary
from pellucid.estimators.plain_form import HasPlainForm
from pellucid.exceptions import ParameterError
from pellucid.training import TrainingState

__all__ = ["FittedMLP"]

Array = NDArray[np.floating]


def _weights(model: Any) -> ParameterViews:
    """Return the weights, a list of views into the network's parameters; setting them writes there."""
    return ParameterViews(model.network_.weights)


def _set_weights(model: Any, values: Any) -> None:
    ParameterViews(model.network_.weights)[:] = values


def _biases(model: Any) -> ParameterViews:
    """Return the biases, a list of views into the network's parameters; setting them writes there."""
    return ParameterViews(model.network_.biases)


def _set_biases(model: Any, values: Any) -> None:
    ParameterViews(model.network_.biases)[:] = values


def _n_layers(model: Any) -> int:
    """Return the number of layers, inputs and outputs included."""
    return len(model.network_.layer_sizes)


def _n_outputs(model: Any) -> int:
    """Return the number of outputs."""
    return int(model.network_.layer_sizes[-1])


def _unchanged(read: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    """Return a setter that accepts only the current value."""

    def write(model: Any, value: Any) -> None:
        if value != read(model):
            raise ParameterError(
                f"The layers {model.network_.layer_sizes} of a fitted network cannot be changed; got {value!r}. "
                "Set coefs_ and intercepts_ of a new estimator for another network."
            )

    return write


def _out_activation(model: Any) -> str:
    """Return the name of the output activation."""
    return str(model.network_.output_activation.name)


def _set_out_activation(model: Any, value: Any) -> None:
    model.network_ = model.network_.copy(output_activation=value)


class FittedMLP(
    Prediction,
    HasPlainForm,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """The fitted half of the estimators."""

    n_iter_: int
    fit_summary_: FitSummary
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

    # ---- to and from plain values ---------------------------------------------------------------------------

    def _to_plain(self) -> dict[str, Any]:
        return to_plain(self)

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Any:
        return from_plain(cls, plain)

    # ---- fitted attributes, as scikit-learn names them; each can be set by hand -----------------------------

    def __getattr__(self, name: str) -> Any:
        network = assemble(self) if name == "network_" else None
        return (
            super().__getattribute__(name) if network is None else network
        )  # whose error names what is missing

    def __delattr__(self, name: str) -> None:
        if name not in vars(self) and hasattr(self, name):
            raise AttributeError(
                f"{name!r} cannot be deleted: it is computed from the network and its history. Use "
                "sklearn.base.clone(model) for an estimator that is not fitted, or set loss_curve_ to [] for one "
                "without history."
            )
        super().__delattr__(name)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    coefs_ = FromNetwork(_weights, _set_weights)
    intercepts_ = FromNetwork(_biases, _set_biases)
    n_layers_ = FromNetwork(_n_layers, _unchanged(_n_layers))
    n_outputs_ = FromNetwork(_n_outputs, _unchanged(_n_outputs))
    out_activation_ = FromNetwork(_out_activation, _set_out_activation)

    @property
    def n_parameters_(self) -> int:
        """The number of trainable parameters."""
        return self.network_.n_parameters

    @property
    def history_(self) -> list[dict[str, Any]]:
        """A row of numbers per epoch since the cold fit."""
        state = self._training_state
        # A callback gets a snapshot for each epoch, and rarely reads the rows.
        if not isinstance(state.history, list):
            state.history = list(state.history)
        rows: list[dict[str, Any]] = state.history
        return rows

    @property
    def t_(self) -> int:
        """The number of training rows seen since the cold fit; set it to restart a schedule."""
        return self._training_state.samples_seen

    @t_.setter
    def t_(self, value: int) -> None:
        begin(self).samples_seen = int(value)

    @property
    def loss_curve_(self) -> list[float]:
        """The objective (loss and penalty) of each epoch; set it to ``[]`` to restart the history."""
        return [row["objective"] for row in self.history_]

    @loss_curve_.setter
    def loss_curve_(self, values: Iterable[float]) -> None:
        state = begin(self)
        state.history = rows_of_values(state.history, values)
        state.epoch = len(state.history)

    @property
    def loss_(self) -> float:
        """The objective of the last epoch."""
        return float(self.history_[-1]["objective"]) if self.history_ else float("nan")

    @loss_.setter
    def loss_(self, value: float) -> None:
        self.loss_curve_ = [*(row["objective"] for row in begin(self).history[:-1]), value]

    @property
    def best_loss_(self) -> float | None:
        """The smallest objective; None with early stopping."""
        state = self._training_state
        if self.early_stopping:
            return None
        return -state.best if state.monitor == "objective" else min(self.loss_curve_, default=float("nan"))

    @best_loss_.setter
    def best_loss_(self, value: float | None) -> None:
        self._set_best("objective", None if value is None else -value)

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_score")

    @validation_scores_.setter
    def validation_scores_(self, values: Iterable[float] | None) -> None:
        state = begin(self)
        state.history = rows_of_scores(state.history, () if values is None else values)
        state.epoch = len(state.history)

    @property
    def best_validation_score_(self) -> float | None:
        """The best validation score; None without validation data, NaN where every score is."""
        scores = self.validation_scores_
        return None if scores is None else float(np.fmax.reduce(scores))

    @best_validation_score_.setter
    def best_validation_score_(self, value: float | None) -> None:
        self._set_best("score", value)

    @property
    def _no_improvement_count(self) -> int:
        """Epochs without improvement; scikit-learn's name, which callers set to 0 to continue training."""
        return self._training_state.epochs_without_improvement

    @_no_improvement_count.setter
    def _no_improvement_count(self, value: int) -> None:
        begin(self).epochs_without_improvement = int(value)

    def _set_best(self, monitor: str, value: float | None) -> None:
        """Set the value that an epoch must improve on; None leaves it to the other monitor."""
        if value is not None:
            state = begin(self)
            state.monitor, state.best = monitor, float(value)

    def _validation_column(self, name: str) -> list[float] | None:
        values = [row[name] for row in self.history_ if row[name] is not None]
        return values or None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
