"""Decisions from probabilities: the best threshold for a metric, the class with the least expected cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.utils.validation import check_is_fitted

from pellucid.exceptions import ParameterError

__all__ = ["choose_threshold", "least_cost"]

Array = NDArray[Any]
METRICS: dict[str, Callable[..., float]] = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1": f1_score,
}
MOST = 200  # thresholds that are tried


def choose_threshold(model: Any, metric: Any = "balanced_accuracy") -> float:
    r"""Return the threshold on the probability of the second class that is best for held-out rows.

    .. math:: t^* = \arg\max_t M\big(y, [p_i \ge t]\big)

    The rows are those that ``fit`` held out, each predicted by members that did not learn from it: with
    ``n_members=5`` all rows. So no further fit is needed, unlike with
    :class:`sklearn.model_selection.TunedThresholdClassifierCV`, which works too and takes any scorer.

    Parameters
    ----------
    model : TabularClassifier
        Fitted, of two classes.
    metric : {"balanced_accuracy", "f1", "accuracy"} or callable, default="balanced_accuracy"
        To maximize. A callable takes 0 and 1 for the true and the predicted class of each row, of shape (n_rows,),
        and ``sample_weight``.

    Returns
    -------
    float
        The threshold, in (0, 1). Rows at or above it belong to ``classes_[1]``.

    Raises
    ------
    ParameterError
        If the model has not two classes, or held out no rows of both.

    References
    ----------
    C. Elkan (2001), The foundations of cost-sensitive learning, Proc. IJCAI, 973-978.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn.model_selection import FixedThresholdClassifier
    >>> from pellucid.tabular import TabularClassifier, choose_threshold
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 2))
    >>> y = (X[:, 0] + 0.5 * rng.normal(size=300) > 1.2).astype(int)
    >>> model = TabularClassifier("fast", n_members=5, max_iter=20, random_state=0).fit(X, y)
    >>> threshold = choose_threshold(model)
    >>> 0.0 < threshold < 0.5
    True
    >>> FixedThresholdClassifier(FrozenEstimator(model), threshold=threshold).fit(X, y).predict(X[:2])
    array([0, 0])
    """
    check_is_fitted(model)
    measure = METRICS.get(metric, metric) if isinstance(metric, str) else metric
    if not callable(measure):
        raise ParameterError(f"'metric' must be one of {list(METRICS)} or a callable; got {metric!r}.")
    if len(getattr(model, "classes_", ())) != 2 or getattr(model, "conformal_classes_", None) is None:
        raise ParameterError(
            "'model' must be a fitted TabularClassifier of two classes; use least_cost for more."
        )
    y = model.conformal_classes_
    if len(np.unique(y)) < 2:
        raise ParameterError(
            "'model' must have held out rows of both classes; fit with more rows, or with n_members=5."
        )
    own = 1.0 - model.conformal_scores_[:, 0]
    p = np.where(y == 1, own, 1.0 - own)
    levels = np.unique(p)
    if len(levels) > MOST + 1:
        levels = np.unique(np.quantile(p, np.linspace(0.0, 1.0, MOST + 1)))
    thresholds = np.unique(np.clip([0.5, *(levels[1:] + levels[:-1]) / 2.0], 1e-12, 1.0 - 1e-12))
    given = {} if model.conformal_weight_ is None else {"sample_weight": model.conformal_weight_}
    found = np.array([_measured(measure, y, (p >= t).astype(int), given) for t in thresholds])
    best = thresholds[found == found.max()]
    return float(best[np.argmin(np.abs(best - np.median(best)))])


def _measured(measure: Any, y: Array, decided: Array, given: dict[str, Any]) -> float:
    """Return a metric of decisions; raise a ParameterError if there is no such metric."""
    try:
        score = measure(y, decided, **given)
    except TypeError as error:
        weights = ", and sample_weight, since fit had weights" * bool(given)
        raise ParameterError(f"'metric' must take true and predicted classes{weights}: {error}.") from error
    try:
        found = float(score)
    except (TypeError, ValueError):
        found = np.nan
    if np.isnan(found):
        raise ParameterError(f"'metric' must return a number; got {score!r}.")
    return found


def least_cost(model: Any, X: Any, cost: Any) -> Array:
    r"""Return for each row the class with the least expected cost.

    .. math:: \hat y(x) = \arg\min_j \sum_k p_k(x)\, C_{kj}

    Parameters
    ----------
    model : classifier
        Fitted, with ``predict_proba`` and ``classes_``. Costs ask for good probabilities: ``calibrate=True``.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.
    cost : array-like of shape (n_classes, n_classes)
        C: the cost of deciding for class j, in columns, where class k is true, in rows. Rows and columns of a
        data frame that are named by the classes may come in any order.

    Returns
    -------
    ndarray of shape (n_rows,)
        The classes.

    Raises
    ------
    ParameterError
        If the costs are not finite or not of that shape, or the model predicts numbers or labels.

    References
    ----------
    C. Elkan (2001), The foundations of cost-sensitive learning, Proc. IJCAI, 973-978.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from pellucid.tabular import least_cost
    >>> model = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    >>> least_cost(model, [[-0.5]], [[0.0, 1.0], [1.0, 0.0]])
    array([0])
    >>> least_cost(model, [[-0.5]], [[0.0, 1.0], [9.0, 0.0]])
    array([1])
    """
    check_is_fitted(model)
    if not (hasattr(model, "classes_") and hasattr(model, "predict_proba")):
        raise ParameterError(
            f"'model' must be a fitted classifier with 'predict_proba'; got {type(model).__name__}."
        )
    classes = np.asarray(model.classes_)
    table = _costs(cost, classes.tolist())
    probabilities = np.asarray(model.predict_proba(X), np.float64)
    if probabilities.ndim != 2 or not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-3):
        raise ParameterError("'model' must predict mutually exclusive classes; this one predicts labels.")
    return np.asarray(classes[np.argmin(probabilities @ table, axis=1)])


def _costs(cost: Any, classes: list[Any]) -> NDArray[np.float64]:
    """Return the costs, with rows and columns in the order of the classes."""
    if hasattr(cost, "loc") and hasattr(cost, "columns"):
        named = {name: _named(name, getattr(cost, name).tolist(), classes) for name in ("index", "columns")}
        if all(named.values()):
            cost = cost.reindex(index=classes, columns=classes)
        elif any(named.values()):
            _refuse_other_order(cost.columns.tolist() if named["columns"] else cost.index.tolist(), classes)
    elif hasattr(cost, "columns"):
        labels, names = list(getattr(cost, "column_names", cost.columns)), list(map(str, classes))
        _refuse_other_order(labels if set(labels) == set(names) else names, names)
    try:
        table = np.asarray(cost, np.float64)
    except (TypeError, ValueError):
        table = np.empty(0)
    n = len(classes)
    if table.shape != (n, n) or not np.isfinite(table).all() or np.ma.is_masked(cost):
        raise ParameterError(
            f"'cost' must be finite numbers of shape ({n}, {n}), a row for each true class and a column for each "
            f"decision; got {cost!r}."
        )
    return table


def _named(axis: str, labels: list[Any], classes: list[Any]) -> bool:
    """Return whether labels are the classes; raise a ParameterError if they are others."""
    if len(labels) == len(set(labels)) and set(labels) == set(classes):
        return True
    if labels != list(range(len(classes))):
        raise ParameterError(f"'cost' must name the classes {classes} in its {axis}, or none; got {labels}.")
    return False


def _refuse_other_order(labels: list[Any], classes: list[Any]) -> None:
    """Raise a ParameterError if one side has labels in another order and the other side has none."""
    if labels != classes:
        raise ParameterError(
            f"'cost' must name the classes in rows and columns, or have both in their order, {classes}; got "
            f"{labels} on one side."
        )
