"""A calculation as on paper: every result is rounded before it is used again.

The equations are core's own; only their results are rounded. A student who writes 0.996 for a logistic
unit's 0.99570 continues with a slope of 0.996 · 0.004: small errors in the activations become large errors
in the sensitivities, which are worth comparing with the exact numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import is_whole
from pellucid.core.layers import Activate, Dense, Layer, ParameterSpec, Run
from pellucid.core.layers.worked import Worked, both_ways
from pellucid.core.network import Network
from pellucid.core.structure import Structure
from pellucid.exceptions import ParameterError

__all__ = ["check_digits", "on_paper", "rounded"]

Array = NDArray[np.floating]


def rounded(values: Any, digits: int | None) -> Any:
    """Return numbers rounded to the given decimals, ties away from zero as in school.

    Parameters
    ----------
    values : float or ndarray
        The numbers.
    digits : int or None
        The decimals; None leaves the numbers as they are.

    Returns
    -------
    float or ndarray
        As given, rounded.

    Examples
    --------
    >>> rounded(2.345, 2), rounded(-0.0005, 3)
    (2.35, -0.001)
    """
    if digits is None:
        return values
    unit = 10.0**digits
    # 2.345 is a little less than 2.345 in binary, but is a tie on paper.
    whole = np.floor(np.abs(values) * unit * (1.0 + 1e-12) + 0.5)
    result = np.copysign(whole, values) / unit + 0.0
    return float(result) if np.ndim(values) == 0 else result


@dataclass(frozen=True)
class DenseOnPaper(Dense):
    """A dense layer whose results are rounded.

    Parameters
    ----------
    digits : int, default=3
        The decimals.
    """

    digits: int = 3

    def forward(self, x: Any, p: Any, s: Any, run: Run) -> tuple[Array, Any]:
        """Round each sum of products."""
        z, kept = super().forward(x, p, s, run)
        return rounded(z, self.digits), kept

    def gradient(self, upstream: Array, kept: Any, p: Any, g: Any) -> None:
        """Round each derivative."""
        super().gradient(upstream, kept, p, g)
        for view in g.values():
            view[...] = rounded(view, self.digits)

    def backward(self, upstream: Array, kept: Any, p: Any, run: Run) -> Array:
        """Round each sum of weights times sensitivities."""
        return np.asarray(rounded(super().backward(upstream, kept, p, run), self.digits))


@dataclass(frozen=True)
class ActivateOnPaper(Activate):
    """An activation whose results are rounded, including its slope at the rounded values.

    Parameters
    ----------
    digits : int, default=3
        The decimals.
    """

    digits: int = 3

    def forward(self, x: Any, p: Any, s: Any, run: Run) -> tuple[Array, Any]:
        """Round the activation."""
        a = np.asarray(rounded(super().forward(x, p, s, run)[0], self.digits))
        return a, (x, a)

    def backward(self, upstream: Array, kept: Any, p: Any, run: Run) -> Array:
        """Round the slope, and the sensitivity."""
        derivative = self.activation.derivative
        if derivative is None:
            return np.asarray(rounded(super().backward(upstream, kept, p, run), self.digits))
        return np.asarray(rounded(rounded(derivative(*kept), self.digits) * upstream, self.digits))


@dataclass(frozen=True)
class WorkedOnPaper(Layer):
    """A layer with a calculation of its own, whose final and intermediate results are rounded.

    Parameters
    ----------
    layer : Layer
        The layer.
    digits : int
        The decimals.
    """

    layer: Layer
    digits: int

    @property
    def label(self) -> str:
        """The layer's label."""
        return self.layer.label

    @property
    def activation(self) -> Any:
        """The layer's activation, if it has one."""
        return self.layer.activation  # type: ignore[attr-defined]

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare what the layer declares."""
        return self.layer.parameters()

    def worked(self) -> Worked | None:
        """Return the layer's calculation."""
        return self.layer.worked()

    def forward(self, x: Any, p: Any, s: Any, run: Run) -> tuple[Array, Any]:
        """Round each result."""
        return self._both_ways({"x": x, **p})["y"], x

    def gradient(self, upstream: Array, kept: Any, p: Any, g: Any) -> None:
        """Round each derivative."""
        found = self._both_ways({"x": kept, "to_y": upstream, **p})
        for name, view in g.items():
            view[...] = found[f"to_{name}"]

    def backward(self, upstream: Array, kept: Any, p: Any, run: Run) -> Array:
        """Round each derivative."""
        return self._both_ways({"x": kept, "to_y": upstream, **p})["to_x"]

    def _both_ways(self, given: dict[str, Array]) -> dict[str, Array]:
        worked = self.layer.worked()
        assert worked is not None
        return both_ways(worked, given, rounded=lambda array: np.asarray(rounded(array, self.digits)))


ON_PAPER: dict[type[Layer], type[Layer]] = {Dense: DenseOnPaper, Activate: ActivateOnPaper}


def on_paper(network: Network, digits: int, *, training: bool = False) -> Structure:
    """Return a structure with the network's parameters, whose layers round their results.

    Parameters
    ----------
    network : Network
        Of dense layers, activations and layers with a calculation of their own.
    digits : int
        The decimals.
    training : bool, default=False
        True if dropout drops; otherwise its layers change nothing.

    Returns
    -------
    Structure
        For :func:`pellucid.core.forward` and :func:`pellucid.core.backward`.

    Raises
    ------
    ParameterError
        If the network has other kinds of layer.
    """
    layers = tuple(
        layer if layer.is_random and not training else _on_paper(layer, digits) for layer in network.layers
    )
    structure = Structure(
        network.layer_sizes, layers, network.z_positions, network.a_positions, network.dtype, network.widths
    )
    structure.parameters[...] = network.parameters
    return structure


def check_digits(digits: Any) -> int:
    """Check a number of decimals, and return it."""
    if is_whole(digits, 0, 12):
        return int(digits)
    raise ParameterError(f"'digits' must be a number of decimals from 0 to 12; got {digits!r}.")


def _on_paper(layer: Layer, digits: int) -> Layer:
    kind: Any = ON_PAPER.get(type(layer))
    if kind is not None:
        return kind(**vars(layer), digits=digits)  # type: ignore[no-any-return]
    if layer.worked() is not None:
        return WorkedOnPaper(layer, digits)
    raise ParameterError(
        "A calculation by hand is for dense layers, activations and input layers; this network has a layer of "
        f"kind {type(layer).__name__}. Use the exact trace, or a network without it."
    )
