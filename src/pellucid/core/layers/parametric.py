r"""The parametric activation: each unit finds out how far it bends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.layers.layer import Array, Layer, Loops, ParameterSpec, Run, Views
from pellucid.core.layers.worked import MINUS, Factor, Index, Names, Origin, Quantity, Shown, Values, Worked
from pellucid.exceptions import ParameterError

__all__ = ["ParametricActivate"]

Equation = Callable[..., Any]


@dataclass(frozen=True)
class ParametricActivate(Layer):
    r"""The layer :math:`a = z + \alpha \circ (\varphi(z) - z)`, with :math:`\alpha = 1` at first.

    :math:`\alpha_j = 0` makes unit j linear, 1 leaves the activation as it is.

    Parameters
    ----------
    activation : Activation
        The row of the table; element-wise, so not softmax.
    n_units : int
        The number of units.

    References
    ----------
    D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3.
    """

    activation: Activation
    n_units: int

    def __post_init__(self) -> None:
        if self.activation.derivative is None:
            raise ParameterError(
                f"A parametric activation must be elementwise; got {self.activation.name!r}, a function of "
                "a whole row."
            )

    @property
    def label(self) -> str:
        """The activation's name, and that it is parametric."""
        return f"{self.activation.name}, parametric"

    def sides(self, x: Array) -> Array:
        """Return the sides of the activation's kinks."""
        return self.activation.sides(x)

    def parameters(self) -> tuple[ParameterSpec, ...]:
        r"""Declare :math:`\alpha`."""
        return (ParameterSpec("alpha", (self.n_units,), start=1.0, group="slope"),)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`a = z + \alpha (\varphi(z) - z)`."""
        bent = np.asanyarray(self.activation.value(x))
        return x + p["alpha"] * (bent - x), (x, bent)

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_\alpha = \sum_i (\varphi(z_i) - z_i)\, \partial J/\partial a_i`."""
        z, bent = kept
        g["alpha"][...] = ((bent - z) * upstream).sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\delta = (1 + \alpha (\varphi'(z) - 1))\, \partial J/\partial a`."""
        z, bent = kept
        assert self.activation.derivative is not None
        return np.asarray(upstream * (1.0 + p["alpha"] * (self.activation.derivative(z, bent) - 1.0)))

    def loops(self) -> Loops:
        """Return both ways number by number."""
        assert self.activation.derivative is not None
        equations: dict[str, Equation] = {
            "value": self.activation.value,
            "derivative": self.activation.derivative,
        }
        return Loops(_forward, _backward, self.n_units, 2 * self.n_units, in_place=True, equations=equations)

    def worked(self) -> Worked:
        """Return both ways number by number; the slope is that of the bent function."""
        name, value, derivative = self.activation.name, self.activation.value, self.activation.derivative
        assert derivative is not None
        unit = ("sample", "unit")

        def bent(v: Values, at: Index, names: Names) -> Origin:
            return Origin(((Factor("signal", v["x"][at]),),), function=name)

        return Worked(
            {"alpha": Shown("α", "bend", "bend", ("unit",))},
            forward=(
                Quantity("bent", "$phi($x)", "unbent", "", unit, lambda v: value(v["x"]), bent),
                Quantity(
                    "bend", "$phi($x) − $x", "what bends", "", unit, lambda v: v["bent"] - v["x"], _bend
                ),
                Quantity(
                    "y", "", "activation", "$y = $x + $alpha ∘ ($phi($x) − $x)", unit,
                    lambda v: v["x"] + v["alpha"] * v["bend"], _activation,
                ),
            ),
            backward=(
                Quantity(
                    "steepness", "$phi′($x)", "slope, unbent", "", unit, lambda v: derivative(v["x"], v["bent"]),
                    lambda v, at, names: Origin(((Factor("signal", v["x"][at]),),), function=f"slope of {name}"),
                ),
                Quantity(
                    "slope", "$slope", "slope", "$slope = 1 + $alpha ∘ ($phi′($x) − 1)", unit,
                    lambda v: 1.0 + v["alpha"] * (v["steepness"] - 1.0), _slope,
                ),
                Quantity(
                    "to_alpha", "∂$J/∂$alpha", "gradient, bend", "∂$J/∂$alpha = $S($phi($x) − $x) ∘ $to_y",
                    ("unit",), lambda v: (v["bend"] * v["to_y"]).sum(axis=0), _to_alpha,
                ),
                Quantity("to_x", "", "", "", unit, lambda v: v["slope"] * v["to_y"], _to_signal),
            ),
            labels=lambda axis, names: names.inputs,
        )  # fmt: skip


# Value and derivative have an exponential in common, which is computed once if both are wanted at once.
def _forward(
    x: Array, b: Array, p: Array, y: Array, kept: Array, value: Equation, derivative: Equation
) -> None:
    n = x.shape[1]
    for i in range(x.shape[0]):
        bends, slopes = kept[i, :n], kept[i, n:]
        for j in range(n):
            signal = x[i, j] + b[j]
            bent = value(signal)
            x[i, j] = signal
            bends[j] = bent - signal
            slopes[j] = derivative(signal, bent)
            y[i, j] = signal + p[j] * bends[j]


def _backward(x: Array, p: Array, g: Array, delta: Array, below: Array, kept: Array) -> None:
    n = x.shape[1]
    for j in range(n):
        g[j] = 0.0
    for i in range(x.shape[0]):
        bends, slopes = kept[i, :n], kept[i, n:]
        for j in range(n):
            g[j] += bends[j] * delta[i, j]
            below[i, j] = delta[i, j] * (1.0 + p[j] * (slopes[j] - 1.0))


# ---- number by number -----------------------------------------------------------------------------------


def _bend(v: Values, at: Index, names: Names) -> Origin:
    return Origin(((Factor("unbent activation", v["bent"][at]),), (MINUS, Factor("signal", v["x"][at]))))


def _difference(bent: float, signal: float) -> Factor:
    return Factor("unbent activation", bent, less=Factor("signal", signal))


def _activation(v: Values, at: Index, names: Names) -> Origin:
    bend = (Factor("bend", v["alpha"][at[-1]]), _difference(v["bent"][at], v["x"][at]))
    return Origin(((Factor("signal", v["x"][at]),), bend))


def _slope(v: Values, at: Index, names: Names) -> Origin:
    one = Factor("1", 1.0, is_bare=True)
    bend = (Factor("bend", v["alpha"][at[-1]]), Factor("unbent slope", v["steepness"][at], less=one))
    return Origin(((one,), bend))


def _to_alpha(v: Values, at: Index, names: Names) -> Origin:
    (j,) = at
    terms = tuple(
        (_difference(bent, z), Factor("upstream", d, is_derivative=True))
        for bent, z, d in zip(v["bent"][:, j], v["x"][:, j], v["to_y"][:, j], strict=True)
    )
    return Origin(terms, samples=tuple(range(len(terms))))


def _to_signal(v: Values, at: Index, names: Names) -> Origin:
    return Origin(((Factor("slope", v["slope"][at]), Factor("upstream", v["to_y"][at], is_derivative=True)),))
