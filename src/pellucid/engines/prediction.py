"""Prediction: of single rows without overhead, of many in blocks with bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.folding import folded
from pellucid.core.network import Network
from pellucid.core.propagation import forward
from pellucid.engines.compiled import obstacle
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Predictor", "outputs_runner", "predictor"]

Array = NDArray[np.floating]
BLOCK = 4096  # rows that are worked on at a time where they are not compiled


def predictor(model: Any, *, outputs: bool = False) -> Predictor:
    """Return a callable that takes one row to its scores and allocates nothing.

    It is a snapshot: batch normalization is folded into copies of the weights, standardization is part of
    it, and what happens to the model later has no effect.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        A network or a fitted estimator.
    outputs : bool, default=False
        Whether to return outputs (probabilities) in place of scores, the signals z of the last block. For
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


class Predictor:
    """What :func:`predictor` returns.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        A network or a fitted estimator.
    outputs : bool
        Whether to return outputs in place of scores.
    """

    def __init__(self, model: Any, *, outputs: bool) -> None:
        network = getattr(model, "network_", model)
        if not isinstance(network, Network):
            raise ParameterError(f"model must be a Network or a fitted estimator; got {model!r}.")
        network = folded(network)
        self.n_features, n_outputs = network.layer_sizes[0], network.layer_sizes[-1]
        # Rows: the given row, mean and scale of inputs, mean and scale of targets, the result.
        self._scaling = np.zeros((6, max(self.n_features, n_outputs)))
        self._scaling[[2, 4]] = 1.0
        for k, name in enumerate(("input_mean_", "input_scale_", "target_mean_", "target_scale_"), start=1):
            if (given := getattr(model, name, None)) is not None:
                self._scaling[k, : len(given)] = given
        self._given, self._result = self._scaling[0, : self.n_features], self._scaling[5, :n_outputs]
        self._lookup = network.lookup
        runner = _compiled(network, self._scaling, outputs=outputs)
        self._run, self._arguments = runner or _plain(network, self._scaling, outputs=outputs)

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
            raise DataError(f"row must have shape ({self.n_features},); got {np.shape(row)}.")
        self._given[:] = row
        if self._lookup is not None:
            self._lookup.check_codes(self._given[None, self._lookup.n_plain :])
        self._run(*self._arguments)
        return self._result


def outputs_runner(network: Network, *, members: bool = False) -> Callable[[Any], Array]:
    """Return a callable that takes rows to a network's outputs, in blocks, on as many threads as the BLAS has.

    Parameters
    ----------
    network : Network
        The network; its parameters are read at each call, so that it may be in training.
    members : bool, default=False
        Whether to return the outputs of each member, of those that share weights, in place of their mean.

    Returns
    -------
    callable
        ``run(X)`` for an ndarray or sparse array of shape (n_samples, n_features) returns outputs of shape
        (n_samples, n_outputs), or (n_members, n_samples, n_outputs), in the network's dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.engines import outputs_runner
    >>> outputs_runner(Network([2, 1], weights=[[[1.0], [2.0]]], biases=[[0.5]]))(np.ones((3, 2)))
    array([[3.5],
           [3.5],
           [3.5]])
    """
    compiled: Callable[[Any], Array] | None = None
    if not network.mixes_rows and not obstacle():
        from pellucid.engines.compiled.rows import RowsRunner

        with suppress(NotAnEquation):
            compiled = RowsRunner(network)

    n_members, n_outputs = network.n_members, network.layer_sizes[-1]

    def of_each(X: Any) -> Array:
        """Return outputs of shape (n_samples, n_members, n_outputs)."""
        if compiled is not None and isinstance(X, np.ndarray):
            return compiled(X)
        X = network.check_inputs(X)
        outputs = np.empty((X.shape[0], n_members, n_outputs), network.dtype)
        for start in range(0, X.shape[0], BLOCK):
            with np.errstate(over="ignore", under="ignore"):
                passed = forward(network, X[start : start + BLOCK])
                outputs[start : start + BLOCK] = passed.outputs.reshape(-1, n_members, n_outputs)
        return outputs

    def run(X: Any) -> Array:
        outputs = of_each(X)
        if members:
            return outputs.transpose(1, 0, 2)
        return outputs[:, 0] if n_members == 1 else outputs.mean(axis=1)

    return run


Runner = tuple[Callable[..., Any], tuple[Any, ...]]


def _compiled(network: Network, scaling: Array, *, outputs: bool) -> Runner | None:
    """Return the compiled function of a row with its arguments; None where it cannot be had."""
    if obstacle():
        return None
    from pellucid.engines.compiled.row import row_runner

    try:
        return row_runner(network, scaling, outputs=outputs)
    except NotAnEquation:
        return None


def _plain(network: Network, scaling: Array, *, outputs: bool) -> Runner:
    """Return the same in NumPy."""
    given, mean, scale = scaling[:3, : network.layer_sizes[0]]
    target_mean, target_scale, result = scaling[3:, : network.layer_sizes[-1]]

    def run() -> None:
        passed = forward(network, ((given - mean) / scale).astype(network.dtype)[None])
        result[:] = (passed.outputs if outputs else passed.scores).mean(axis=0) * target_scale + target_mean

    return run, ()
