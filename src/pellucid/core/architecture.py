"""Architecture of a network, as data that networks, their copies, model files and estimators share."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.core.activations import Activation, get_activation
from pellucid.core.assembly import block_widths, check_layer_sizes, per_block, residual_kinds, stack
from pellucid.core.checks import check_whole
from pellucid.core.layers import NORMALIZATIONS, Fan, InputLayer, Layer
from pellucid.exceptions import ParameterError

__all__ = ["Architecture", "normalizations"]


@dataclass(frozen=True)
class Architecture:
    """Architecture of a network: everything except its numbers.

    Options that a hidden block has are given as one value for all, or as one for each; the record holds one for
    each. They are those of :class:`pellucid.Network`, where they are described.

    Parameters
    ----------
    layer_sizes : sequence of int
        The widths, inputs first.
    activation : str, Activation or sequence of them, default="tanh"
        Of the hidden blocks.
    output_activation : str or Activation, default="identity"
        Of the last block.
    dropout : float or sequence of float, default=0.0
        Of the hidden blocks.
    normalization : str, None or sequence of them, default=None
        Of the hidden blocks.
    residual : bool, "activation" or sequence of them, default=False
        Of the hidden blocks.
    input_layers : sequence of layers, default=()
        Layers before the first block.
    parametric : bool, default=False
        True if hidden units learn how far they bend.
    parametrization : {"standard", "ntk"}, default="standard"
        The parametrization, which sets the rates at which weights learn.
    n_members : int, default=1
        The number of networks that share the weights of the hidden blocks.

    Raises
    ------
    ParameterError
        If an option is not accepted; the message names the accepted values.

    Examples
    --------
    >>> from pellucid.core import Architecture
    >>> wide = Architecture([2, 8, 8, 1], dropout=0.1).replace(layer_sizes=[2, 16, 16, 1])
    >>> wide
    Architecture([2, 16, 16, 1], activation='tanh', output_activation='identity', dropout=(0.1, 0.1))
    """

    layer_sizes: tuple[int, ...]
    activation: tuple[Activation, ...] = "tanh"  # type: ignore[assignment]  # as given; see __post_init__
    output_activation: Activation = "identity"  # type: ignore[assignment]
    dropout: tuple[float, ...] = 0.0  # type: ignore[assignment]
    normalization: tuple[str | None, ...] = None  # type: ignore[assignment]
    residual: tuple[bool | str, ...] = False  # type: ignore[assignment]
    input_layers: tuple[InputLayer, ...] = ()
    parametric: bool = False
    parametrization: str = "standard"
    n_members: int = 1

    def __post_init__(self) -> None:
        sizes = check_layer_sizes(self.layer_sizes)
        n_hidden = len(sizes) - 2
        activation = tuple(get_activation(a) for a in per_block("activation", self.activation, n_hidden))
        dropout = per_block("dropout", self.dropout, n_hidden)
        normalization = per_block("normalization", self.normalization, n_hidden)
        input_layers = tuple(self.input_layers)
        found = {
            "layer_sizes": sizes,
            "activation": activation,
            "output_activation": get_activation(self.output_activation, "output_activation"),
            "dropout": dropout,
            "normalization": normalization,
            "residual": residual_kinds(self.residual, block_widths(sizes, input_layers)),
            "input_layers": input_layers,
            "parametric": bool(self.parametric),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)
        check_whole("n_members", self.n_members, 1)
        _check(self)

    @property
    def batch_norm(self) -> tuple[bool, ...]:
        """True if each hidden block is normalized over the batch."""
        return tuple(name == "batch_norm" for name in self.normalization)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The widths of the blocks, their input a_0 first."""
        return block_widths(self.layer_sizes, self.input_layers)

    def replace(self, **changes: Any) -> Architecture:
        """Return an architecture with some options changed.

        Parameters
        ----------
        **changes
            Options by name.

        Returns
        -------
        Architecture
            Another one.
        """
        return dataclasses.replace(self, **changes)

    def row(self) -> tuple[tuple[Layer, ...], tuple[int, ...], tuple[int, ...]]:
        """Return the layers in order, and the places of each block's signal and input among the values.

        Returns
        -------
        layers : tuple of Layer
            The row.
        z_positions, a_positions : tuple of int
            The places of the signals z, and of the blocks' inputs and last the outputs.
        """
        first: list[Layer] = [*self.input_layers]
        if self.n_members > 1:  # factors are drawn as TabM does, by whether a_0 is embedded
            start = "normal" if any(layer.is_embedding for layer in self.input_layers) else "signs"
            first.append(Fan(self.n_members, self.widths[0], start))
        return stack(
            first,
            self.widths,
            (*self.activation, self.output_activation),
            self.dropout,
            self.normalization,
            self.residual,
            parametric=self.parametric,
            ntk=self.parametrization == "ntk",
            n_members=self.n_members,
        )

    def __repr__(self) -> str:
        names = [a.name for a in self.activation]
        shown = repr(names[0]) if len(set(names)) == 1 else repr(names)
        options = [f"activation={shown}"] if names else []
        options.append(f"output_activation={self.output_activation.name!r}")
        options += [f"dropout={self.dropout}"] if any(self.dropout) else []
        others = any(name not in (None, "batch_norm") for name in self.normalization)
        options += [f"batch_norm={self.batch_norm}"] if any(self.batch_norm) and not others else []
        options += [f"normalization={self.normalization}"] if others else []
        options += [f"residual={self.residual}"] if any(self.residual) else []
        options += [f"input_layers={list(self.input_layers)}"] if self.input_layers else []
        options += ["parametric=True"] if self.parametric else []
        options += ["parametrization='ntk'"] if self.parametrization == "ntk" else []
        options += [f"n_members={self.n_members}"] if self.n_members > 1 else []
        return f"Architecture({list(self.layer_sizes)}, {', '.join(options)})"


