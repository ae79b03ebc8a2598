"""Exercises on one network with numbers: forward, loss, backward, update."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.backpropagation import (
    backward_steps,
    forward_steps,
    loss_steps,
    update_steps,
)
from pellucid.courses.exercises.by_hand import get_activation
from pellucid.courses.exercises.layout import Layout
from pellucid.courses.exercises.problem import Field, Given, Problem
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation
from pellucid.exceptions import DataError

__all__ = [
    "MEANING",
    "backward_problem", "calculation_of", "forward_problem", "given_arrays", "givens", "loss_equation",
    "loss_problem", "update_problem",
]  # fmt: skip

Array = NDArray[np.floating]
Data = Mapping[str, Any]
MEANING = "A sensitivity is the derivative of the loss with respect to the signal of a unit."
NAMES = {"relu": "ReLU", "identity": "identity", "logistic": "logistic", "tanh": "tanh", "softmax": "softmax"}


def forward_problem(spec: Spec, data: Data) -> Problem:
    """Return the exercise of a forward pass."""
    layout = Layout(spec)
    fields = _forward_fields(layout)
    task = ("Compute the forward pass, layer by layer.",)
    return _problem(spec, data, "Forward pass", task, fields, 1)


def loss_problem(spec: Spec, data: Data) -> Problem:
    """Return the exercise of a forward pass and its loss."""
    layout = Layout(spec)
    fields = [*_forward_fields(layout), *_loss_fields(layout)]
    task = ("Compute the outputs of the network and the loss.",)
    return _problem(spec, data, "Forward pass and loss", task, fields, 2)


def backward_problem(spec: Spec, data: Data) -> Problem:
    """Return the exercise of a forward pass, the sensitivities and the gradients."""
    layout = Layout(spec)
    fields = [*_forward_fields(layout), *_backward_fields(layout)]
    task = (
        "Compute the forward pass, the sensitivities from the output backward, and the gradients.",
        MEANING,
    )
    return _problem(spec, data, "Backpropagation", task, fields, 3)


def update_problem(spec: Spec, data: Data) -> Problem:
    """Return the exercise of a step of gradient descent."""
    layout = Layout(spec)
    fields = [*_forward_fields(layout), *_backward_fields(layout)]
    for k in range(layout.last + 1):
        fields += layout.matrix_fields("updated", k, f"new{k}")
    rate = f"Learning rate: {spec.profile.rate} = {spec.learning_rate:g}."
    task = (f"Make one step of gradient descent: forward pass, gradients, new weights. {rate}", MEANING)
    return _problem(spec, data, "A step of gradient descent", task, fields, 4)


def calculation_of(spec: Spec, data: Data, fields: list[Field], stages: int) -> Calculation:
    """Return the calculation up to a stage: forward, loss, backward, update."""
    setting = spec.setting
    makers = [forward_steps, loss_steps, backward_steps, update_steps][:stages]
    steps = tuple(chain.from_iterable(maker(setting) for maker in makers))
    asked = frozenset(field.step for field in fields)
    return Calculation(given_arrays(spec, data), steps, spec.digits, asked)


def given_arrays(spec: Spec, data: Data) -> dict[str, Array]:
    """Check the inputs, targets and matrices [b; W], and return them."""
    shapes = {"X": (spec.n_samples, spec.sizes[0]), "Y": (spec.n_samples, spec.sizes[-1])}
    shapes |= {f"M{k}": (spec.sizes[k] + 1, spec.sizes[k + 1]) for k in range(len(spec.sizes) - 1)}
    arrays = {}
    for name, shape in shapes.items():
        try:
            array = np.array(data[name], dtype=float)
        except (KeyError, OverflowError, TypeError, ValueError):
            array = np.empty(0)
        if array.shape != shape or not np.isfinite(array).all() or np.abs(array).max() > 1e6:
            raise DataError(
                f"{name} of an exercise must be finite numbers of shape {shape}, up to a million."
            )
        arrays[name] = array
    return arrays


def givens(spec: Spec, data: Data, *, targets: bool = True) -> tuple[Given, ...]:
    """Return what the sheet prints of the network and its samples."""
    layout, arrays = Layout(spec), given_arrays(spec, data)
    matrices = [arrays[f"M{k}"] for k in range(layout.last + 1)]
    symbol = layout.symbol("layer", 0)
    inputs = "inputs" + (", without the bias unit" if spec.profile.bias_unit and spec.has_biases else "")
    found = [layout.per_sample("layer", 0, arrays["X"], symbol, inputs)]
    if targets:
        found.append(layout.per_sample("layer", layout.last + 1, arrays["Y"], "y", "targets"))
    return (*found, *layout.matrices(matrices))


def loss_equation(spec: Spec) -> str:
    """Return the loss in the notation."""
    n = spec.profile
    sums = "sum over the outputs of " if spec.sizes[-1] > 1 else ""
    if spec.loss == "log_loss":
        if spec.output_activation == "softmax":
            return f"{n.loss} = {sums}−y log {n.output}"
        return f"{n.loss} = {sums}−y log {n.output} − (1 − y) log(1 − {n.output})"
    half = "" if n.squared_error == 2.0 else "½ "
    return f"{n.loss} = {sums}{half}({n.output} − y)^{{2}}"


# ---- parts ------------------------------------------------------------------------------------------------


def _forward_fields(layout: Layout) -> list[Field]:
    fields = []
    for k in range(layout.last + 1):
        linear = layout.setting.activations[k].name == "identity"
        if layout.asks_for_signals() and not linear:
            fields.append(layout.field("signal", k))
        fields.append(layout.field("layer", k))
    return fields


def _loss_fields(layout: Layout) -> list[Field]:
    n, names = layout.spec.n_samples, layout.samples()
    fields = []
    if n > 1:
        fields.append(Field("losses", "ℓ", "loss of each sample", "losses", (n, 1), rows=names))
    mean = "mean loss" if n > 1 else "loss"
    return [*fields, Field("loss", layout.n.loss, mean, "loss", (1, 1))]


def _backward_fields(layout: Layout) -> list[Field]:
    fields = []
    for k in range(layout.last, -1, -1):
        fields += [layout.field("delta", k), *layout.matrix_fields("gradient", k, f"grad{k}")]
    return fields


def _problem(
    spec: Spec, data: Data, title: str, task: tuple[str, ...], fields: list[Field], stages: int
) -> Problem:
    asked = calculation_of(spec, data, fields, stages)
    return Problem(
        f"{title}, {spec.network} network",
        (*task, *describe(spec, loss=stages > 1)),
        givens(spec, data, targets=stages > 1),
        tuple(fields),
        asked,
        tuple(formulas(spec, stages)),
    )


def describe(spec: Spec, *, loss: bool) -> list[str]:
    """Return the activations and the loss in sentences."""
    lines = []
    hidden, output = (
        get_activation(spec.activation),
        get_activation(spec.output_activation, "output_activation"),
    )
    if len(spec.sizes) > 2:
        lines.append(f"Hidden units: {NAMES[hidden.name]}, {hidden.formula}.")
    lines.append(f"Output: {NAMES[output.name]}, {output.formula}.")
    lines.append("The signal s is the weighted sum that enters the unit.")
    if not spec.has_biases:
        lines.append("The network has no biases.")
    if loss:
        lines.append(f"Loss of a sample: {loss_equation(spec)} (natural logarithm)." if spec.loss == "log_loss"
                     else f"Loss of a sample: {loss_equation(spec)}.")  # fmt: skip
    if loss and spec.n_samples > 1:
        lines.append(
            f"The loss is the mean over the {spec.n_samples} samples. All derivatives are those of the mean, so "
            f"that the factor 1/{spec.n_samples} is in every sensitivity."
        )
    return [" ".join(lines)]


def formulas(spec: Spec, stages: int) -> list[str]:
    """Return the equations of the notation for the solution sheet."""
    n, last = spec.profile, len(spec.sizes) - 2
    found = []
    for k in range(last + 1):
        found += [n.write(line, k, last + 1) for line in (n.forward_last if k == last else n.forward)]
    if stages > 2:
        factor = {1.0: "", 2.0: "2 "}[spec.setting.factor]
        share = f" / {spec.n_samples}" if spec.n_samples > 1 else ""
        bare = f"{n.output} − y"
        difference = f"{factor}({bare})" if factor or share else bare
        if spec.setting.is_canonical:
            found.append(f"{n.symbol('delta', last)} = {difference}{share}")
        else:
            found.append(f"{n.symbol('upstream', last)} = {difference}{share}")
            found.append(n.write(n.pull, last, last + 1))
        for k in range(last, -1, -1):
            if k < last:
                found += [n.write(n.backward, k, last + 1), n.write(n.pull, k, last + 1)]
            found.append(n.write(n.outer, k, last + 1))
    if stages > 3:
        found += [f"{n.symbol('weights', k)} ← {n.symbol('weights', k)} − {n.rate} {n.symbol('gradient', k)}"
                  for k in range(last + 1)]  # fmt: skip
    return found
