r"""A start from the data: every unit's signal varies by 1 over the rows, and bends where rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers import Dense, Run, SeparateDense, SharedDense
from pellucid.core.repetition import n_repeated
from pellucid.core.structure import Structure

__all__ = ["start_from_data"]

Array = NDArray[np.floating]
ROWS = 2048  # that are looked at
CORNERS = 5  # rows whose mixture a unit's signal is zero at


def start_from_data(
    network: Structure, X: Array, rng: np.random.Generator, *, sample_weight: Array | None = None
) -> None:
    r"""Redraw weights and biases, block by block, to suit the rows.

    The weights of unit j are normal, divided by the standard deviation of its signal over the rows. Its bias is
    :math:`b_j = -\sum_r \lambda_r (a_r W)_j` over 5 random rows with random :math:`\lambda \ge 0`,
    :math:`\sum \lambda = 1`: its signal is zero amid the data. So all units start useful, whatever the
    scale of their inputs. Weights that members share look at the signals of all of them.

    Parameters
    ----------
    network : Structure
        Its dense layers get new numbers, in place; others keep theirs.
    X : ndarray of shape (n_samples, n_features)
        The rows, in the network's dtype.
    rng : numpy.random.Generator
        The source of random numbers.
    sample_weight : ndarray of shape (n_samples,), optional
        A row of weight 2 counts as two rows, one of weight 0 as none.

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
    if n_repeated(len(X), sample_weight) > ROWS:  # drawn by their weights, then all alike
        rows, weight, share = draw(ROWS), None, None
    run = Run(training=False, values=[X[rows]])
    parameters, state = network.parameter_views(network.parameters), network.state_views(network.state)
    for layer, p, s in zip(network.layers, parameters, state, strict=True):
        a = run.values[-1]
        if isinstance(layer, Dense | SharedDense | SeparateDense):
            k, n_in, n_out = network.n_members, layer.n_in, layer.n_out
            W = rng.normal(size=p["weights"].shape).reshape(-1, n_in, n_out)  # one matrix, or one per member
            z = a.astype(np.float64).reshape(len(a), k, n_in).transpose(1, 0, 2) @ W  # of (member, row, unit)
            signals, w = z.reshape(len(W), -1, n_out), weight  # of shared weights those of all members
            if weight is not None:
                w = np.tile(weight, k // len(W))
            mean = np.average(signals, axis=1, weights=w)
            spread = np.sqrt(np.average((signals - mean[:, None]) ** 2, axis=1, weights=w))
            is_still = spread <= 1e-10 * np.abs(signals).max(axis=1)  # but for rounding
            spread[is_still] = np.sqrt(n_in)
            p["weights"][...] = (W / spread[:, None]).reshape(p["weights"].shape)
            for m, b in enumerate(p["biases"].reshape(k, n_out)):
                corners = draw((CORNERS, n_out))
                mixture = rng.dirichlet(np.ones(CORNERS), size=n_out).T
                b[...] = -(mixture * z[m, corners, np.arange(n_out)]).sum(axis=0) / spread[m % len(W)]
        run.values.append(layer.forward(a, p, s, run)[0])
