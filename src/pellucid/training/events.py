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
    """Training is about to start.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    first_epoch, n_epochs : int
        The number of epochs done before, and the largest number to come.
    """

    problem: Problem
    first_epoch: int
    n_epochs: int


@dataclass(frozen=True)
class StepEnd:
    """A step that the observer asked for has been made.

    Parameters
    ----------
    epoch, step : int
        The epoch since the cold start, and the step in it, both from 0.
    n_updates : int
        Updates since the cold start, or since another solver took over.
    learning_rate : float
        The rate of this step.
    rows : ndarray of int
        The rows of its batch.
    parameters, gradient : ndarray of shape (n_parameters,)
        The parameters after the step, and the gradient that made it, clipped.
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
    """An epoch is about to start.

    Parameters
    ----------
    epoch : int
        The epoch since the cold start, from 0.
    """

    epoch: int


@dataclass(frozen=True)
class EpochEnd:
    """An epoch has ended.

    Parameters
    ----------
    epoch : int
        The epoch since the cold start, from 0.
    row : dict
        A copy of the row of the history.
    parameters : ndarray of shape (n_parameters,)
        The parameters now.
    """

    epoch: int
    row: Mapping[str, Any]
    parameters: Array


@dataclass(frozen=True)
class RateReduced:
    """The adaptive schedule has lowered the learning rate.

    Parameters
    ----------
    epoch : int
        The epoch after which it did so, since the cold start, from 0.
    learning_rate : float
        The new rate.
    message : str
        The reason, in a sentence.
    """

    epoch: int
    learning_rate: float
    message: str


@dataclass(frozen=True)
class TrainEnd:
    """Training has ended.

    Parameters
    ----------
    reason : str
        ``"converged"``, ``"max_iter"``, ``"stopped"``, ``"interrupted"``, ``"diverged"`` or ``"failed"``.
    message : str
        The same in a sentence.
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
