r"""Measurement of a network's vital signs: one forward and one backward pass, as in prediction.

For a single row, the gradient of :math:`W_k` is the outer product :math:`a_i \delta_i^\top`, whose Euclidean
norm is :math:`\|a_i\| \|\delta_i\|`. So the spread over rows is known without forming their gradients:

.. math:: G = \sum_i p_i\, a_i \delta_i^\top, \qquad
          \mathrm{tr}\, \Sigma = \sum_i p_i \|a_i\|^2 \|\delta_i\|^2 - \|G\|^2, \qquad p_i = w_i / \sum_j w_j
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from pellucid.core import ForwardPass, Loss, PairedLoss, add_penalty, backward, forward, get_loss
from pellucid.core.checks import as_weights, check_strength
from pellucid.core.inputs import StandardizedSparse
from pellucid.core.losses import canonical_loss
from pellucid.core.objective import encode_targets
from pellucid.core.structure import Structure
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording.record import activations_of
from pellucid.recording.slopes import SATURATED, slopes_of, steepest
from pellucid.recording.vitals import LayerVitals, Vitals

__all__ = [
    "measure_vitals",
    "rms",
    "rooted_vitals",
    "spectral_norm",
    "vital_signs",
    "vitals_of_signals",
    "with_spectral_norms",
]

Array = NDArray[np.floating]
DENSE = 200  # columns up to which the full matrix is quicker


def vital_signs(
    network: Structure,
    X: Any,
    Y: ArrayLike,
    loss: str | Loss | PairedLoss | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    previous: ArrayLike | None = None,
) -> Vitals:
    r"""Return the sizes of the signals, sensitivities and gradients of a network on some rows.

    .. math:: \mathcal{B} = \mathrm{tr}\, \Sigma / \lVert G \rVert^2

    The network is taken as it predicts: dropout drops nothing, batch normalization uses its running
    statistics, so that rows are independent. A row of weight 2 counts as two rows, one of weight 0 is
    ignored.

    Parameters
    ----------
    network : Network
        The network; it is not changed.
    X : array-like or sparse array of shape (n_rows, n_features)
        The inputs, as the network sees them.
    Y : array-like
        Targets of shape (n_rows, n_outputs), (n_rows,) for one output, or integer classes of shape
        (n_rows,) for a softmax output.
    loss : str, Loss or PairedLoss, optional
        Default: the canonical one of the output activation.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows.
    l1, l2 : float, default=0.0
        The penalties.
    previous : ndarray of shape (n_parameters,), optional
        The parameters before the last update, for ``rms_update``.

    Returns
    -------
    Vitals
        One :class:`LayerVitals` per block, and the loss of each row. Values that are not finite are returned
        as they are.

    Raises
    ------
    DataError
        If shapes or values do not fit the network or the loss.
    ParameterError
        If ``previous`` does not have as many numbers as the network has parameters.

    References
    ----------
    S. McCandlish, J. Kaplan, D. Amodei et al. (2018), An empirical model of large-batch training,
    arXiv:1812.06162, eq. 2.9.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.recording import vital_signs
    >>> net = Network([1, 2, 1], activation="relu", weights=[[[1.0, -1.0]], [[1.0], [1.0]]])
    >>> seen = vital_signs(net, [[1.0], [2.0]], [1.0, 1.0])
    >>> seen.layers[0].active, seen.losses  # the second unit is off on both rows
    (array([1., 0.]), array([0. , 0.5]))
    """
    paired = _paired(network, loss)
    X = X if isinstance(X, StandardizedSparse) else network.check_inputs(X)
    Y = encode_targets(network, Y, paired)
    if X.shape[0] != len(Y) or len(Y) == 0:
        raise DataError(
            f"'X' and 'Y' must have the same number of rows, at least one; got {X.shape[0]} and {len(Y)}."
        )
    w = as_weights(sample_weight, len(Y), network.dtype)
    l1, l2 = check_strength("l1", l1), check_strength("l2", l2)
    before = None if previous is None else np.asarray(previous)
    if before is not None and before.shape != network.parameters.shape:
        raise ParameterError(
            f"'previous' must hold the {network.n_parameters} parameters of the network before the update; "
            f"got shape {before.shape}."
        )
    w = np.ones(len(Y)) if w is None else w.astype(np.float64)
    return with_spectral_norms(measure_vitals(network, X, Y, paired, w, l1, l2, before), network)


def _paired(network: Structure, loss: str | Loss | PairedLoss | None) -> PairedLoss:
    if isinstance(loss, PairedLoss):
        return loss
    row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
    return row.on(network.output_activation)


@np.errstate(all="ignore")
def measure_vitals(
    network: Structure,
    X: Any,
    Y: Array,
    loss: PairedLoss,
    w: Array,
    l1: float = 0.0,
    l2: float = 0.0,
    previous: Array | None = None,
) -> Vitals:
    """Return the vital signs on checked rows, as :func:`vital_signs` does.

    Spectral norms are left out, because on small layers they would cost more than all the rest; see
    :func:`with_spectral_norms`.

    Parameters
    ----------
    network : Structure
        The network.
    X : ndarray, sparse array or StandardizedSparse of shape (n_rows, n_features)
        The inputs, in the network's dtype.
    Y : ndarray of shape (n_rows, n_outputs)
        The targets.
    loss : PairedLoss
        The loss on the network's outputs.
    w : ndarray of shape (n_rows,)
        The weights, in float64.
    l1, l2 : float, default=0.0
        The penalties.
    previous : ndarray of shape (n_parameters,), optional
        The parameters before the last update.

    Returns
    -------
    Vitals
        The vital signs.
    """
    network.check_single("vital signs")
    share = w / w.sum()
    passed = forward(network, X)
    losses = loss.values(Y, passed.scores, passed.outputs)
    of_rows = loss.gradients(Y, passed.scores, passed.outputs)
    back = backward(passed, share.astype(network.dtype)[:, None] * of_rows)
    inputs, sensitivities = _Norms(passed.run.values), _Norms(back.derivatives)
    unshared = np.divide(1.0, share, out=np.zeros(len(share)), where=share > 0.0)  # of single rows again
    p, g = network.parameter_views(network.parameters), network.parameter_views(back.gradient)
    penalties = np.zeros_like(network.parameters)
    penalty = add_penalty(network.parameters, penalties, network.penalized, l1, l2)
    of_penalty = network.parameter_views(penalties)
    of_previous = None if previous is None else network.parameter_views(previous)
    dense = network.a_positions[:-1]  # the layer that takes a block's input
    of_blocks = rooted_vitals(vitals_of_signals(passed, w, inputs))
    layers = []
    for i, at, of_signals in zip(dense, network.z_positions, of_blocks, strict=True):
        W, G = p[i]["weights"], np.asarray(g[i]["weights"], np.float64)
        squared = float(unshared @ (inputs[i] * sensitivities[i + 1]))
        layers.append(
            LayerVitals(
                rms_delta=float(np.sqrt(unshared @ sensitivities[at] / W.shape[1])),
                rms_weights=rms(W),
                rms_gradient=rms(G + of_penalty[i]["weights"]),
                rms_update=np.nan if of_previous is None else rms(W - of_previous[i]["weights"]),
                spectral_norm=np.nan,
                gradient_noise=_gradient_noise(squared, float(np.vdot(G, G))),
                **of_signals,
            )
        )
    return Vitals(tuple(layers), float(_mean_of_rows(w, losses)), penalty, losses, len(Y))


def vitals_of_signals(
    passed: ForwardPass, w: Array, norms: dict[int, Array] | None = None
) -> list[dict[str, Any]]:
    """Return the vital signs of each block that follow from a forward pass, as means over its rows.

    Parameters
    ----------
    passed : ForwardPass
        The pass.
    w : ndarray of shape (n_rows,)
        The weights of the rows, in float64.
    norms : dict of int to ndarray, optional
        Squared norms of the rows of its values, if they are known.

    Returns
    -------
    list of dict
        By the names of :class:`LayerVitals`; ``rms_z`` and ``rms_a`` hold the squares, so that everything can be
        averaged over parts of the rows: :func:`rooted_vitals` takes the roots.
    """
    network, values = passed.network, passed.run.values
    norms = _Norms(values) if norms is None else norms
    of_blocks = []
    for k, at in enumerate(network.z_positions):
        z, a = values[at], values[at + 1]
        of_blocks.append(
            {
                "rms_z": _mean_of_rows(w, norms[at]) / z.shape[1],
                "rms_a": _mean_of_rows(w, norms[at + 1]) / z.shape[1],
                "on": _mean_of_rows(w, z > 0.0),
                "mean_abs": _mean_of_rows(w, np.abs(a)),
                **_vitals_of_slopes(passed, k, w),
            }
        )
    return of_blocks


def rooted_vitals(of_blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the result of :func:`vitals_of_signals` with roots in place of squares.

    Parameters
    ----------
    of_blocks : list of dict
        One per block.

    Returns
    -------
    list of dict
        As :class:`LayerVitals` has it.
    """
    roots = ("rms_z", "rms_a")
    return [block | {name: float(np.sqrt(block[name])) for name in roots} for block in of_blocks]


