"""Conversion of targets to the numbers with which a network's outputs are compared, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import get_loss
from pellucid.core.activations import get_activation
from pellucid.core.brief import brief
from pellucid.core.loss_forms import Loss, LossForm
from pellucid.core.losses import smooth_labels
from pellucid.estimators.standardization import moments

__all__ = ["Targets", "mean_loss"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Targets:
    """Conversion of targets to a network's outputs and back.

    Parameters
    ----------
    loss : Loss
        The loss to minimize.
    output_activation : str
        Of the last layer.
    n_outputs : int
        Of the network.
    levels : tuple of float, default=()
        For quantiles: their levels; each target has one output per level, one after the other.
    mean, scale : ndarray of shape (n_targets,) or None, default=None
        Targets are standardized by them.
    low, high : ndarray of shape (n_targets,) or None, default=None
        Predictions are kept within them: the range of the training targets.
    """

    loss: Loss
    output_activation: str
    n_outputs: int
    levels: tuple[float, ...] = ()
    mean: Array | None = None
    scale: Array | None = None
    low: Array | None = None
    high: Array | None = None

    __repr__ = brief

    @classmethod
    def of_classes(cls, n_classes: int) -> Targets:
        """Return those of mutually exclusive classes."""
        return cls(get_loss("log_loss"), "softmax", n_classes)

    @classmethod
    def of_labels(cls, n_labels: int) -> Targets:
        """Return those of labels, each of which may be present or not."""
        return cls(get_loss("log_loss"), "logistic", n_labels)

    @classmethod
    def of_numbers(
        cls, loss: str, n_targets: int, *, levels: tuple[float, ...], huber_delta: float
    ) -> Targets:
        """Return those of numbers, not yet on the scale of some training rows."""
        if loss == "quantile":
            each = tuple(np.tile(levels, n_targets))
            return cls(get_loss(loss, level=each), "identity", len(each), levels)
        options = {"delta": huber_delta} if loss == "huber" else {}
        row = get_loss(loss, **options)
        return cls(row, row.canonical[0], n_targets)

    def on(self, y: Array, sample_weight: Array | None) -> Targets:
        """Return the same on the scale of training targets of shape (n_rows, n_targets)."""
        if self.output_activation in ("softmax", "logistic"):
            return self
        low, high = y.min(axis=0), y.max(axis=0)
        if self.output_activation == "exp":
            return self.at(low, high, np.average(y, axis=0, weights=sample_weight), np.ones(y.shape[1]))
        unit = np.frexp(np.abs(y).max(axis=0))[1]  # so that no square overflows or vanishes
        mean, scale = (np.ldexp(m, unit) for m in moments(np.ldexp(y, -unit), sample_weight))
        return self.at(low, high, mean, scale)

    def at(self, low: Array, high: Array, mean: Array, deviation: Array) -> Targets:
        """Return the same on the scale of training targets with this range, mean and deviation."""
        if self.output_activation in ("softmax", "logistic"):
            return self
        if self.output_activation == "exp":  # only the unit is set
            scale = np.where(mean > 0.0, mean, 1.0)
            return replace(self, mean=np.zeros(len(mean)), scale=scale, low=low, high=high)
        return replace(self, mean=mean, scale=deviation, low=low, high=high)

    def on_scale_of(self, other: Targets) -> Targets:
        """Return these on the scale of others, which a network has learned, and with the range of both."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return self
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return replace(self, mean=other.mean, scale=other.scale, low=low, high=high)

    def encode(self, y: Array, dtype: Any, label_smoothing: float = 0.0) -> Array:
        """Return targets in the form that the loss takes."""
        if self.mean is not None and self.scale is not None:
            y = (y - self.mean) / self.scale
        y = np.repeat(y, max(1, len(self.levels)), axis=1).astype(dtype)
        return smooth_labels(y, label_smoothing, get_activation(self.output_activation))

    def data_loss(self, outputs: Array, y: Array, sample_weight: Array | None) -> float:
        """Return the weighted mean loss of outputs, on the scale on which training measures it."""
        return mean_loss(self.row_losses(outputs, y), sample_weight)

    def row_losses(self, outputs: Array, y: Array) -> Array:
        """Return the loss of each row's outputs, on the scale on which training measures it."""
        return self.losses(outputs, self.encode(y, np.float64))

    def losses(self, outputs: Array, encoded: Array) -> Array:
        """Return the same, given the targets as ``encode`` returns them."""
        form, outputs = self._form, np.asarray(outputs, np.float64)
        if form.outputs.high <= 1.0:  # probabilities that float32 rounds to 0 or 1
            outputs = np.clip(outputs, 1e-30, 1.0 - 1e-15 * (not form.outputs.simplex))
        options = [np.array(o) if isinstance(o, tuple) else o for o in self.loss.options.values()]
        with np.errstate(all="ignore"):
            return np.asarray(form.value(encoded, outputs, *options).sum(axis=1))

    @property
    def _form(self) -> LossForm:
        return self.loss.on(get_activation(self.output_activation)).form

    def restore(self, predictions: Array) -> Array:
        """Return predictions in the units of the targets as outputs of a network: the inverse of ``decode``."""
        if self.mean is None or self.scale is None:
            return predictions
        shaped = predictions.reshape(len(predictions), len(self.mean), -1)
        return np.asarray((shaped - self.mean[:, None]) / self.scale[:, None]).reshape(predictions.shape)

    def decode(self, outputs: Array) -> Array:
        """Return outputs in the units of the targets: in float64, within their range, quantiles in order."""
        outputs = outputs.astype(np.float64, copy=False)
        if get_activation(self.output_activation).range.simplex:
            return np.asanyarray(outputs / outputs.sum(axis=1, keepdims=True))  # float32 leaves 1e-7 of 1
        if self.mean is None or self.scale is None:
            return outputs
        n = max(1, len(self.levels))
        with np.errstate(over="ignore"):  # beyond float64 is beyond the range
            shaped = (
                outputs.reshape(len(outputs), outputs.shape[1] // n, n) * self.scale[:, None]
                + self.mean[:, None]
            )
        shaped = self._within(shaped)
        if self.levels:
            shaped = np.sort(shaped, axis=2)
        return shaped.reshape(outputs.shape)

    def decode_backward(self, outputs: Array, upstream: Array) -> Array:
        """Return derivatives with respect to outputs, given those with respect to the result of ``decode``."""
        if self.mean is None or self.scale is None:
            return upstream  # probabilities already sum to 1, up to rounding
        n = max(1, len(self.levels))
        numbers = outputs.reshape(len(outputs), -1, n) * self.scale[:, None] + self.mean[:, None]
        back = upstream.reshape(numbers.shape)
        if self.levels:
            places = np.argsort(self._within(numbers), axis=2, kind="stable")
            sorted_back, back = back, np.empty_like(back)
            np.put_along_axis(back, places, sorted_back, axis=2)
        is_inside = self._within(numbers) == numbers
        return np.asarray((back * self.scale[:, None] * is_inside).reshape(outputs.shape))

    def _within(self, numbers: Array) -> Array:
        """Return numbers of shape (n_rows, n_targets, n_levels) clipped to the range of the targets."""
        if self.low is None or self.high is None:
            return numbers
        kept: Array = np.clip(numbers, self.low[:, None], self.high[:, None])  # as it is: exports record it
        return kept


def mean_loss(losses: Array, sample_weight: Array | None) -> float:
    """Return the mean of the losses of rows, weighted if there are weights."""
    return float(losses.mean() if sample_weight is None else np.average(losses, weights=sample_weight))
