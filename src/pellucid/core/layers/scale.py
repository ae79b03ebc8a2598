r"""The scaling layer: each input multiplied by a number of its own, a soft choice of inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.checks import check_whole
from pellucid.core.layers.layer import Array, InputLayer, Loops, ParameterSpec, Run, Views
from pellucid.core.layers.worked import Factor, Index, Names, Origin, Quantity, Shown, Values, Worked

__all__ = ["Scale"]


@dataclass(frozen=True)
class Scale(InputLayer):
    r"""The layer :math:`y = s \circ x`, with :math:`s = 1` at first.

    Followed by a dense layer it is another parametrization of the same functions: with a learning rate of its
    own (group ``"scale"``) an optimizer turns inputs up and down faster than single weights.

    Parameters
    ----------
    n_in : int
        The number of inputs, and of outputs.

    References
    ----------
    D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3.
    """

    n_in: int

    def __post_init__(self) -> None:
        check_whole("n_in", self.n_in, 1)

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        return self.n_in

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"scale {self.n_in} → {self.n_out}"

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the factors."""
        return (ParameterSpec("factors", (self.n_in,), start=1.0, group="scale"),)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y = s \circ x`."""
        return x * p["factors"], x

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_s = \sum_i x_i \circ \partial J/\partial y_i`."""
        g["factors"][...] = (kept * upstream).sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial x = s \circ \partial J/\partial y`."""
        return np.asarray(upstream * p["factors"])

    def loops(self) -> Loops:
        """Return both ways number by number."""
        return Loops(_forward, _backward, self.n_out, in_place=True)

    def worked(self) -> Worked:
        """Return both ways number by number."""
        return WORKED


def _forward(x: Array, p: Array, y: Array) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = p[j] * x[i, j]


def _backward(x: Array, p: Array, g: Array, delta: Array, below: Array) -> None:
    for j in range(x.shape[1]):
        g[j] = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            g[j] += x[i, j] * delta[i, j]
            below[i, j] = p[j] * delta[i, j]


# ---- number by number -----------------------------------------------------------------------------------


def _scaled(v: Values, at: Index, names: Names) -> Origin:
    i, j = at
    return Origin(((Factor("input", v["x"][i, j], input=j), Factor("factor", v["factors"][j])),))


def _to_factor(v: Values, at: Index, names: Names) -> Origin:
    (j,) = at
    terms = tuple(
        (Factor("input", x, input=j), Factor("upstream", d, is_derivative=True))
        for x, d in zip(v["x"][:, j], v["to_y"][:, j], strict=True)
    )
    return Origin(terms, samples=tuple(range(len(terms))))


def _to_input(v: Values, at: Index, names: Names) -> Origin:
    i, j = at
    return Origin(
        ((Factor("factor", v["factors"][j]), Factor("upstream", v["to_y"][i, j], is_derivative=True)),)
    )


def _labels(axis: str, names: Names) -> tuple[str, ...]:
    return names.inputs


WORKED = Worked(
    {"factors": Shown("s", "factors", "factor", ("unit",))},
    forward=(
        Quantity(
            "y", "", "scaled", "$y = $factors ∘ $x", ("sample", "unit"), lambda v: v["factors"] * v["x"], _scaled
        ),
    ),
    backward=(
        Quantity(
            "to_factors", "∂$J/∂$factors", "gradient, factors", "∂$J/∂$factors = $S$x ∘ ∂$J/∂$y",
            ("unit",), lambda v: (v["x"] * v["to_y"]).sum(axis=0), _to_factor,
        ),
        Quantity(
            "to_x", "∂$J/∂$x", "derivative of the input", "∂$J/∂$x = $factors ∘ ∂$J/∂$y",
            ("sample", "unit"), lambda v: v["factors"] * v["to_y"], _to_input,
        ),
    ),
    labels=_labels,
)  # fmt: skip
