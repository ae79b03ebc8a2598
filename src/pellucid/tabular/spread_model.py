"""The spread of targets around predictions, learned from rows that were held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import PoissonRegressor

from pellucid.core import Network
from pellucid.core.repetition import n_repeated
from pellucid.engines import outputs_runner
from pellucid.host.blas import one_blas_thread
from pellucid.host.quiet import quiet, undisturbed
from pellucid.tabular.encoder import TableEncoder
from pellucid.tabular.judgement import Judgement

__all__ = ["find_spread", "spread_of"]

Array = NDArray[Any]
FEW = 40  # held-out rows; from fewer no spread is learned
MOST = 5000  # rows that a spread is learned from
MOST_UNITS = 512
KNOTS = (0.0, 0.5, 1.0)  # and their negatives, of columns whose deviation is 1
PENALTIES = (0.5, 5.0, 50.0)
MOST_SHARE = 1.5  # penalties draw spreads together
PARTS = 5  # of held-out rows: the spread of each is learned from the others
FLOOR = 0.05  # of the mean error, added to each: where errors are 0, new ones may be larger
LEAST_GAIN = 3.0  # of log likelihood, below which all rows have one spread
TINY = np.finfo(np.float64).tiny


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
    r"""Return a model of the spread of errors, and for each held-out row the spread that the others tell.

    .. math:: \log \sigma(x) = s \Bigl(\beta_0 + \sum_j \sum_k \beta_{jk} \max(0, \pm x_j - \tau_k) - c\Bigr)

    The coefficients are those of a Poisson regression of the absolute errors, which the sum makes piecewise linear
    in each numeric column, with knots τ at -1, -½, 0, ½ and 1. The penalty and the power s in [0, 1.5] are those
    with the largest likelihood

    .. math:: -\sum_i \Bigl(\log \sigma(x_i) + \frac{|r_i|}{m\,\sigma(x_i)}\Bigr)

    for rows that the coefficients were not learned from. If that gains little over one spread for all, there is no
    model. c makes the mean of log σ over the held-out rows 0.

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
    design = np.maximum(_dense(judged.X @ W) + b, 0.0)
    weight = np.ones(n_rows) if judged.weight is None else judged.weight
    weight = weight * (n_repeated(n_rows, judged.weight) / weight.sum())
    part = (np.arange(n_rows) if judged.groups is None else judged.groups) % PARTS
    last, intercepts = np.zeros((W.shape[1], n_targets)), np.zeros(n_targets)
    with one_blas_thread(wanted=True), quiet():
        for target in range(n_targets):
            found = _of_target(design, errors[:, target], weight, part)
            if found is not None:
                last[:, target], intercepts[target], told[:, target] = found
    if not last.any():
        return None, told
    network = Network(
        [W.shape[0], W.shape[1], n_targets],
        activation="relu",
        output_activation="exp",
        weights=[W, last],
        biases=[b, intercepts],
        random_state=0,
    )
    return network, told


def _hinges(encoder: TableEncoder) -> tuple[Array, Array]:
    """Return weights and biases of units that bend at knots of the numeric columns; codes have none."""
    n_numeric, n_plain = encoder.n_numeric_, encoder.n_plain_
    eye = np.eye(n_numeric + n_plain + len(encoder.cardinalities_))
    numeric, plain = eye[:, :n_numeric], eye[:, n_numeric : n_numeric + n_plain]
    W = np.concatenate([*[numeric, -numeric] * len(KNOTS), plain], axis=1)
    return W, np.concatenate([np.repeat([-knot for knot in KNOTS], 2 * n_numeric), np.zeros(n_plain)])


def _dense(product: Any) -> Array:
    return np.asarray(product.toarray() if scipy.sparse.issparse(product) else product)


def _of_target(design: Array, errors: Array, weight: Array, part: Array) -> tuple[Array, float, Array] | None:
    """Return coefficients, intercept and the spread of each row as the others tell it; None for one spread."""
    unit = float(np.average(errors, weights=weight))
    if not unit > 0.0:
        return None
    errors, best = errors / unit + FLOOR, (LEAST_GAIN, 0.0, 0.0, np.empty(0))
    for penalty in PENALTIES:
        logs = np.zeros(len(errors))
        for number in np.unique(part):
            own = part == number
            if own.all():
                return None
            w, c = _fitted(design[~own], errors[~own], weight[~own], penalty)
            logs[own] = design[own] @ w + c
        share, gain = _share(logs, errors, weight)
        if gain > best[0]:
            best = gain, penalty, share, logs
    _, penalty, share, logs = best
    if not penalty:
        return None
    w, c = _fitted(design, errors, weight, penalty)
    center = float(np.average(logs, weights=weight))
    return share * w, share * (c - center), np.exp(share * (logs - center))


def _fitted(design: Array, errors: Array, weight: Array, penalty: float) -> tuple[Array, float]:
    keep = slice(None, None, -(-len(errors) // MOST))
    design, errors, weight = design[keep], errors[keep], weight[keep]
    if not (weight @ errors) > 0.0:
        return np.zeros(design.shape[1]), 0.0
    model = PoissonRegressor(alpha=penalty / weight.sum(), solver="newton-cholesky", max_iter=50)
    undisturbed(model.fit)(design, errors, weight)
    return model.coef_, float(model.intercept_)


def _share(logs: Array, errors: Array, weight: Array) -> tuple[float, float]:
    """Return the power of the spread with the largest likelihood, and its gain over one spread for all."""
    total = weight.sum()

    def surprise(share: float) -> float:
        scaled = float(weight @ (errors * np.exp(-share * logs))) / total
        return float(total * (share * float(weight @ logs) / total + np.log(max(scaled, TINY))))

    found = minimize_scalar(surprise, bounds=(0.0, MOST_SHARE), method="bounded", options={"xatol": 1e-6})
    return float(found.x), surprise(0.0) - float(found.fun)
