"""Bridge from training events to scikit-learn's callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.training import EpochBegin, EpochEnd, Observer

__all__ = ["CallbackBridge"]


class CallbackBridge(Observer):
    """Notifies scikit-learn callbacks of each epoch, and returns their requests to stop.

    Parameters
    ----------
    estimator : estimator
        The estimator in its fit.
    context : sklearn.callback.CallbackContext
        The context of the fit.
    data : dict
        ``X``, ``y`` and ``metadata`` for the hooks.
    snapshot : callable
        Returns the attributes of an estimator that is fitted so far.
    """

    def __init__(
        self, estimator: Any, context: Any, data: dict[str, Any], snapshot: Callable[[], dict[str, Any]]
    ) -> None:
        self.estimator, self.context, self.data, self.snapshot = estimator, context, data, snapshot

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Open the context of an epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def on_epoch_end(self, event: EpochEnd) -> bool | None:
        """Close it; the callbacks may request to stop."""
        stop = self.epoch.call_on_fit_task_end(
            estimator=self.estimator, **self.data, reconstruction_attributes=self.snapshot
        )
        return bool(stop)
