"""Origin of one number of an input layer: the requested place, and a sentence about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.core.checks import is_whole
from pellucid.core.layers.worked import Names, Worked
from pellucid.exceptions import ParameterError
from pellucid.explain.layer_sentences import origin_of, updated, worked_of
from pellucid.explain.phrases import phrase
from pellucid.explain.sentences import from_above
from pellucid.explain.traced import LayerTrace
from pellucid.explain.written import Numbers

__all__ = ["of_input_layer"]

RENAMED = {"outputs": "y", "delta": "to_x", "upstream": "to_y"}
UPDATED = "updated_"
COUNTED = ("number", "wave")  # axes without user-given names: their labels are numbers from 1


def of_input_layer(
    n: Numbers, quantity: str, position: int | None, index: Any, place: Mapping[str, int | None]
) -> tuple[float, str]:
    """Return a number of an input layer, and where it comes from.

    Parameters
    ----------
    n : Numbers
        Writes numbers.
    quantity : str
        ``"outputs"``, ``"upstream"``, ``"delta"``, the name of a parameter (for its derivative), ``"updated_"``
        followed by such a name, or an intermediate quantity such as ``"angles"``.
    position : int
        The input layer, from 0.
    index : int, str or tuple of them
        A number or a name for each axis of the array, without that of the samples.
    place : dict
        ``sample``; nothing else may be given.

    Returns
    -------
    value : float
        The number.
    text : str
        The sentence.
    """
    layers = n.trace.input_layers
    if quantity == "inputs" and position == 0 and layers and n.trace.encoding is not None:
        return _input(n, worked_of(n, layers[0]), index, _sample(n, place.get("sample")))
    if not layers:
        raise ParameterError("'input_layer' and 'index' must be left out: this network has no input layers.")
    if not (is_whole(position, 0, len(layers) - 1)):
        raise ParameterError(f"'input_layer' must lie in 0..{len(layers) - 1}; got {position!r}.")
    for name in ("block", "row", "column"):
        if place.get(name) is not None:
            raise ParameterError(f"{name!r} must be left out for an input layer, which takes 'index'.")
    layer, names = layers[position], n.names[position]
    worked = worked_of(n, layer)
    known = [
        "outputs", "upstream", "delta", *layer.trained, *(UPDATED + name for name in layer.trained),
        *(name for name in worked.by_name if name not in ("y", "to_x") and name[3:] not in layer.trained),
    ]  # fmt: skip
    if quantity not in known:
        raise ParameterError(
            f"'quantity' of input layer {position} must be one of {known}; got {quantity!r}."
        )
    if quantity in layer.trained or quantity.startswith(UPDATED):
        name = quantity.removeprefix(UPDATED)
        at = _located(layer.values[name], worked.parameters[name].axes, worked, names, index, quantity)
        if place.get("sample") is not None:
            raise ParameterError(f"'sample' must be left out: {quantity!r} belongs to all samples.")
        if quantity.startswith(UPDATED):
            return updated(n, layer, name, at)
        return n.factor * float(layer.values[f"to_{name}"][at]), origin_of(n, layer, names, f"to_{name}", at)
    name = RENAMED.get(quantity, quantity)
    axes = ("output",) if name == "to_y" else worked.by_name[name].axes[1:]
    at = _located(layer.values[name][0], axes, worked, names, index, quantity)
    sample = _sample(n, place.get("sample"))
    value = float("nan") if sample is None else layer.values[name][(sample, *at)]
    scale = n.factor if name.startswith("to_") else 1.0
    return scale * value, n.per_sample(sample, lambda i: _line(n, position, layer, name, (i, *at)))


def _input(n: Numbers, worked: Worked, index: Any, sample: int | None) -> tuple[float, str]:
    """Return an input of the network, and how the encoder computed it from a cell."""
    encoding, X = n.trace.encoding, n.trace.X
    assert encoding is not None
    (j,) = _located(X[0], ("input",), worked, n.names[0], index, "inputs")

    def line(i: int) -> str:
        if j >= encoding.cells.shape[1]:
            categories = n.names[0].categories[j - encoding.cells.shape[1]]
            return phrase("code_of", code=f"{X[i, j]:g}", category=categories[int(X[i, j])])
        cell, center, scale = encoding.cells[i, j], encoding.centers[j], encoding.scales[j]
        if np.isnan(cell):
            return phrase("missing", input=n(X[i, j]))
        u = (cell - center) * scale
        kind = "encoded_text" if encoding.of_text[j] else "encoded"
        text = phrase(kind, cell=n(cell), center=n(center), scale=n(scale), value=n(u))
        if encoding.bound is None:
            return text
        return f"{text}; {phrase('clipped', value=n(u), bound=f'{encoding.bound:g}', input=n(X[i, j]))}"

    return float("nan") if sample is None else float(X[sample, j]), n.per_sample(sample, line)


def _line(n: Numbers, position: int, layer: LayerTrace, name: str, at: tuple[int, ...]) -> str:
    if name != "to_y":
        return origin_of(n, layer, n.names[position], name, at)
    layers = n.trace.input_layers
    if position + 1 < len(layers):
        return origin_of(n, layers[position + 1], n.names[position + 1], "to_x", at)
    return phrase("equals", terms=from_above(n, 0, at[1], at[0]), value=n.scaled(layer.upstream[at]))


def _sample(n: Numbers, sample: int | None) -> int | None:
    count = len(n.trace.X)
    if sample is None:
        return 0 if count == 1 else None
    if not is_whole(sample, 0, count - 1):
        raise ParameterError(f"'sample' must lie in 0..{count - 1} here; got {sample!r}.")
    return int(sample)


def _located(
    values: Any, axes: tuple[str, ...], worked: Worked, names: Names, index: Any, quantity: str
) -> tuple[int, ...]:
    """Return the place in an array, each index a whole number in its range or a name along its axis."""
    given = index if isinstance(index, tuple | list) else (index,)
    if index is None or len(given) != values.ndim:
        raise ParameterError(
            f"'index' of {quantity!r} must hold {values.ndim} of {' and '.join(axes)}; got {index!r}."
        )
    found = []
    for size, axis, each in zip(values.shape, axes, given, strict=True):
        labels = worked.labels(axis, names)
        _check_has_one_meaning(each, axis, labels)
        if isinstance(each, str):
            if each not in labels:
                raise ParameterError(f"'index' must name one of {list(labels)} for {axis}; got {each!r}.")
            found.append(labels.index(each))
        elif is_whole(each, 0, size - 1):
            found.append(int(each))
        else:
            raise ParameterError(
                f"'index' of {quantity!r} must lie in 0..{size - 1} for {axis}; got {each!r}."
            )
    return tuple(found)


def _check_has_one_meaning(each: Any, axis: str, labels: tuple[str, ...]) -> None:
    """Refuse a name that several places share, and a number that is one place and the name of another."""
    places = [at for at, label in enumerate(labels) if label == str(each)]
    if isinstance(each, str) and len(places) > 1:
        raise ParameterError(
            f"'index' is ambiguous: {each!r} names {axis}s {' and '.join(map(str, places))}. Give one of these "
            "numbers."
        )
    is_number = is_whole(each, 0, len(labels) - 1)
    if is_number and axis not in COUNTED and len(places) == 1 and places[0] != each:
        raise ParameterError(
            f"'index' is ambiguous: {each} is a place, and the name of {axis} {places[0]}. Give a name: "
            f"{str(each)!r} or {labels[each]!r}."
        )
