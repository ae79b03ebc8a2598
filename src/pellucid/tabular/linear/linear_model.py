"""Ridge, logistic, Poisson and Tweedie regression on encoded columns, as networks without hidden layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from pellucid.core import Network
from pellucid.core.activations import get_activation
from pellucid.core.layers import InputLayer, Lookup, Unclip
from pellucid.core.layers.unclip import straight
from pellucid.core.loss_forms import PairedLoss
from pellucid.core.repetition import n_repeated
from pellucid.host.quiet import quiet, undisturbed
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.linear.bounded_linear import fit_bounded
from pellucid.tabular.linear.newton import fit_by_newton, is_quick
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.monotone import signs_of_encoded
from pellucid.tabular.members.targets import Targets
from pellucid.training import Outcome

__all__ = ["FITTED", "LINEAR_LOSSES", "Candidate", "fit_linear"]

Array = NDArray[Any]
Weights = tuple[Array, Array]  # of shape (n_columns, n_outputs), and intercepts
LINEAR_LOSSES = ("squared_error", "log_loss", "poisson", "tweedie")
DENSE = 4_000_000  # cells up to which a dense table is quicker than a sparse one
NEVER = -30.0  # the logit of a class without rows
FITTED = Outcome("converged", "Fitted by convex optimization.", 0)


@dataclass(frozen=True)
class Candidate:
    r"""One way to fit a linear model.

    Parameters
    ----------
    is_straight : bool
        True if numeric columns are used without the encoder's clip, and predictions are not kept within the range
        of the training targets.
    penalty : float
        λ > 0 in the sum of the rows' losses and :math:`\lambda \lVert W \rVert^2 / 2`; the intercept is free.
    """

    is_straight: bool = False
    penalty: float = 1.0


def fit_linear(
    encoder: TableEncoder,
    targets: Targets,
    rows: EncodedRows,
    candidate: Candidate,
    signs: dict[int, int] | None = None,
    start: Member | None = None,
) -> Member:
    r"""Return the linear model that minimizes the penalized loss of encoded rows.

    .. math:: \min_{W, b} \sum_i w_i\, \ell(y_i, \varphi(x_i W + b)) + \tfrac{\lambda}{2} \lVert W \rVert^2

    A category is a column of 0 and 1. The optimum is found by Newton's method, or by scikit-learn where columns
    are many, and becomes a network whose only block is linear, so that all code for networks works with it.
    Weights that count rows count them here too; others are only relative, see
    :func:`pellucid.core.repetition.n_repeated`.

    Parameters
    ----------
    encoder : TableEncoder
        Says what the columns of the rows are.
    targets : Targets
        Not yet on the scale of the rows; of a loss in ``LINEAR_LOSSES``.
    rows : EncodedRows
        Rows to learn from.
    candidate : Candidate
        Penalty, and which columns.
    signs : dict of int to int, default=None
        The columns in which predictions are monotone: their weights are >= 0 times +1 or -1.
    start : Member or None, default=None
        Another candidate's model of the same rows, where Newton's method starts; see ``fit_by_newton``.

    Returns
    -------
    Member
        The network and its targets, without a history.

    References
    ----------
    A. Hoerl and R. Kennard (1970), Ridge regression, Technometrics 12, 55-67.
    """
    targets = targets.on(rows.y, rows.weight)
    X, layers = _design(encoder, rows.X, targets.n_outputs, is_straight=candidate.is_straight)
    y, weight = targets.encode(rows.y, np.float64), rows.weight
    n_plain = X.shape[1] - sum(encoder.cardinalities_)
    near = None if start is None else _weights_of(start.network, n_plain)
    if weight is not None:
        weight = weight * (n_repeated(len(y), weight) / weight.sum())
    with quiet():
        if signs:
            found = np.zeros(X.shape[1])
            given = signs_of_encoded(encoder, signs)
            found[: len(given)] = given
            W, b = _bounded(targets, X, y, weight, candidate.penalty, found)
        elif targets.output_activation == "softmax":
            W, b = _classes(targets, X, y, weight, candidate.penalty, near)
        else:
            columns = [
                _column(targets, X, each, weight, candidate.penalty, _part(near, [k]))
                for k, each in enumerate(y.T)
            ]
            W, b = np.column_stack([w for w, _ in columns]), np.array([c for _, c in columns])
    kept = [W[:n_plain], *[np.eye(W.shape[1])] * len(encoder.cardinalities_)]
    network = Network(
        [rows.X.shape[1], W.shape[1]],
        output_activation=targets.output_activation,
        input_layers=layers,
        weights=[np.concatenate(kept)],
        biases=[b],
        dtype=np.float64,
        random_state=0,
    )
    if encoder.cardinalities_:
        network.parameter_views(network.parameters)[0]["rows"][...] = W[n_plain:]
    if candidate.is_straight:
        targets = replace(targets, low=None, high=None)
    return Member(network, targets, [], FITTED)


def _design(
    encoder: TableEncoder, X: Any, n_outputs: int, *, is_straight: bool
) -> tuple[Any, list[InputLayer]]:
    """Return the rows for a linear model, with one-hot categories, and the layers that do the same."""
    if scipy.sparse.issparse(X):
        return X.astype(np.float64), []
    n_codes, layers = encoder.cardinalities_, list[InputLayer]()
    n_numeric, n = encoder.n_numeric_, X.shape[1] - len(n_codes)
    plain = X[:, :n].astype(np.float64)
    if n_codes:
        layers.append(Lookup(n, n_codes, n_outputs))
    if is_straight and n_numeric:
        layers.append(Unclip(n_numeric, n - n_numeric + n_outputs * len(n_codes)))
        plain[:, :n_numeric] = straight(plain[:, :n_numeric])
    if not n_codes:
        return plain, layers
    places = X[:, n:].astype(np.intp) + np.cumsum([0, *n_codes[:-1]])
    starts = np.arange(len(X) + 1) * len(n_codes)
    ones = scipy.sparse.csr_array((np.ones(places.size), places.ravel(), starts), (len(X), sum(n_codes)))
    if len(X) * (n + sum(n_codes)) <= DENSE:
        return np.column_stack([plain, ones.toarray()]), layers
    return scipy.sparse.hstack([scipy.sparse.csr_array(plain), ones], format="csr"), layers


def _weights_of(network: Network, n_plain: int) -> Weights:
    """Return weights and intercepts of a linear model, those of categories last."""
    W, by_name = network.weights[0], network.parameter_views(network.parameters)[0]
    return np.concatenate([W[:n_plain], by_name["rows"]]) if "rows" in by_name else W, network.biases[0]


def _part(start: Weights | None, outputs: Any) -> Weights | None:
    return None if start is None else (start[0][:, outputs], start[1][outputs])


def _classes(
    targets: Targets, X: Any, y: Array, weight: Array | None, penalty: float, start: Weights | None
) -> Weights:
    """Return weights and intercepts of multinomial regression; a class without rows is improbable everywhere."""
    present = np.flatnonzero(y.any(axis=0))
    W, b = np.zeros((X.shape[1], y.shape[1])), np.full(y.shape[1], NEVER)
    if len(present) == 1:
        b[present] = 0.0
    elif len(present) == 2:  # with two classes, the first has the score 0
        first, second = present
        W[:, second], b[second] = _column(
            replace(targets, output_activation="logistic"),
            X,
            y[:, second],
            weight,
            penalty,
            _part(start, [second]),
        )
        b[first] = 0.0
    elif _is_quick(X, len(present)):
        start = _part(start, present)
        W[:, present], b[present] = fit_by_newton(_loss(targets), X, y[:, present], weight, penalty, start)
    else:
        model = _fitted(LogisticRegression(C=1.0 / penalty, max_iter=200), X, y.argmax(axis=1), weight)
        W[:, present], b[present] = model.coef_.T, model.intercept_
    return W, b


def _column(
    targets: Targets, X: Any, y: Array, weight: Array | None, penalty: float, start: Weights | None
) -> tuple[Array, float]:
    """Return weights and intercept of one output: a label, a count or a number."""
    is_label = targets.output_activation == "logistic"
    if is_label and y.min() == y.max():
        return np.zeros(X.shape[1]), NEVER if y[0] == 0.0 else -NEVER
    if _is_quick(X, 1):
        W, b = fit_by_newton(_loss(targets), X, y[:, None], weight, penalty, start)
        return W[:, 0], float(b[0])
    if targets.output_activation == "exp":
        return fit_bounded(_loss(targets), X, y, weight, penalty, np.zeros(X.shape[1]))
    if is_label:
        model = _fitted(LogisticRegression(C=1.0 / penalty, max_iter=200), X, y.astype(int), weight)
        return model.coef_[0], float(model.intercept_[0])
    model = _fitted(Ridge(alpha=penalty, tol=1e-8), X, y, weight)
    return model.coef_, float(model.intercept_)


def _is_quick(X: Any, n_outputs: int) -> bool:
    return not scipy.sparse.issparse(X) and is_quick(len(X), X.shape[1], n_outputs)


def _loss(targets: Targets) -> PairedLoss:
    return targets.loss.on(get_activation(targets.output_activation))


def _bounded(
    targets: Targets, X: Any, y: Array, weight: Array | None, penalty: float, signs: Array
) -> tuple[Array, Array]:
    """Return weights with signs, and intercepts; of two classes the first has the score 0."""
    is_pair = targets.output_activation == "softmax"
    loss = _loss(replace(targets, output_activation="logistic") if is_pair else targets)
    columns = [fit_bounded(loss, X, each, weight, penalty, signs) for each in (y[:, 1:] if is_pair else y).T]
    if is_pair:
        columns.insert(0, (np.zeros(X.shape[1]), 0.0))
    return np.column_stack([w for w, _ in columns]), np.array([c for _, c in columns])


def _fitted(model: Any, X: Any, y: Array, weight: Array | None) -> Any:
    return undisturbed(model.fit)(X, y, weight)
