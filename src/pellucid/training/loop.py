"""Training loop: for each epoch, order the rows, let the engine run the steps, observe, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from math import inf
from time import perf_counter

import numpy as np

from pellucid.engines import AheadSession, Engine, Problem
from pellucid.host.counted import counted
from pellucid.training.audience import Audience
from pellucid.training.divergence import explain_divergence
from pellucid.training.epoch import Epoch
from pellucid.training.events import Observer, StepEnd, TrainBegin, read_only, read_only_data
from pellucid.training.finished import Finished, Outcome, run_to_the_end
from pellucid.training.plan import Plan
from pellucid.training.state import TrainingState
from pellucid.training.stopping import watch
from pellucid.training.windows import Feed, spans

__all__ = ["MAX_ITER", "Validate", "train"]

Validate = Callable[[], tuple[float, float | None]]

CALL_SECONDS = 0.25  # how long one call of the engine may take, so that Ctrl-C and progress are prompt
MAX_ITER = "Maximum iterations ({}) reached and the optimization hasn't converged yet."


def train(
    problem: Problem,
    state: TrainingState,
    plan: Plan,
    engine: Engine,
    *,
    validate: Validate | None = None,
    observers: Sequence[Observer] = (),
    feed: Feed | None = None,
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
    feed : Feed, optional
        The rows of each epoch, in windows, where memory does not hold all of them; those of ``problem`` are then a
        sample, and its ``whole`` describes all. Default: the rows of ``problem``.

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
    steps = _Steps(problem, engine, state, plan, audience, feed)

    def run() -> Outcome:
        watch(state, "score" if plan.keep_best else "objective", plan.patience)
        outcome = None if plan.n_epochs else Outcome("max_iter", MAX_ITER.format(0), 0)
        while outcome is None:
            n_ahead = 1 if validate else steps.n_ahead(plan.n_epochs - finished.n_epochs)
            if n_ahead > 1:
                outcome = _run_ahead(steps, finished, n_ahead)
            else:
                outcome = _run_epoch(steps, finished, validate)
        return outcome

    begin = TrainBegin(read_only_data(problem), state.epoch, plan.n_epochs)
    return run_to_the_end(run, finished, audience, begin, keep_best=plan.keep_best)


def _run_epoch(steps: _Steps, finished: Finished, validate: Validate | None) -> Outcome | None:
    """Run an epoch, publish it with the decisions at its end, and return the outcome, or None to continue."""
    state, plan, started = steps.state, steps.plan, perf_counter()
    steps.audience.epoch_begin(state.epoch)
    epoch = steps.run()
    if not (epoch.sums.finite and finished.is_finite()):
        return _diverged(steps.problem, state, finished, epoch.rate)
    row = epoch.row(validate() if validate else (None, None), started)
    converged, notice = epoch.end(row)
    n_epochs = state.epoch - finished.first_epoch
    told_to_stop = steps.audience.epoch_end(finished.close_epoch(row), notice)
    if told_to_stop and converged is None:
        return Outcome("stopped", "An observer ended training.", n_epochs)
    if outcome := _at_the_end(converged, n_epochs, plan):
        return outcome
    seconds = perf_counter() - started
    if steps.time_used + 0.5 * seconds / plan.seconds >= 1.0:
        message = f"The time limit of {plan.seconds:g} s was reached after {counted(n_epochs, 'epoch')}."
        return Outcome("out_of_time", message, n_epochs)
    return None


def _at_the_end(converged: str | None, n_epochs: int, plan: Plan) -> Outcome | None:
    """Return the outcome of a training that has converged, or has completed all of its epochs."""
    if converged is not None:
        return Outcome("converged", converged, n_epochs)
    if n_epochs >= plan.n_epochs:
        return Outcome("max_iter", MAX_ITER.format(plan.n_epochs), n_epochs)
    return None


def _run_ahead(steps: _Steps, finished: Finished, n_epochs: int) -> Outcome | None:
    """Run several epochs in one call of the engine, or else the first of them; return the outcome, or None."""
    state, plan, started = steps.state, steps.plan, perf_counter()
    epochs = steps.run_ahead(n_epochs)
    if not (epochs and finished.is_finite()):
        finished.put_back()
        steps.is_watched = True  # running one at a time finds the one that diverges
        return None
    seconds = (perf_counter() - started) / n_epochs
    rows, converged = [], None
    for epoch in epochs:
        rows.append(epoch.row((None, None), perf_counter() - seconds))
        converged, _ = epoch.end(rows[-1])
    finished.close_epoch(*rows)
    return _at_the_end(converged, state.epoch - finished.first_epoch, plan)


class _Steps:
    """Runs the steps of an epoch in calls that end at the next event, or after about CALL_SECONDS."""

    def __init__(
        self,
        problem: Problem,
        engine: Engine,
        state: TrainingState,
        plan: Plan,
        audience: Audience,
        feed: Feed | None,
    ) -> None:
        self.problem, self.state, self.plan, self.audience = problem, state, plan, audience
        self.engine, self.session, self.feed = engine, engine.open(problem), feed
        self.steps_per_call = 1
        self.is_watched = bool(audience.observers) or feed is not None or plan.keep_best or plan.seconds < inf
        self.started = perf_counter()

    @property
    def time_used(self) -> float:
        """The share of the time that has passed; 0 if there is no limit."""
        return (perf_counter() - self.started) / self.plan.seconds

    def run(self) -> Epoch:
        """Run one epoch as long as its numbers are finite and time allows; return it."""
        epoch, seconds = self._begun(), self.plan.seconds
        with closing(epoch):
            while not epoch.is_over and (epoch.sums.n_updates == 0 or self.time_used < 1.0):
                first, started = epoch.step, perf_counter()
                last = min(first + self.steps_per_call, self.audience.next_look(first, epoch.n_steps))
                epoch.run_to(last, self.time_used)
                left = max(0.0, 1.0 - self.time_used) * seconds if seconds < inf else inf
                self._took(perf_counter() - started, last - first, left)
                self.audience.step_end(last - 1, partial(self._shown, epoch))
        return epoch

    def n_ahead(self, n_left: int) -> int:
        """Return the number of epochs in one call; training cannot stall before the last of them."""
        problem, state = self.problem, self.state
        if self.is_watched or (most := getattr(self.session, "n_ahead", 1)) == 1:
            return 1
        patience = self.plan.patience + 1 - state.epochs_without_improvement
        return int(min(n_left, most, patience, self.steps_per_call // problem.epoch_steps))

    def run_ahead(self, n_epochs: int) -> list[Epoch] | None:
        """Run several epochs in one call; return them, or None if a loss was not finite."""
        session: AheadSession = self.session  # type: ignore[assignment]
        state, started, epochs = self.state, perf_counter(), list[Epoch]()
        before = state.epoch, state.samples_seen

        def order() -> None:
            for _ in range(n_epochs):
                epoch = self._begun()
                epoch.run_to(epoch.n_steps)
                epochs.append(epoch)
                state.epoch += 1
                state.samples_seen += self.problem.epoch_samples

        is_finite = session.ahead(order, state.memory)
        state.epoch, state.samples_seen = before
        self._took(perf_counter() - started, n_epochs * self.problem.epoch_steps)
        return epochs if is_finite else None

    def _took(self, seconds: float, n_steps: int, left: float = inf) -> None:
        """Record the seconds of a call; ``left`` are those that training may still take."""
        each = max(seconds / n_steps, 1e-9)
        self.steps_per_call = max(1, int(min(CALL_SECONDS, left) / each))

    def _begun(self) -> Epoch:
        """Return the epoch that begins, with the rows in memory or those from the feed."""
        coming = None if self.feed is None else spans(self.feed.windows(self.state.epoch), self.engine)
        return Epoch(self.problem, self.session, self.state, self.plan, coming)

    def _shown(self, epoch: Epoch) -> StepEnd:
        """Return the event that shows the last step to an observer."""
        return StepEnd(
            self.state.epoch,
            epoch.step - 1,
            self.state.updates,
            epoch.rate,
            read_only(epoch.last_rows),
            read_only(self.problem.objective.network.parameters),
            read_only(epoch.span.session.gradient),
        )


def _diverged(problem: Problem, state: TrainingState, finished: Finished, rate: float) -> Outcome:
    # A parameter whose memory overflowed never moves again, even if it is finite.
    broken = np.where(np.isfinite(state.memory).all(axis=0), problem.objective.network.parameters, np.nan)
    finished.put_back()
    divergence = explain_divergence(problem, broken, state.epoch + 1, rate)
    return Outcome("diverged", str(divergence), finished.n_epochs, divergence)