def with_spectral_norms(vitals: Vitals, network: Structure) -> Vitals:
    """Return vital signs with the spectral norms of the current weights.

    Parameters
    ----------
    vitals : Vitals
        The vital signs.
    network : Structure
        The network.

    Returns
    -------
    Vitals
        A copy.
    """
    weights = [
        views["weights"] for views in network.parameter_views(network.parameters) if "weights" in views
    ]
    layers = [
        replace(layer, spectral_norm=spectral_norm(W))
        for layer, W in zip(vitals.layers, weights, strict=True)
    ]
    return replace(vitals, layers=tuple(layers))


class _Norms(dict[int, Array]):
    """Squared row norms of the value at each position, computed once: two blocks share most of them."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def __missing__(self, position: int) -> Array:
        return self.setdefault(position, _squared_norms(self.rows[position]))


def _vitals_of_slopes(passed: ForwardPass, k: int, w: Array) -> dict[str, Any]:
    """Return the vital signs that depend on the slope; NaN for a function of a whole row, which has none."""
    activation, z = activations_of(passed.network)[k], passed.zs[k]
    if activation.derivative is None:
        unknown = np.full(z.shape[1], np.nan)
        return {
            "mean_slope": np.nan,
            "active": unknown,
            "saturated_low": unknown,
            "saturated_high": unknown,
        }
    point = steepest(activation)[0]
    slope, largest = slopes_of(passed, k)
    flat = np.abs(slope) < SATURATED * np.where(np.isfinite(largest), largest, 0.0)
    return {
        "mean_slope": float(_mean_of_rows(w, slope).mean()),
        "active": _mean_of_rows(w, slope != 0.0),
        "saturated_low": _mean_of_rows(w, flat & (z < point)),
        "saturated_high": _mean_of_rows(w, flat & (z > point)),
    }


def _gradient_noise(squared_norms: float, squared_mean: float) -> float:
    """Return tr Σ / ‖G‖²; NaN if no row has a gradient."""
    variance = max(squared_norms - squared_mean, 0.0)  # rounding may leave a little less than 0
    if squared_mean > 0.0:
        return variance / squared_mean
    return np.inf if variance > 0.0 else np.nan


def _squared_norms(rows: Any) -> Array:
    """Return the squared Euclidean norm of each row, in float64."""
    if isinstance(rows, StandardizedSparse):
        shift = rows.shift.astype(np.float64)
        return np.asarray(_squared_norms(rows.scaled) - 2.0 * (rows.scaled @ shift) + shift @ shift)
    if not isinstance(rows, np.ndarray):
        return np.asarray(rows.astype(np.float64).power(2).sum(axis=1)).ravel()
    rows = rows.astype(np.float64)
    return np.asarray(np.einsum("ij,ij->i", rows, rows))


def _mean_of_rows(w: Array, rows: Any) -> Array:
    """Return the weighted mean over rows; with integer weights, exactly 1 for what is true of every row."""
    return np.asarray(w @ rows / w.sum())


def rms(values: Array) -> float:
    """Return the root mean square of all entries.

    Parameters
    ----------
    values : ndarray
        The entries.

    Returns
    -------
    float
        The root mean square, summed in float64 so that small numbers do not vanish.
    """
    entries = np.asarray(values, np.float64).ravel()
    return float(np.sqrt(entries @ entries / entries.size))


def spectral_norm(W: Array) -> float:
    """Return the largest singular value of a matrix; NaN where an entry is not finite.

    Parameters
    ----------
    W : ndarray of shape (n_in, n_out)
        The matrix.

    Returns
    -------
    float
        The root of the largest eigenvalue of the smaller of WᵀW and WWᵀ; for large matrices by Lanczos'
        method, which never forms them.
    """
    if not np.isfinite(W).all():
        return float("nan")
    M = W.astype(np.float64)
    M = M.T if M.shape[0] < M.shape[1] else M
    n = M.shape[1]
    if n <= DENSE:
        # All of them: for the last alone, LAPACK fails on some matrices with nearly equal eigenvalues.
        found = np.linalg.eigvalsh(M.T @ M)[-1:]
    else:
        product = LinearOperator((n, n), matvec=lambda v: M.T @ (M @ v), dtype=M.dtype)
        start = np.random.default_rng(0).normal(size=n)
        found = eigsh(product, k=1, v0=start, tol=1e-5, return_eigenvectors=False) if M.any() else np.zeros(1)
    return float(np.sqrt(max(found[0], 0.0)))
