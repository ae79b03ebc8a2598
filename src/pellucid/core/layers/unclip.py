r"""The inverse of the smooth clip: numbers that an encoder bent towards a bound, straight again."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.checks import check_whole
from pellucid.core.elementary import maximum, sqrt, where
from pellucid.core.layers.layer import Array, InputLayer, Loops, Run, Views
from pellucid.core.layers.worked import Factor, Index, Names, Origin, Quantity, Values, Worked

__all__ = ["Unclip", "straight"]

BOUND = 3.0  # of TableEncoder
MOST = 100.0  # times that a number is stretched
STEEP = 0.03  # of 1 - (x/c)²: below it the slope changes within the step of a finite difference
LEAST = 1e-4  # of 1 - (x/c)²: below it float32 holds too few digits of x, so |y| ends at 100 c


@dataclass(frozen=True)
class Unclip(InputLayer):
    r"""The layer :math:`y = x / \sqrt{\max(1 - (x/3)^2, 10^{-4})}` of its first inputs; the others pass unchanged.

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

    def sides(self, x: Array) -> Array:
        """Return 0 for a number that is not near the bound; one that is has no neighbours in a step's reach."""
        numeric = x[:, : self.n_numeric]
        return np.where(1.0 - (numeric / BOUND) ** 2 > STEEP, 0.0, numeric)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y = x / \sqrt{\max(1 - (x/3)^2, 10^{-4})}`."""
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

    def worked(self) -> Worked:
        """Return both ways number by number."""
        n = self.n_numeric

        def stretched(v: Values) -> Array:
            return np.concatenate([v["x"][:, :n] * v["stretch"], v["x"][:, n:]], axis=1)

        def pulled(v: Values) -> Array:
            return np.concatenate([v["to_y"][:, :n] * v["slope"], v["to_y"][:, n:]], axis=1)

        def labels(axis: str, names: Names) -> tuple[str, ...]:
            return names.inputs[:n] if axis == "column" else names.inputs

        return Worked(
            {},
            forward=(
                Quantity(
                    "stretch", "$k", "stretch", "$k = 1 / max(1 − ($x / 3)^{2}, 10^{−4})^{1/2}",
                    ("sample", "column"), lambda v: 1.0 / root(v["x"][:, :n]), _stretch,
                ),
                Quantity("y", "", "straight", "$y = $k ∘ $x", ("sample", "unit"), stretched, _stretched),
            ),
            backward=(
                Quantity(
                    "slope", "∂$y/∂$x", "slope", "∂$y/∂$x = $k^{3}", ("sample", "column"),
                    lambda v: np.where(v["stretch"] < MOST, v["stretch"] ** 3, v["stretch"]), _slope_of,
                ),
                Quantity(
                    "to_x", "∂$J/∂$x", "derivative of the input", "∂$J/∂$x = ∂$y/∂$x ∘ ∂$J/∂$y",
                    ("sample", "unit"), pulled, _pulled,
                ),
            ),
            labels=labels,
            symbols={"k": "k"},
            remarks=(
                ("The first column was" if n == 1 else f"The first {n} columns were")
                + " clipped by the encoder; the others pass unchanged.",
            ) * (self.n_plain > 0) + ("Where $k is at its largest, 100, ∂$y/∂$x is $k instead.",),
        )  # fmt: skip


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


# ---- number by number -----------------------------------------------------------------------------------


def _stretch(v: Values, at: Index, names: Names) -> Origin:
    return Origin(((Factor("input", v["x"][at], input=at[1]),),), function="1/√max(1 − (x/3)², 10⁻⁴)")


def _stretched(v: Values, at: Index, names: Names) -> Origin:
    i, j = at
    here = Factor("input", v["x"][i, j], input=j)
    if j >= v["stretch"].shape[1]:
        return Origin(((here,),))
    return Origin(((here, Factor("stretch", v["stretch"][i, j])),))


def _slope_of(v: Values, at: Index, names: Names) -> Origin:
    stretch = Factor("stretch", v["stretch"][at])
    return Origin(((stretch,) * (3 if stretch.value < MOST else 1),))


def _pulled(v: Values, at: Index, names: Names) -> Origin:
    i, j = at
    derivative = Factor("upstream", v["to_y"][i, j], is_derivative=True)
    if j >= v["slope"].shape[1]:
        return Origin(((derivative,),))
    return Origin(((Factor("slope", v["slope"][i, j]), derivative),))
