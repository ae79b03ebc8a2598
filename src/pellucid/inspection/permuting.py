"""Permutation importance of single columns and of groups of associated columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.core.checks import as_generator, check_whole
from pellucid.estimators.checked_arrays import as_targets, read_numbers
from pellucid.estimators.class_labels import read_classes
from pellucid.estimators.row_weights import check_weights, of_present
from pellucid.estimators.scoring import scored, takes_weights
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.quiet import quiet
from pellucid.inspection.associations import associations, groups_of
from pellucid.inspection.cells import Cellular
from pellucid.inspection.importances import Importance

__all__ = ["importance"]

Array = NDArray[np.float64]


def importance(
    model: Any,
    X: Any,
    y: Any,
    *,
    scoring: str | None = None,
    n_repeats: int = 10,
    threshold: float = 0.8,
    sample_weight: ArrayLike | None = None,
    random_state: Any = 0,
) -> Importance:
    r"""Return how much the predictions depend on each column: permutation importance.

    .. math:: I_g = s(y, F(X)) - \frac1R \sum_r s\bigl(y, F(X^{(g, r)})\bigr)

    In :math:`X^{(g,r)}` the cells of the columns g come from other rows, the same ones for all columns of g.
    Columns that carry the same information hide each other's importance: if one is permuted, the other remains.
    Columns with an association of at least ``threshold`` are therefore also permuted together, as a group.

    Use rows that the model was not trained on.

    Parameters
    ----------
    model : estimator or Network
        A fitted model; any scikit-learn model works.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Their targets.
    scoring : str, default=None
        A name of :func:`sklearn.metrics.get_scorer_names`. None for ``neg_log_loss`` of classifiers that give
        probabilities, ``neg_root_mean_squared_error`` of regressors, else ``accuracy``.
    n_repeats : int, default=10
        Permutations of each column and group.
    threshold : float, default=0.8
        Least association of columns in a group, in (0, 1]: rank correlation of numbers, its counterparts for
        categories.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows in the score.
    random_state : int, RandomState, Generator or None, default=0
        Source of the permutations.

    Returns
    -------
    Importance
        Importances with intervals over the repeats.

    Raises
    ------
    ParameterError
        If an option is not accepted.
    DataError
        If rows and targets do not fit together.

    References
    ----------
    L. Breiman (2001), Random forests, Machine Learning 45, 5-32.
    A. Fisher, C. Rudin and F. Dominici (2019), All models are wrong, but many are useful, JMLR 20 (177).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.inspection import importance
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = MLPClassifier((8,), standardize=True, solver="lbfgs", alpha=0.1, random_state=0).fit(X, y)
    >>> found = importance(model, X, y)
    >>> found.names[-1]
    'sepal length (cm) + petal length (cm) + petal width (cm)'
    """
    check_whole("n_repeats", n_repeats, 1)
    if not (isinstance(threshold, int | float) and 0.0 < threshold <= 1.0):
        raise ParameterError(f"'threshold' must lie in (0, 1]; got {threshold!r}.")
    if not isinstance(model, Network):
        check_is_fitted(model)

    def found(X: Any, y: Any, weight: Any) -> Importance:
        return _importance(model, X, y, weight, scoring, n_repeats, threshold, random_state)

    importances: Importance = of_present(found, sample_weight, X, y)
    return importances


def _importance(
    model: Any,
    X: Any,
    y: Any,
    weight: Any,
    scoring: str | None,
    n_repeats: int,
    threshold: float,
    random_state: Any,
) -> Importance:
    """Return the importance on the rows with a positive weight."""
    cells = Cellular(X, getattr(model, "encoder_", None))
    cells.require(2)
    if len(y) != cells.n_rows:
        raise DataError(f"'X' and 'y' must have the same number of rows; got {cells.n_rows} and {len(y)}.")
    name, judge = _judge(model, scoring, y, weight)
    rng, rows = as_generator(random_state), np.arange(cells.n_rows)
    groups = [group for group in groups_of(associations(cells), threshold) if len(group) > 1]
    members = [(column,) for column in range(len(cells.names))] + [tuple(group) for group in groups]
    permuted = [rng.permutation(cells.n_rows) for _ in range(n_repeats)]
    with quiet():
        score = judge(cells.table(rows, {}))
        drops = [
            [score - judge(cells.table(rows, dict.fromkeys(each, others))) for others in permuted]
            for each in members
        ]
    names = tuple(" + ".join(cells.names[column] for column in each) for each in members)
    return Importance(names, tuple(members), np.array(drops), float(score), name)


def _judge(model: Any, scoring: str | None, y: Any, sample_weight: Any) -> tuple[str, Any]:
    """Return the name of a score and what computes it for a table."""
    weight, y = check_weights(sample_weight, len(y), None, None)[0], _targets(model, y)
    if isinstance(model, Network):
        if scoring is not None:
            raise ParameterError("'scoring' must be None for a Network, whose score is that of its outputs.")
        truth = np.asarray(y, np.float64).reshape(len(y), -1)
        return (
            "neg_root_mean_squared_error",
            lambda table: (
                -float(
                    np.sqrt(np.average(((model.predict(table) - truth) ** 2).mean(axis=1), weights=weight))
                )
            ),
        )
    if scoring is None:
        usual = "neg_log_loss" if hasattr(model, "predict_proba") and np.ndim(y) == 1 else "accuracy"
        scoring = usual if is_classifier(model) else "neg_root_mean_squared_error"
    try:
        scorer = get_scorer(scoring)
    except ValueError as error:
        raise ParameterError(
            f"'scoring' must be a name of sklearn.metrics.get_scorer_names(); got {scoring!r}."
        ) from error
    if weight is not None and not takes_weights(scorer):
        raise ParameterError(f"'sample_weight' must be None for scoring={scoring!r}, which takes no weights.")
    score = scored(
        scorer,
        lambda: _classes(model),
        f"scoring={scoring!r}",
        "these rows",
        "Use scoring='neg_log_loss', or rows of each class.",
    )
    return scoring, lambda table: score(model, table, y, weight)


def _classes(model: Any) -> Any:
    """Return the classes of a model of one target; None for numbers and for several targets."""
    classes = getattr(model, "classes_", None) if is_classifier(model) else None
    return None if isinstance(classes, list) else classes


def _targets(model: Any, y: Any) -> Any:
    """Return the targets as an array; refuse those that have no score."""
    y = as_targets(y)
    if issparse(y):
        return y
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if isinstance(model, Network) or not is_classifier(model):
        return read_numbers(y, "importance")
    y, classes = read_classes(y, "importance"), _classes(model)
    if classes is None or y.ndim > 1:
        return y
    known = np.asarray(classes).tolist()
    unknown = [one for one in np.unique(y).tolist() if one not in known]
    if unknown:
        raise DataError(f"'y' has the class {unknown[0]!r}, which the model does not know: {known}.")
    return y
