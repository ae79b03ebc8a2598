"""Options of a training: everything except the data and the state."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from pellucid.optimizers import Schedule

__all__ = ["Plan"]


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
