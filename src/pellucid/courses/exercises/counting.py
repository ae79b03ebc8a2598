"""Exercise on the shapes of the weight matrices and the number of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.courses.exercises.layout import Layout
from pellucid.courses.exercises.problem import Field, Problem
from pellucid.courses.exercises.ranges import Range
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation, Slip, Step

__all__ = ["counting_problem", "draw_nothing"]


def draw_nothing(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return no numbers: the sizes are all that is given."""
    del spec, rng
    return {}


def counting_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise; the shapes are those of the notation's matrices."""
    del data
    layout, n = Layout(spec), spec.profile
    on_top = spec.has_biases and not n.bias_apart
    steps, fields = [], []
    for k, (n_in, n_out) in enumerate(zip(spec.sizes[:-1], spec.sizes[1:], strict=True)):
        with_row, without = (_row(spec, n_in + 1, n_out, extra) for extra in (0, 1))
        plain = _row(spec, n_in, n_out, int(spec.has_biases and not on_top))
        right = with_row if on_top else plain
        count = right[0, 2]
        slips = [
            ("bias row dropped", _row(spec, n_in, n_out, 0)),
            ("bias row kept", with_row if spec.has_biases else without),
            ("transpose", np.array([[right[0, 1], right[0, 0], count]])),
        ]
        wrong = tuple(Slip(name, _constant(row)) for name, row in slips if not np.array_equal(row, right))
        steps.append(Step(f"shape{k}", (), _constant(right), wrong))
        heads = ("rows", "columns", "parameters with biases" if spec.has_biases else "parameters")
        key = f"shape{layout.key('weights', k).lstrip('W')}"
        symbol = n.symbol("weights", k)
        fields.append(Field(key, symbol, "its shape", f"shape{k}", (1, 3), columns=heads, decimals=0))
    names = tuple(step.name for step in steps)
    steps.append(Step("total", names, _total))
    fields.append(Field("total", "", "parameters of the whole network", "total", (1, 1), decimals=0))
    where = (
        f"The bias is the first {'column' if n.transposed else 'row'} of each matrix."
        if on_top
        else "The bias is a separate vector, and counts among the parameters."
        if spec.has_biases
        else "The network has no biases."
    )
    calculation = Calculation({}, tuple(steps), 0, frozenset(step.name for step in steps))
    sizes = ", ".join(map(str, spec.sizes))
    task = (
        f"A network has layers of {sizes} units, the inputs first. {where}",
        f"Write down the shape of each weight matrix (equation: {n.write(n.forward[0], 0, 2)}), and count.",
    )
    sides = ("columns", "rows") if n.transposed else ("rows", "columns")
    inputs = "inputs + 1" if on_top else "inputs"
    rows = [
        f"{n.symbol('weights', k)}: {sides[0]} {inputs}, {sides[1]} units" for k in range(len(spec.sizes) - 1)
    ]
    return Problem(
        f"Shapes and parameters, {spec.network} network", task, (), tuple(fields), calculation, tuple(rows)
    )


def _row(spec: Spec, n_in: int, n_out: int, extra: int) -> Any:
    """Return rows, columns and parameters of a matrix as the notation turns it."""
    shape = (n_out, n_in) if spec.profile.transposed else (n_in, n_out)
    return np.array([[*shape, (n_in + extra) * n_out]], float)


def _constant(array: Any) -> Any:
    return lambda: array


def _total(*shapes: Any) -> Any:
    counts = [shape[:, 2:] for shape in shapes]
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    return Range(total.low, total.high, 0) if isinstance(total, Range) else total
