"""Estimators at the start of a fit, before the first step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.core.checks import as_generator
from pellucid.engines import Problem
from pellucid.estimators._base import BaseMLP
from pellucid.estimators._options import check_combinations, dtype_of, optimizer_of
from pellucid.estimators._problem import problem_of, start
from pellucid.estimators._reading import read_rows
from pellucid.estimators._rows import Rows
from pellucid.estimators.parameters import check_parameters
from pellucid.training import TrainingState

__all__ = ["Start", "first_network", "started"]


@dataclass(frozen=True)
class Start:
    """Initial state of a fit.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        A twin of the estimator with a network as it is drawn.
    state : TrainingState
        The training state before the first step.
    data : Rows
        The rows that it learns from.
    rows : ndarray of int
        Their places among those given.
    """

    model: Any
    state: TrainingState
    data: Rows
    rows: NDArray[np.intp]

    __repr__ = brief

    def problem(self) -> Problem:
        """Return the training problem.

        Returns
        -------
        Problem
            On the network of ``model``.
        """
        optimizer, options = optimizer_of(self.model)
        return problem_of(self.model, self.data, optimizer, options, dtype_of(self.model, optimizer))


def started(
    model: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    choose: Callable[[Any, Any], NDArray[np.intp]] | None = None,
    strict: bool = True,
) -> Start:
    """Return a copy of an estimator at the start of a fit; no training step is made.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        An estimator, fitted or not; it is left as it is.
    X, y, sample_weight : array-like
        The data as passed to ``fit``.
    choose : callable, optional
        From checked inputs and targets to the rows that are kept, all in one batch. Default: all rows, in the
        estimator's batches.
    strict : bool, default=True
        True to reject combinations of parameters that cannot be trained.

    Returns
    -------
    Start
        The twin, its problem and its state.
    """
    twin: BaseMLP = clone(model)
    twin.set_callbacks()
    check_parameters(twin)
    if strict:
        check_combinations(twin, incremental=False)
    data = read_rows(twin, X, y, sample_weight, cold=True)
    rows = np.arange(len(data.Y))
    if choose is not None:
        rows = choose(data.X, data.y)
        data = data.take(rows)
        twin.batch_size = len(rows)
    optimizer, _ = optimizer_of(twin)
    twin._training_state = state = TrainingState(np.empty((0, 0)), _generator(twin), 1)
    data = data.silenced()
    start(twin, data, optimizer, dtype_of(twin, optimizer))
    return Start(twin, state, data, rows)


def first_network(model: Any) -> Network | None:
    """Return the network that a fit started from; None where its seed is not an integer.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Fitted.

    Returns
    -------
    Network or None
        As it was drawn.
    """
    if not isinstance(model.random_state, int | np.integer) or model.warm_start:
        return None
    fitted = model.network_
    drawn: Network = model._network(
        fitted.layer_sizes, fitted.output_activation, fitted.dtype, model.initializer, _generator(model)
    )
    return drawn


def _generator(model: Any) -> np.random.Generator:
    """Return the generator of a fit as it is once the seed of the validation split has been drawn."""
    rng = as_generator(model.random_state)
    rng.integers(2**31)
    return rng
