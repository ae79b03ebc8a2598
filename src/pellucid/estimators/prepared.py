"""Seam between models and everything that examines them: the user's data as a model's network sees them.

An estimator describes this in one method, ``__pellucid_preparation__``, which returns its :class:`Preparation`.
Nothing else outside this package depends on how an estimator encodes, standardizes, smooths or names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils.validation import _num_samples, check_is_fitted

from pellucid.core import Loss, Network, PairedLoss
from pellucid.core.brief import brief
from pellucid.core.checks import as_weights, is_whole
from pellucid.estimators.preparation_steps import Encoding, Preparation
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Preparation", "Prepared", "preparation_of", "prepared"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Prepared:
    r"""Data as the network of a model sees them, with the loss that training minimizes.

    .. math:: x' = (x - \mu_x) / \sigma_x, \qquad y' = (y - \mu_y) / \sigma_y

    Parameters
    ----------
    network : Network
        A copy in float64; for a tabular estimator, that of one member.
    X : ndarray, CSR array or StandardizedSparse of shape (n_rows, n_inputs)
        The inputs: encoded and standardized.
    Y : ndarray of shape (n_rows, n_outputs) or None
        The targets: encoded, standardized and smoothed. None without y.
    weight : ndarray of shape (n_rows,)
        The weights of the rows, class weights included.
    loss : PairedLoss
        The loss on the network's outputs.
    l1, l2 : float
        The strengths of the penalties, as a step of training adds them to the mean loss: l2 includes ``alpha``.
    rows : ndarray of shape (n_rows,)
        The places of these rows among those given; a row whose weight is 0 is left out.
    feature_names, output_names : tuple of str, default=()
        The user's names of inputs and outputs; empty if there are none.
    classes : tuple of str, default=()
        A classifier's classes or labels.
    input_mean, input_scale : ndarray of shape (n_inputs,), optional
        The statistics that inputs are standardized by.
    target_mean, target_scale : ndarray of shape (n_outputs,), optional
        The statistics that targets are standardized by.
    categories : tuple of tuple of str, default=()
        For each column of codes, the names of the codes.
    remarks : tuple of str, default=()
        Sentences on what the model does beside this network.
    encoding : Encoding, optional
        The steps by which the numbers of a table became inputs.

    Examples
    --------
    >>> from pellucid import MLPClassifier
    >>> from pellucid.estimators import prepared
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((4,), standardize=True, learning_rate="cosine", max_iter=5, random_state=0).fit(X, y)
    >>> data = prepared(model, X, y)
    >>> data.X.shape, data.Y.shape, bool(abs(data.X.mean()) < 1e-6)
    ((150, 4), (150, 3), True)
    """

    network: Network
    X: Any
    Y: Array | None
    weight: Array
    loss: PairedLoss
    l1: float
    l2: float
    rows: NDArray[np.intp]
    feature_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    input_mean: Array | None = None
    input_scale: Array | None = None
    target_mean: Array | None = None
    target_scale: Array | None = None
    categories: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    encoding: Encoding | None = None

    __repr__ = brief


def preparation_of(model: Any, *, loss: str | Loss | None = None, member: int | str = 0) -> Preparation:
    """Return how a model prepares data for its network.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A network or a fitted estimator.
    loss : str or Loss, optional
        Another loss than the estimator's, or than the canonical one of a network.
    member : int or "linear", default=0
        The index of the network of a tabular estimator, or its linear model.

    Returns
    -------
    Preparation
        The steps.

    Raises
    ------
    ParameterError
        If ``model`` is not a pellucid model or has no such member.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.estimators import preparation_of
    >>> how = preparation_of(Network([2, 3, 1], random_state=0))
    >>> how.loss.loss.name, how.input_mean
    ('squared_error', None)
    """
    if not isinstance(model, Network) and not hasattr(model, "__pellucid_preparation__"):
        raise ParameterError(
            f"'model' must be a pellucid.Network or a fitted estimator of pellucid; got {type(model).__name__}. "
            "For a pipeline, pass the last step and transformed rows; convert a scikit-learn model with "
            "MLPClassifier.from_sklearn or MLPRegressor.from_sklearn."
        )
    if not isinstance(model, Network):
        check_is_fitted(model)
    n_members, linear = len(getattr(model, "members_", (model,))), getattr(model, "linear_", None)
    if not is_whole(member, 0, n_members - 1) and (linear is None or member != "linear"):
        either = "" if linear is None else " or 'linear'"
        raise ParameterError(f"'member' must be in 0..{n_members - 1}{either}; got {member!r}.")
    if isinstance(model, Network):
        return Preparation(model, loss)
    how: Preparation = model.__pellucid_preparation__(loss=loss, member=member)
    return how


def prepared(
    model: Any,
    X: Any,
    y: Any = None,
    sample_weight: ArrayLike | None = None,
    *,
    loss: str | Loss | None = None,
    member: int | str = 0,
) -> Prepared:
    """Return the user's data as a model's network sees them.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A network or a fitted estimator.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        Rows as the model takes them.
    y : array-like of shape (n_rows,) or (n_rows, n_targets), optional
        Their targets.
    sample_weight : array-like of shape (n_rows,), optional
        Their weights >= 0. A row of weight 0 is left out, whatever it contains.
    loss : str or Loss, optional
        Another loss than the estimator's, or than the canonical one of a network.
    member : int or "linear", default=0
        The index of the network of a tabular estimator, or its linear model.

    Returns
    -------
    Prepared
        Network, inputs, targets, weights, loss, penalties, names and scales.

    Raises
    ------
    ParameterError, DataError
        If ``model`` is not a pellucid model, or data and model do not match.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPClassifier
    >>> from pellucid.core import forward
    >>> from pellucid.estimators import prepared
    >>> X, y = np.array([[0.0], [10.0], [20.0], [30.0]]), ["low", "low", "high", "high"]
    >>> model = MLPClassifier((3,), standardize=True, solver="lbfgs", random_state=0).fit(X, y)
    >>> seen = prepared(model, X, y)
    >>> seen.X.ravel().round(2), seen.Y.ravel(), seen.output_names
    (array([-1.34, -0.45,  0.45,  1.34]), array([1., 1., 0., 0.]), ('low',))
    >>> bool(np.allclose(forward(seen.network, seen.X).outputs, model.predict_proba(X)[:, 1:]))
    True
    """
    how = preparation_of(model, loss=loss, member=member)
    n_given = _num_samples(X)
    given = as_weights(sample_weight, n_given, np.float64)
    rows = np.arange(n_given) if given is None else np.flatnonzero(given)
    if given is not None and len(rows) < n_given:
        X, given = take_rows(X, rows), given[rows]
        y = None if y is None else take_rows(y, rows)
    inputs = how.inputs(how.rows(X))
    Y = None if y is None else how.targets(y)
    if Y is not None and len(Y) != len(rows):
        raise DataError(f"'X' and 'y' must have the same number of rows; got {len(rows)} and {len(Y)}.")
    weight = how.weights(given, y, len(rows))
    l1, l2 = how.penalties(weight)
    return Prepared(
        how.network, inputs, Y, weight, how.loss, l1, l2, rows,
        feature_names=how.feature_names, output_names=how.output_names, classes=how.classes,
        input_mean=how.input_mean, input_scale=how.input_scale,
        target_mean=how.target_mean, target_scale=how.target_scale,
        categories=how.categories, remarks=how.remarks(inputs),
    )  # fmt: skip
