"""One epoch in progress: its order of rows, its sums, and the number of its finished steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from pellucid.engines import Problem, Session, StepSums
from pellucid.optimizers import Moment, Schedule
from pellucid.training.epoch_rows import Row, history_row
from pellucid.training.events import RateReduced
from pellucid.training.plan import Plan
from pellucid.training.state import TrainingState
from pellucid.training.stopping import improved, is_stalled
from pellucid.training.windows import Span

__all__ = ["Epoch"]

Array = NDArray[np.floating]

SMALLEST_RATE = 1e-6  # at which the adaptive schedule stops, as in scikit-learn


class Epoch:
    """Epoch in progress: every step of training, by :func:`train` or by a :class:`Stepper`, is made here.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    session : Session
        An engine at work on it.
    state : TrainingState
        The training state at the beginning of the epoch; each step changes its memory, its generator and its
        number of updates in place.
    plan : Plan
        Training options.
    windows : iterator of Span, optional
        The spans of the epoch, where memory does not hold all rows. Default: one, of all rows, in an order that is
        drawn from the state's generator.

    Attributes
    ----------
    span : Span
        The steps that the rows at hand serve.
    step : int
        The number of steps made, from 0.
    rate : float
        The learning rate of the last of them.
    sums : StepSums
        The sums over them.
    """

    def __init__(
        self,
        problem: Problem,
        session: Session,
        state: TrainingState,
        plan: Plan,
        windows: Iterator[Span] | None = None,
    ) -> None:
        self.problem, self.state, self.plan, self.windows = problem, state, plan, windows
        self.n_steps = problem.epoch_steps
        if windows is None:
            order = problem.order(state.rng, shuffle=plan.shuffle)
            self.span = Span(session, order, 0, self.n_steps, problem.n_samples)
        else:
            self.span = Span(session, None, 0, 0, problem.n_samples)
        self.sums, self.updates_before = StepSums(), state.updates
        self.step, self.rate = 0, plan.learning_rate

    @property
    def is_over(self) -> bool:
        """True if no step is left, or the loss of the last one was not finite."""
        return self.step >= self.n_steps or not self.sums.finite

    def run_to(self, last: int, time_used: float = 0.0) -> None:
        """Make steps until ``last`` of them have been made.

        Parameters
        ----------
        last : int
            More than ``step``, at most all steps of the epoch.
        time_used : float, default=0.0
            The share of the time for training that has passed: schedules are at least as far.
        """
        state, plan, first = self.state, self.plan, self.step
        schedules = plan.schedule, plan.decay_schedule, plan.dropout_schedule
        moments = [self._moment(step, time_used) for step in self._looked_at(schedules, last)]
        n_steps = last - first
        rates = _course(plan.schedule, plan.learning_rate, moments, n_steps)
        decay = _factors(plan.decay_schedule, moments, n_steps)
        dropout = decay
        if plan.dropout_schedule is not plan.decay_schedule:
            dropout = _factors(plan.dropout_schedule, moments, n_steps)
        while self.step < last and self.sums.finite:
            self._next_span()
            stop = min(last, self.span.last)
            part = slice(self.step - first, stop - first)
            self.span.session.run_steps(
                self.step - self.span.first,
                stop - self.span.first,
                order=self.span.order,
                learning_rates=rates[part],
                memory=state.memory,
                updates_done=self.updates_before,
                rng=state.rng,
                sums=self.sums,
                decay_factors=None if decay is None else decay[part],
                dropout_factors=None if dropout is None else dropout[part],
            )
            self.step = stop
        state.updates = self.updates_before + self.sums.n_updates
        self.step, self.rate = last, float(rates[-1])

    @property
    def order(self) -> NDArray[np.intp] | None:
        """The order of the available rows; None for their given order."""
        return self.span.order

    @property
    def last_rows(self) -> NDArray[np.intp]:
        """The rows of the last step, as positions among those available."""
        return self.span.rows(self.step - 1, self.problem.batch_size)

    def close(self) -> None:
        """Release the rows that are still to come."""
        if self.windows is not None:
            self.windows.close()  # type: ignore[attr-defined]

    def _next_span(self) -> None:
        """Go to the span of the next step, if another one begins; nothing else holds the rows of the last."""
        if self.step == self.span.last and self.windows is not None:
            self.span = replace(self.span, order=None, session=None)  # type: ignore[arg-type] # rows of the past
            self.span = next(self.windows)

    def row(self, validation: tuple[float | None, float | None], started: float) -> Row:
        """Return the epoch as a row of the history.

        Parameters
        ----------
        validation : (float or None, float or None)
            The validation loss and the validation score.
        started : float
            The time of its beginning, by :func:`time.perf_counter`.

        Returns
        -------
        dict
            The row. The loss is Σ w ℓ / Σ w over the rows of the steps that were made; penalty and norm of the
            gradient are means over these steps.
        """
        sums = self.sums
        loss, penalty = sums.loss / sums.weight, sums.penalty / sums.n_rows
        return history_row(
            self.state.epoch + 1,
            loss=loss,
            penalty=penalty,
            objective=loss + penalty,
            validation=validation,
            learning_rate=self.rate,
            gradient_norm=sums.gradient_norm / sums.n_rows,
            seconds=perf_counter() - started,
        )

    def end(self, row: Row) -> tuple[str | None, RateReduced | None]:
        """Count the epoch in the state, with everything that is decided at its end.

        Parameters
        ----------
        row : dict
            The row of the history that describes it.

        Returns
        -------
        converged : str or None
            The reason why training has stalled for good, in a sentence.
        notice : RateReduced or None
            The notice of a lower learning rate.
        """
        state, plan, network = self.state, self.plan, self.problem.objective.network
        state.epoch += 1
        state.samples_seen += self.problem.epoch_samples
        monitored = row["validation_score"] if plan.keep_best else -row["objective"]
        if improved(state, monitored, plan.tol, ties=plan.last_best) and plan.keep_best:
            state.best_parameters, state.best_statistics = network.parameters.copy(), network.state.copy()
        if not is_stalled(state, plan.patience):
            return None, None
        what = "Validation score" if plan.keep_best else "Training loss"
        message = (
            f"{what} did not improve more than tol={plan.tol:f} for {plan.patience:g} consecutive epochs."
        )
        if plan.schedule.name != "adaptive":
            return f"{message} Stopping.", None
        factor = plan.schedule.options["factor"]
        rate = plan.learning_rate * factor**state.reductions
        if rate <= SMALLEST_RATE:
            return f"{message} Learning rate too small. Stopping.", None
        state.reductions += 1
        state.epochs_without_improvement = 0
        message = f"{message} Setting learning rate to {factor * rate:f}"
        return None, RateReduced(state.epoch - 1, factor * rate, message)

    def copy(self, state: TrainingState) -> Epoch:
        """Return the epoch as it is now, to continue with another state; the order of rows is shared.

        Parameters
        ----------
        state : TrainingState
            A copy of the state as it is now.

        Returns
        -------
        Epoch
            An independent one.
        """
        twin = copy(self)
        twin.state, twin.sums = state, replace(self.sums)
        return twin

    def _looked_at(self, schedules: Sequence[Schedule | None], last: int) -> range:
        """Return the steps up to ``last`` at which some schedule may change: all, or only the next one."""
        changes = any(schedule is not None and schedule.per_step for schedule in schedules)
        return range(self.step, last if changes else self.step + 1)

    def _moment(self, step: int, time_used: float) -> Moment:
        state = self.state
        progress = (state.epoch + step / self.n_steps) / state.horizon
        return Moment(state.epoch, max(progress, time_used), state.samples_seen, state.reductions)


def _factors(schedule: Schedule | None, moments: Sequence[Moment], n_steps: int) -> Array | None:
    return None if schedule is None else _course(schedule, 1.0, moments, n_steps)


def _course(schedule: Schedule, initial: float, moments: Sequence[Moment], n_steps: int) -> Array:
    """Return the values of a schedule, given its initial one, at each of some steps."""
    if not schedule.per_step:
        return np.full(n_steps, schedule(initial, moments[0]))
    return np.array([schedule(initial, moment) for moment in moments])
