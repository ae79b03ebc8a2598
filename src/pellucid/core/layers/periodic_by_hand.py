"""Periodic embeddings number by number, as a trace shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core.layers.worked import (
    TWO_PI,
    Array,
    Factor,
    Index,
    Names,
    Origin,
    Quantity,
    Shown,
    Values,
    Worked,
)

__all__ = ["worked_periodic"]


def worked_periodic(n_numeric: int, n_frequencies: int, width: int) -> Worked:
    r"""Return the calculation of :class:`~pellucid.core.layers.Periodic`.

    .. math:: t = 2\pi x f + c, \quad q = V \cos t + d, \quad y = (x, q)

    Parameters
    ----------
    n_numeric, n_frequencies, width : int
        Its sizes.

    Returns
    -------
    Worked
        Both ways.
    """
    hand = _ByHand(n_numeric, n_frequencies, width)
    wave, mixed = ("sample", "column", "wave"), ("sample", "column", "number")
    return Worked(
        {
            "frequencies": Shown("f", "frequencies", "frequency", ("column", "wave")),
            "phases": Shown("c", "phases", "phase", ("column", "wave")),
            "mixing": Shown("V", "weights of the waves", "weight", ("column", "number", "wave")),
            "offsets": Shown("d", "offsets", "offset", ("column", "number")),
        },
        forward=(
            Quantity("angles", "$t", "angles", "$t = 2π $x $frequencies + $phases", wave, hand.angles, hand.angle),
            Quantity("waves", "cos $t", "waves", "", wave, lambda v: np.cos(v["angles"]), hand.wave),
            Quantity("mixed", "$q", "mixed waves", "$q = $mixing cos $t + $offsets", mixed, hand.mixed, hand.mix),
            Quantity("y", "", "with waves", "$y = ($x, $q)", ("sample", "output"), hand.outputs, hand.output),
        ),
        backward=(
            Quantity(
                "to_mixed", "∂$J/∂$q", "derivative of the mixed waves", "", mixed, hand.to_mixed, hand.to_mix
            ),
            Quantity(
                "to_mixing", "∂$J/∂$mixing", "gradient, weights of the waves",
                "∂$J/∂$mixing = $S∂$J/∂$q (cos $t)^{T}", ("column", "number", "wave"),
                lambda v: np.einsum("ijn,ijk->jnk", v["to_mixed"], v["waves"]), hand.to_weight,
            ),
            Quantity(
                "to_offsets", "∂$J/∂$offsets", "gradient, offsets", "∂$J/∂$offsets = $S∂$J/∂$q",
                ("column", "number"), lambda v: v["to_mixed"].sum(axis=0), hand.to_offset,
            ),
            Quantity(
                "sines", "sin $t", "", "", wave, lambda v: np.sin(v["angles"]), hand.sine,
            ),
            Quantity(
                "to_angles", "∂$J/∂$t", "derivative of the angles", "∂$J/∂$t = −sin $t ∘ $mixing^{T} ∂$J/∂$q",
                wave, hand.to_angles, hand.to_angle,
            ),
            Quantity(
                "to_frequencies", "∂$J/∂$frequencies", "gradient, frequencies",
                "∂$J/∂$frequencies = ${S}2π $x ∂$J/∂$t", ("column", "wave"),
                hand.to_frequencies, hand.to_frequency,
            ),
            Quantity(
                "to_phases", "∂$J/∂$phases", "gradient, phases", "∂$J/∂$phases = $S∂$J/∂$t", ("column", "wave"),
                lambda v: v["to_angles"].sum(axis=0), hand.to_phase,
            ),
            Quantity(
                "to_x", "∂$J/∂$x", "derivative of the input",
                "∂$J/∂$x = its own entry of ∂$J/∂$y + 2π $frequencies^{T} ∂$J/∂$t", ("sample", "input"),
                hand.to_inputs, hand.to_input,
            ),
        ),
        labels=hand.labels,
        symbols={"t": "t", "q": "q"},
        remarks=(
            f"This holds for each of the first {n_numeric} columns, with its own $frequencies, $phases, $mixing "
            "and $offsets: the column stands before its mixed waves. Columns behind them pass unchanged."
            if n_numeric > 1 else
            "This is for the first column, which stands before its mixed waves. Columns behind it pass unchanged.",
        ),
        remarks_back=("∂$J/∂$q are the entries of ∂$J/∂$y at the mixed waves.",),
    )  # fmt: skip


class _ByHand:
    """Values and their origins.

    Parameters
    ----------
    n_numeric, n_frequencies, width : int
        The sizes of the layer.
    """

    def __init__(self, n_numeric: int, n_frequencies: int, width: int) -> None:
        self.m, self.k, self.width = n_numeric, n_frequencies, width

    def place(self, output: int) -> tuple[int, int]:
        """Return the column that an output belongs to, and its place there: 0 for the column itself."""
        return divmod(output, self.width)

    # ---- forward ------------------------------------------------------------------------------------------

    def angles(self, v: Values) -> Array:
        return TWO_PI.value * v["x"][:, : self.m, None] * v["frequencies"] + v["phases"]

    def angle(self, v: Values, at: Index, names: Names) -> Origin:
        i, j, q = at
        product = (
            TWO_PI,
            Factor("input", v["x"][i, j], input=j),
            Factor("frequency", v["frequencies"][j, q]),
        )
        return Origin((product, (Factor("phase", v["phases"][j, q]),)))

    def wave(self, v: Values, at: Index, names: Names) -> Origin:
        return Origin(((Factor("angle", v["angles"][at]),),), function="cosine")

    def sine(self, v: Values, at: Index, names: Names) -> Origin:
        return Origin(((Factor("angle", v["angles"][at]),),), function="sine")

    def mixed(self, v: Values) -> Array:
        return np.asarray((v["mixing"] * v["waves"][:, :, None, :]).sum(axis=-1) + v["offsets"])

    def mix(self, v: Values, at: Index, names: Names) -> Origin:
        i, j, n = at
        terms = [
            (Factor("weight", weight), Factor("wave", wave))
            for weight, wave in zip(v["mixing"][j, n], v["waves"][i, j], strict=True)
        ]
        return Origin((*terms, (Factor("offset", v["offsets"][j, n]),)))

    def outputs(self, v: Values) -> Array:
        x = v["x"]
        pieces = [piece for j in range(self.m) for piece in (x[:, j : j + 1], v["mixed"][:, j])]
        return np.hstack([*pieces, x[:, self.m :]])

    def output(self, v: Values, at: Index, names: Names) -> Origin:
        i, u = at
        j, n = self.place(u)
        if j >= self.m or n == 0:
            j = j if j < self.m else u - self.m * (self.width - 1)
            return Origin(((Factor("input", v["x"][i, j], input=j),),))
        return Origin(((Factor("mixed wave", v["mixed"][i, j, n - 1]),),))

    # ---- backward -----------------------------------------------------------------------------------------

    def to_mixed(self, v: Values) -> Array:
        embedded = v["to_y"][:, : self.m * self.width]
        return np.asarray(embedded.reshape(len(embedded), self.m, self.width)[:, :, 1:])

    def to_mix(self, v: Values, at: Index, names: Names) -> Origin:
        i, j, n = at
        return Origin(((_upstream(v["to_y"][i, j * self.width + n + 1]),),))

    def to_weight(self, v: Values, at: Index, names: Names) -> Origin:
        j, n, q = at
        pairs = zip(v["to_mixed"][:, j, n], v["waves"][:, j, q], strict=True)
        return _over_samples([(_of_mixed(d), Factor("wave", wave)) for d, wave in pairs])

    def to_offset(self, v: Values, at: Index, names: Names) -> Origin:
        return _over_samples([(_of_mixed(d),) for d in v["to_mixed"][:, at[0], at[1]]])

    def to_angles(self, v: Values) -> Array:
        back = (v["to_mixed"][:, :, :, None] * v["mixing"]).sum(axis=2)
        return np.asarray(-v["sines"] * back)

    def to_angle(self, v: Values, at: Index, names: Names) -> Origin:
        i, j, q = at
        terms = tuple(
            (Factor("weight", weight), _of_mixed(d))
            for weight, d in zip(v["mixing"][j, :, q], v["to_mixed"][i, j], strict=True)
        )
        return Origin(terms, common=(Factor("minus the sine of the angle", -v["sines"][at]),))

    def to_frequencies(self, v: Values) -> Array:
        return np.asarray((TWO_PI.value * v["x"][:, : self.m, None] * v["to_angles"]).sum(axis=0))

    def to_frequency(self, v: Values, at: Index, names: Names) -> Origin:
        j, q = at
        pairs = zip(v["x"][:, j], v["to_angles"][:, j, q], strict=True)
        return _over_samples([(TWO_PI, Factor("input", x, input=j), _of_angle(d)) for x, d in pairs])

    def to_phase(self, v: Values, at: Index, names: Names) -> Origin:
        return _over_samples([(_of_angle(d),) for d in v["to_angles"][:, at[0], at[1]]])

    def to_inputs(self, v: Values) -> Array:
        to_y, embedded = v["to_y"], self.m * self.width
        waves = TWO_PI.value * (v["frequencies"] * v["to_angles"]).sum(axis=2)
        return np.hstack([to_y[:, : embedded : self.width] + waves, to_y[:, embedded:]])

    def to_input(self, v: Values, at: Index, names: Names) -> Origin:
        i, j = at
        if j >= self.m:
            return Origin(((_upstream(v["to_y"][i, j + self.m * (self.width - 1)]),),))
        terms = [
            (TWO_PI, Factor("frequency", f), _of_angle(d))
            for f, d in zip(v["frequencies"][j], v["to_angles"][i, j], strict=True)
        ]
        return Origin(((_upstream(v["to_y"][i, j * self.width]),), *terms))

    # ---- names --------------------------------------------------------------------------------------------

    def labels(self, axis: str, names: Names) -> tuple[str, ...]:
        numbers = {"wave": self.k, "number": self.width - 1}
        if axis in numbers:
            return tuple(str(i + 1) for i in range(numbers[axis]))
        if axis != "output":
            return names.inputs[: self.m] if axis == "column" else names.inputs
        ends = ["", *(f" ({n})" for n in range(1, self.width))]
        return (*(name + end for name in names.inputs[: self.m] for end in ends), *names.inputs[self.m :])


def _upstream(value: Any) -> Factor:
    return Factor("upstream", value, is_derivative=True)


def _of_mixed(value: Any) -> Factor:
    return Factor("derivative of the mixed wave", value, is_derivative=True)


def _of_angle(value: Any) -> Factor:
    return Factor("derivative of the angle", value, is_derivative=True)


def _over_samples(terms: list[tuple[Factor, ...]]) -> Origin:
    return Origin(tuple(terms), samples=tuple(range(len(terms))))
