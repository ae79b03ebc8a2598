"""One output of any model as a function of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError

__all__ = ["predictor_of"]

Array = NDArray[np.float64]
Predict = Callable[[Any], Array]


def predictor_of(model: Any, output: Any) -> tuple[Predict, str]:
    """Return a function from tables to one prediction per row, and the name of the prediction.

    Parameters
    ----------
    model : estimator or Network
        A fitted model; any scikit-learn model works.
    output : class, str or int
        The class whose probability is predicted, or the index of the target; None for the second of two classes or
        the first target.

    Returns
    -------
    predict : callable
        From a table to an array of shape (n_rows,).
    name : str
        Such as ``"probability of 'yes'"``.
    """
    if isinstance(model, Network) or not is_classifier(model):
        if not isinstance(model, Network):
            check_is_fitted(model)
        at = 0 if output is None else output
        if not is_whole(at, 0):
            raise ParameterError(f"'output' must be the index of a target, from 0; got {output!r}.")
        return lambda table: _numbers(model.predict(table), int(at)), "prediction"
    check_is_fitted(model)
    if not hasattr(model, "predict_proba"):
        raise ParameterError(f"'model' must give probabilities of classes; {type(model).__name__} does not.")
    names = [str(label) for label in model.classes_]
    if output is None and len(names) != 2:
        raise ParameterError(f"'output' must name a class, one of {names}; got None.")
    name = names[1] if output is None else str(output)
    if name not in names:
        raise ParameterError(f"'output' must be one of {names}; got {output!r}.")
    at = names.index(name)
    return lambda table: _numbers(model.predict_proba(table), at), f"probability of {name!r}"


def _numbers(predicted: Any, at: int) -> Array:
    predicted = np.asarray(predicted, np.float64)
    predicted = predicted.reshape(len(predicted), -1)
    if at >= predicted.shape[1]:
        raise ParameterError(f"'output' must be in 0..{predicted.shape[1] - 1}; got {at}.")
    return np.asarray(predicted[:, at])
