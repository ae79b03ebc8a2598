"""Exercise on the vanishing gradient: a chain of units, one weight each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.courses.exercises.backpropagation import backward_steps, forward_steps, loss_steps
from pellucid.courses.exercises.drawing import draw_numbers, visible_slips
from pellucid.courses.exercises.layout import Layout
from pellucid.courses.exercises.network_problems import MEANING, describe, formulas, given_arrays, givens
from pellucid.courses.exercises.problem import Field, Problem
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation, Step
from pellucid.exceptions import ParameterError

__all__ = ["chain_problem", "draw_chain"]

TRIES = 60


def draw_chain(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return weights of about 1, so that the slopes make the gradient vanish."""
    if set(spec.sizes) != {1} or len(spec.sizes) < 4 or spec.has_biases:
        raise ParameterError(
            "kind='vanishing-chain' needs one unit in each of four layers or more and has_biases=False, such as "
            f"sizes=(1, 1, 1, 1, 1); got sizes={spec.sizes} and has_biases={spec.has_biases}."
        )
    best: dict[str, Any] = {}
    most = -1
    for _ in range(TRIES):
        data = draw_numbers(spec, rng) or {}
        if not data:
            continue
        for k in range(len(spec.sizes) - 1):
            weight = float(rng.choice([-1.5, -1.2, -0.8, 0.5, 0.8, 1.2, 1.5, 2.0]))
            data[f"M{k}"] = [[0.0], [weight]]
        calculation = chain_problem(spec, data).calculation
        smallest = abs(calculation.exact["delta1"].item()) > 20 * 10.0**-spec.digits
        visible, possible = visible_slips(calculation)
        shown = len(visible) * smallest
        if shown > most:
            best, most = data, shown
        if shown == len(possible):
            break
    return best


def chain_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise: activations, slopes, sensitivities, and by how much the first is smaller."""
    layout, last = Layout(spec), len(spec.sizes) - 2
    setting = spec.setting
    ratio = Step("ratio", ("delta1", f"delta{last + 1}"), lambda first, end: first / end)
    steps = (*forward_steps(setting), *loss_steps(setting), *backward_steps(setting), ratio)
    fields = [layout.field("layer", k) for k in range(last + 1)]
    for k in range(last, -1, -1):
        if k < last or not setting.is_canonical:
            fields.append(replace(layout.field("slope", k), caption=f"slope of unit {k + 1}"))
        fields.append(replace(layout.field("delta", k), caption=f"sensitivity of unit {k + 1}"))
    for k in range(last, -1, -1):
        fields += layout.matrix_fields("gradient", k, f"grad{k}")
    ends = f"{layout.n.symbol('delta', 0)} / {layout.n.symbol('delta', last)}"
    fields.append(Field("ratio", ends, "ratio of the first sensitivity to the last", "ratio", (1, 1)))
    asked = frozenset(field.step for field in fields)
    task = (
        "Compute the activations of the chain, then slopes, sensitivities and gradients from the output backward.",
        MEANING,
        "By what factor is the first sensitivity smaller than the last?",
        *describe(spec, loss=True),
    )
    return Problem(
        f"A vanishing gradient, chain of {last + 1} units", task, givens(spec, data), tuple(fields),
        Calculation(given_arrays(spec, data), steps, spec.digits, asked), tuple(formulas(spec, 3)),
    )  # fmt: skip
