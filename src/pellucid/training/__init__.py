"""The loop: batches, stopping, history, events."""

from pellucid.training.divergence import Divergence
from pellucid.training.events import (
    EpochBegin,
    EpochEnd,
    Observer,
    RateReduced,
    StepEnd,
    TrainBegin,
    TrainEnd,
)
from pellucid.training.finished import Outcome
from pellucid.training.full_batch import train_full_batch
from pellucid.training.loop import Validate as Validate
from pellucid.training.loop import train
from pellucid.training.plan import Plan
from pellucid.training.state import TrainingState
from pellucid.training.stepper import Stepper, Waypoint
from pellucid.training.windows import Feed as Feed
from pellucid.training.windows import Window as Window

__all__ = [
    "Divergence",
    "EpochBegin",
    "EpochEnd",
    "Observer",
    "Outcome",
    "Plan",
    "RateReduced",
    "StepEnd",
    "Stepper",
    "TrainBegin",
    "TrainEnd",
    "TrainingState",
    "Waypoint",
    "train",
    "train_full_batch",
]
