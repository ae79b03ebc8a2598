"""Spread of targets around predictions, learned from held-out rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.repetition import n_repeated
from pellucid.engines import outputs_runner
from pellucid.host.blas import one_blas_thread
from pellucid.host.quiet import quiet
from pellucid.tabular.certainty.spread_choice import Logs, SpreadRows
from pellucid.tabular.certainty.spread_steps import step_units
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.judgement import Judgement

__all__ = ["find_spread", "spread_of"]

Array = NDArray[Any]
FEW = 40  # held-out rows; with fewer, no spread is learned
MOST_UNITS = 512
KNOTS = (0.0, 0.5, 1.0)  # and their negatives, of columns whose deviation is 1
PARTS = 5  # of held-out rows: the spread of each is learned from the others


def spread_of(network: Network, X: Any) -> Array:
    """Return the spread of each target for encoded rows.

    Parameters
    ----------
    network : Network
        Of :func:`find_spread`.
    X : ndarray or CSR array of shape (n_rows, n_encoded)
        Encoded rows.

    Returns
    -------
    ndarray of shape (n_rows, n_targets)
        Positive, around 1.
    """
    return np.asarray(outputs_runner(network, engine="reference")(X.astype(np.float64)))


def find_spread(encoder: TableEncoder, judged: Judgement, errors: Array) -> tuple[Network | None, Array]:
    r"""Return a model of the spread of errors, and for each held-out row the spread estimated from the others.

    .. math:: \log \sigma(x) = s \Bigl(\beta_0 + \sum_j \sum_k \beta_{jk} \max(0, \pm x_j - \tau_k)
        + \sum_l \gamma_l\, [x_{j_l} > t_l] - c\Bigr)

    The coefficients β are those of a Poisson regression of the absolute errors, which the sum makes piecewise
    linear in each numeric column, with knots τ at -1, -½, 0, ½ and 1; the steps γ are grown on it, one after the
    other (:func:`~pellucid.tabular.certainty.spread_steps.grow_steps`). The penalty, the number of steps and the
    power s in [0, 1.5] are those with the largest likelihood

    .. math:: -\sum_i \Bigl(\log \sigma(x_i) + \frac{|r_i|}{m\,\sigma(x_i)}\Bigr)

    for rows that the coefficients were not learned from. If steps gain little, there are none, and if nothing
    gains much over one spread for all, there is no model. c makes the mean of log σ over the held-out rows 0.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    judged : Judgement
        Held-out rows and what is predicted for them.
    errors : ndarray of shape (n_rows, n_targets)
        The absolute errors of the predictions.

    Returns
    -------
    network : Network or None
        From encoded rows to σ; None if all rows have one spread.
    spreads : ndarray of shape (n_rows, n_targets)
        σ of each held-out row, learned from others.

    References
    ----------
    J. Lei, M. G'Sell, A. Rinaldo, R. Tibshirani, L. Wasserman (2018), Distribution-free predictive inference for
    regression, J. Am. Stat. Assoc. 113, 1094-1111: section 5.2, intervals with locally varying width.
    """
    n_rows, n_targets = errors.shape
    W, b = _hinges(encoder)
    told = np.ones(errors.shape)
    if n_rows < FEW or W.shape[1] > MOST_UNITS or W.shape[1] == 0:
        return None, told
    hinges = np.maximum(_dense(judged.X @ W) + b, 0.0)
    numeric = _dense(judged.X[:, : encoder.n_numeric_]).astype(np.float64)
    weight = np.ones(n_rows) if judged.weight is None else judged.weight
    weight = weight * (n_repeated(n_rows, judged.weight) / weight.sum())
    part = (np.arange(n_rows) if judged.groups is None else judged.groups) % PARTS
    found = dict[int, Logs]()
    with one_blas_thread(wanted=True), quiet():
        for target in range(n_targets):
            logs = SpreadRows(hinges, numeric, errors[:, target], weight, part).best()
            if logs is not None:
                found[target], told[:, target] = logs, np.exp(logs.told)
    return _network(W, b, found, n_targets) if found else None, told


def _network(W: Array, b: Array, found: dict[int, Logs], n_targets: int) -> Network:
    """Return the network of hinges and steps."""
    units, last, intercepts = [(W, b)], [np.zeros((len(b), n_targets))], np.zeros(n_targets)
    for target, logs in found.items():
        V, c, heights, constant = step_units(logs.steps, W.shape[0])
        units.append((V, c))
        last[0][:, target] = logs.slopes
        last.append(np.outer(heights, np.arange(n_targets) == target))
        intercepts[target] = logs.intercept + constant
    weights = np.concatenate([each for each, _ in units], axis=1), np.concatenate(last)
    return Network(
        [W.shape[0], weights[0].shape[1], n_targets],
        activation="relu",
        output_activation="exp",
        weights=[*weights],
        biases=[np.concatenate([each for _, each in units]), intercepts],
        random_state=0,
    )


def _hinges(encoder: TableEncoder) -> tuple[Array, Array]:
    """Return weights and biases of units with kinks at the knots of the numeric columns; codes have none."""
    n_numeric, n_plain = encoder.n_numeric_, encoder.n_plain_
    eye = np.eye(n_numeric + n_plain + len(encoder.cardinalities_))
    numeric, plain = eye[:, :n_numeric], eye[:, n_numeric : n_numeric + n_plain]
    W = np.concatenate([*[numeric, -numeric] * len(KNOTS), plain], axis=1)
    return W, np.concatenate([np.repeat([-knot for knot in KNOTS], 2 * n_numeric), np.zeros(n_plain)])


def _dense(product: Any) -> Array:
    return np.asarray(product.toarray() if scipy.sparse.issparse(product) else product)
