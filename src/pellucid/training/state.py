"""Training state: everything needed to continue as if training had never stopped."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.training.epoch_rows import HistoryView

__all__ = ["TrainingState"]


@dataclass
class TrainingState:
    """Everything except the network that training changes: plain numbers, one array, one generator.

    Parameters
    ----------
    memory : ndarray of shape (n_slots, n_parameters)
        The optimizer's slots.
    rng : numpy.random.Generator
        Draws the order of rows and the dropped units.
    horizon : int
        The epochs of the cold fit, over which a schedule with a horizon runs.
    epoch, samples_seen : int, default=0
        Epochs and rows since the cold start.
    updates : int, default=0
        Updates since the memory was empty: since the cold start, or since another solver took over.
    reductions : int, default=0
        The number of times that the adaptive schedule has lowered the rate.
    best : float, default=-inf
        The best monitored value so far (greater is better).
    epochs_without_improvement : int, default=0
        Epochs since the monitored value last improved by more than the tolerance.
    monitor : str, default=""
        The quantity that ``best`` is a value of: ``"objective"`` or ``"score"``.
    best_parameters, best_statistics : ndarray of shape (n_parameters,), and (n_state,), or None, default=None
        The network at its best score, for early stopping.
    last_parameters, last_statistics : ndarray of shape (n_parameters,), and (n_state,), or None, default=None
        The network at its last epoch, if training was interrupted and the network was set back to its best score:
        training continues from here.
    history : list of dict
        One row per epoch; in a snapshot :class:`pellucid.training.epoch_rows.HistoryView`.

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
    >>> _ = train(problem, state, Plan(5, 0.01, get_schedule("constant")), get_engine())
    >>> state.epoch, state.samples_seen, state.updates, state.memory.shape
    (5, 160, 20, (2, 25))
    """

    memory: NDArray[np.floating]
    rng: np.random.Generator
    horizon: int
    epoch: int = 0
    samples_seen: int = 0
    updates: int = 0
    reductions: int = 0
    best: float = -inf
    epochs_without_improvement: int = 0
    monitor: str = ""
    best_parameters: NDArray[np.floating] | None = None
    best_statistics: NDArray[np.floating] | None = None
    last_parameters: NDArray[np.floating] | None = None
    last_statistics: NDArray[np.floating] | None = None
    history: Any = field(default_factory=list)

    __repr__ = brief

    def copy(self) -> TrainingState:
        """Return an independent state; the rows of the history, which stay as they are, are shared.

        Returns
        -------
        TrainingState
            The copy.
        """
        return replace(self.snapshot(), history=list(self.history))

    def snapshot(self) -> TrainingState:
        """Return the state as it is now, without a copy of the history, whose list may keep growing.

        Returns
        -------
        TrainingState
            The state, to inspect or save.
        """
        rows = HistoryView(self.history) if isinstance(self.history, list) else self.history
        twin = replace(self, memory=self.memory.copy(), rng=deepcopy(self.rng), history=rows)
        for name in ("best_parameters", "best_statistics", "last_parameters", "last_statistics"):
            array = getattr(self, name)
            setattr(twin, name, None if array is None else array.copy())
        return twin
