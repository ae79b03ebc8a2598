"""The last finished epoch: built separately, published by one assignment, and restored however training ends.

During an epoch, the network and the state are in flux. An exception, above all Ctrl-C, can occur between any two
instructions, and a second one while the first is handled. So :class:`Finished` keeps a copy of everything as it
was when the last epoch ended, and :func:`run_to_the_end` restores it however training ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.core.structure import Structure
from pellucid.training.audience import Audience
from pellucid.training.divergence import Divergence
from pellucid.training.epoch_rows import Row
from pellucid.training.events import EpochEnd, TrainBegin, read_only
from pellucid.training.state import TrainingState

__all__ = ["INTERRUPTED", "Finished", "Outcome", "run_to_the_end"]

Arrays = tuple[NDArray[np.floating], ...]

COUNTED = (
    "epoch", "samples_seen", "updates", "reductions", "best", "epochs_without_improvement", "monitor",
    "best_parameters", "best_statistics", "last_parameters", "last_statistics",
)  # fmt: skip
INTERRUPTED = "Training interrupted by user."
_counters_of = attrgetter(*COUNTED)


@dataclass(frozen=True)
class Outcome:
    """Outcome of a call of :func:`train`.

    Parameters
    ----------
    reason : str
        ``"converged"``, ``"max_iter"``, ``"out_of_time"``, ``"stopped"`` (by an observer), ``"interrupted"`` or
        ``"diverged"``.
    message : str
        The same in a sentence.
    n_epochs : int
        The finished epochs of this call.
    divergence : Divergence or None, default=None
        The account, if it diverged.

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
    >>> state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=5)
    >>> outcome = train(problem, state, Plan(5, 0.01, get_schedule("constant")), get_engine())
    >>> outcome.reason, outcome.n_epochs, outcome.divergence
    ('max_iter', 5, None)
    """

    reason: str
    message: str
    n_epochs: int
    divergence: Divergence | None = None


class _Kept(NamedTuple):
    """Everything that training changes, as it was when an epoch ended; the rows of the history are counted."""

    arrays: Arrays
    counters: tuple[Any, ...]
    rng_state: Any
    n_rows: int


class Finished:
    """The last finished epoch of a training.

    Parameters
    ----------
    network : Structure
        Trained in place.
    state : TrainingState
        Changed in place.
    """

    def __init__(self, network: Structure, state: TrainingState) -> None:
        self.state, self.arrays = state, (network.parameters, network.state, state.memory)
        self._buffers = tuple(tuple(array.copy() for array in self.arrays) for _ in range(2))
        self._epoch = self._copied(self._buffers[0])
        self.first_epoch = state.epoch

    @property
    def n_epochs(self) -> int:
        """The finished epochs of this call."""
        return int(self._epoch.counters[0]) - self.first_epoch

    def is_finite(self) -> bool:
        """Return whether all numbers of the network and the optimizer are finite now."""
        return all(np.isfinite(array).all() for array in self.arrays if array.size)

    def go_on(self) -> None:
        """Return from the best epoch to the last, if an interrupted training restored the best one."""
        state, (parameters, statistics, _) = self.state, self.arrays
        if state.last_parameters is not None:
            # Parameters that were set by hand since then are kept.
            if state.best_parameters is not None and np.array_equal(parameters, state.best_parameters):
                parameters[...], statistics[...] = state.last_parameters, state.last_statistics
            state.last_parameters = state.last_statistics = None
            self.publish()

    def publish(self) -> None:
        """Declare the epoch finished: the network and the state as they are now."""
        self._epoch = self._copied(self._buffers[self._epoch.arrays is self._buffers[0]])

    def close_epoch(self, *rows: Row) -> EpochEnd:
        """Declare the epoch finished that a row of the history describes; return what observers see of it.

        Parameters
        ----------
        *rows : dict
            The row; those of earlier epochs before it if they were made together.

        Returns
        -------
        EpochEnd
            The event.
        """
        row = rows[-1]
        self.state.history.extend(rows)
        self.publish()
        return EpochEnd(self.state.epoch - 1, dict(row), read_only(self.arrays[0]))

    def _copied(self, buffers: Arrays) -> _Kept:
        for copy, array in zip(buffers, self.arrays, strict=True):
            copy[...] = array
        state = self.state
        return _Kept(buffers, _counters_of(state), state.rng.bit_generator.state, len(state.history))

    def put_back(self) -> None:
        """Set the network and the state to the last finished epoch."""
        try:
            self._put_back()
        except BaseException:  # a second Ctrl-C; restored in part, the model would be a mixture of two epochs
            self._put_back()
            raise

    def _put_back(self) -> None:
        epoch, state = self._epoch, self.state
        for name, value in zip(COUNTED, epoch.counters, strict=True):
            setattr(state, name, value)
        state.rng.bit_generator.state = epoch.rng_state
        del state.history[epoch.n_rows :]
        for array, copy in zip(self.arrays, epoch.arrays, strict=True):
            array[...] = copy

    def close(self, *, best: bool, goes_on: bool) -> None:
        """Leave the network and the state at the last finished epoch, or the network at the best one.

        Parameters
        ----------
        best : bool
            True if the network is put to its best epoch, if there is one.
        goes_on : bool
            True if the state then keeps the network at its last epoch, from which a further call goes on.
        """
        self.put_back()
        state, (parameters, statistics, _) = self.state, self._epoch.arrays
        if not best or state.best_parameters is None or state.last_parameters is not None:
            return
        if goes_on:
            state.last_statistics, state.last_parameters = statistics.copy(), parameters.copy()
        network_parameters, network_statistics, _ = self.arrays
        network_parameters[...], network_statistics[...] = state.best_parameters, state.best_statistics
        self.publish()


def run_to_the_end(
    run: Callable[[], Outcome],
    finished: Finished,
    audience: Audience,
    begin: TrainBegin,
    *,
    keep_best: bool = False,
) -> Outcome:
    """Run a training; on every way out, the network and the state are those of a finished epoch.

    Ctrl-C ends the training, as ``"interrupted"`` if it was not finished, and is not raised again.

    Parameters
    ----------
    run : callable
        Runs epochs, publishes each, and returns the outcome.
    finished : Finished
        The last finished epoch.
    audience : Audience
        Told of the beginning and of the end.
    begin : TrainBegin
        The event sent to them at the beginning.
    keep_best : bool, default=False
        True if the network ends at its best epoch.

    Returns
    -------
    Outcome
        The outcome of training.
    """
    outcome: Outcome | None = None
    try:
        finished.go_on()
        audience.train_begin(begin)
        while True:
            try:
                if outcome is None:
                    outcome = run()
                finished.close(best=keep_best, goes_on=outcome.reason == "interrupted")
                audience.train_end(outcome.reason, outcome.message)
                return outcome
            except KeyboardInterrupt:
                if outcome is None:
                    outcome = Outcome("interrupted", INTERRUPTED, finished.n_epochs)
    except KeyboardInterrupt:  # the second
        finished.close(best=keep_best, goes_on=True)
        audience.train_end("interrupted", INTERRUPTED)
        raise
    except BaseException as error:
        finished.put_back()
        audience.train_end("failed", str(error))
        raise
