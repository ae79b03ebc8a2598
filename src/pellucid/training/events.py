"""Events that training reports to its observers.

Observers look and never touch: the arrays of an event are read-only views into the training itself, valid
until the next call of the engine (copy what you keep). Training with observers gives the same bits as
training without. Stopping is not done by an observer but returned by it, as a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import StandardizedSparse
from pellucid.engines import Problem

__all__ = [
    "EpochBegin",
    "EpochEnd",
    "Observer",
    "RateReduced",
    "StepEnd",
    "TrainBegin",
    "TrainEnd",
    "read_only",
    "read_only_data",
]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class TrainBegin:
    """Start of training, before the first step.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    first_epoch, n_epochs : int
        The number of epochs done before, and the largest number to come.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     def on_train_begin(self, event):
    ...         print(len(event.problem.X), "rows, at most", event.n_epochs, "epochs")
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), learning_rate="cosine", max_iter=3, batch_size=10, random_state=0)
    >>> _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    20 rows, at most 3 epochs
    """

    problem: Problem
    first_epoch: int
    n_epochs: int


@dataclass(frozen=True)
class StepEnd:
    """End of a step, for observers that set ``every_steps``.

    Parameters
    ----------
    epoch, step : int
        The epoch since the cold start, and the step in it, both from 0.
    n_updates : int
        Updates since the cold start, or since another solver took over.
    learning_rate : float
        The rate of this step.
    rows : ndarray of int of shape (n_rows,)
        The rows of its batch.
    parameters, gradient : ndarray of shape (n_parameters,)
        The parameters after the step, and the gradient that made it, clipped.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     every_steps = 2
    ...     def on_step_end(self, event):
    ...         print(event.epoch, event.step, len(event.rows), event.gradient.shape)
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), learning_rate="cosine", max_iter=3, batch_size=10, random_state=0)
    >>> _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    0 1 10 (13,)
    1 1 10 (13,)
    2 1 10 (13,)
    """

    epoch: int
    step: int
    n_updates: int
    learning_rate: float
    rows: NDArray[np.intp]
    parameters: Array
    gradient: Array


@dataclass(frozen=True)
class EpochBegin:
    """Start of an epoch.

    Parameters
    ----------
    epoch : int
        The epoch since the cold start, from 0.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     def on_epoch_begin(self, event):
    ...         print("epoch", event.epoch)
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), learning_rate="cosine", max_iter=3, batch_size=10, random_state=0)
    >>> _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    epoch 0
    epoch 1
    epoch 2
    """

    epoch: int


@dataclass(frozen=True)
class EpochEnd:
    """End of an epoch.

    Parameters
    ----------
    epoch : int
        The epoch since the cold start, from 0.
    row : dict
        A copy of the row of the history.
    parameters : ndarray of shape (n_parameters,)
        The parameters now.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     def on_epoch_end(self, event):
    ...         print(event.epoch, event.row["learning_rate"] > 0.0, event.parameters.shape)
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), learning_rate="cosine", max_iter=3, batch_size=10, random_state=0)
    >>> _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    0 True (13,)
    1 True (13,)
    2 True (13,)
    """

    epoch: int
    row: Mapping[str, Any]
    parameters: Array


@dataclass(frozen=True)
class RateReduced:
    """Reduction of the learning rate by the adaptive schedule.

    Parameters
    ----------
    epoch : int
        The epoch after which it did so, since the cold start, from 0.
    learning_rate : float
        The new rate.
    message : str
        The reason, in a sentence.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     def on_rate_reduced(self, event):
    ...         print("epoch", event.epoch, "rate", round(event.learning_rate, 6))
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), solver="sgd", learning_rate="adaptive", tol=1.0, n_iter_no_change=2,
    ...                      max_iter=6, random_state=0)
    >>> with warnings.catch_warnings(action="ignore"):
    ...     _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    epoch 3 rate 0.0002
    """

    epoch: int
    learning_rate: float
    message: str


@dataclass(frozen=True)
class TrainEnd:
    """End of training.

    Parameters
    ----------
    reason : str
        ``"converged"``, ``"max_iter"``, ``"stopped"``, ``"interrupted"``, ``"diverged"`` or ``"failed"``.
    message : str
        The same in a sentence.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.training import Observer
    >>> class Printer(Observer):
    ...     def on_train_end(self, event):
    ...         print(event.reason)
    >>> X = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> model = MLPRegressor((4,), learning_rate="cosine", max_iter=3, batch_size=10, random_state=0)
    >>> _ = model.set_callbacks(Printer()).fit(X, X.ravel())
    max_iter
    """

    reason: str
    message: str


class Observer:
    """Observer of training; override the methods that you need.

    Attributes
    ----------
    every_steps : int or None, default=None
        The number of steps between calls of ``on_step_end`` within an epoch; None for no calls.

    Examples
    --------
    >>> from pellucid.training import Observer
    >>> class Patience(Observer):
    ...     def on_epoch_end(self, event):
    ...         return event.row["loss"] < 0.01  # True stops training
    """

    every_steps: int | None = None

    def on_train_begin(self, event: TrainBegin) -> None:
        """Look at the problem before the first step.

        Parameters
        ----------
        event : TrainBegin
            The event.
        """

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Prepare for an epoch.

        Parameters
        ----------
        event : EpochBegin
            The event.
        """

    def on_step_end(self, event: StepEnd) -> None:
        """Look at a step.

        Parameters
        ----------
        event : StepEnd
            The event.
        """

    def on_epoch_end(self, event: EpochEnd) -> bool | None:
        """Look at an epoch.

        Parameters
        ----------
        event : EpochEnd
            The event.

        Returns
        -------
        bool or None
            True stops training here.
        """
        return None

    def on_rate_reduced(self, event: RateReduced) -> None:
        """Look at a lowered learning rate.

        Parameters
        ----------
        event : RateReduced
            The event.
        """

    def on_train_end(self, event: TrainEnd) -> None:
        """Look at the outcome.

        Parameters
        ----------
        event : TrainEnd
            The event.
        """


def read_only(array: Any) -> Any:
    """Return a view of an array through which nothing can be written; other things as they are."""
    if isinstance(array, StandardizedSparse):
        return StandardizedSparse(read_only(array.scaled), read_only(array.shift))
    if scipy.sparse.issparse(array):
        view = copy(array)
        view.data, view.indices, view.indptr = map(read_only, (array.data, array.indices, array.indptr))
        return view
    if not isinstance(array, np.ndarray):
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def read_only_data(problem: Problem) -> Problem:
    """Return a problem whose inputs, targets and weights cannot be written."""
    return replace(
        problem,
        X=read_only(problem.X),
        Y=read_only(problem.Y),
        sample_weight=read_only(problem.sample_weight),
    )
