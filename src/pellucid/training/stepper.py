"""Training step by step: to any step of any epoch, and back to a saved moment."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.core.checks import check_whole
from pellucid.engines import Engine, Problem, StepSums
from pellucid.exceptions import ParameterError
from pellucid.training.divergence import Divergence, explain_divergence
from pellucid.training.epoch import Epoch
from pellucid.training.events import read_only_data
from pellucid.training.plan import Plan
from pellucid.training.state import TrainingState

__all__ = ["Stepper", "Waypoint"]


@dataclass(frozen=True)
class Waypoint:
    """Everything that training changes, after one step; :meth:`Stepper.restore` returns to it.

    Parameters
    ----------
    step : int
        The number of steps made since the cold start.
    parameters, statistics : ndarray of shape (n_parameters,) and (n_state,)
        Copies of the network's parameters and running statistics.
    state : TrainingState
        A copy of the training state, with the optimizer's memory and the generator.
    epoch : Epoch or None
        The epoch under way, with its order of rows and its sums; None between two epochs.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> from pellucid.engines import Problem, get_engine
    >>> from pellucid.optimizers import OPTIMIZERS, get_schedule
    >>> from pellucid.training import Plan, Stepper, TrainingState
    >>> X, net = np.linspace(-1.0, 1.0, 32)[:, None], Network([1, 8, 1], random_state=0)
    >>> objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    >>> problem = Problem(objective, X, X**2, None, 8, OPTIMIZERS["sgd"])
    >>> state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=50)
    >>> stepper = Stepper(problem, state, Plan(50, 0.02, get_schedule("constant")), get_engine())
    >>> stepper.run_to(6)
    >>> stepper.waypoint().step
    6
    """

    step: int
    parameters: NDArray[np.floating]
    statistics: NDArray[np.floating]
    state: TrainingState
    epoch: Epoch | None

    __repr__ = brief

    @property
    def nbytes(self) -> int:
        """The size of its arrays in bytes."""
        order = None if self.epoch is None else self.epoch.order
        arrays = (self.parameters, self.statistics, self.state.memory, order)
        return sum(array.nbytes for array in arrays if array is not None)


class Stepper:
    """Training that stops after any step, and returns to any saved moment.

    :func:`train` pauses between epochs only. A stepper makes the same steps with the same bits, since both share
    :class:`pellucid.training.epoch.Epoch`; wherever it stops and however often it goes back, the parameters after
    a given step are the same. It applies no stopping rule.

    Parameters
    ----------
    problem : Problem
        Objective, data and method, which has steps; the network is changed in place.
    state : TrainingState
        The training state at the end of an epoch.
    plan : Plan
        Training options. ``keep_best`` must be False; ``n_epochs`` and ``seconds`` are ignored.
    engine : Engine
        The engine that executes the steps.

    Attributes
    ----------
    state : TrainingState
        The training state now.
    sums : StepSums
        The sums over the steps of the epoch that the last step belongs to.

    Raises
    ------
    ParameterError
        If the method has no steps, or ``plan`` asks for the best epoch of a validation set.

    See Also
    --------
    train : Whole epochs, with stopping rules, validation and observers.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> from pellucid.engines import Problem, get_engine
    >>> from pellucid.optimizers import OPTIMIZERS, get_schedule
    >>> from pellucid.training import Plan, Stepper, TrainingState
    >>> X = np.linspace(-1.0, 1.0, 32)[:, None]
    >>> net = Network([1, 8, 1], random_state=0)
    >>> objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    >>> problem = Problem(objective, X, X**2, None, 8, OPTIMIZERS["adam"])
    >>> state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=50)
    >>> stepper = Stepper(problem, state, Plan(50, 0.02, get_schedule("constant")), get_engine())
    >>> stepper.run_to(6)
    >>> kept, seen = stepper.waypoint(), net.parameters.copy()
    >>> stepper.run_to(100)
    >>> stepper.restore(kept)
    >>> stepper.step, bool((net.parameters == seen).all())
    (6, True)
    """

    def __init__(self, problem: Problem, state: TrainingState, plan: Plan, engine: Engine) -> None:
        if not problem.optimizer.is_stepwise:
            raise ParameterError(
                f"'optimizer' must be a method that works batch by batch; got {problem.optimizer.name!r}. Choose "
                "another one, such as 'adam'."
            )
        if plan.keep_best:
            raise ParameterError(
                "'keep_best' must be False for a Stepper; got True. Use 'train' for early stopping."
            )
        self.problem, self.plan, self.state = read_only_data(problem), plan, state
        self.network = problem.objective.network
        self._session = engine.open(self.problem)
        self._epoch: Epoch | None = None
        self._started = perf_counter()
        self.sums = StepSums()

    @property
    def step(self) -> int:
        """The number of steps made since the cold start; a batch counts if its rows have no weight too."""
        made = 0 if self._epoch is None else self._epoch.step
        return self.state.epoch * self.problem.n_steps + made

    @property
    def order(self) -> NDArray[np.intp]:
        """The order of rows in the epoch of the next step, of shape (n_samples,)."""
        epoch = self._epoch
        if epoch is None:  # drawn by a copy, so that the state stays that of a finished epoch
            epoch = Epoch(self.problem, self._session, self.state.snapshot(), self.plan)
        return np.arange(self.problem.n_samples) if epoch.order is None else epoch.order

    @property
    def is_finite(self) -> bool:
        """True if all numbers of the network and of the optimizer are finite, and so was the last loss."""
        arrays = (self.network.parameters, self.network.state, self.state.memory)
        return (self._epoch is None or self._epoch.sums.finite) and all(
            np.isfinite(array).all() for array in arrays
        )

    def run_to(self, step: int) -> Divergence | None:
        """Make steps until ``step`` of them have been made since the cold start.

        Parameters
        ----------
        step : int
            Not less than :attr:`step`.

        Returns
        -------
        Divergence or None
            The account of a step that produced NaN or infinity; training then stands before this step, where all
            numbers are finite.

        Raises
        ------
        ParameterError
            If ``step`` lies in the past.
        """
        check_whole("step", step, self.step)
        start = self.waypoint()
        if self._advance(step):
            return None
        broken = self._broken()
        self._bisect(start, self.step)
        return explain_divergence(self.problem, broken, self.state.epoch + 1, self._rate())

    def waypoint(self) -> Waypoint:
        """Return everything that training changes, as it is now.

        Returns
        -------
        Waypoint
            Copies, which stay as they are.
        """
        state = self.state.snapshot()
        epoch = None if self._epoch is None else self._epoch.copy(state)
        return Waypoint(self.step, self.network.parameters.copy(), self.network.state.copy(), state, epoch)

    def restore(self, waypoint: Waypoint) -> None:
        """Return to a moment of this training.

        Parameters
        ----------
        waypoint : Waypoint
            As :meth:`waypoint` returned it; it can be restored again.
        """
        self.network.parameters[...], self.network.state[...] = waypoint.parameters, waypoint.statistics
        self.state = waypoint.state.copy()
        self._epoch = None if waypoint.epoch is None else waypoint.epoch.copy(self.state)
        self.sums = StepSums() if self._epoch is None else self._epoch.sums

    @np.errstate(all="ignore")  # numbers that are not finite end the training with a report
    def _advance(self, step: int) -> bool:
        """Make steps up to ``step``; return False as soon as a number is not finite."""
        while self.step < step:
            if self._epoch is None:
                self._epoch = Epoch(self.problem, self._session, self.state, self.plan)
                self._started, self.sums = perf_counter(), self._epoch.sums
            epoch = self._epoch
            epoch.run_to(min(epoch.step + step - self.step, self.problem.n_steps))
            if not self.is_finite:
                return False
            if epoch.is_over:
                row = epoch.row((None, None), self._started)
                epoch.end(row)
                self.state.history.append(row)
                self._epoch = None
        return True

    def _bisect(self, good: Waypoint, bad: int) -> None:
        """Go to the last step before ``bad`` after which all numbers are finite, by halves."""
        while bad - good.step > 1:
            self.restore(good)
            middle = (good.step + bad) // 2
            if self._advance(middle):
                good = self.waypoint()
            else:
                bad = middle
        self.restore(good)

    def _broken(self) -> NDArray[Any]:
        # A parameter whose memory overflowed never moves again, even if it is finite.
        return np.where(np.isfinite(self.state.memory).all(axis=0), self.network.parameters, np.nan)

    def _rate(self) -> float:
        return self.plan.learning_rate if self._epoch is None else self._epoch.rate
