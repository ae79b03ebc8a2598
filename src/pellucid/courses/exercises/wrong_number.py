"""Exercise with a calculation that contains a planted slip: find the line, the right number, and the slip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.courses.exercises.drawing import draw_network, visible_slips
from pellucid.courses.exercises.network_problems import (
    MEANING,
    backward_problem,
    describe,
    formulas,
    given_arrays,
    givens,
)
from pellucid.courses.exercises.problem import Field, Given, Problem
from pellucid.courses.exercises.slips import SLIPS
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation, Step
from pellucid.exceptions import DataError
from pellucid.explain.hand import rounded

__all__ = ["draw_wrong_number", "wrong_number_problem"]


def draw_wrong_number(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return the data of a network, and a slip with the step in which it is made."""
    data = draw_network(spec, backward_problem, rng)
    calculation = backward_problem(spec, data).calculation
    shown, _ = visible_slips(calculation)
    # The line holds one slip only if numbers that stand for themselves are wrong: not what a loss scales.
    name = str(rng.choice(sorted(shown)))
    step = str(rng.choice(sorted(set(shown[name]))))
    return {**data, "slip": name, "step": step}


def wrong_number_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise."""
    base = backward_problem(spec, data)
    calculation, slip, step = base.calculation, str(data.get("slip")), str(data.get("step"))
    choices = (
        [row for row in calculation.slips_of(step) if row[0] == slip] if step in calculation.asked else []
    )
    if not choices:
        raise DataError(f"there is no slip {slip!r} in a step {step!r} of this exercise.")
    wrong = _planted(calculation, step, choices)
    lines = [
        Given(f.symbol, f.caption, f.shown(wrong[f.step]), f.rows, f.columns, f"({i})", spec.digits)
        for i, f in enumerate(base.fields, 1)
    ]
    places = [(i, f) for i, f in enumerate(base.fields) if f.step == step]
    number, at, field = _first_wrong(places, calculation, wrong)
    names = list(SLIPS)

    def value(array: Any) -> Any:
        part = array[field.part]
        part = part.T if field.is_turned else part
        return part[at[0] : at[0] + 1, at[1] : at[1] + 1]

    steps = (
        *calculation.steps,
        Step("line", (), lambda: np.array([[float(number + 1)]])),
        Step("value", (step,), value),
        Step("slip", (), lambda: np.array([[float(names.index(slip) + 1)]])),
    )
    fields = (
        Field("line", "", "number of the line with the slip", "line", (1, 1), decimals=0),
        Field("value", "", "the right number in place of the first wrong one in this line", "value", (1, 1)),
        Field("slip", "", "number of the slip, see the list", "slip", (1, 1), decimals=0),
    )
    listed = ", ".join(f"{i} {name}" for i, name in enumerate(names, 1))
    task = (
        "Somebody computed a forward and a backward pass, rounding every result. One line has a slip; all later "
        "lines follow from it correctly.",
        "Find the line, compute the right number, and name the slip. The first wrong number is the first when "
        "the line is read row by row.",
        f"Slips: {listed}.",
        MEANING,
        *describe(spec, loss=True),
    )
    asked = Calculation(given_arrays(spec, data), steps, spec.digits, frozenset({"line", "value", "slip"}))
    given = (*givens(spec, data), *lines)
    says = (f"line ({number + 1}): {slip}. {SLIPS[slip]}", *formulas(spec, 3))
    return Problem(f"Find the wrong number, {spec.network} network", task, given, fields, asked, says)


def _planted(calculation: Calculation, step: str, choices: list[Any]) -> dict[str, Any]:
    """Return all arrays rounded after every step, with the slip whose result is farthest from the right one."""

    def run(place: str, formula: Any) -> dict[str, Any]:
        values: dict[str, Any] = dict(calculation.given)
        for row in calculation.steps:
            use = formula if row.name == place else row.formula
            found = np.asarray(use(*(values[name] for name in row.needs)), float)
            values[row.name] = np.asarray(rounded(found, calculation.digits))
        return values

    runs = [run(place, formula) for _, place, formula in choices]
    return max(runs, key=lambda made: float(np.abs(made[step] - calculation.by_hand[step]).max()))


def _first_wrong(
    places: list[tuple[int, Field]], calculation: Calculation, wrong: Mapping[str, Any]
) -> tuple[int, tuple[int, int], Field]:
    """Return the line, the place in it and the field of the first number outside the right range."""
    for number, field in places:
        regions = calculation.right(field.step)
        bad = field.shown(~np.logical_or.reduce([region.holds(wrong[field.step]) for region in regions]))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            return number, (int(row), int(column)), field
    number, field = places[0]
    return number, (0, 0), field
