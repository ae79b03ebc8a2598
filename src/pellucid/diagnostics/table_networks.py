"""An estimator for tables as the doctor sees it: the network of its first member, on encoded rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid.diagnostics.finding import Finding
from pellucid.estimators import Preparation, preparation_of
from pellucid.exceptions import DataError, ParameterError

if TYPE_CHECKING:
    from pellucid.tabular import TabularClassifier, TabularRegressor

__all__ = ["Opened", "for_tables", "is_for_tables", "opened"]

SINGLE = ("activation", "dropout")  # of which an MLP takes one per hidden layer, too
CAPACITY = ("hidden_layer_sizes", "dropout", "weight_decay")
# Parameters that may cause a problem if they are set in the place of the recipe's, where a remedy for MLPs has no
# counterpart.
CAUSES = {
    "bad-initial-loss": ("learning_rate_init", "activation"),
    "batch-size": ("batch_size",),
    "dead-units": ("activation", "learning_rate_init"),
    "dormant-units": ("activation", "learning_rate_init"),
    "exploding-gradient": ("learning_rate_init", "activation", "hidden_layer_sizes"),
    "not-finite": ("learning_rate_init", "activation"),
    "overfitting": (*CAPACITY, "max_iter"),
    "saturated-units": ("activation", "learning_rate_init"),
    "underfitting": (*CAPACITY, "activation", "learning_rate_init", "batch_size", "max_iter"),
    "vanishing-gradient": ("activation", "hidden_layer_sizes"),
}


@dataclass(frozen=True)
class Opened:
    """Arguments of ``examine`` for the first network of an estimator for tables.

    Parameters
    ----------
    rows : tuple
        X, y, X_val and y_val as the first network takes them.
    y, y_val : ndarray
        The targets as the user gave them.
    weight : ndarray or None
        Weights of the rows, class weights included.
    feature_names, output_names : tuple of str
        The user's names of inputs and outputs.
    """

    rows: tuple[Any, Any, Any, Any]
    y: Any
    y_val: Any
    weight: Any
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]


def is_for_tables(model: Any) -> bool:
    """Return whether a model is a ``TabularClassifier`` or ``TabularRegressor``.

    Parameters
    ----------
    model : object
        Any.

    Returns
    -------
    bool
        Without loading what tables need, if no table has been learned.
    """
    if not type(model).__module__.startswith("pellucid.tabular"):
        return False
    from pellucid.tabular import TabularClassifier, TabularRegressor

    return isinstance(model, TabularClassifier | TabularRegressor)


def opened(
    model: TabularClassifier | TabularRegressor, X: Any, y: Any, X_val: Any, y_val: Any, sample_weight: Any
) -> Opened:
    """Return what the first network of an estimator for tables is examined on.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        Fitted.
    X, y, X_val, y_val
        Tables and targets as the estimator takes them.
    sample_weight : array-like or None
        The user's weights of the rows of X.

    Returns
    -------
    Opened
        Encoded.

    Raises
    ------
    ParameterError, DataError
        If its members share weights, or the tables or targets are not as in fit.
    """
    check_is_fitted(model)
    if model.network_.n_members > 1:
        raise ParameterError(
            "diagnose: the rules examine separate networks, but the members of this "
            f"{type(model).__name__} share one. Fit it with ensemble='independent', and diagnose that."
        )
    how = preparation_of(model)
    X, Y, y = _encoded(how, X, y)
    given = None if sample_weight is None else np.asarray(sample_weight)
    weight = how.weights(given, y, len(Y))
    held_X, held_Y, y_val = (None, None, None) if X_val is None else _held(how, X_val, y_val)
    return Opened((X, Y, held_X, held_Y), y, y_val, weight, how.feature_names, how.output_names)


def _held(how: Preparation, X: Any, y: Any) -> tuple[Any, Any, Any]:
    try:
        return _encoded(how, X, y)
    except ValueError as error:
        raise DataError(f"X_val, y_val: {error}") from error


def _encoded(how: Preparation, X: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return a table as the network takes it, what its outputs are compared with, and the user's targets."""
    X, Y = how.inputs(how.rows(X)), how.targets(y)
    if X.shape[0] != len(Y):
        raise DataError(f"'X' and 'y' must have the same number of rows; got {X.shape[0]} and {len(Y)}.")
    y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    return X, Y, y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y


def for_tables(model: TabularClassifier | TabularRegressor, finding: Finding) -> Finding:
    """Return a finding with remedies that an estimator for tables has.

    These are parameters of an MLP that it has, too, and has set otherwise. If there is none, what was set by hand
    and may be the cause is left to the recipe again.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        The estimator.
    finding : Finding
        Of its first network.

    Returns
    -------
    Finding
        With other parameters, and words for them.
    """
    parameters = _accepted(model, finding.parameters)
    if parameters or finding.level == "note":
        return replace(finding, parameters=parameters)
    back = [name for name in CAUSES.get(finding.code, ()) if getattr(model, name) is not None]
    if not back:
        return replace(finding, parameters={})
    words = f"Leave to the recipe what was set by hand: {', '.join(back)}."
    return replace(finding, parameters=dict.fromkeys(back), remedy=words)


def _accepted(model: TabularClassifier | TabularRegressor, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of an MLP's parameters that an estimator for tables has, too, and has set otherwise."""
    own = model.get_params()
    return {
        name: value
        for name, value in parameters.items()
        if name in own
        and not (name in SINGLE and isinstance(value, tuple))
        and not (type(own[name]) is type(value) and own[name] == value)
    }
