"""Observer that measures the vital signs of a network while it trains."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import is_whole
from pellucid.engines import Problem
from pellucid.exceptions import ParameterError
from pellucid.host.blas import one_blas_thread
from pellucid.recording.log import Observation, TrainingLog, Update, update_of
from pellucid.recording.measuring_vitals import measure_vitals, with_spectral_norms
from pellucid.recording.record import Record
from pellucid.recording.rhythm import next_moment
from pellucid.recording.vitals import Vitals
from pellucid.training import EpochBegin, EpochEnd, Observer, StepEnd, TrainBegin, TrainEnd

__all__ = ["Recorder"]

Array = NDArray[np.floating]
NEVER = sys.maxsize  # steps


class Recorder(Observer):
    r"""Observer that records a training: scalars of every epoch, vital signs at some moments.

    Attach it by ``model.set_callbacks(Recorder())`` or ``train(..., observers=[Recorder()])``. It only reads:
    the parameters are the same bit for bit with and without it. One recorder watches one training at a time.
    A training that continues (``warm_start``, ``partial_fit``) continues its record; any other starts a new one.

    Vital signs are those of the network as it predicts, on a probe: the same rows each time, one at random
    from each of ``n_probe`` equal spans of the training set, so that sorted rows are represented evenly. They
    are computed with one BLAS thread, since the products are small.

    The size of an update, and its ratio to the weights, are those of one step: the last full one before the
    moment (for a method without steps, the iteration).

    Parameters
    ----------
    every : int or "log", default="log"
        The interval between moments, in units; ``"log"`` takes them after 1, 2, 4, 8, 16, …, so that their cost
        vanishes in a long training. There is always one before the first step, and one at the end.
    unit : {"epoch", "step"}, default="epoch"
        The unit of counting. If the method has no steps, an iteration counts as both an epoch and a step.
    n_probe : int, default=128
        The largest number of rows of the probe.
    max_moments : int, default=64
        The largest number of moments that are kept; when it is reached, every other one is dropped.
    max_epochs : int, default=4096
        The same for the scalars of epochs.
    random_state : int, numpy.random.Generator or None, default=0
        Source of the probe, separate from the generator of the training.

    Attributes
    ----------
    record : Record
        The record so far.

    See Also
    --------
    vital_signs : What is measured.
    record_of : The record that a fitted estimator keeps by itself.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.recording import Recorder
    >>> recorder = Recorder()
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).set_callbacks(recorder)
    >>> model = model.fit(*load_iris(return_X_y=True))
    >>> recorder.record.epochs[:6], recorder.record.rms_delta[:6].shape
    (array([ 0.,  1.,  2.,  4.,  8., 16.]), (6, 2))
    """

    def __init__(
        self,
        every: int | str = "log",
        *,
        unit: str = "epoch",
        n_probe: int = 128,
        max_moments: int = 64,
        max_epochs: int = 4096,
        random_state: int | np.random.Generator | None = 0,
    ) -> None:
        if every != "log":
            every = _whole("every", every, 1, ' or "log"')
        if unit not in ("epoch", "step"):
            raise ParameterError(f"'unit' must be 'epoch' or 'step'; got {unit!r}.")
        self.every, self.unit = every, unit
        self.n_probe = _whole("n_probe", n_probe, 1)
        self.max_moments = _whole("max_moments", max_moments, 2)
        self.max_epochs = _whole("max_epochs", max_epochs, 2)
        self.random_state = random_state
        self.every_steps = NEVER

    _log: TrainingLog
    _watch: _Watch  # while training runs

    @property
    def record(self) -> Record:
        """The record so far, as plain data."""
        if not hasattr(self, "_log"):
            raise ParameterError(
                "The recorder has seen no training: pass it to set_callbacks(recorder) and call fit, or to "
                "train(..., observers=[recorder])."
            )
        return self._log.to_record()

    # ---- events of training ---------------------------------------------------------------------------

    def on_train_begin(self, event: TrainBegin) -> None:
        """Choose the probe, and look at the network before its first step.

        Parameters
        ----------
        event : TrainBegin
            The event.
        """
        self._watch = watch = _Watch(event, self.n_probe, np.random.default_rng(self.random_state))
        if event.first_epoch == 0 or not self._goes_on(event.problem):
            self._log = TrainingLog(event.problem, len(watch.Y), self.max_moments, self.max_epochs)
            self._log.steps = event.first_epoch * watch.n_steps
            self._look(event.first_epoch)
            self._add_norms()
        self._log.reason = self._log.message = ""

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Choose the step of this epoch to observe.

        Parameters
        ----------
        event : EpochBegin
            The event.
        """
        self._aim(0)

    def on_step_end(self, event: StepEnd) -> None:
        """Measure the step, and take a moment if steps are counted.

        Parameters
        ----------
        event : StepEnd
            The event.
        """
        watch, done = self._watch, event.step + 1
        if done == watch.target:
            watch.take_update()
            if self.unit == "step":
                self._look(watch.epoch + done / watch.n_steps, done)
            self._aim(done)
        elif done + 1 == watch.target:
            self._await_target()

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Keep the numbers of the epoch, and take a moment if it is due.

        Parameters
        ----------
        event : EpochEnd
            The event.
        """
        watch, log = self._watch, self._log
        log.epochs.append(dict(event.row))
        log.steps += watch.n_steps
        watch.epoch = event.epoch + 1
        if watch.target is not None and not watch.is_stepwise:
            watch.take_update()
        if watch.updates:
            self._look(watch.epoch)

    def on_train_end(self, event: TrainEnd) -> None:
        """Look at what training has left.

        Parameters
        ----------
        event : TrainEnd
            The event.
        """
        watch, log = self._watch, self._log
        log.reason, log.message = event.reason, event.message
        if watch.has_news and watch.n_epochs > 1 and event.reason != "failed":
            self._look(watch.epoch)
        if not watch.has_news:
            self._add_norms()
        del self._watch  # and with it the data

    # ---- observing ------------------------------------------------------------------------------------

    def _goes_on(self, problem: Problem) -> bool:
        if not hasattr(self, "_log"):
            return False
        twin = TrainingLog(problem, 0, 2, 2).description
        return all(self._log.description[name] == twin[name] for name in ("layer_sizes", "activations"))

    def _aim(self, done: int) -> None:
        """Choose the step whose update is measured next, after the given number of steps of this epoch."""
        watch = self._watch
        watch.target = self._next_target(done)
        if watch.target is None:
            self.every_steps = NEVER
        elif watch.target == done + 1:
            self._await_target()
        else:
            self.every_steps = watch.target - 1  # to see the parameters before it

    def _await_target(self) -> None:
        self._watch.remember()
        self.every_steps = self._watch.target or NEVER

    def _next_target(self, done: int) -> int | None:
        watch = self._watch
        if self.unit == "step":
            step = next_moment(self.every, self._log.steps + done) - self._log.steps
            return step if step <= watch.n_steps else None
        is_due = next_moment(self.every, watch.epoch) == watch.epoch + 1 or watch.is_last_epoch
        return watch.last_full_step if is_due and done == 0 else None

    def _look(self, epoch: float, step: int = 0) -> None:
        watch, log = self._watch, self._log
        with one_blas_thread(wanted=True):
            vitals = watch.vital_signs()
        log.moments.append(Observation(float(epoch), log.steps + step, vitals, watch.updates))
        watch.seen, watch.updates = watch.network.parameters.copy(), ()

    def _add_norms(self) -> None:
        """Add the spectral norms to the last moment, which is the network as it is."""
        network = self._watch.network
        self._log.moments.amend(lambda seen: replace(seen, vitals=with_spectral_norms(seen.vitals, network)))


class _Watch:
    """State needed while training runs: the network, the probe, and the step to wait for."""

    def __init__(self, event: TrainBegin, n_probe: int, rng: np.random.Generator) -> None:
        problem = event.problem
        self.network, self.objective = problem.objective.network, problem.objective
        self.is_stepwise = problem.optimizer.is_stepwise
        self.n_steps = problem.n_steps if self.is_stepwise else 1
        self.last_full_step = max(problem.n_samples // problem.batch_size, 1) if self.is_stepwise else 1
        self.n_epochs, self.last_epoch = event.n_epochs, event.first_epoch + event.n_epochs - 1
        rows = _spread(problem, n_probe, rng)
        self.X, self.Y = problem.X[rows], problem.Y[rows]
        w = problem.sample_weight
        self.w = np.ones(len(rows)) if w is None else w[rows].astype(np.float64)
        batch = problem.batch_size if self.is_stepwise else problem.n_samples
        self.l2 = problem.objective.l2_of(batch * problem.mean_weight)
        self.epoch = event.first_epoch
        self.target: int | None = None
        self.updates: tuple[Update, ...] = ()
        self.before = self.network.parameters
        self.seen: Array | None = None

    @property
    def is_last_epoch(self) -> bool:
        """True if this epoch is known to be the last; a call for a single epoch is one of many."""
        return self.epoch == self.last_epoch and self.n_epochs > 1

    @property
    def has_news(self) -> bool:
        """True if the network has changed since the last moment of this call."""
        return self.seen is None or not np.array_equal(self.seen, self.network.parameters)

    def remember(self) -> None:
        """Keep the parameters as they are before a step."""
        self.before = self.network.parameters.copy()

    def take_update(self) -> None:
        """Measure the step since then."""
        self.updates = update_of(self.network, self.before)

    def vital_signs(self) -> Vitals:
        """Measure the network on the probe."""
        objective = self.objective
        return measure_vitals(self.network, self.X, self.Y, objective.loss, self.w, objective.l1, self.l2)


def _spread(problem: Problem, n_rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return rows of weight > 0: all, or one at random from each of ``n_rows`` equal spans."""
    w = problem.sample_weight
    counted = np.arange(problem.n_samples) if w is None else np.flatnonzero(w)
    if len(counted) <= n_rows:
        return counted
    edges = np.linspace(0.0, len(counted), n_rows + 1)
    within = (edges[:-1] + rng.random(n_rows) * np.diff(edges)).astype(np.intp)
    return counted[np.minimum(within, len(counted) - 1)]


def _whole(name: str, value: Any, least: int, otherwise: str = "") -> int:
    if is_whole(value, least):
        return int(value)
    raise ParameterError(f"{name!r} must be an integer >= {least}{otherwise}; got {value!r}.")
