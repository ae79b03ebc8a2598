"""Scorers for training: with weights if they take them, and with all known classes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import check_scoring, roc_auc_score

from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Score", "knowing", "score_of", "scored", "takes_weights"]

Score = Callable[[Any, Any, Any, "NDArray[Any] | None"], float]


def score_of(estimator: Any, where: str) -> Score:
    """Return a function that scores a fitted model on held-out rows.

    Parameters
    ----------
    estimator : estimator
        Its ``scoring`` is the scorer, of which None is its own ``score``; its ``classes_`` are known.
    where : str
        The name of the rows in errors.

    Returns
    -------
    callable
        ``score(model, X, y, sample_weight)`` returns the score, greater is better. Where the rows lack a class, it
        is that among the classes that they have, if the scorer cannot do without; it raises a DataError where
        even that is not defined.
    """
    try:
        scorer = check_scoring(estimator, estimator.scoring)
    except ValueError as error:
        raise ParameterError(
            "'scoring' must be a name of sklearn.metrics.get_scorer_names(), a callable or None; got "
            f"{estimator.scoring!r}."
        ) from error
    return scored(
        scorer,
        lambda: getattr(estimator, "classes_", None),
        f"scoring={estimator.scoring!r}",
        where,
        "Use scoring='neg_log_loss', which needs no row of each class, or a larger validation_fraction, or pass "
        "validation_data.",
    )


def scored(scorer: Any, known: Callable[[], Any], name: str, where: str, remedy: str) -> Score:
    """Return a function that calls a scorer, with all known classes if the rows lack some.

    Parameters
    ----------
    scorer : callable
        One of scikit-learn's kind.
    known : callable
        Returns the classes, None for numbers.
    name, where, remedy : str
        The scorer, the rows, and the end of the error where the score is not defined for them.

    Returns
    -------
    callable
        As of :func:`score_of`.
    """
    has_weights = takes_weights(scorer)
    latest: tuple[Any, Any, list[Any]] = (None, None, [])  # targets, classes, and which of them are absent

    def score(model: Any, X: Any, y: Any, sample_weight: Any) -> float:
        nonlocal latest
        classes, (earlier, of, absent) = known(), latest
        if y is not earlier or classes is not of:
            absent = [] if classes is None else _absent(y, classes)
            latest = y, classes, absent
        weights = {"sample_weight": sample_weight} if has_weights and sample_weight is not None else {}
        if not absent:
            try:
                found = scorer(model, X, y, **weights)
            except (AttributeError, TypeError, ValueError) as error:
                if not hasattr(scorer, "_score_func"):  # the user's own
                    raise
                what = f"does not suit {type(model).__name__} and its targets"
                raise ParameterError(f"{name} {what}: {error}") from error
            return _number(found, name)
        value, problem = _attempt(_with_labels(scorer, classes), model, X, y, weights)
        if np.isnan(value) and y.ndim == 1:
            value, problem = _attempt(scorer, _among(model, np.isin(*of_one_type(classes, y))), X, y, weights)
        if np.isnan(value):
            what = "labels that do not vary" if y.ndim == 2 else "no row of the classes"
            raise DataError(
                f"{name} is not defined for {where}, which have {what} {absent}. {remedy}"
            ) from problem
        return value

    return score


def _number(score: Any, name: str) -> float:
    """Return a score as a number, or raise a ParameterError."""
    try:
        return float(score)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"'scoring' must return one number for a model, X and y; {name} returned {_shortened(score)} "
            f"of type {type(score).__name__}. If it computes several metrics, choose one."
        ) from error


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def knowing(model: Any, X: Any, answers: dict[str, Any]) -> Any:
    """Return a copy of a model that does not recompute its known results for these rows.

    Parameters
    ----------
    model : estimator
        Not changed. For other rows the copy answers as it does.
    X : data frame, array or sparse matrix
        The rows.
    answers : dict
        Its answers for them, by the name of the method.

    Returns
    -------
    estimator
        For a scorer, which hands on the rows that it is given.
    """
    twin = copy.copy(model)
    for name, answer in answers.items():
        method: Any = partial(_answer, getattr(model, name), X, answer)
        method.__name__ = name  # by which scorers identify it
        setattr(twin, name, method)
    return twin


def _answer(method: Callable[[Any], Any], known: Any, answer: Any, X: Any) -> Any:
    return answer if X is known else method(X)


def _attempt(
    scorer: Any, model: Any, X: Any, y: Any, weights: dict[str, Any]
) -> tuple[float, Exception | None]:
    """Return the score; NaN with the reason if there is none."""
    try:
        return float(scorer(model, X, y, **weights)), None
    except (ValueError, UndefinedMetricWarning) as error:
        return float("nan"), error


def takes_weights(scorer: Any) -> bool:
    """Return whether a scorer has a use for ``sample_weight``."""
    if hasattr(scorer, "_accept_sample_weight"):
        return bool(scorer._accept_sample_weight())
    try:
        return "sample_weight" in signature(scorer).parameters
    except ValueError:  # a builtin without a signature
        return False


def _absent(y: NDArray[Any], classes: NDArray[Any]) -> list[Any]:
    """Return the classes that no row has; for labels, those that all rows have or none."""
    if y.ndim == 2:
        return [label for label, column in enumerate(y.T) if (column == column[0]).all()]
    missing: list[Any] = np.setdiff1d(*of_one_type(classes, y)).tolist()
    return missing


def _with_labels(scorer: Any, classes: NDArray[Any]) -> Any:
    """Return the scorer with the classes that its probabilities are of, if it takes them and they suffice."""
    function, options = getattr(scorer, "_score_func", None), getattr(scorer, "_kwargs", {})
    if function in (None, roc_auc_score) or scorer._response_method == "predict":
        return scorer
    if "labels" in options or "labels" not in signature(function).parameters:
        return scorer
    twin = copy.copy(scorer)
    twin._kwargs = {**options, "labels": classes}
    return twin


def _among(model: Any, present: NDArray[np.bool_]) -> Any:
    """Return a model of some of the classes: its probabilities are those given that it is one of them."""
    twin = copy.copy(model)
    twin.classes_ = model.classes_[present]

    def predict_proba(X: Any) -> Any:
        kept = model.predict_proba(X)[:, present]
        total = kept.sum(axis=1, keepdims=True)
        return np.where(total > 0.0, kept / np.where(total > 0.0, total, 1.0), 1.0 / kept.shape[1])

    twin.predict, twin.predict_proba = model.predict, predict_proba
    return twin
