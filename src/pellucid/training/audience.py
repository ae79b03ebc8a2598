"""The observers of one training: the only place from which they are told anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pellucid.training.events import (
    EpochBegin,
    EpochEnd,
    Observer,
    RateReduced,
    StepEnd,
    TrainBegin,
    TrainEnd,
)

__all__ = ["Audience"]


class Audience:
    """The observers of one training, in the order in which they are told.

    Parameters
    ----------
    observers : sequence of Observer
        The observers.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.observers = observers
        self._of_steps = [observer for observer in observers if observer.every_steps]
        self._begun: list[Observer] = []
        self._still_here = iter(self._begun)

    def next_look(self, step: int, n_steps: int) -> int:
        """Return how many steps of the epoch have been made when an observer looks next, at most all."""
        return min(
            (n_steps, *((step // o.every_steps + 1) * o.every_steps for o in self._of_steps if o.every_steps))
        )

    def train_begin(self, event: TrainBegin) -> None:
        """Tell all that training begins; those who have heard it are told of its end."""
        for observer in self.observers:
            observer.on_train_begin(event)
            self._begun.append(observer)

    def epoch_begin(self, epoch: int) -> None:
        """Tell all that an epoch begins."""
        for observer in self.observers:
            observer.on_epoch_begin(EpochBegin(epoch))

    def step_end(self, step: int, shown: Callable[[], StepEnd]) -> None:
        """Show a step to those whose turn it is."""
        for observer in self._of_steps:
            if observer.every_steps and (step + 1) % observer.every_steps == 0:
                observer.on_step_end(shown())

    def epoch_end(self, event: EpochEnd, notice: RateReduced | None = None) -> bool:
        """Show all an epoch, and that the rate was lowered if it was; return whether one of them ends training."""
        told_to_stop = [observer.on_epoch_end(event) for observer in self.observers]
        if notice is not None:
            for observer in self.observers:
                observer.on_rate_reduced(notice)
        return any(told_to_stop)

    def train_end(self, reason: str, message: str) -> None:
        """Tell those who heard of the beginning that training has ended, each once."""
        for observer in self._still_here:
            observer.on_train_end(TrainEnd(reason, message))
