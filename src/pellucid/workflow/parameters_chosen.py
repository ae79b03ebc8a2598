"""Parameters of an estimator that the user chose: those that differ from its defaults and a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.estimators.parameters import PARAMETERS
from pellucid.workflow.fit import CLASSES, new_model
from pellucid.workflow.mlp_recipe import complete

__all__ = ["chosen_parameters", "different_parameters"]

ESTIMATORS = {cls.__name__: cls for cls in CLASSES.values()}
NOT_CHOSEN = {"random_state", "verbose", "warm_start"}


def chosen_parameters(model: Any, task: str, n_rows: int, n_inputs: int) -> dict[str, Any]:
    """Return the smallest set of parameters from which a training derives those of an estimator.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        The estimator that is wanted.
    task : str
        Classification or regression.
    n_rows, n_inputs : int
        The number of training rows, and of inputs.

    Returns
    -------
    dict
        Those that the recipe would not set so.
    """
    wanted, given = model.get_params(), dict[str, Any]()
    names = dict.fromkeys(row.name for row in PARAMETERS if row.name not in NOT_CHOSEN)
    for name in ("solver", "learning_rate", *names):  # the recipe depends on the first two
        usual = new_model(task, complete(given, task, n_rows, n_inputs)).get_params()
        if name in usual and not _is_same(wanted[name], usual[name]):
            given[name] = wanted[name]
    return given


def different_parameters(estimator: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are not the defaults of a class, by its name; none of an unknown one."""
    if estimator not in ESTIMATORS:
        return {}
    defaults = ESTIMATORS[estimator]().get_params()
    return {name: value for name, value in parameters.items() if not _is_default(value, defaults.get(name))}


def _is_default(value: Any, default: Any) -> bool:
    try:
        return bool(value == default)
    except ValueError:  # arrays, which are never defaults
        return False


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return bool(one == other)
