"""The tables of ``core/`` and ``optimizers/`` as a JavaScript module, which the page's kernel computes with.

``python -m pellucid.playground.equations page/kernel`` writes ``generated.js`` and ``constants.js`` there. A new
row of a table follows by itself. A function of a whole row of numbers, such as softmax, is written by hand in
``page/kernel/rows.js`` and named in ``BY_HAND``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import signature
from math import erf, inf
from pathlib import Path
from typing import Any

import sklearn.utils._param_validation as sklearn_validation

from pellucid import MLPClassifier
from pellucid.core import ACTIVATIONS, INITIALIZERS, activations, initializers, losses
from pellucid.core.activations import Activation
from pellucid.core.intervals import Interval
from pellucid.core.layers import NORMALIZATIONS
from pellucid.core.losses import Loss
from pellucid.estimators.parameters import PARAMETERS
from pellucid.exceptions import ParameterError
from pellucid.host.files import replace_file
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, Optimizer, schedules
from pellucid.playground import literals
from pellucid.playground.literals import Code
from pellucid.playground.setups import STEP_LOSSES
from pellucid.playground.translation import Translator
from pellucid.playground.ziggurat import differences, widths

__all__ = ["constants", "module"]

BY_HAND: dict[Callable[..., Any], str] = {
    activations.softmax: "softmax",
    activations.softmax_pullback: "softmax_pullback",
    losses.log_loss_of_softmax: "log_loss_of_softmax",
    losses.log_loss_of_softmax_gradient: "log_loss_of_softmax_gradient",
}
DRAWN_BY_HAND = {
    "zeros",
    "constant",
    "orthogonal",
    "sklearn",
}  # in page/kernel/initializers.js
HEAD = """\
// Written by pellucid.playground.equations from the tables of core/ and optimizers/. After a change: `make page`.
"""


def module() -> str:
    """Return the JavaScript module of all tables.

    Returns
    -------
    str
        Its text: the equations, then ``ACTIVATIONS``, ``LOSSES``, ``OPTIMIZERS``, ``SCHEDULES``, ``INITIALIZERS``,
        ``NORMALIZATIONS`` and ``DEFAULTS``.

    Raises
    ------
    ParameterError
        If an equation of a table cannot be translated; the message names it.

    Examples
    --------
    >>> "function tanh_derivative(z, a) {" in module()
    True
    """
    js = Translator(BY_HAND)
    tables = {
        "ACTIVATIONS": {name: _activation(js, row) for name, row in ACTIVATIONS.items()},
        "LOSSES": {name: _loss(js, row) for name, row in STEP_LOSSES.items()},
        "OPTIMIZERS": {name: _optimizer(js, row) for name, row in OPTIMIZERS.items() if row.is_stepwise},
        "SCHEDULES": {name: _schedule(js, row) for name, row in SCHEDULES.items()},
        "INITIALIZERS": {name: _initializer(js, row) for name, row in INITIALIZERS.items()},
        "NORMALIZATIONS": list(NORMALIZATIONS),
        "DEFAULTS": _defaults(),
    }
    by_hand = sorted(js.used & set(BY_HAND.values()))
    parts = [
        HEAD,
        f"import {{ {', '.join(sorted(js.used - set(by_hand)))} }} from './elementary.js';\n",
        f"import {{ {', '.join(by_hand)} }} from './rows.js';\n\n",
        "\n\n".join(js.text),
        "\n",
        literals.constants({name: _without_prototype(table) for name, table in tables.items()}),
    ]
    return "".join(parts)


def _activation(js: Translator, row: Activation) -> dict[str, Any]:
    out: dict[str, Any] = {"name": row.name}
    if row.pullback is None:
        assert row.derivative is not None
        out |= {"value": Code(js.function(row.value)), "derivative": Code(js.function(row.derivative))}
    else:
        out |= {"ofRow": Code(js.function(row.value)), "pullback": Code(js.function(row.pullback))}
    return out | {
        "range": _interval(row.range),
        "gain": row.gain,
        "kinks": list(row.kinks),
        "flat": row.is_flat,
    }


def _loss(js: Translator, row: Loss) -> dict[str, Any]:
    forms = []
    for form in row.forms:
        fused = {
            name: {
                "ofRow" if ACTIVATIONS[name].pullback else "value": Code(js.function(value)),
                "gradientOfRow" if ACTIVATIONS[name].pullback else "gradient": Code(js.function(gradient)),
            }
            for name, (value, gradient) in form.fused.items()
        }
        forms.append(
            {
                "outputs": _interval(form.outputs),
                "targets": _interval(form.targets),
                "value": Code(js.function(form.value)),
                "gradient": Code(js.function(form.gradient)),
                "fused": fused,
                "fits": [name for name, a in ACTIVATIONS.items() if _form_for(row, a) is form],
            }
        )
    options = {
        name: {"default": value, "accepted": _interval(losses.ACCEPTED[name])}
        for name, value in row.options.items()
    }
    return {
        "name": row.name,
        "forms": forms,
        "canonical": list(row.canonical),
        "outputActivations": list(row.output_activations()),
        "options": options,
        "kinks": Code(js.function(row.kinks)),
    }


def _form_for(loss: Loss, activation: Activation) -> Any:
    return next((form for form in loss.forms if activation.range.within(form.outputs)), None)


def _optimizer(js: Translator, row: Optimizer) -> dict[str, Any]:
    assert row.update is not None
    assert row.scalars is not None
    return {
        "name": row.name,
        "slots": list(row.slots),
        "options": {
            name: {"default": row.options[name], "accepted": _accepted_by_estimators(name)}
            for name in list(signature(row.scalars).parameters)[2:]  # JavaScript passes them by place
        },
        "weightDecay": row.weight_decay,
        "scalars": Code(js.function(row.scalars, f"{row.name}_scalars")),
        "update": Code(js.function(row.update, f"{row.name}_update")),
        "updatePart": Code(js.update(row.update, row.slots)),
    }


def _schedule(js: Translator, row: schedules.Schedule) -> dict[str, Any]:
    return {
        "name": row.name,
        "options": {
            name: {"default": row.options[name], "accepted": _interval(schedules.ACCEPTED[name])}
            for name in list(signature(row.factor).parameters)[1:]
        },
        "perStep": row.per_step,
        "factor": Code(js.function(row.factor)),
    }


def _initializer(js: Translator, row: initializers.Initializer) -> dict[str, Any]:
    out: dict[str, Any] = {"name": row.name, "scale": row.scale}
    if isinstance(row.draw, initializers.ZeroMean):
        sample = row.draw.sample.__name__.strip("_")
        return out | {"draw": sample, "factor": row.draw.factor, "fan": Code(js.function(row.draw.fan))}
    if row.name not in DRAWN_BY_HAND:
        raise ParameterError(
            f"initializer {row.name!r} has no counterpart in JavaScript. Write it as ZeroMean, or by hand in "
            "page/kernel/initializers.js and name it in DRAWN_BY_HAND of pellucid.playground.equations."
        )
    return out | {"draw": "constant" if row.is_constant else row.name}


def _defaults() -> dict[str, Any]:
    parameters = signature(MLPClassifier).parameters
    names = ("initializer", "activation", "tol", "n_iter_no_change", "max_iter")
    return {name: parameters[name].default for name in names}


def _interval(interval: Interval) -> dict[str, Any]:
    ends = {"low": interval.low, "high": interval.high, "closed": interval.closed}
    return ends | ({"simplex": True} if interval.simplex else {})


def _accepted_by_estimators(name: str) -> dict[str, Any]:
    accepted = next(row.accepted for row in PARAMETERS if row.name == name)
    interval = next(a for a in accepted if isinstance(a, sklearn_validation.Interval))
    closed = {"left": "low", "right": "high", "both": "both", "neither": ""}[interval.closed]
    low = -inf if interval.left is None else float(interval.left)
    high = inf if interval.right is None else float(interval.right)
    return _interval(Interval(low, high, closed))


def _without_prototype(table: Any) -> Any:
    """Return a table whose names are those of its rows only: "constructor", in a link, is none of them."""
    return {"__proto__": Code("null"), **table} if isinstance(table, dict) else table


def constants() -> str:
    """Return the JavaScript module of tabulated numbers.

    Returns
    -------
    str
        ``ERF_OF_EIGHTHS``, the error function at 0, 1/8, …, 6, and ``ZIGGURAT``, the widths of NumPy's ziggurat as
        :func:`pellucid.playground.ziggurat.differences` writes them.
    """
    return HEAD + literals.constants(
        {"ERF_OF_EIGHTHS": [erf(k / 8.0) for k in range(49)], "ZIGGURAT": differences(widths())}
    )


if __name__ == "__main__":
    for name, text in (("generated.js", module()), ("constants.js", constants())):
        replace_file(Path(sys.argv[1], name), text.encode())
