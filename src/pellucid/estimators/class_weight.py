"""Weights of classes: accepted values, and their effect on the weights of rows."""

from __future__ import annotations

from math import inf
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import compute_class_weight, compute_sample_weight

from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import ParameterError
from pellucid.host.quiet import undisturbed

__all__ = ["check_class_weight", "class_factors"]

Array = NDArray[np.float64]


def check_class_weight(class_weight: Any) -> None:
    """Refuse weights of classes that are not finite numbers >= 0.

    Parameters
    ----------
    class_weight : dict, list of dict, "balanced" or None
        From class to weight; of labels a list with a dict for each.

    Raises
    ------
    ParameterError
        Naming the class.
    """
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return
    of_each = class_weight if isinstance(class_weight, list | tuple) else [class_weight]
    for label, weights in enumerate(of_each):
        if not isinstance(weights, dict):
            raise ParameterError(
                "'class_weight' must be a dict from class to weight, 'balanced' or None; for labels, a list with "
                f"a dict for each; got {class_weight!r}."
            )
        for name, weight in weights.items():
            if not (isinstance(weight, Real) and 0.0 <= float(weight) < inf):
                place = f" of label {label}" if of_each is class_weight else ""
                raise ParameterError(
                    f"'class_weight' must hold finite numbers >= 0; got {weight!r} for the class {name!r}{place}."
                )


def class_factors(class_weight: Any, y: NDArray[Any], given: Array | None, classes: Any = None) -> Array:
    """Return the factors by which class weights multiply the weights of rows.

    Parameters
    ----------
    class_weight : dict, list of dict or "balanced"
        See :func:`check_class_weight`. A class that a dict leaves out weighs 1.
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Classes, or an indicator matrix.
    given : ndarray of shape (n_samples,) or None
        The user's weights, whose sums ``"balanced"`` makes equal.
    classes : ndarray of shape (n_classes,), optional
        All classes, of which y may hold a part; default: those of y.

    Returns
    -------
    ndarray of shape (n_samples,)
        The factors.

    Raises
    ------
    ParameterError
        If a dict names an unknown class and leaves out a known one, as in scikit-learn: a misspelled name.
    """
    if isinstance(class_weight, str):
        balanced = undisturbed(compute_sample_weight)
        return np.asarray(balanced(class_weight, y)) if given is None else _balanced(y, given)
    if y.ndim == 1:
        if not isinstance(class_weight, dict):
            raise ParameterError(
                "'class_weight' must be a dict from class to weight: a list is for multi-label targets."
            )
        known = np.unique(y) if classes is None else classes
        return _of_classes(class_weight, known.tolist())[np.searchsorted(*of_one_type(known, y))]
    if not isinstance(class_weight, list | tuple) or len(class_weight) != y.shape[1]:
        raise ParameterError(
            f"'class_weight' of {y.shape[1]} labels must be 'balanced' or a list of that many dicts, such as "
            f"[{{0: 1, 1: 5}}, ...]; got {class_weight!r}."
        )
    factors = np.ones(len(y))
    for weights, column in zip(class_weight, y.T, strict=True):
        factors *= _of_classes(weights, [0, 1])[column.astype(np.intp)]
    return factors


def _of_classes(class_weight: dict[Any, float], classes: list[Any]) -> Array:
    left_out = [label for label in classes if label not in class_weight]
    unknown = [name for name in class_weight if name not in classes]
    if left_out and unknown:
        raise ParameterError(
            f"The classes, {left_out}, are not in class_weight, which also names {unknown}: y has the classes "
            f"{classes}."
        )
    return np.array([class_weight.get(label, 1.0) for label in classes], np.float64)


def _balanced(y: Any, given: Array) -> Array:
    """Return class weights that balance the sums of the user's weights, not the counts of rows."""
    counts, factors = given > 0.0, np.ones(len(given))
    for column in np.atleast_2d(y[counts].T):
        classes, inverse = np.unique(column, return_inverse=True)
        of_each = compute_class_weight("balanced", classes=classes, y=column, sample_weight=given[counts])
        factors[counts] *= of_each[inverse]
    return factors
