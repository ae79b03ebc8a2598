"""Observers of one training: the only place from which they are notified."""

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
    """The observers of one training, in the order in which they are notified.

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
        """Return the step of the epoch, at most the last, after which an observer is notified next."""
        return min(
            (n_steps, *((step // o.every_steps + 1) * o.every_steps for o in self._of_steps if o.every_steps))
        )

    def train_begin(self, event: TrainBegin) -> None:
        """Notify all observers that training begins; those that were notified also hear of its end."""
        for observer in self.observers:
            observer.on_train_begin(event)
            self._begun.append(observer)

    def epoch_begin(self, epoch: int) -> None:
        """Notify all observers that an epoch begins."""
        for observer in self.observers:
            observer.on_epoch_begin(EpochBegin(epoch))

    def step_end(self, step: int, shown: Callable[[], StepEnd]) -> None:
        """Show a step to the observers that are due."""
        for observer in self._of_steps:
            if observer.every_steps and (step + 1) % observer.every_steps == 0:
                observer.on_step_end(shown())

    def epoch_end(self, event: EpochEnd, notice: RateReduced | None = None) -> bool:
        """Show an epoch, and a lowered learning rate, to all observers; return whether one ends training."""
        told_to_stop = [observer.on_epoch_end(event) for observer in self.observers]
        if notice is not None:
            for observer in self.observers:
                observer.on_rate_reduced(notice)
        return any(told_to_stop)

    def train_end(self, reason: str, message: str) -> None:
        """Notify each observer that was told of the beginning, once, that training has ended."""
        for observer in self._still_here:
            observer.on_train_end(TrainEnd(reason, message))
