"""Predictions of a fitted estimator: outputs and hidden activations, from any thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._set_output import _get_container_adapter
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.engines import ScaledNetwork, activations_of, announcer, outputs_of
from pellucid.estimators.checked_arrays import check_inputs, refuse_missing
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError, ParameterError
from pellucid.training.console import say_compiling

__all__ = ["Prediction"]

Array = NDArray[np.floating]


class Prediction:
    """The predicting part of the estimators; it writes nothing, not even a cache.

    It does not use scikit-learn's ``TransformerMixin``, which would wrap ``transform`` and give every
    layer the names of the last one.
    """

    engine: str
    network_: Network
    input_mean_: Array | None
    input_scale_: Array | None

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for the user's X, in its precision: float64, or float32."""
        if "network_" not in vars(self):  # builds one from weights that were set by hand, or raises
            check_is_fitted(self)
        return self._in_spans(X, partial(outputs_of, self.network_, engine=self._predicting_engine))

    def _in_spans(self, X: Any, compute: Callable[..., Array]) -> Array:
        """Compute a function of the user's X, some rows at a time, which are checked and standardized first.

        In the precision of X, as in scikit-learn: float32 weights are exact in float64 too, and a row then
        predicts the same alone and among others.
        """
        checked = check_inputs(self, X, reset=False, finite=False)
        try:
            with announcer(say_compiling):
                return compute(checked, inputs=self._inputs, dtype=checked.dtype)
        except DataError:  # again as a whole, for a message with the place in X
            self._inputs(checked, getattr(self, "feature_names_in_", None))
            raise

    def _inputs(self, X: Any, names: Any = None) -> Any:
        """Return some checked rows as the network takes them."""
        refuse_missing("X", X, names, type(self).__name__)
        return standardized(X, self.input_mean_, self.input_scale_, X.dtype)

    @property
    def scaled_network(self) -> ScaledNetwork:
        """The network with the scales on both of its sides, for :func:`pellucid.engines.predictor`."""
        targets = getattr(self, "target_mean_", None), getattr(self, "target_scale_", None)
        return ScaledNetwork(self.network_, self.input_mean_, self.input_scale_, *targets)

    def transform(self, X: Any, layer: int = -1) -> Any:
        """Return the activations of a hidden layer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        layer : int, default=-1
            The index of the hidden layer, from 0; -1 is the last.

        Returns
        -------
        ndarray or DataFrame of shape (n_samples, n_units)
            Its activations a_{layer + 1}, in what ``set_output`` asks for.

        Raises
        ------
        ParameterError
            If there is no such layer.
        """
        check_is_fitted(self)
        hidden = self.network_.layer_sizes[1:-1]
        if not -len(hidden) <= layer < len(hidden):
            raise ParameterError(
                f"'layer' must be a hidden layer, {-len(hidden)} to {len(hidden) - 1} here; got {layer}."
                if hidden
                else "transform gives the activations of a hidden layer, and this network has none."
            )
        k = layer % len(hidden)
        activations = self._in_spans(X, partial(activations_of, self.network_, k=k + 1))
        adapter = _get_container_adapter("transform", self)
        if adapter is None:
            return activations
        names = [f"{type(self).__name__.lower()}{i}" for i in range(hidden[k])]
        return adapter.create_container(activations, X, columns=names)

    @property
    def _predicting_engine(self) -> str:
        """The requested engine; instead of ``"compiled"``, the one that compiles only if there is enough to do."""
        return "auto" if self.engine == "compiled" else self.engine

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layer_sizes[-2])
