"""Compiled parts from the rows of a table: the equations of each in a loop."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numba

from pellucid.core.activations import Activation, softmax, softmax_pullback
from pellucid.core.layers import Layer
from pellucid.core.loss_forms import PairedLoss
from pellucid.core.losses import log_loss_of_softmax
from pellucid.engines.compiled import parts
from pellucid.engines.compiled.language import NotAnEquation, as_text, constants, loops_as_text
from pellucid.engines.compiled.modules import generated, part
from pellucid.optimizers import Optimizer

__all__ = ["activation_parts", "compiled", "loop_parts", "loss_part", "update_part"]

N_OPTIONS = 4  # of a loss, as many as the template of the losses reads
Template = Callable[..., Any]

# The update of a part of the flat vector, in one pass over its memory: the penalty's gradient, the sums for
# penalty and norm, the optimizer's equation, weight decay.
UPDATE = """
@cfunc(types.float64(POINTER, POINTER, POINTER, types.CPointer(types.float64), types.CPointer(types.float64),
                     types.int64, types.int64, types.int64, types.float64, types.float64), cache=CACHE, **FAST)
def part(parameters_, gradient_, memory_, scalars_, sums_, n_all, n_first, n_last, l2, decay):
    p, g, memory = carray(parameters_, n_all), carray(gradient_, n_all), carray(memory_, ({n_slots}, n_all))
    scalars, sums = carray(scalars_, {n_scalars}), carray(sums_, 2)
    strength, kept = REAL(l2), REAL(decay)
    {unpack}
    for first in range(n_first, n_last, 4096):
        # Slices, since a loop over an index that is itself computed does not vectorize.
        here = slice(first, min(first + 4096, n_last))
        ws, ds = p[here], g[here]
        {slots}
        squared_weights, squared_gradient = REAL(0.0), REAL(0.0)
        for i in range(ws.size):
            w = ws[i]
            d = ds[i] + strength * w
            ds[i] = d
            {results} = update({arguments})
            ws[i] = kept * w + step
            squared_weights += w * w
            squared_gradient += d * d
        sums[0] += squared_weights
        sums[1] += squared_gradient
    return 0.0
"""

# The two ways of a layer: its loops replace LOOPS, with the arrays that they name.
FORWARD = """
@cfunc(types.float64(POINTER, POINTER, POINTER, POINTER, POINTER, types.CPointer(types.int64), types.int64,
                     types.int64, types.int64), cache=CACHE, **FAST)
def part(x_, b_, p_, y_, kept_, sizes_, n_rows, n_in, n_out):
    numbers = carray(sizes_, 3)
    sizes = carray(sizes_, 3 + numbers[2])[3:]
    x, y = carray(x_, (n_rows, n_in)), carray(y_, (n_rows, n_out))
    b, p, kept = carray(b_, n_in), carray(p_, numbers[0]), carray(kept_, (n_rows, numbers[1]))
LOOPS
    return 0.0
"""
BACKWARD = """
@cfunc(types.float64(POINTER, POINTER, POINTER, POINTER, POINTER, POINTER, types.CPointer(types.int64),
                     types.int64, types.int64, types.int64, types.int64), cache=CACHE, **FAST)
def part(x_, p_, g_, delta_, below_, kept_, sizes_, n_rows, n_in, n_out, has_below):
    numbers = carray(sizes_, 3)
    sizes = carray(sizes_, 3 + numbers[2])[3:]
    x, delta = carray(x_, (n_rows, n_in)), carray(delta_, (n_rows, n_out))
    p, g, kept = carray(p_, numbers[0]), carray(g_, numbers[0]), carray(kept_, (n_rows, numbers[1]))
    BELOW
LOOPS
    return 0.0
