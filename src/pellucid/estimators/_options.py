"""Conversion of parameters to the core's objects, and checks of their combinations."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils._param_validation import validate_parameter_constraints

from pellucid.core import ACTIVATIONS, Activation
from pellucid.core.activations import get_activation
from pellucid.core.intervals import UNIT_CLOSED
from pellucid.core.layers import NORMALIZATIONS
from pellucid.exceptions import IgnoredParameterWarning, ParameterError
from pellucid.host.streams import warn
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Schedule, get_schedule

__all__ = [
    "batch_size_of",
    "check_combinations",
    "dtype_of",
    "has_horizon",
    "hidden_sizes",
    "is_stepwise",
    "optimizer_of",
    "probability_activation",
    "refuse_contradiction",
    "rows_per_step",
    "schedule_of",
]

OF_OPTIMIZERS = (
    "momentum",
    "beta_1",
    "beta_2",
    "epsilon",
)  # parameters of the estimators, as in scikit-learn


def hidden_sizes(estimator: Any) -> tuple[int, ...]:
    """Check the widths of the hidden layers, and return them."""
    given = estimator.hidden_layer_sizes
    if isinstance(given, str):
        raise ParameterError(
            f"'hidden_layer_sizes' comes first and takes integers; got {given!r}. Write loss={given!r} for a loss."
        )
    sizes = np.atleast_1d(np.asarray(given))
    if sizes.size and (sizes.ndim > 1 or sizes.dtype.kind not in "iu" or (sizes <= 0).any()):
        raise ParameterError(
            f"hidden_layer_sizes must be > 0, got {given!r}: integers, one per hidden layer."
        )
    return tuple(int(n) for n in sizes)


def check_combinations(estimator: Any, *, incremental: bool) -> None:
    """Refuse combinations of parameters that cannot work; warn if one of them has no effect."""
    if incremental and estimator.early_stopping:
        raise ParameterError("partial_fit does not support early_stopping=True: set it to False, or use fit.")
    if incremental and getattr(estimator, "class_weight", None) == "balanced":
        raise ParameterError(
            "class_weight='balanced' is not supported by partial_fit, which does not see all rows; pass "
            "the weights as a dict, see sklearn.utils.compute_class_weight."
        )
    if isinstance(estimator.scoring, str) and estimator.scoring != "loss":
        get_scorer(estimator.scoring)
    if estimator.solver == "lbfgs":
        if np.any(np.asarray(estimator.dropout) > 0.0):
            raise ParameterError(
                "solver='lbfgs' needs an objective that is the same at every evaluation, which dropout is "
                "not. Set dropout=0.0, or use another solver."
            )
        ignored = [n for n in ("weight_decay", "max_grad_norm") if getattr(estimator, n)]
        if ignored:
            message = f"solver='lbfgs' does not use {' and '.join(ignored)}; use l2, or another solver."
            warn(message, IgnoredParameterWarning, stacklevel=5)
    if estimator.solver == "adam" and estimator.learning_rate in ("invscaling", "adaptive"):
        warn(
            f"learning_rate={estimator.learning_rate!r} has no effect with solver='adam', as in "
            "scikit-learn; solver='adamw' with weight_decay=0.0 uses it, and so do the other solvers.",
            IgnoredParameterWarning,
            stacklevel=5,
        )


def optimizer_of(estimator: Any) -> tuple[Optimizer, dict[str, float]]:
    """Return the optimizer and its hyper-parameters; ``'sgd'`` has momentum as in scikit-learn."""
    name, given = estimator.solver, estimator.solver_options or {}
    if name == "sgd" and estimator.momentum > 0.0:
        name = "nesterov" if estimator.nesterovs_momentum else "momentum"
    optimizer = OPTIMIZERS[name]
    options = {name: float(getattr(estimator, name)) for name in OF_OPTIMIZERS if name in optimizer.options}
    options = optimizer.resolve({**options, **given})
    accepted = {name: estimator._parameter_constraints[name] for name in options}
    validate_parameter_constraints(accepted, options, caller_name="solver_options")
    for name in OF_OPTIMIZERS:
        if name in given:
            refuse_contradiction(estimator, name, given[name], f"solver_options={given!r}")
            message = f"'solver_options' takes {name!r} in this release only: set {name}={given[name]!r}."
            warn(message, FutureWarning, stacklevel=6)
    return optimizer, options


def refuse_contradiction(estimator: Any, name: str, value: Any, place: str) -> None:
    """Refuse a parameter that is set to one value and given as another elsewhere."""
    chosen, default = getattr(estimator, name), signature(type(estimator)).parameters[name].default
    if chosen not in (default, value):
        raise ParameterError(f"{name}={chosen!r} and {place} contradict each other: set only one of them.")


def schedule_of(estimator: Any) -> Schedule:
    """Return the schedule of the learning rate."""
    name, options = estimator.learning_rate, dict(estimator.schedule_options or {})
    if estimator.solver == "adam" and name in ("invscaling", "adaptive"):
        return SCHEDULES["constant"]
    if name == "invscaling":
        options.setdefault("power", estimator.power_t)
    return get_schedule(name, **options)


def has_horizon(estimator: Any) -> bool:
    """Return whether the schedule is planned for ``max_iter`` epochs, so that reaching them is not a failure."""
    return SCHEDULES[estimator.learning_rate].per_step and estimator.solver != "lbfgs"


def dtype_of(estimator: Any, optimizer: Optimizer) -> np.dtype[Any]:
    """Return the precision of the arithmetic."""
    if estimator.dtype is not None:
        dtype: np.dtype[Any] = np.dtype(estimator.dtype)
        if dtype not in (np.float32, np.float64):
            raise ParameterError(f"'dtype' must be 'float32', 'float64' or None; got {estimator.dtype!r}.")
        return np.dtype(dtype)
    return np.dtype(np.float32 if optimizer.is_stepwise else np.float64)


def rows_per_step(estimator: Any, n_samples: int) -> int:
    """Return the number of rows per step; L-BFGS takes all."""
    if estimator.solver == "lbfgs":
        return n_samples
    return min(200 if estimator.batch_size == "auto" else int(estimator.batch_size), n_samples)


def batch_size_of(estimator: Any, n_samples: int) -> int:
    """Return the rows per step, or raise an error if there are too many or too few."""
    if estimator.solver == "lbfgs":
        return n_samples
    size = rows_per_step(estimator, n_samples)
    given = estimator.normalization
    names = {given} if given is None or isinstance(given, str) else {*given}
    names |= {"batch_norm"} if np.any(estimator.batch_norm) else set()
    if size < 2 and any(name in NORMALIZATIONS and NORMALIZATIONS[name].kind.mixes_rows for name in names):
        raise ParameterError(
            f"'batch_norm' needs batches of at least 2 rows, since a row standardized by itself is 0; got {size} "
            f"(batch_size={estimator.batch_size!r}, {n_samples} training rows)."
        )
    if estimator.batch_size != "auto" and estimator.batch_size > n_samples:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped to "
            f"{n_samples}.",
            stacklevel=7,
        )
    return size


def probability_activation(output: Any, *, several_labels: bool) -> Activation:
    """Return the output activation of a classifier; refuse one whose values cannot be probabilities."""
    row = get_activation(output, "output_activation")
    fits = row.range.within(UNIT_CLOSED) and not row.is_flat
    if not fits or (row.range.simplex and several_labels):
        names = [n for n, a in ACTIVATIONS.items() if a.range.within(UNIT_CLOSED) and not a.is_flat]
        raise ParameterError(
            f"output_activation of a classifier must give probabilities: one of {names} (softmax for classes "
            f"that exclude each other); got {row.name!r}."
        )
    return row


def is_stepwise(estimator: Any) -> bool:
    """Return True, or raise the AttributeError that hides ``partial_fit`` from solvers without steps."""
    if estimator.solver in OPTIMIZERS and not OPTIMIZERS[estimator.solver].is_stepwise:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True
