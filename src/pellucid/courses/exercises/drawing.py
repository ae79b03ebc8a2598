"""Numbers for an exercise: short, away from kinks and saturation, and such that every slip shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.problem import Problem
from pellucid.courses.exercises.ranges import Range, is_short
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation

__all__ = ["draw_network", "drawn_well", "significant", "visible_slips"]

Array = NDArray[np.floating]
Build = Callable[[Spec, dict[str, Any]], Problem]

TRIES = 80
LARGEST = 3.5  # signal of a logistic or tanh unit, beyond which three decimals say little of the slope
SMALLEST = 0.05  # distance from the kink of ReLU, and of an output from its target
TELLING = 15.0  # units of the last decimal: a smaller sensitivity would drown in rounding
FIGURES = 4  # significant digits of exact results


def draw_network(spec: Spec, build: Build, rng: np.random.Generator) -> dict[str, Any]:
    """Return short inputs, targets and matrices; of many draws the one in which the most slips show.

    Parameters
    ----------
    spec : Spec
        The exercise.
    build : callable
        Makes the problem of such data.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict
        Nested lists by name: ``X``, ``Y``, ``M0``, ….
    """
    best: dict[str, Any] = {}
    most = (-1, -1)
    for _ in range(TRIES):
        data = draw_numbers(spec, rng)
        calculation = build(spec, data).calculation
        shown, possible = visible_slips(calculation)
        rank = (int(drawn_well(spec, calculation)), len(shown))
        if rank > most:
            best, most = data, rank
        if rank == (1, len(possible)):
            break
    return best


def draw_numbers(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return one draw of short numbers."""
    setting = spec.setting
    data: dict[str, Any] = {}
    if setting.is_exact:  # small integers and halves, whose products stay short
        inputs, weights = (
            np.array([-2.0, -1.0, 1.0, 2.0, 3.0]),
            np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0]),
        )
        biases = np.array([-2.0, -1.0, 0.5, 1.0, 2.0])
    else:
        inputs, weights = np.array([-1.0, 0.5, 1.0, 1.5, 2.0]), np.setdiff1d(np.arange(-12, 13) / 10.0, [0.0])
        biases = np.setdiff1d(np.arange(-9, 10) / 10.0, [0.0])
    data["X"] = rng.choice(inputs, (spec.n_samples, spec.sizes[0])).tolist()
    for k, (n_in, n_out) in enumerate(zip(spec.sizes[:-1], spec.sizes[1:], strict=True)):
        M = np.vstack([rng.choice(biases, (1, n_out)) * spec.has_biases, rng.choice(weights, (n_in, n_out))])
        data[f"M{k}"] = (M + 0.0).tolist()
    data["Y"] = draw_targets(spec, rng).tolist()
    return data


def draw_targets(spec: Spec, rng: np.random.Generator) -> Array:
    """Return targets that the outputs can take."""
    shape = (spec.n_samples, spec.sizes[-1])
    if spec.output_activation == "softmax":
        return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]
    values = {"logistic": [0.0, 1.0], "tanh": [-1.0, 1.0], "relu": [0.0, 1.0, 2.0]}
    return rng.choice(np.array(values.get(spec.output_activation, [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])), shape)


def drawn_well(spec: Spec, calculation: Calculation) -> bool:
    """Return whether signals are away from kinks and saturation, and exact results are short."""
    values, setting = calculation.exact, spec.setting
    for k, phi in enumerate(setting.activations, 1):
        z = values[f"z{k}"]
        if phi.name == "relu":
            on = z > 0.0
            if np.abs(z).min() < SMALLEST or not on.any(1).all() or (on.all() and z.shape[1] > 2):
                return False
        elif phi.name != "identity" and np.abs(z).max() > LARGEST:
            return False
    if np.abs(values[f"a{setting.n_blocks}"] - values["Y"]).min() < SMALLEST:
        return False
    deltas = [np.abs(values[name]).max() for name in calculation.asked if name.startswith("delta")]
    if min(deltas, default=1.0) < TELLING * 10.0**-spec.digits:
        return False
    if setting.is_exact:
        asked = [values[name] for name in calculation.asked]
        return all(is_short(a, calculation.digits).all() and significant(a) <= FIGURES for a in asked)
    return True


def significant(values: Array) -> int:
    """Return the most significant digits that a number of an array has, as it is written exactly."""
    texts = [np.format_float_positional(abs(v), precision=12, trim="-") for v in np.ravel(values)]
    return max((len(text.replace(".", "").strip("0")) for text in texts), default=0)


def visible_slips(calculation: Calculation) -> tuple[dict[str, list[str]], set[str]]:
    """Return the slips that no rounding hides, with the steps where they show, and all that there could be."""
    shown: dict[str, list[str]] = {}
    possible = set()
    for step in calculation.steps:
        if step.name not in calculation.asked:
            continue
        regions = calculation.right(step.name)
        for name, place, formula in calculation.slips_of(step.name):
            possible.add(name)
            found = calculation.carried(step.name, calculation.by_hand, (place, formula))
            if all(apart(found, right, 10.0**-calculation.digits) for right in regions):
                shown.setdefault(name, []).append(step.name)
    return shown, possible


def apart(found: Range, right: Range, gap: float) -> bool:
    """Return whether some entry of two arrays of ranges has a gap between them."""
    if found.shape != right.shape:
        return True
    return bool(((found.low > right.high + gap) | (found.high < right.low - gap)).any())
