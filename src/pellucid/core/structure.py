"""The structure of a network: a row of layers over one flat vector of parameters and one of statistics."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import Activation
from pellucid.core.assembly import Views, lay_out, views_into
from pellucid.core.checks import as_numbers
from pellucid.core.inputs import checked_csr
from pellucid.core.layers import Dense, Layer, Lookup, Normalization
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Structure"]

Array = NDArray[np.floating]


class Structure:
    """Layers in a row, the places of each block in it, and the two vectors that hold all numbers.

    Parameters
    ----------
    layer_sizes : tuple of int
        The widths, inputs first.
    layers : tuple of Layer
        The layers of all blocks in order.
    z_positions, a_positions : tuple of int
        The places of each block's signal z and input a among the values of a forward pass.
    dtype : dtype
        The precision of the vectors.
    widths : tuple of int, optional
        The widths of the blocks, their input a_0 first. Default: ``layer_sizes``, as it is without input layers.
    n_members : int, default=1
        The number of members that share weights. All widths are those of one; values hold them side by side.
    """

    def __init__(
        self,
        layer_sizes: tuple[int, ...],
        layers: tuple[Layer, ...],
        z_positions: tuple[int, ...],
        a_positions: tuple[int, ...],
        dtype: np.dtype[Any],
        widths: tuple[int, ...] | None = None,
        n_members: int = 1,
    ) -> None:
        self.layer_sizes, self.layers, self.dtype = layer_sizes, layers, dtype
        self.widths = layer_sizes if widths is None else widths
        self.n_members = n_members
        self.z_positions, self.a_positions = z_positions, a_positions
        self._parameter_layout, n_parameters = lay_out([layer.parameters() for layer in layers])
        self._state_layout, n_state = lay_out([layer.state() for layer in layers])
        self.parameters: Array = np.zeros(n_parameters, dtype)
        self.state: Array = np.zeros(n_state, dtype)

    @property
    def n_blocks(self) -> int:
        """The number of blocks K: hidden ones and the last."""
        return len(self.layer_sizes) - 1

    @property
    def n_parameters(self) -> int:
        """The number of trainable parameters: Σ (n_k + 1) n_{k+1}, and two per normalized unit."""
        return int(self.parameters.size)

    @property
    def weights(self) -> tuple[Array, ...]:
        """The weight matrices W_k of shape (n_k, n_{k+1}), views into ``parameters``."""
        return self._views_named("weights")

    @property
    def biases(self) -> tuple[Array, ...]:
        """The biases b_k of shape (n_{k+1},), views into ``parameters``."""
        return self._views_named("biases")

    @property
    def matrices(self) -> tuple[Array, ...]:
        """The matrices [b_k; W_k] of shape (n_k + 1, n_{k+1}), the bias row on top, as views."""
        self.check_single("matrices")
        rows = []
        for layer, layout in zip(self.layers, self._parameter_layout, strict=True):
            if isinstance(layer, Dense):
                start, stop = layout["biases"][0], layout["weights"][1]
                rows.append(self.parameters[start:stop].reshape(layer.n_in + 1, layer.n_out))
        return tuple(rows)

    @cached_property
    def penalized(self) -> tuple[slice, ...]:
        """The parts of the flat vector on which penalties and weight decay act: the weights."""
        return tuple(
            slice(*layout[spec.name][:2])
            for layer, layout in zip(self.layers, self._parameter_layout, strict=True)
            for spec in layer.parameters()
            if spec.penalized
        )

    @cached_property
    def rate_groups(self) -> tuple[tuple[slice, str, float], ...]:
        """The parts of the flat vector in their order, each with its learning-rate group and its own factor."""
        return tuple(
            (slice(*layout[spec.name][:2]), spec.group, spec.rate)
            for layer, layout in zip(self.layers, self._parameter_layout, strict=True)
            for spec in layer.parameters()
        )

    def parameter_views(self, flat: NDArray[Any]) -> Views:
        """Return, for each layer, its named views into a vector laid out like ``parameters``.

        Parameters
        ----------
        flat : ndarray of shape (n_parameters,)
            The vector.

        Returns
        -------
        tuple of dict
            Views by name, one dict per layer.
        """
        return views_into(self._parameter_layout, flat)

    def state_views(self, flat: Array) -> Views:
        """Return, for each layer, its named views into a vector laid out like ``state``.

        Parameters
        ----------
        flat : ndarray of shape (n_state,)
            The vector.

        Returns
        -------
        tuple of dict
            Views by name, one dict per layer.
        """
        return views_into(self._state_layout, flat)

    @cached_property
    def own_rates(self) -> Array:
        """The factor on the learning rate that belongs to each parameter, such as that of a parametrization."""
        rates = np.ones(self.n_parameters)
        for part, _, own in self.rate_groups:
            rates[part] = own
        return rates

    @property
    def block_slices(self) -> tuple[slice, ...]:
        """The part of the flat vector that belongs to each block."""
        starts = [layout["biases"][0] for layout in self._parameter_layout if "biases" in layout]
        return tuple(slice(a, b) for a, b in pairwise([*starts, self.n_parameters]))

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activations of all blocks."""
        layers: list[Any] = [self.layers[at] for at in self.z_positions]
        return tuple(layer.activation for layer in layers)

    @property
    def output_activation(self) -> Activation:
        """The activation of the last block."""
        return self.activations[-1]

    @cached_property
    def normalizations(self) -> tuple[Normalization | None, ...]:
        """The layer of each block that normalizes its signals; None if there is none."""
        layers = (self.layers[at - 1] for at in self.z_positions)
        return tuple(layer if isinstance(layer, Normalization) else None for layer in layers)

    @cached_property
    def lookup(self) -> Lookup | None:
        """The layer that reads codes from the columns of X, if there is one: the first of all."""
        first = self.layers[0]
        return first if isinstance(first, Lookup) else None

    @property
    def n_numbers(self) -> int:
        """The number of inputs that are numbers, the first ones; the others are codes."""
        return self.layer_sizes[0] if self.lookup is None else self.lookup.n_plain

    @cached_property
    def mixes_rows(self) -> bool:
        """True if a row's outputs in training depend on the other rows of the batch."""
        return any(layer.mixes_rows for layer in self.layers)

    def of_each(self, rows: Array) -> Array:
        """Return one row per sample and member, each repeated for the members: targets, or weights.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, ...)
            A value that is the same for all members.

        Returns
        -------
        ndarray of shape (n_samples * n_members, ...)
            In the order of ``ForwardPass.outputs``.
        """
        return rows if self.n_members == 1 else np.repeat(rows, self.n_members, axis=0)

    def check_single(self, what: str) -> None:
        """Refuse a network whose members share weights.

        Parameters
        ----------
        what : str
            The use that the error message names.

        Raises
        ------
        ParameterError
            If there are several members.
        """
        if self.n_members > 1:
            raise ParameterError(
                f"{what}: not available for a network with n_members={self.n_members} that share weights, "
                "where a block has a matrix for all members and biases for each. Use n_members=1; every "
                "value of this one is in pellucid.core.forward(network, X).run.values, every derivative "
                "in network.gradients(X, y)."
            )

    def check_inputs(self, X: Any) -> Any:
        """Return inputs as an array, or sparse ones as CSR, of the network's dtype.

        Parameters
        ----------
        X : array-like or sparse array of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray or sparse array
            The same, checked.

        Raises
        ------
        DataError
            If the shape does not fit the network, X is sparse where input layers take dense rows, or a column of
            codes holds something else.
        """
        if hasattr(X, "toarray") and self.a_positions[0] > 0:
            raise DataError(
                "X is sparse, but the network's input layers take dense rows: pass X.toarray(), or make the "
                "network without input_layers."
            )
        if hasattr(X, "tocsr"):
            X = checked_csr(X).astype(self.dtype, copy=False)
        elif not hasattr(X, "toarray"):
            X = as_numbers("X", X, self.dtype)
        if len(X.shape) != 2 or X.shape[1] != self.layer_sizes[0]:
            raise DataError(
                f"'X' must have shape (n_samples, {self.layer_sizes[0]}); got {X.shape}. "
                "One sample is a row: X.reshape(1, -1)."
            )
        if self.lookup is not None:
            self.lookup.check_codes(X[:, self.lookup.n_plain :])
        return X

    def _views_named(self, name: str) -> tuple[Array, ...]:
        return tuple(views[name] for views in self.parameter_views(self.parameters) if name in views)
