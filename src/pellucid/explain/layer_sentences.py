"""Sentences that explain where the numbers of a layer with a calculation of its own come from."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core.layers.worked import Factor, Names, Origin, Worked
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import LayerTrace
from pellucid.explain.written import Numbers

__all__ = ["gradient_of", "origin_of", "updated", "worked_of"]

Index = tuple[int, ...]


def worked_of(n: Numbers, layer: LayerTrace) -> Worked:
    """Return the calculation of a layer of the trace."""
    worked = n.trace.network.layers[layer.position].worked()
    assert worked is not None
    return worked


def origin_of(n: Numbers, layer: LayerTrace, names: Names, name: str, at: Index) -> str:
    """Return the terms of one number of a layer, and the number.

    Parameters
    ----------
    n : Numbers
        Writes numbers.
    layer : LayerTrace
        The layer.
    names : Names
        The names of its inputs.
    name : str
        A quantity of its calculation.
    at : tuple of int
        The place in its array.

    Returns
    -------
    str
        A line; for a sum over several samples a line for each.
    """
    quantity = worked_of(n, layer).by_name[name]
    origin = quantity.origin(layer.values, at, names)
    value = layer.values[name][at]
    written = (n.scaled if name.startswith("to_") else n)(value)
    if not origin.terms:
        return phrase("equals", terms=origin.nothing, value=written)
    terms = [_term(n, term, names) for term in origin.terms]
    if len(terms) == 1 == len(origin.terms[0]) and not origin.common and not origin.function:
        return terms[0] if origin.samples is None else _line(origin.samples[0], terms[0], layer)
    if origin.samples is not None:
        lines = [
            _line(
                i,
                term if len(factors) == 1 else phrase("equals", terms=term, value=_worth(n, factors)),
                layer,
            )
            for i, term, factors in zip(origin.samples, terms, origin.terms, strict=True)
        ]
        if len(layer.inputs) == 1:
            return phrase("equals", terms=terms[0], value=written)
        if len(lines) == 1:
            return lines[0]
        worth = [n.factor * _product(factors) for factors in origin.terms]
        total = phrase("sum", count=f"{len(lines)}", value=written)
        return "\n".join([*n.named(lines, worth, "other_samples"), total])
    return phrase("equals", terms=_sum(n, origin, terms, names), value=written)


def gradient_of(n: Numbers, layer: LayerTrace, names: Names, name: str, at: Index) -> tuple[float, str]:
    """Return the derivative of an entry of a parameter, and where it comes from."""
    value = n.factor * float(layer.values[f"to_{name}"][at])
    return value, origin_of(n, layer, names, f"to_{name}", at)


def updated(n: Numbers, layer: LayerTrace, name: str, at: Index) -> tuple[float, str]:
    """Return an entry of a parameter after the step of gradient descent, and where it comes from."""
    t, worked = n.trace, worked_of(n, layer)
    after = float(t.network.parameter_views(t.stepped)[layer.position][name][at])
    before, gradient = layer.values[name][at], layer.values[f"to_{name}"][at]
    text = phrase(
        "updated_parameter", name=worked.parameters[name].word, before=n(before),
        rate=n(t.learning_rate / n.factor), gradient=n.scaled(gradient), value=n(after),
    )  # fmt: skip
    return after, text


def _line(sample: int, text: str, layer: LayerTrace) -> str:
    return text if len(layer.inputs) == 1 else phrase("of_sample", sample=str(sample), line=text)


def _sum(n: Numbers, origin: Origin, terms: list[str], names: Names) -> str:
    worth = [_product(factors) for factors in origin.terms]
    scale = n.factor if any(f.is_derivative for factors in origin.terms for f in factors) else 1.0
    text = " + ".join(n.named(terms, scale * np.array(worth))).replace("+ −1 × ", "− ")
    if origin.common:
        common = _term(n, origin.common, names)
        return f"{common} × ({text})" if len(terms) > 1 else f"{common} × {text}"
    return phrase("function_of", function=origin.function, terms=text) if origin.function else text


def _term(n: Numbers, factors: tuple[Factor, ...], names: Names) -> str:
    return " × ".join(_factor(n, factor, names) for factor in factors)


def _factor(n: Numbers, factor: Factor, names: Names) -> str:
    if factor.is_bare:
        return factor.word
    word = factor.word if factor.input is None else n.named_input(names, factor.input)
    if factor.less is not None:
        return f"({word} {n(factor.value)} − {_factor(n, factor.less, names)})"
    return f"{word} {(n.scaled if factor.is_derivative else n)(factor.value)}"


def _worth(n: Numbers, factors: tuple[Factor, ...]) -> str:
    return n.scaled(_product(factors))


def _product(factors: tuple[Factor, ...]) -> Any:
    return np.prod([factor.number for factor in factors])
