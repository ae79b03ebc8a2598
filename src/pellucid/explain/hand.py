"""A calculation as on paper: every result is rounded before it is used again.

The equations are core's own; only what they give is rounded. A student who writes 0.996 for a logistic
unit's 0.99570 goes on with a slope of 0.996 · 0.004: small errors of the activations become large ones of
the sensitivities, which is worth comparing with the exact numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers import Activate, Dense, Layer, Run
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
    """An activation whose results are rounded, its slope at the rounded values too.

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


ON_PAPER: dict[type[Layer], type[Layer]] = {Dense: DenseOnPaper, Activate: ActivateOnPaper}


def on_paper(network: Network, digits: int) -> Structure:
    """Return a structure with the network's numbers whose layers round what they compute.

    Parameters
    ----------
    network : Network
        Of dense layers and activations only.
    digits : int
        The decimals.

    Returns
    -------
    Structure
        For :func:`pellucid.core.forward` and :func:`pellucid.core.backward`.

    Raises
    ------
    ParameterError
        If the network has other kinds of layer.
    """
    layers = tuple(_on_paper(layer, digits) for layer in network.layers)
    structure = Structure(
        network.layer_sizes, layers, network.z_positions, network.a_positions, network.dtype
    )
    structure.parameters[...] = network.parameters
    return structure


def check_digits(digits: Any) -> int:
    """Return the number of decimals, or say what is accepted."""
    if isinstance(digits, int | np.integer) and not isinstance(digits, bool) and 0 <= digits <= 12:
        return int(digits)
    raise ParameterError(f"'digits' must be a number of decimals from 0 to 12; got {digits!r}.")


def _on_paper(layer: Layer, digits: int) -> Layer:
    kind: Any = ON_PAPER.get(type(layer))
    if kind is not None:
        return kind(**vars(layer), digits=digits)  # type: ignore[no-any-return]
    raise ParameterError(
        "A calculation by hand is for dense layers and activations; this network has a layer of kind "
        f"{type(layer).__name__}. Use the exact trace, or a network without it."
    )
