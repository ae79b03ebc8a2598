"""Assembly of a network: options per block, the row of layers, the layout of the flat vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.activations import Activation
from pellucid.core.checks import as_numbers, is_whole
from pellucid.core.layers import (
    NORMALIZATIONS,
    Activate,
    Dense,
    Dropout,
    InputLayer,
    Layer,
    Lookup,
    ParametricActivate,
    Residual,
    SeparateDense,
    SharedDense,
)
from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted

__all__ = [
    "block_widths",
    "check_layer_sizes",
    "copy_given",
    "lay_out",
    "per_block",
    "residual_kinds",
    "stack",
    "views_into",
]

Array = NDArray[np.floating]
Views = tuple[Mapping[str, Array], ...]
Layout = list[dict[str, tuple[int, int, tuple[int, ...]]]]


def check_layer_sizes(layer_sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the widths as a tuple of ints, or raise an error that says what is wrong."""
    sizes = tuple(layer_sizes) if isinstance(layer_sizes, Sequence | np.ndarray) else (layer_sizes,)
    if len(sizes) < 2 or not all(is_whole(n, 1) for n in sizes):
        raise ParameterError(
            "'layer_sizes' must hold the number of inputs, then of each layer's units, each an integer >= 1, "
            f"such as [2, 8, 1]; got {list(sizes)}."
        )
    return tuple(int(n) for n in sizes)


def block_widths(sizes: tuple[int, ...], input_layers: Sequence[InputLayer]) -> tuple[int, ...]:
    """Return the widths of the blocks, their input a_0 first, which is what the input layers make of X."""
    width = sizes[0]
    for i, layer in enumerate(input_layers):
        if not (isinstance(layer, Layer) and hasattr(layer, "n_in") and hasattr(layer, "n_out")):
            raise ParameterError(
                "'input_layers' must contain layers that know their widths, such as "
                f"pellucid.core.layers.Scale or Periodic; got {layer!r}."
            )
        if i > 0 and isinstance(layer, Lookup):
            raise ParameterError(f"input_layers[{i}] is a Lookup, which reads columns of X: put it first.")
        if layer.n_in != width:
            raise ParameterError(
                f"input_layers[{i}] takes {counted(layer.n_in, 'input')}, but receives {width}."
            )
        width = layer.n_out
    return (width, *sizes[1:])


def per_block(name: str, value: Any, n_hidden: int) -> tuple[Any, ...]:
    """Return one value per hidden block, from one for all or one for each."""
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        if len(value) != n_hidden:
            raise ParameterError(
                f"{name!r} must be one value or one per hidden layer, here {n_hidden}; got {len(value)}: "
                f"{value!r}."
            )
        return tuple(value)
    return (value,) * n_hidden


def residual_kinds(residual: Any, sizes: tuple[int, ...]) -> tuple[bool | str, ...]:
    """Decide each hidden block's connection: where the widths agree, unless a block is named."""
    named = isinstance(residual, Sequence | np.ndarray) and not isinstance(residual, str)
    chosen: list[bool | str] = []
    for k, kind in enumerate(per_block("residual", residual, len(sizes) - 2)):
        if isinstance(kind, str) and kind == "activation":
            chosen.append("activation")
        elif kind in (True, False) and not isinstance(kind, str):
            agrees = sizes[k] == sizes[k + 1]
            if named and kind and not agrees:
                raise ParameterError(
                    f"residual[{k}] is True, but block {k} has {counted(sizes[k], 'input')} and "
                    f"{counted(sizes[k + 1], 'unit')}; a "
                    "residual connection needs equal widths. Change the width, or set it to False."
                )
            chosen.append(bool(kind) and agrees)
        else:
            raise ParameterError(f"'residual' must be True, False or 'activation'; got {kind!r}.")
    return tuple(chosen)


def stack(
    input_layers: Sequence[Layer],
    widths: tuple[int, ...],
    activations: Sequence[Activation],
    dropout: Sequence[float],
    normalization: Sequence[str | None],
    residual: Sequence[bool | str],
    *,
    parametric: bool,
    ntk: bool,
    n_members: int = 1,
) -> tuple[tuple[Layer, ...], tuple[int, ...], tuple[int, ...]]:
    """Put the layers of all blocks in a row.

    Parameters
    ----------
    input_layers : sequence of Layer
        The layers before the first block.
    widths : tuple of int
        The widths of the blocks, their input first.
    activations : sequence of Activation
        One per block, the last included.
    dropout, normalization, residual : sequence
        One per hidden block.
    parametric, ntk : bool
        True for parametric hidden activations; True for weights that learn at the rates of the NTK
        parametrization.
    n_members : int, default=1
        The number of members that share weights; then the last of the input layers is a :class:`Fan`.

    Returns
    -------
    layers : tuple of Layer
        The row.
    z_positions : tuple of int
        The place of each block's signal z among the values of a forward pass (0 is the input, i + 1 the
        output of layer i).
    a_positions : tuple of int
        The place of each block's input a; last, the outputs.
    """
    layers: list[Layer] = list(input_layers)
    z_positions, a_positions = [], [len(layers)]
    for k, (n_in, n_out) in enumerate(pairwise(widths)):
        block_input, hidden = len(layers), k < len(widths) - 2
        rate = n_in**-0.5 if ntk else 1.0
        if n_members == 1:
            layers.append(Dense(n_in, n_out, rate))
        else:
            layers.append((SharedDense if hidden else SeparateDense)(n_members, n_in, n_out, rate))
        if hidden and (name := normalization[k]) is not None:
            make: Any = NORMALIZATIONS[name].kind
            layers.append(make(n_out))
        z_positions.append(len(layers))
        layers.append(
            ParametricActivate(activations[k], n_members * n_out)
            if hidden and parametric
            else Activate(activations[k], n_members)
        )
        if hidden and residual[k] == "activation":
            layers.append(Residual(z_positions[-1]))
        if hidden and dropout[k] > 0.0:
            layers.append(Dropout(dropout[k]))
        if hidden and residual[k] is True:
            layers.append(Residual(block_input))
        a_positions.append(len(layers))
    return tuple(layers), tuple(z_positions), tuple(a_positions)


def lay_out(declared: Sequence[Sequence[Any]]) -> tuple[Layout, int]:
    """Return the place of each declared array of each layer in the flat vector, and the vector's length."""
    layout: Layout = []
    position = 0
    for specs in declared:
        places = {}
        for spec in specs:
            size = int(np.prod(spec.shape))
            places[spec.name] = (position, position + size, spec.shape)
            position += size
        layout.append(places)
    return layout, position


def views_into(layout: Layout, flat: NDArray[Any]) -> Views:
    """Return, for each layer, its named views into a flat vector."""
    return tuple(
        {name: flat[start:stop].reshape(shape) for name, (start, stop, shape) in places.items()}
        for places in layout
    )


def copy_given(name: str, given: Sequence[ArrayLike] | None, views: tuple[Array, ...]) -> None:
    """Copy arrays that a user gave into their views, or raise an error that says what does not fit."""
    if given is None:
        return
    if not isinstance(given, Sequence | np.ndarray) or len(given) != len(views):
        raise ParameterError(f"{name!r} must hold one array per block, here {len(views)}; got {given!r}.")
    for k, (value, view) in enumerate(zip(given, views, strict=True)):
        array = as_numbers(f"{name}[{k}]", value, view.dtype, ParameterError)
        if array.shape != view.shape:
            raise ParameterError(f"'{name}[{k}]' must have shape {view.shape}; got {array.shape}.")
        view[...] = array
