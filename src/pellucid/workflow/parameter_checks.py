"""Checks for parameters that do not fit the task, or have no effect with the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.utils._param_validation import make_constraint

from pellucid.estimators.parameters import PARAMETERS
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.workflow.target import CLASSIFICATION, REGRESSION
from pellucid.workflow.wording import option, reworded

__all__ = ["ESTIMATORS", "check_effective", "check_for"]

GOES_WITH: dict[str, tuple[str, tuple[Any, ...]]] = {  # no effect unless another has such a value
    "quantile": ("loss", ("quantile",)),
    "huber_delta": ("loss", ("huber",)),
    "power_t": ("learning_rate", ("invscaling",)),
    "nesterovs_momentum": ("solver", ("sgd",)),
    "max_fun": ("solver", ("lbfgs",)),
    "validation_fraction": ("early_stopping", (True,)),
    "scoring": ("early_stopping", (True,)),
}
for _name in ("momentum", "beta_1", "beta_2", "epsilon"):
    _solvers = [name for name, row in OPTIMIZERS.items() if _name in row.options]
    GOES_WITH[_name] = ("solver", (*_solvers, "sgd") if _name == "momentum" else (*_solvers,))
STEPWISE_ONLY = {"learning_rate_init", "learning_rate", "batch_size", "shuffle", "early_stopping"}
STEPWISE_ONLY |= {"n_iter_no_change", "schedule_options"}
ESTIMATORS = {CLASSIFICATION: "classifier", REGRESSION: "regressor"}


def check_for(task: str, model: dict[str, Any]) -> None:
    """Raise a ParameterError for parameters that do not fit the task."""
    for name, value in model.items():
        rows = [row for row in PARAMETERS if row.name == name and row.only in ("", ESTIMATORS[task])]
        if not rows:
            raise ParameterError(f"{option(name)} does not apply to {task}. Leave it out.")
        if not any(make_constraint(accepted).is_satisfied_by(value) for accepted in rows[0].accepted):
            raise ParameterError(
                f"{option(name)} {value} does not fit {task}, which takes "
                f"{rows[0].kind.partition(', def')[0]}."
            )


def check_effective(parameters: dict[str, Any], given: Iterable[str]) -> None:
    """Raise a ParameterError for given parameters that have no effect with the others.

    Parameters
    ----------
    parameters : dict
        All that the estimator is about to get.
    given : iterable of str
        Those that the user chose.
    """
    optimizer = OPTIMIZERS[parameters["solver"]]
    for name in given:
        other, values = GOES_WITH.get(name, ("", ()))
        if other and parameters.get(other) not in values:
            wanted = reworded(" or ".join(f"{other}={value!r}" for value in values))
            raise ParameterError(
                f"{option(name)} has no effect without {wanted}. Leave it out, or set the latter."
            )
        if name in STEPWISE_ONLY and not optimizer.is_stepwise:
            raise ParameterError(
                f"{option(name)} has no effect with {option('solver', optimizer.name)}, which uses all "
                "rows at once. Leave it out, or use another solver."
            )
