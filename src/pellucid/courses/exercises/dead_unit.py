"""Exercise on a dead ReLU: a unit that no sample of the data switches on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.courses.exercises.backpropagation import forward_steps
from pellucid.courses.exercises.drawing import draw_numbers
from pellucid.courses.exercises.layout import Layout
from pellucid.courses.exercises.network_problems import given_arrays, givens
from pellucid.courses.exercises.problem import Field, Problem
from pellucid.courses.exercises.ranges import Range, through
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation, Step
from pellucid.exceptions import ParameterError

__all__ = ["dead_unit_problem", "draw_dead_unit"]

TRIES = 5000


def draw_dead_unit(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return data of which exactly one hidden unit is off for every sample; every other one is on for some."""
    if spec.activation != "relu" or len(spec.sizes) != 3 or spec.sizes[1] < 2:
        raise ParameterError(
            "kind='dead-unit' needs one hidden layer of two ReLUs or more, such as sizes=(2, 3, 1) with "
            f"activation='relu'; got sizes={spec.sizes} with activation={spec.activation!r}."
        )
    data: dict[str, Any] = {}
    for _ in range(TRIES):
        drawn = draw_numbers(spec, rng)
        if drawn is None:
            continue
        data = drawn
        arrays = given_arrays(spec, data)
        z = arrays["X"] @ arrays["M0"][1:] + arrays["M0"][0]
        counts = (z > 0).sum(0)
        distinct = len(np.unique(arrays["X"], axis=0)) == len(z)
        if (counts == 0).sum() == 1 and (counts < len(z)).sum() >= 1 and np.abs(z).min() > 0.2 and distinct:
            return data
    return data


def dead_unit_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise."""
    layout, n = Layout(spec), spec.profile
    first, units = n.first_unit, spec.sizes[1]

    def counts(z: Any) -> Any:
        return through(z, lambda s: np.where(s > 0.0, 1.0, 0.0)).sum(0, keepdims=True)

    def number(on: Any) -> Any:
        middle = 0.5 * (on.low + on.high) if isinstance(on, Range) else on
        return np.array([[float(np.argmin(middle)) + first]])

    steps = (
        next(iter(forward_steps(spec.setting))),
        Step("on", ("z1",), counts),
        Step("dead", ("on",), number),
        Step("column", (), lambda: np.zeros((1, spec.sizes[0] + spec.has_biases))),
    )
    names = layout.units(1, units)
    inputs = layout.units(0, spec.sizes[0], top=spec.has_biases)
    fields = (
        layout.field("signal", 0),
        Field("on", "", "samples for which each unit is on", "on", (1, units), columns=names, decimals=0),
        Field("dead", "", "number of the dead unit", "dead", (1, 1), decimals=0),
        Field(
            "grad_dead", "", "gradient of the loss with respect to its weights", "column", (1, len(inputs)),
            columns=inputs,
        ),
    )  # fmt: skip
    asked = frozenset(field.step for field in fields)
    task = (
        "One of the hidden ReLUs is dead on these samples: its signal is negative for each of them.",
        f"Compute the signals of the hidden units ({n.write(n.forward[0], 0, 2)}), find the unit, and write down "
        "the gradient of any loss with respect to the weights that lead to it.",
    )
    # The weights behind the hidden layer have no part in it.
    first_block = 3 if n.bias_apart and spec.has_biases else 2
    return Problem(
        f"A dead unit, {spec.network} network",
        task,
        givens(spec, data, targets=False)[:first_block],
        fields,
        Calculation(given_arrays(spec, data), steps, spec.digits, asked),
        (
            "slope of ReLU: 1 if s > 0, else 0",
            "gradient = inputs × sensitivity, which has the slope as a factor",
        ),
    )
