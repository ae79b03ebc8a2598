r"""The inverse of the smooth clip: numbers that an encoder bent towards a bound, straight again."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.checks import check_whole
from pellucid.core.elementary import maximum, sqrt, where
from pellucid.core.layers.layer import Array, InputLayer, Loops, Run, Views

__all__ = ["Unclip", "straight"]

BOUND = 3.0  # of TableEncoder
LEAST = 1e-4  # of 1 - (x/c)²: below it float32 holds too few digits of x, so |y| ends at 100 c


@dataclass(frozen=True)
class Unclip(InputLayer):
    r"""The layer :math:`y = x / \sqrt{1 - (x/3)^2}` of its first inputs; the others pass unchanged.

    It undoes :math:`x = y / \sqrt{1 + (y/3)^2}`, the smooth clip of :class:`pellucid.tabular.TableEncoder`, up to
    :math:`|y| = 300`. It has no parameters.

    Parameters
    ----------
    n_numeric : int
        The number of inputs, the first ones, that were clipped.
    n_plain : int
        The number of the others.

    References
    ----------
    D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3: the clip.
    """

    n_numeric: int
    n_plain: int = 0

    def __post_init__(self) -> None:
        check_whole("n_numeric", self.n_numeric, 1)
        check_whole("n_plain", self.n_plain, 0)

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return self.n_numeric + self.n_plain

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        return self.n_in

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"unclip {self.n_in} → {self.n_out}"

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y = x / \sqrt{1 - (x/3)^2}`."""
        numeric = x[:, : self.n_numeric]
        return np.concatenate([straight(numeric), x[:, self.n_numeric :]], axis=1), numeric

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial y/\partial x = (1 - (x/3)^2)^{-3/2}` up to the limit."""
        numeric = upstream[:, : self.n_numeric] * slope(kept)
        return np.concatenate([numeric, upstream[:, self.n_numeric :]], axis=1)

    def loops(self) -> Loops:
        """Return both ways number by number."""
        equations = {"straight": straight, "slope": slope}
        return Loops(
            _forward, _backward, self.n_out, sizes=(self.n_numeric,), in_place=True, equations=equations
        )


def root(x: Any) -> Any:
    """Return √(1 - (x/3)²), which is at least 1/100."""
    return sqrt(maximum(1.0 - (x / BOUND) ** 2, LEAST))


def straight(x: Any) -> Any:
    """Return x/root(x)."""
    return x / root(x)


def slope(x: Any) -> Any:
    """Return the derivative of that."""
    r = root(x)
    return where(1.0 - (x / BOUND) ** 2 > LEAST, 1.0 / r**3, 1.0 / r)


def _forward(x: Array, y: Array, sizes: Any, straight: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = straight(x[i, j]) if j < sizes[0] else x[i, j]


def _backward(x: Array, delta: Array, below: Array, sizes: Any, slope: Any) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            below[i, j] = delta[i, j] * slope(x[i, j]) if j < sizes[0] else delta[i, j]
