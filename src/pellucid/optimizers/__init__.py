"""Optimizers, one file per method, and learning-rate schedules. They know arrays, not networks."""

from pellucid.optimizers.adagrad import ADAGRAD
from pellucid.optimizers.adam import ADAM, ADAMW
from pellucid.optimizers.lbfgs import LBFGS
from pellucid.optimizers.momentum import MOMENTUM, NESTEROV
from pellucid.optimizers.optimizer import Optimizer
from pellucid.optimizers.rmsprop import RMSPROP
from pellucid.optimizers.schedules import SCHEDULES, Moment, Schedule, get_schedule
from pellucid.optimizers.sgd import SGD

__all__ = ["OPTIMIZERS", "SCHEDULES", "Moment", "Optimizer", "Schedule", "get_schedule"]

OPTIMIZERS: dict[str, Optimizer] = {
    row.name: row for row in (SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW, LBFGS)
}
