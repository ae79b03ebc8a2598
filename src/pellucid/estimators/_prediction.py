"""What a fitted estimator computes: outputs and hidden activations, by blocks of rows, from any thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._set_output import _get_container_adapter
from sklearn.utils.validation import check_is_fitted

from pellucid.core import ForwardPass, Network
from pellucid.core.propagation import forward
from pellucid.estimators.checked_arrays import check_inputs
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import ParameterError

__all__ = ["Prediction"]

Array = NDArray[np.floating]
PREDICTION_BLOCK = 1 << 22  # numbers per layer that a prediction holds at a time


class Prediction:
    """The predicting part of the estimators; it writes nothing, not even a cache.

    It stands outside of scikit-learn's ``TransformerMixin``, which would wrap ``transform`` and give every
    layer the names of the last one.
    """

    network_: Network
    input_mean_: Array | None
    input_scale_: Array | None

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for the user's X, in its precision: float64, or float32."""
        if not hasattr(self, "network_"):
            check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        outputs = np.empty((X.shape[0], self.network_.layer_sizes[-1]), X.dtype)
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
            inputs = standardized(X[rows], self.input_mean_, self.input_scale_, X.dtype)
            with np.errstate(over="ignore", under="ignore"):
                passed = forward(network, inputs)
            yield rows, passed

    def transform(self, X: Any, layer: int = -1) -> Any:
        """Return the activations of a hidden layer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        layer : int, default=-1
            Which hidden layer, from 0; -1 is the last.

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
        checked = check_inputs(self, X, reset=False)
        hidden = self.network_.layer_sizes[1:-1]
        if not -len(hidden) <= layer < len(hidden):
            raise ParameterError(
                f"layer must be a hidden layer, {-len(hidden)} to {len(hidden) - 1} here; got {layer}."
                if hidden
                else "transform gives the activations of a hidden layer, and this network has none."
            )
        k = layer % len(hidden)
        activations = np.empty((checked.shape[0], hidden[k]), checked.dtype)
        for rows, passed in self._forward_blocks(checked):
            activations[rows] = passed.activations[k + 1]
        adapter = _get_container_adapter("transform", self)
        if adapter is None:
            return activations
        names = [f"{type(self).__name__.lower()}{i}" for i in range(hidden[k])]
        return adapter.create_container(activations, X, columns=names)

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layer_sizes[-2])
