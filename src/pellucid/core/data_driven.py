r"""A start from the data: every unit's signal varies by 1 over the rows, and bends where rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers import Dense, Run
from pellucid.core.structure import Structure

__all__ = ["start_from_data"]

Array = NDArray[np.floating]
ROWS = 2048  # that are looked at
CORNERS = 5  # rows whose mixture a unit's signal is zero at


def start_from_data(
    network: Structure, X: Array, rng: np.random.Generator, *, sample_weight: Array | None = None
) -> None:
    r"""Draw weights and biases anew, block by block, as the rows ask for.

    The weights of unit j are normal, divided by the standard deviation of its signal over the rows. Its bias is
    :math:`b_j = -\sum_r \lambda_r (a_r W)_j` over 5 random rows with random :math:`\lambda \ge 0`,
    :math:`\sum \lambda = 1`: its signal is zero in the midst of the data. So all units start useful, whatever the
    scale of what comes to them.

    Parameters
    ----------
    network : Structure
        Its dense layers get new numbers, in place; others keep theirs.
    X : ndarray of shape (n_samples, n_features)
        The rows, in the network's dtype.
    rng : numpy.random.Generator
        Where the numbers come from.
    sample_weight : ndarray of shape (n_samples,), optional
        A row of weight 2 is looked at as two rows, one of weight 0 as none.

    References
    ----------
    D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3; the biases
    are those of I. Steinwart (2019), A sober look at neural network initializations, arXiv:1903.11482.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import start_from_data
    >>> rng = np.random.default_rng(0)
    >>> net, X = Network([3, 4, 1], random_state=0), 100.0 * rng.normal(size=(500, 3))
    >>> start_from_data(net, X, rng)
    >>> (X @ net.weights[0]).std(axis=0).round(6)
    array([1., 1., 1., 1.])
    """
    share = (
        None if sample_weight is None else np.cumsum(sample_weight, dtype=np.float64) / sample_weight.sum()
    )

    def draw(size: Any) -> NDArray[np.intp]:
        u = rng.random(size)  # the same number falls on the same row, be it repeated or weighted
        place = u * len(rows) if share is None else np.searchsorted(share, u, side="right")
        return np.asarray(np.minimum(place, len(rows) - 1), np.intp)

    rows, weight = np.arange(len(X)), sample_weight
    if len(X) > ROWS:  # drawn by their weights, then all alike
        rows, weight, share = draw(ROWS), None, None
    run = Run(training=False, values=[X[rows]])
    parameters, state = network.parameter_views(network.parameters), network.state_views(network.state)
    for layer, p, s in zip(network.layers, parameters, state, strict=True):
        a = run.values[-1]
        if isinstance(layer, Dense):
            W = rng.normal(size=(layer.n_in, layer.n_out))
            z = a.astype(np.float64) @ W
            mean = np.average(z, axis=0, weights=weight)
            spread = np.sqrt(np.average((z - mean) ** 2, axis=0, weights=weight))
            spread[spread <= 1e-10 * np.abs(z).max(axis=0)] = np.sqrt(
                layer.n_in
            )  # but for rounding all alike
            corners = draw((CORNERS, layer.n_out))
            mixture = rng.dirichlet(np.ones(CORNERS), size=layer.n_out).T
            p["weights"][...] = W / spread
            p["biases"][...] = -(mixture * z[corners, np.arange(layer.n_out)]).sum(axis=0) / spread
        run.values.append(layer.forward(a, p, s, run)[0])