def normalizations(normalization: Any, batch_norm: Any, n_hidden: int) -> tuple[str | None, ...]:
    """Return each hidden block's normalization; ``batch_norm=True`` is short for the one of that name."""
    chosen = per_block("normalization", normalization, n_hidden)
    for k, on in enumerate(per_block("batch_norm", batch_norm, n_hidden)):
        if not isinstance(on, bool | np.bool_):
            raise ParameterError(f"'batch_norm' must be True or False; got {on!r}.")
        if on and chosen[k] not in (None, "batch_norm"):
            raise ParameterError(
                f"A block has one normalization; got normalization={chosen[k]!r} and batch_norm=True for hidden "
                f"block {k}. Leave batch_norm out."
            )
        chosen = (*chosen[:k], "batch_norm" if on else chosen[k], *chosen[k + 1 :])
    return chosen


def _check(options: Architecture) -> None:
    for rate in options.dropout:
        if not (isinstance(rate, int | float | np.number) and 0.0 <= rate < 1.0):
            raise ParameterError(f"'dropout' must lie in [0, 1); got {rate!r}.")
    for name in options.normalization:
        if not (name is None or (isinstance(name, str) and name in NORMALIZATIONS)):
            raise ParameterError(
                f"'normalization' must be None or one of {list(NORMALIZATIONS)}; got {name!r}."
            )
        if name is not None and options.n_members > 1:
            shown = "'batch_norm' must be False" if name == "batch_norm" else "'normalization' must be None"
            raise ParameterError(f"{shown} if members share weights; got n_members={options.n_members}.")
    if options.parametrization not in ("standard", "ntk"):
        raise ParameterError(
            f"'parametrization' must be 'standard' or 'ntk'; got {options.parametrization!r}."
        )
    for a in options.activation:
        if a.pullback is not None:
            raise ParameterError(f"activation={a.name!r} is for outputs only: use it as output_activation.")
    output = options.output_activation
    if output.range.simplex and options.layer_sizes[-1] < 2:
        raise ParameterError(
            f"output_activation={output.name!r} needs at least 2 outputs; for one output use 'logistic'."
        )
