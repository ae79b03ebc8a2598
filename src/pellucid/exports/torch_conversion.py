"""Networks from and to PyTorch's ``nn.Sequential``, by arrays; PyTorch is needed only to build a module.

A block of a network is ``Linear``, a normalization, an activation and ``Dropout``, in this order; all but the
first may be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pellucid.core import Network
from pellucid.exceptions import DataError, ParameterError
from pellucid.exports.torch_pieces import Piece, pieces_of
from pellucid.exports.torch_sequential import (
    HINTS,
    MODULES,
    PLACES,
    WITHOUT_EFFECT,
    TorchModule,
    TorchSequential,
)

__all__ = ["from_torch", "to_torch"]

Array = NDArray[Any]
MODULE_OF = {row.ours: name for name, row in MODULES.items() if row.ours}


def from_torch(
    module: Any, state: Mapping[str, Any] | None = None, *, dtype: DTypeLike | None = None
) -> Network:
    """Return a network with the predictions of a PyTorch ``nn.Sequential`` in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Sequential, TorchSequential, or sequence of str or (str, dict)
        The module; or, without PyTorch, the names of its modules in order, with the options that are not
        PyTorch's defaults: ``["Linear", "ReLU", ("Dropout", {"p": 0.2}), "Linear"]``.
    state : mapping of str to array-like, optional
        For a sequence of names: the arrays of its ``state_dict``, in PyTorch's layout, such as ``"0.weight"`` of
        shape (n_out, n_in). Tensors on the CPU are arrays too.
    dtype : dtype, optional
        ``float32`` or ``float64``. Default: that of the arrays; half precision becomes ``float32``.

    Returns
    -------
    Network
        With weights of shape (n_in, n_out), copied.

    Raises
    ------
    ParameterError
        If a module has no counterpart here, is at a place that a block does not allow, or has an option that a
        network lacks. The message names the module.
    DataError
        If an array is missing or has another shape than its neighbors need.

    Notes
    -----
    ``Softplus`` is a straight line above 20 in PyTorch, and differs from pellucid's by at most 2e-9. PyTorch's
    running variance of a batch has the factor n/(n - 1), pellucid's does not: predictions agree, but further
    training updates it differently.

    Examples
    --------
    >>> from pellucid.exports import from_torch
    >>> state = {"0.weight": [[1.0, -2.0]], "0.bias": [0.5]}
    >>> from_torch(["Linear", "Sigmoid"], state).predict([[1.0, 1.0]]).round(4)
    array([[0.3775]])

    With PyTorch:

    >>> from_torch(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)))  # doctest: +SKIP
    """
    blocks = list(_blocks(pieces_of(module, state)))
    if not blocks:
        raise ParameterError("'module' must have at least one Linear; got none.")
    for before, after in pairwise(blocks):
        if before.weights.shape[0] != after.weights.shape[1]:
            raise DataError(
                f"the weights of {after.label} must have {before.weights.shape[0]} columns, one per output of "
                f"{before.label}; got shape {after.weights.shape}."
            )
    *hidden, last = blocks
    if last.normalization or last.dropout:
        raise ParameterError(
            f"the last block must be Linear and an activation; got {', '.join(last.names)}. Put a Linear after "
            "it, or leave out what follows the last Linear."
        )
    arrays = [array for block in blocks for array in (block.weights, block.biases)]
    net = Network(
        [blocks[0].weights.shape[1], *(block.weights.shape[0] for block in blocks)],
        activation=[block.activation for block in hidden],
        output_activation=last.activation,
        normalization=[block.normalization for block in hidden],
        dropout=[block.dropout for block in hidden],
        weights=[block.weights.T for block in blocks],
        biases=[block.biases for block in blocks],
        dtype=np.result_type(*arrays, np.float32) if dtype is None else dtype,
    )
    for views, block in zip(_normalized(net), (b for b in hidden if b.normalization), strict=True):
        for name, array in block.normalizing.items():
            views[name][...] = array
    return net


def to_torch(network: Network) -> TorchSequential:
    """Return a network as a PyTorch ``nn.Sequential``: plain data that ``build()`` turns into a module.

    Parameters
    ----------
    network : Network
        Without residual connections, input layers, learned activations and members.

    Returns
    -------
    TorchSequential
        The names and options of the modules and the arrays of the ``state_dict``, copied.

    Raises
    ------
    ParameterError
        If it is not a network, or has layers that a sequence of PyTorch's modules lacks.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.exports import from_torch, to_torch
    >>> net = Network([2, 3, 1], activation="gelu", dropout=0.1, random_state=0)
    >>> made = to_torch(net)
    >>> sorted(made.state)
    ['0.bias', '0.weight', '3.bias', '3.weight']
    >>> bool((from_torch(made).parameters == net.parameters).all())
    True
    """
    if not isinstance(network, Network):
        raise ParameterError(
            f"'network' must be a Network; got {type(network).__name__}. For an estimator pass its network_, "
            "which takes rows as the estimator prepares them."
        )
    _refuse_what_a_row_lacks(network)
    modules: list[tuple[str, dict[str, Any]]] = []
    state: dict[str, Array] = {}
    normalized = iter(_normalized(network))
    dropout, normalization = (*network.dropout, 0.0), (*network.normalization, None)
    for k, activation in enumerate(network.activations):
        n_out = network.layer_sizes[k + 1]
        state |= {
            f"{len(modules)}.weight": network.weights[k].T.copy(),
            f"{len(modules)}.bias": network.biases[k].copy(),
        }
        modules.append(("Linear", {"in_features": network.layer_sizes[k], "out_features": n_out}))
        if name := normalization[k]:
            views, module = next(normalized), MODULE_OF[name]
            names = MODULES[module].renamed
            state |= {f"{len(modules)}.{theirs}": views[ours].copy() for theirs, ours in names.items()}
            if "running_mean" in names:
                state[f"{len(modules)}.num_batches_tracked"] = np.array(0, np.int64)
            modules.append(
                (module, {("num_features" if "running_mean" in names else "normalized_shape"): n_out})
            )
        if activation.name != "identity":
            module = MODULE_OF[activation.name]
            modules.append((module, {"dim": -1} if module == "Softmax" else {}))
        if dropout[k]:
            modules.append(("Dropout", {"p": float(dropout[k])}))
    return TorchSequential(tuple(modules), state)


@dataclass
class TorchBlock:
    """A Linear and the modules after it."""

    label: str
    weights: Array
    biases: Array
    names: list[str]
    normalization: str | None = None
    normalizing: dict[str, Array] = field(default_factory=dict)
    activation: str = "identity"
    dropout: float = 0.0


def _blocks(pieces: Iterable[Piece]) -> Iterator[TorchBlock]:
    """Gather modules into blocks, and refuse those that do not fit into one."""
    block, place = None, ""
    for piece in pieces:
        if piece.name in WITHOUT_EFFECT:
            continue
        row = MODULES.get(piece.name)
        if row is None:
            raise ParameterError(
                f"{piece.label} has no counterpart in a Network; these modules have: {', '.join(MODULES)}."
                f"{HINTS.get(piece.name, '')}"
            )
        _check_options(piece, row)
        if row.place == "dense":
            if block:
                yield block
            block, place = _dense(piece), row.place
            continue
        if block is None or PLACES.index(row.place) <= PLACES.index(place):
            raise ParameterError(
                f"The module {piece.label} must stand after a Linear, and in the order Linear, normalization, "
                f"activation, Dropout; it stands {f'after {block.names[-1]}' if block else 'first'}."
            )
        _add(block, piece, row)
        place = row.place
    if block:
        yield block


def _check_options(piece: Piece, row: TorchModule) -> None:
    for option, value in row.fixed.items():
        given = piece.options.get(option, value)
        if given != value and not (option == "dim" and given == 1):
            raise ParameterError(
                f"{option!r} of {piece.label} must be {value!r}, the only one that a Network has; got {given!r}."
            )
    needed = {"weight", *({"bias"} & set(piece.arrays)), *row.renamed} if row.place != "activation" else set()
    needed = set() if row.place == "dropout" else needed
    if missing := sorted(needed - set(piece.arrays)):
        raise DataError(
            f"the arrays of {piece.label} must include {missing[0]!r}; got {sorted(piece.arrays)}."
        )
    if extra := sorted(set(piece.arrays) - needed - {"num_batches_tracked"}):
        raise DataError(f"the arrays of {piece.label} must be {sorted(needed)}; got {extra[0]!r} too.")


def _dense(piece: Piece) -> TorchBlock:
    weights = piece.arrays["weight"]
    if weights.ndim != 2:
        raise DataError(f"the weights of {piece.label} must be of shape (n_out, n_in); got {weights.shape}.")
    biases = piece.arrays.get("bias", np.zeros(len(weights), weights.dtype))
    if biases.shape != (len(weights),):
        raise DataError(
            f"the biases of {piece.label} must be of shape ({len(weights)},); got {biases.shape}."
        )
    return TorchBlock(piece.label, weights, biases, [piece.label])


def _add(block: TorchBlock, piece: Piece, row: TorchModule) -> None:
    """Put a module into a block."""
    block.names.append(piece.label)
    if row.place == "activation":
        block.activation = row.ours
    elif row.place == "dropout":
        block.dropout = float(piece.options.get("p", 0.5))
    else:
        n = len(block.biases)
        block.normalization = row.ours
        block.normalizing = {ours: piece.arrays[theirs] for theirs, ours in row.renamed.items()}
        if wrong := [array.shape for array in block.normalizing.values() if array.shape != (n,)]:
            raise DataError(
                f"the arrays of {piece.label} must be of shape ({n},), one number per unit of {block.label}; "
                f"got {wrong[0]}."
            )


def _normalized(network: Network) -> list[dict[str, Array]]:
    """Return parameters and statistics of each normalization in order, by pellucid's names, as views."""
    parameters, state = network.parameter_views(network.parameters), network.state_views(network.state)
    return [{**p, **s} for p, s in zip(parameters, state, strict=True) if "gamma" in p]


def _refuse_what_a_row_lacks(network: Network) -> None:
    unknown = {a.name for a in network.activations} - set(MODULE_OF) - {"identity"}
    lacking = [
        *(["residual connections"] if any(network.residual) else []),
        *(["input layers"] if network.input_layers else []),
        *(["learned activations"] if network.parametric else []),
        *(["members that share weights"] if network.n_members > 1 else []),
        *(f"the activation {name!r}" for name in sorted(unknown)),
    ]
    if lacking:
        raise ParameterError(
            f"'network' must be a sequence of PyTorch's modules; it has {' and '.join(lacking)}. Export it by "
            "pellucid.export."
        )
