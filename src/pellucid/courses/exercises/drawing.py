"""Numbers for an exercise: short, away from kinks and saturation, and chosen so that every slip shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.problem import Problem
from pellucid.courses.exercises.ranges import Range, is_short
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation
from pellucid.exceptions import ParameterError

__all__ = ["draw_network", "draw_numbers", "significant", "visible_slips"]

Array = NDArray[np.floating]
Build = Callable[[Spec, dict[str, Any]], Problem]

TRIES, RANKED = 4000, 60  # draws, and those among them in which slips are counted
STRICT = 1000  # draws after which results may be long, and sensitivities smaller
LARGEST = 3.5  # signal of a logistic or tanh unit, beyond which three decimals say little about the slope
SMALLEST = 0.05  # distance from the kink of ReLU, and of an output from its target
TELLING = 15.0  # units of the last decimal: a smaller sensitivity would drown in rounding
SMALL = 100.0  # the largest exact result of a pleasant exercise
FIGURES = 4  # significant digits of exact results; one more for a mean over samples


def draw_network(spec: Spec, build: Build, rng: np.random.Generator) -> dict[str, Any]:
    """Return short inputs, targets and matrices: of many draws, the one in which the most slips show.

    Parameters
    ----------
    spec : Spec
        The exercise.
    build : callable
        Builds the problem from such data.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict
        Nested lists by name: ``X``, ``Y``, ``M0``, ….

    Raises
    ------
    ParameterError
        If no draw is away from kinks and saturation.
    """
    best: dict[str, Any] = {}
    most, n_ranked = -1, 0
    for i in range(TRIES):
        data = draw_numbers(spec, rng)
        if data is None:
            continue
        calculation = build(spec, data).calculation
        if not tells(spec, calculation, strict=i < STRICT):
            continue
        shown, possible = visible_slips(calculation)
        if len(shown) > most:
            best, most = data, len(shown)
        n_ranked += 1
        if len(shown) == len(possible) or n_ranked == RANKED:
            break
    if not best:
        raise ParameterError(
            f"no good numbers were found for sizes={spec.sizes} with activation={spec.activation!r} and "
            f"n_samples={spec.n_samples}. Ask for more digits, or for "
            "fewer layers, units or samples."
        )
    return best


def draw_numbers(spec: Spec, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return one draw of short numbers; None if a signal is too near to a kink, or too large."""
    setting = spec.setting
    if setting.is_exact:  # small integers and halves, whose products stay short
        inputs, weights = (
            np.array([-2.0, -1.0, 1.0, 2.0, 3.0]),
            np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0]),
        )
        biases = np.array([-2.0, -1.0, 0.5, 1.0, 2.0])
    else:
        inputs, weights = np.array([-1.0, 0.5, 1.0, 1.5, 2.0]), np.setdiff1d(np.arange(-12, 13) / 10.0, [0.0])
        biases = np.setdiff1d(np.arange(-9, 10) / 10.0, [0.0])
    x = rng.choice(inputs, (spec.n_samples, spec.sizes[0]))
    data: dict[str, Any] = {"X": x.tolist()}
    for k, (n_in, n_out) in enumerate(zip(spec.sizes[:-1], spec.sizes[1:], strict=True)):
        M = np.vstack([rng.choice(biases, (1, n_out)) * spec.has_biases, rng.choice(weights, (n_in, n_out))])
        data[f"M{k}"] = (M + 0.0).tolist()
        z = x @ M[1:] + M[0]
        if not is_calm(setting.activations[k].name, z):
            return None
        x = setting.activations[k].value(z)
    data["Y"] = draw_targets(spec, x, rng).tolist()
    return data


def is_calm(activation: str, z: Array) -> bool:
    """Return whether signals are away from the kink, some units are on, and none is saturated."""
    if activation == "relu":
        on = z > 0.0
        return bool(np.abs(z).min() >= SMALLEST and on.any(1).all() and not (on.all() and z.shape[1] > 2))
    return activation == "identity" or bool(np.abs(z).max() <= LARGEST)


def draw_targets(spec: Spec, outputs: Array, rng: np.random.Generator) -> Array:
    """Return targets that the outputs can reach but do not equal already."""
    if spec.output_activation == "softmax":
        return np.asarray(np.eye(outputs.shape[1])[rng.integers(outputs.shape[1], size=len(outputs))])
    known = {"logistic": [0.0, 1.0], "tanh": [-1.0, 1.0], "relu": [0.0, 1.0, 2.0]}
    values = np.array(known.get(spec.output_activation, [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]))
    targets = np.empty(outputs.shape)
    for place in np.ndindex(*outputs.shape):
        targets[place] = rng.choice(values[np.abs(values - outputs[place]) > SMALLEST])
    return targets


def tells(spec: Spec, calculation: Calculation, *, strict: bool) -> bool:
    """Return whether sensitivities survive rounding, and results that can be exact are short."""
    asked = {name: calculation.exact[name] for name in calculation.asked}
    deltas = [np.abs(array).max() for name, array in asked.items() if name.startswith("delta")]
    least = TELLING if strict else TELLING / 5.0
    if min(deltas, default=1.0) < least * 10.0**-spec.digits:
        return False
    if strict and spec.setting.is_exact:
        figures = FIGURES + (spec.n_samples > 1)
        return all(
            is_short(a, calculation.digits).all() and significant(a) <= figures and np.abs(a).max() < SMALL
            for a in asked.values()
        )
    return True


def significant(values: Array) -> int:
    """Return the most significant digits that a number of an array has, as it is written exactly."""
    texts = [np.format_float_positional(abs(v), precision=12, trim="-") for v in np.ravel(values)]
    return max((len(text.replace(".", "").strip("0")) for text in texts), default=0)


def visible_slips(calculation: Calculation) -> tuple[dict[str, list[str]], set[str]]:
    """Return the slips that no rounding hides, with the steps where they show, and all possible slips."""
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
