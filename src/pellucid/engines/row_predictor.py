"""Prediction of single rows by an engine, without overhead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.brief import brief
from pellucid.core.folding import folded
from pellucid.core.network import Network
from pellucid.core.propagation import forward
from pellucid.engines.compiled import obstacle
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Predictor", "ScaledNetwork", "predictor"]

Array = NDArray[np.floating]


def predictor(model: Any, *, outputs: bool = False) -> Predictor:
    r"""Return a callable that computes the scores of one row without allocation.

    .. math:: \hat y = \sigma_y\, f\big((x - \mu_x) / \sigma_x\big) + \mu_y

    It is a snapshot: batch normalization is folded into copies of the weights, standardization is included,
    and later changes of the model have no effect.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        A network or a fitted estimator: what has a ``scaled_network``.
    outputs : bool, default=False
        True to return outputs (probabilities) instead of scores, the signals z of the last block. For
        a regressor with an identity output they are the same: predictions. Of members that share weights both
        are means.

    Returns
    -------
    Predictor
        ``predict(row)`` for a row of shape ``(n_features,)`` returns float64 of shape ``(n_outputs,)``: always
        the same array, which the next call writes over. One per thread.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.engines import predictor
    >>> predict = predictor(Network([2, 1], weights=[[[1.0], [2.0]]], biases=[[0.5]]))
    >>> predict([1.0, 1.0])
    array([3.5])
    """
    return Predictor(model, outputs=outputs)


@dataclass(frozen=True)
class ScaledNetwork:
    r"""Network with the scales of inputs and targets: the function that a fitted model computes for a row.

    .. math:: \hat y = \sigma_y\, f\big((x - \mu_x) / \sigma_x\big) + \mu_y

    Parameters
    ----------
    network : Network
        The network.
    input_mean, input_scale : ndarray of shape (n_features,), optional
        The mean subtracted from the inputs, and the scale they are then divided by.
    target_mean, target_scale : ndarray of shape (n_outputs,), optional
        The offset added to the outputs after they are multiplied.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> X = np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> model = MLPRegressor((4,), standardize=True, learning_rate="cosine", max_iter=5, random_state=0)
    >>> scaled = model.fit(X, X.ravel()).scaled_network
    >>> scaled.input_mean, scaled.target_mean
    (array([4.]), array([4.]))
    """

    network: Network
    input_mean: Array | None = None
    input_scale: Array | None = None
    target_mean: Array | None = None
    target_scale: Array | None = None

    __repr__ = brief


class Predictor:
    """Prepared prediction function, as :func:`predictor` returns it.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        A network or a fitted estimator.
    outputs : bool
        True to return outputs instead of scores.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.engines import predictor
    >>> net = Network([2, 3, 1], random_state=0)
    >>> predict = predictor(net)
    >>> np.allclose(predict(np.array([1.0, 0.5])), net.predict([[1.0, 0.5]])[0])
    True
    """

    def __init__(self, model: Any, *, outputs: bool) -> None:
        scaled = (
            ScaledNetwork(model) if isinstance(model, Network) else getattr(model, "scaled_network", None)
        )
        if not isinstance(scaled, ScaledNetwork):
            raise ParameterError(f"'model' must be a Network or a fitted estimator; got {model!r}.")
        network = folded(scaled.network)
        self.n_features, n_outputs = network.layer_sizes[0], network.layer_sizes[-1]
        # Rows: the given row, mean and scale of inputs, mean and scale of targets, the result.
        self._scaling = np.zeros((6, max(self.n_features, n_outputs)))
        self._scaling[[2, 4]] = 1.0
        scales = scaled.input_mean, scaled.input_scale, scaled.target_mean, scaled.target_scale
        for row, given in zip(self._scaling[1:], scales, strict=False):
            if given is not None:
                row[: len(given)] = given
        self._given, self._result = self._scaling[0, : self.n_features], self._scaling[5, :n_outputs]
        self._lookup = network.lookup
        runner = _compiled_runner(network, self._scaling, outputs=outputs)
        self._run_row, self._arguments = runner or _reference_runner(network, self._scaling, outputs=outputs)

    def __call__(self, row: ArrayLike) -> NDArray[np.float64]:
        """Return the scores of a row.

        Parameters
        ----------
        row : array-like of shape (n_features,)
            The row, on the scale of the training data.

        Returns
        -------
        ndarray of shape (n_outputs,)
            Written over by the next call.

        Raises
        ------
        DataError
            If the row does not have that many numbers, or a code in it is none of the lookup's.
        """
        if np.shape(row) != self._given.shape:
            raise DataError(f"'row' must have shape ({self.n_features},); got {np.shape(row)}.")
        self._given[:] = row
        if self._lookup is not None:
            self._lookup.check_codes(self._given[None, self._lookup.n_plain :])
        self._run_row(*self._arguments)
        return self._result


Runner = tuple[Callable[..., Any], tuple[Any, ...]]


def _compiled_runner(network: Network, scaling: Array, *, outputs: bool) -> Runner | None:
    """Return the compiled engine's function of a row with its arguments; None if it is not available."""
    if obstacle():
        return None
    from pellucid.engines.compiled.row import row_runner

    try:
        return row_runner(network, scaling, outputs=outputs)
    except NotAnEquation:
        return None


def _reference_runner(network: Network, scaling: Array, *, outputs: bool) -> Runner:
    """Return the reference engine's function of a row."""
    given, mean, scale = scaling[:3, : network.layer_sizes[0]]
    target_mean, target_scale, result = scaling[3:, : network.layer_sizes[-1]]

    def run() -> None:
        passed = forward(network, ((given - mean) / scale).astype(network.dtype)[None])
        result[:] = (passed.outputs if outputs else passed.scores).mean(axis=0) * target_scale + target_mean

    return run, ()
