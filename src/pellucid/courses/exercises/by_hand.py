"""Activations and losses as written by hand: formulas that run on numbers and on ranges of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.courses.exercises.ranges import Range, through
from pellucid.exceptions import ParameterError

__all__ = ["ACTIVATIONS", "LOSSES", "HandActivation", "get_activation", "get_loss", "loss_of"]


@dataclass(frozen=True)
class HandActivation:
    """Activation of an exercise.

    Parameters
    ----------
    name : str
        Its name in :data:`pellucid.core.activations.ACTIVATIONS`.
    value : callable
        From signals to activations.
    slope : callable or None
        From the signal and the activation to the derivative; None for softmax.
    formula, slope_formula : str
        As the sheet writes them, of s and of the activation a.
    is_exact : bool, default=False
        True if short numbers give short numbers.
    """

    name: str
    value: Callable[[Any], Any]
    slope: Callable[[Any, Any], Any] | None
    formula: str
    slope_formula: str
    is_exact: bool = False


def identity(z: Any) -> Any:
    """Return z."""
    return z


def relu(z: Any) -> Any:
    """Return max(0, z)."""
    return through(z, lambda s: np.maximum(s, 0.0))


def relu_slope(z: Any, a: Any) -> Any:
    """Return 1 where z is positive, else 0."""
    del a
    return through(z, lambda s: np.where(s > 0.0, 1.0, 0.0))


def ones(z: Any, a: Any) -> Any:
    """Return 1."""
    del a
    return np.ones(z.shape)


def logistic(z: Any) -> Any:
    """Return 1 / (1 + e^-z); the exponential may be rounded too."""
    fall = through(z, lambda s: np.exp(-s), falling=True)
    return through(fall, lambda e: 1.0 / (1.0 + np.maximum(e, 0.0)), falling=True)


def tanh(z: Any) -> Any:
    """Return tanh z."""
    return through(z, np.tanh)


def softmax(z: Any) -> Any:
    """Return the shares of e^z in their row; the exponentials may be rounded too."""
    e = through(z, np.exp)
    if not isinstance(e, Range):
        return e / e.sum(1, keepdims=True)
    low, high = np.maximum(e.low, 0.0), np.maximum(e.high, 0.0)
    others_low, others_high = low.sum(1, keepdims=True) - low, high.sum(1, keepdims=True) - high
    return Range(low / (low + others_high), high / (high + others_low), z.digits).rounded()


ACTIVATIONS = {
    row.name: row
    for row in (
        HandActivation("identity", identity, ones, "s", "1", is_exact=True),
        HandActivation("relu", relu, relu_slope, "max(0, s)", "1 if s > 0, else 0", is_exact=True),
        HandActivation("logistic", logistic, lambda z, a: a * (1.0 - a), "1 / (1 + e^{−s})", "a (1 − a)"),
        HandActivation("tanh", tanh, lambda z, a: 1.0 - a * a, "tanh s", "1 − a^{2}"),
        HandActivation("softmax", softmax, None, "e^{s} / (sum of e^{s} over the units)", ""),
    )
}


def squares(y: Any, p: Any, factor: float) -> Any:
    """Return ½ (p - y)² times the factor of a notation."""
    r = p - y
    return (0.5 * factor) * (r * r)


def log_loss(y: Any, p: Any, factor: float) -> Any:
    """Return -log of the probability that a logistic unit gives to its target, which is 0 or 1."""
    del factor
    return -through(y * p + (1.0 - y) * (1.0 - p), _log)


def cross_entropy(y: Any, p: Any, factor: float) -> Any:
    """Return -y log p; the terms of the classes with y = 0 are 0."""
    del factor
    return -through(y * p + (1.0 - y), _log)


def _log(p: Any) -> Any:
    return np.log(np.maximum(p, 1e-12))


def loss_of(name: str, output: str) -> Callable[..., Any]:
    """Return the terms of a loss for an output activation."""
    return squares if name == "squared_error" else cross_entropy if output == "softmax" else log_loss


LOSSES = {
    "squared_error": {"identity": "canonical", "logistic": "", "tanh": "", "relu": ""},
    "log_loss": {"logistic": "canonical", "softmax": "canonical"},
}
"""The losses, with the output activations that each takes, and whether their sensitivity is output − target."""

SHORT = {"squared": "squared_error", "log": "log_loss", "cross_entropy": "log_loss"}


def get_activation(name: str, parameter: str = "activation") -> HandActivation:
    """Return the activation with the given name."""
    hidden = parameter == "activation"
    known = [row for row in ACTIVATIONS if not (hidden and row == "softmax")]
    if name not in known:
        raise ParameterError(f"'{parameter}' must be one of {known} in an exercise; got {name!r}.")
    return ACTIVATIONS[name]


def get_loss(name: str, output: str) -> str:
    """Return the full name of a loss, checked against the output activation."""
    full = SHORT.get(name, name)
    if full not in LOSSES:
        known = [*LOSSES, *SHORT]
        raise ParameterError(f"'loss' must be one of {known} in an exercise; got {name!r}.")
    outputs = LOSSES[full]
    if output not in outputs:
        raise ParameterError(
            f"loss={full!r} takes output_activation {' or '.join(map(repr, outputs))}; got {output!r}."
        )
    return full