"""
Equations = tuple[tuple[str, Callable[..., Any]], ...]


@cache
def compiled(template: Template, dtype: str, index: str = "int64") -> ModuleType:
    """Return the module of a template without equations."""
    name = f"{template.__name__}_{dtype}" + ("" if index == "int64" else f"_{index}")
    return generated(name, part(name, dtype, template, index=index))


def activation_parts(row: Activation, dtype: str) -> tuple[ModuleType, ModuleType]:
    """Return forward and backward of an activation."""
    if row.value is softmax and row.pullback is softmax_pullback:
        return compiled(parts.softmax_forward, dtype), compiled(parts.softmax_backward, dtype)
    if row.pullback is not None or row.derivative is None:
        raise NotAnEquation(f"the pullback of the activation {row.name!r}")
    return (
        _with_equations(row.name, dtype, parts.activation_forward, (("value", row.value),)),
        _with_equations(row.name, dtype, parts.activation_backward, (("derivative", row.derivative),)),
    )


def loop_parts(layer: Layer, dtype: str) -> tuple[ModuleType, ModuleType]:
    """Return forward and backward of a layer from its loops."""
    loops = layer.loops()
    assert loops is not None
    name = "_".join([type(layer).__name__, *(function.__name__ for function in loops.equations.values())])
    below = "below = delta" if loops.in_place else "below = carray(below_, (n_rows, n_in))"
    found = []
    for way, function, prelude in (
        ("forward", loops.forward, FORWARD),
        ("backward", loops.backward, BACKWARD.replace("BELOW", below)),
    ):
        taken = inspect.signature(function).parameters
        equations = tuple(pair for pair in loops.equations.items() if pair[0] in taken)
        found.append(_with_equations(f"{name}_{way}", dtype, prelude, equations, loops=function))
    return found[0], found[1]


def loss_part(pair: PairedLoss, dtype: str) -> ModuleType:
    """Return value and gradient of a loss on the outputs, or on the scores where the pair is fused."""
    value, gradient = pair.form.value, pair.form.gradient
    if pair.is_fused:
        value, gradient = pair.form.fused[pair.activation.name]
        if value is log_loss_of_softmax:
            return compiled(parts.loss_of_softmax, dtype)
    if len(pair.loss.options) > N_OPTIONS:
        raise NotAnEquation(f"the loss {pair.loss.name!r} with more than {N_OPTIONS} options")
    options = "".join(f", options[j, {i}]" for i in range(len(pair.loss.options)))
    equations = ("value_of", value), ("gradient_of", gradient)
    adapter = (
        f"@njit(**EXACT)\ndef value(y, p, options, j):\n    return value_of(y, p{options})\n\n"
        f"@njit(**EXACT)\ndef gradient(y, p, options, j):\n    return gradient_of(y, p{options})\n"
    )
    name = f"{pair.loss.name}_of_{pair.activation.name}" if pair.is_fused else pair.loss.name
    return _with_equations(name, dtype, parts.loss, equations, adapter)


def update_part(optimizer: Optimizer, options: Mapping[str, float], dtype: str) -> ModuleType:
    """Return the update of all parameters by an optimizer."""
    assert optimizer.update is not None
    assert optimizer.scalars is not None
    slots = [f"m{k}[i]" for k in range(len(optimizer.slots))]
    scalars = range(len(optimizer.scalars(0.1, 1, **optimizer.resolve(options))))
    results = ", ".join(["step", *slots]) + ("" if slots else ",")
    text = UPDATE.format(
        n_slots=len(slots),
        n_scalars=len(scalars),
        unpack="\n    ".join(f"s{k} = REAL(scalars[{k}])" for k in scalars),
        slots="\n        ".join(f"m{k} = memory[{k}, here]" for k in range(len(slots))),
        results=results,
        arguments=", ".join(["d", *slots, *(f"s{k}" for k in scalars)]),
    )
    return _with_equations(optimizer.name, dtype, text, (("update", optimizer.update),))


def _with_equations(
    name: str,
    dtype: str,
    template: Template | str,
    equations: Equations,
    adapter: str = "",
    loops: Callable[..., Any] | None = None,
) -> ModuleType:
    """Return the module of a template and equations: from their text, else from the functions themselves."""
    known = tuple(constants(function) for _, function in (*equations, *([("", loops)] if loops else [])))
    return _module_of(name, dtype, template, equations, adapter, known, loops)


@cache
def _module_of(
    name: str,
    dtype: str,
    template: Template | str,
    equations: Equations,
    adapter: str,
    known: tuple[Any, ...],
    loops: Callable[..., Any] | None,
) -> ModuleType:
    """Return the same; ``known``, the constants in the equations, makes another module when one changes."""
    kind = "loops" if loops else "update" if isinstance(template, str) else template.__name__
    full_name = f"{kind}_{''.join(c if c.isalnum() else '_' for c in name)}_{dtype}"
    names = None
    try:
        text = as_text(*equations)
    except NotAnEquation:
        names = {f"{alias}_itself": numba.njit(error_model="numpy")(f) for alias, f in equations}
        text = "\n".join(f"{alias} = {alias}_itself" for alias, _ in equations)
    if loops is not None:
        called, body = loops_as_text(loops)
        text, template = f"{text}\n\n{called}", str(template).replace("LOOPS", body)
    whole = part(full_name, dtype, template, f"{text}\n\n{adapter}")
    return generated(full_name, whole, names, called=name)
