"""The training loop: for each epoch, order the rows, let the engine run the steps, look, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from pellucid.engines import Engine, Problem, Session, StepSums
from pellucid.optimizers import Moment, Schedule
from pellucid.training.audience import Audience
from pellucid.training.divergence import explain_divergence
from pellucid.training.epoch_rows import Row, history_row
from pellucid.training.events import Observer, RateReduced, StepEnd, TrainBegin, read_only, read_only_data
from pellucid.training.finished import Finished, Outcome, run_to_the_end
from pellucid.training.state import TrainingState
from pellucid.training.stopping import improved, is_stalled, watch

__all__ = ["MAX_ITER", "Plan", "Validate", "train"]

Array = NDArray[np.floating]
Validate = Callable[[], tuple[float, float | None]]

CALL_SECONDS = 0.25  # how long one call of the engine may take, so that Ctrl-C and progress are prompt
MAX_ITER = "Maximum iterations ({}) reached and the optimization hasn't converged yet."
SMALLEST_RATE = 1e-6  # where the adaptive schedule gives up, as in scikit-learn


@dataclass(frozen=True)
class Plan:
    r"""Training options: everything except the data and the state.

    .. math:: \eta_t = \eta_0\, f(t)

    Parameters
    ----------
    n_epochs : int
        The largest number of epochs of this call.
    learning_rate : float
        The initial rate.
    schedule : Schedule
        Its course.
    shuffle : bool, default=True
        True to reorder the rows each epoch.
    tol : float, default=1e-4
        The smallest change that counts as an improvement.
    patience : float, default=10
        Epochs without improvement after which training stops; inf never stops.
    keep_best : bool, default=False
        True if the validation score is monitored and the parameters of its best epoch are restored at the
        end; else the training objective is monitored.
    last_best : bool, default=False
        True if the last of several epochs that are equally good is the best, instead of the first.
    decay_schedule, dropout_schedule : Schedule, optional
        The course of weight decay and of the rates of dropout. Default: constant.
    seconds : float, default=inf
        The time that this call may take. Schedules with a horizon are shortened to end with it.

    Examples
    --------
    >>> from pellucid.optimizers import get_schedule
    >>> from pellucid.training import Plan
    >>> plan = Plan(n_epochs=50, learning_rate=0.01, schedule=get_schedule("cosine"), patience=5)
    >>> plan.tol, plan.keep_best
    (0.0001, False)
    """

    n_epochs: int
    learning_rate: float
    schedule: Schedule
    shuffle: bool = True
    tol: float = 1e-4
    patience: float = 10
    keep_best: bool = False
    last_best: bool = False
    decay_schedule: Schedule | None = None
    dropout_schedule: Schedule | None = None
    seconds: float = inf


def train(
    problem: Problem,
    state: TrainingState,
    plan: Plan,
    engine: Engine,
    *,
    validate: Validate | None = None,
    observers: Sequence[Observer] = (),
) -> Outcome:
    r"""Train a network in place, from ``state`` on, for some epochs.

    .. math:: \theta \leftarrow \theta + u(\nabla J_B(\theta)) \quad \text{for each batch } B

    with the update u of the optimizer.

    Parameters
    ----------
    problem : Problem
        Objective, data and method; its network's parameters and running statistics are changed in place.
    state : TrainingState
        Training state, updated in place so that a later call can continue.
    plan : Plan
        Training options.
    engine : Engine
        The engine that executes the steps.
    validate : callable, optional
        Returns the validation loss, and the validation score or None, of the network as it is.
    observers : sequence of Observer, default=()
        The observers.

    Returns
    -------
    Outcome
        The outcome. The network then holds the parameters of the last finished epoch, or of the best one
        with ``plan.keep_best``.

    References
    ----------
    H. Robbins and S. Monro (1951), A stochastic approximation method, Ann. Math. Statist. 22, 400-407.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> from pellucid.engines import Problem, get_engine
    >>> from pellucid.optimizers import OPTIMIZERS, get_schedule
    >>> from pellucid.training import Plan, TrainingState, train
    >>> X = np.linspace(-1.0, 1.0, 32)[:, None]
    >>> net = Network([1, 8, 1], random_state=0)
    >>> objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    >>> problem = Problem(objective, X, X**2, None, 8, OPTIMIZERS["adam"])
    >>> state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=50)
    >>> outcome = train(problem, state, Plan(50, 0.02, get_schedule("constant")), get_engine())
    >>> outcome.reason, state.history[-1]["loss"] < 0.1 * state.history[0]["loss"]
    ('max_iter', True)
    """
    finished, audience = Finished(problem.objective.network, state), Audience(observers)
    steps = _Steps(problem, engine.open(problem), state, plan, audience)

    def run() -> Outcome:
        watch(state, "score" if plan.keep_best else "objective", plan.patience)
        outcome = None if plan.n_epochs else Outcome("max_iter", MAX_ITER.format(0), 0)
        while outcome is None:
            outcome = _run_epoch(steps, finished, validate)
        return outcome

    begin = TrainBegin(read_only_data(problem), state.epoch, plan.n_epochs)
    return run_to_the_end(run, finished, audience, begin, keep_best=plan.keep_best)


def _run_epoch(steps: _Steps, finished: Finished, validate: Validate | None) -> Outcome | None:
    """Run an epoch and publish it with all that is decided at its end; return the outcome, or None to go on."""
    problem, state, plan = steps.problem, steps.state, steps.plan
    network, started = problem.objective.network, perf_counter()
    steps.audience.epoch_begin(state.epoch)
    sums, rate = steps.run()
    if not (sums.finite and finished.is_finite()):
        return _diverged(problem, state, finished, rate)
    row = _row(state.epoch + 1, sums, rate, validate, started)
    state.epoch += 1
    state.samples_seen += problem.n_samples
    monitored = row["validation_score"] if plan.keep_best else -row["objective"]
    if improved(state, monitored, plan.tol, ties=plan.last_best) and plan.keep_best:
        state.best_parameters, state.best_statistics = network.parameters.copy(), network.state.copy()
    n_epochs = state.epoch - finished.first_epoch
    outcome, notice = _judge_progress(state, plan, n_epochs)
    told_to_stop = steps.audience.epoch_end(finished.close_epoch(row), notice)
    if outcome is not None:
        return outcome
    if told_to_stop:
        return Outcome("stopped", "An observer ended training.", n_epochs)
    if n_epochs >= plan.n_epochs:
        return Outcome("max_iter", MAX_ITER.format(plan.n_epochs), n_epochs)
    seconds = perf_counter() - started
    if steps.time_used + 0.5 * seconds / plan.seconds >= 1.0:
        message = f"The time of {plan.seconds:g} s is used up after {n_epochs} epoch{'s' * (n_epochs > 1)}."
        return Outcome("out_of_time", message, n_epochs)
    return None


class _Steps:
    """Runs the steps of one epoch in calls that end at the next event, or after about CALL_SECONDS."""

    def __init__(
        self,
        problem: Problem,
        session: Session,
        state: TrainingState,
        plan: Plan,
        audience: Audience,
    ) -> None:
        self.problem, self.session, self.state, self.plan = problem, session, state, plan
        self.audience = audience
        self.steps_per_call = 1
        self.started = perf_counter()

    @property
    def time_used(self) -> float:
        """The share of the time that has passed; 0 if there is no limit."""
        return (perf_counter() - self.started) / self.plan.seconds

    def run(self) -> tuple[StepSums, float]:
        """Run one epoch; return its sums and the last learning rate."""
        problem, state, plan = self.problem, self.state, self.plan
        order = state.rng.permutation(problem.n_samples) if plan.shuffle else None
        sums, updates_before = StepSums(), state.updates
        step, rate = 0, plan.learning_rate
        while step < problem.n_steps and sums.finite and (sums.n_updates == 0 or self.time_used < 1.0):
            last = min(step + self.steps_per_call, self.audience.next_look(step, problem.n_steps))
            rates = self._course(plan.schedule, plan.learning_rate, step, last)
            started = perf_counter()
            self.session.run_steps(
                step,
                last,
                order=order,
                learning_rates=rates,
                memory=state.memory,
                updates_done=updates_before,
                rng=state.rng,
                sums=sums,
                decay_factors=self._factors(plan.decay_schedule, step, last),
                dropout_factors=self._factors(plan.dropout_schedule, step, last),
            )
            seconds_per_step = (perf_counter() - started) / (last - step)
            left = max(0.0, 1.0 - self.time_used) * plan.seconds if plan.seconds < inf else inf
            self.steps_per_call = max(1, int(min(CALL_SECONDS, left) / max(seconds_per_step, 1e-9)))
            state.updates = updates_before + sums.n_updates
            step, rate = last, float(rates[-1])
            self.audience.step_end(step - 1, partial(self._shown, step - 1, order, rate))
        return sums, rate

    def _factors(self, schedule: Schedule | None, first: int, last: int) -> Array | None:
        return None if schedule is None else self._course(schedule, 1.0, first, last)

    def _course(self, schedule: Schedule, initial: float, first: int, last: int) -> Array:
        """Return what a schedule makes of an initial number at each of some steps."""
        state, time_used = self.state, self.time_used

        def at(step: int) -> float:
            progress = (state.epoch + step / self.problem.n_steps) / state.horizon
            return schedule(
                initial, Moment(state.epoch, max(progress, time_used), state.samples_seen, state.reductions)
            )

        if not schedule.per_step:
            return np.full(last - first, at(first))
        return np.array([at(step) for step in range(first, last)])

    def _shown(self, step: int, order: NDArray[np.intp] | None, rate: float) -> StepEnd:
        """Return what an observer sees of a step."""
        span = slice(step * self.problem.batch_size, (step + 1) * self.problem.batch_size)
        rows = np.arange(self.problem.n_samples) if order is None else order
        return StepEnd(
            self.state.epoch,
            step,
            self.state.updates,
            rate,
            read_only(rows[span]),
            read_only(self.problem.objective.network.parameters),
            read_only(self.session.gradient),
        )


def _row(epoch: int, sums: StepSums, rate: float, validate: Validate | None, started: float) -> Row:
    # Σ w ℓ / Σ w over the rows of the steps that were made; penalty and norm are means over these steps.
    loss, penalty = sums.loss / sums.weight, sums.penalty / sums.n_rows
    return history_row(
        epoch,
        loss=loss,
        penalty=penalty,
        objective=loss + penalty,
        validation=validate() if validate else (None, None),
        learning_rate=rate,
        gradient_norm=sums.gradient_norm / sums.n_rows,
        seconds=perf_counter() - started,
    )


def _diverged(problem: Problem, state: TrainingState, finished: Finished, rate: float) -> Outcome:
    # A parameter whose memory overflowed never moves again, however finite it looks.
    broken = np.where(np.isfinite(state.memory).all(axis=0), problem.objective.network.parameters, np.nan)
    finished.put_back()
    divergence = explain_divergence(problem, broken, state.epoch + 1, rate)
    return Outcome("diverged", str(divergence), finished.n_epochs, divergence)


def _judge_progress(
    state: TrainingState, plan: Plan, n_epochs: int
) -> tuple[Outcome | None, RateReduced | None]:
    """Return the outcome if training has stalled permanently, or the notice of a reduced rate."""
    if not is_stalled(state, plan.patience):
        return None, None
    what = "Validation score" if plan.keep_best else "Training loss"
    message = f"{what} did not improve more than tol={plan.tol:f} for {plan.patience:g} consecutive epochs."
    if plan.schedule.name != "adaptive":
        return Outcome("converged", f"{message} Stopping.", n_epochs), None
    factor = plan.schedule.options["factor"]
    rate = plan.learning_rate * factor**state.reductions
    if rate <= SMALLEST_RATE:
        return Outcome("converged", f"{message} Learning rate too small. Stopping.", n_epochs), None
    state.reductions += 1
    state.epochs_without_improvement = 0
    message = f"{message} Setting learning rate to {factor * rate:f}"
    return None, RateReduced(state.epoch - 1, factor * rate, message)
