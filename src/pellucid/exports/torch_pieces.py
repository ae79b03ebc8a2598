"""PyTorch modules, or their names with arrays, read in order as pieces with name, options and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.exports.torch_sequential import MODULES, TorchModule, TorchSequential

__all__ = ["Piece", "pieces_of"]

Array = NDArray[Any]


@dataclass
class Piece:
    """A module with its options and arrays, by PyTorch's names."""

    name: str
    label: str
    options: dict[str, Any]
    arrays: dict[str, Array]


def pieces_of(module: Any, state: Mapping[str, Any] | None) -> Iterator[Piece]:
    """Yield the modules of ``from_torch``'s arguments in order, with their options and arrays."""
    if isinstance(module, TorchSequential):
        module, state = module.modules, module.state
    elif type(module).__module__.partition(".")[0] == "torch" or hasattr(module, "state_dict"):
        yield from _of_modules(module)
        return
    if isinstance(module, str | Mapping) or not isinstance(module, Sequence):
        raise ParameterError(
            "'module' must be an nn.Sequential, or names of modules, such as ['Linear', 'ReLU', 'Linear'], "
            f"with 'state'; got {type(module).__name__}."
        )
    if not isinstance(state, Mapping):
        raise ParameterError(
            f"'state' must be a mapping from names such as '0.weight' to arrays; got {type(state).__name__}."
        )
    used: set[str] = set()
    for i, row in enumerate(module):
        name, options = (row, {}) if isinstance(row, str) else row
        own = {key.removeprefix(f"{i}."): key for key in state if str(key).startswith(f"{i}.")}
        used |= set(own.values())
        label = f"{name} (module {i})"
        yield Piece(
            name,
            label,
            options,
            {short: _numbers(state[key], f"{key!r} of 'state'") for short, key in own.items()},
        )
    if unused := sorted(set(state) - used):
        raise DataError(f"'state' must hold arrays of the {len(module)} modules only; got {unused[0]!r} too.")


def _of_modules(module: Any, at: str = "") -> Iterator[Piece]:
    """Yield the modules of a Sequential and of those inside it; a module that is used twice appears twice."""
    kind = type(module)
    name = kind.__name__ if kind.__module__.startswith("torch.nn.") else f"{kind.__module__}.{kind.__name__}"
    label = f"{name} (module {at})" if at else name
    if getattr(module, "_forward_hooks", None) or getattr(module, "_forward_pre_hooks", None):
        raise ParameterError(
            f"The module {label} has hooks, which may change what it computes. Remove them, for example with "
            "torch.nn.utils.remove_weight_norm."
        )
    if name == "Sequential":
        for i, child in enumerate(module):
            yield from _of_modules(child, f"{at}.{i}" if at else str(i))
        return
    row = MODULES.get(name, TorchModule(""))
    options = {option: getattr(module, option) for option in row.fixed if hasattr(module, option)}
    if row.place == "dropout":
        options["p"] = module.p
    arrays = module.state_dict() if row.place in ("dense", "normalization") else {}
    yield Piece(
        name, label, options, {key: _numbers(value, f"{key!r} of {label}") for key, value in arrays.items()}
    )


def _numbers(value: Any, what: str) -> Array:
    """Return an array, or a tensor of any device and precision, as numbers of 32 or 64 bits."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if value.is_floating_point() and value.element_size() < 4 else value
        value = value.numpy()
    try:
        array = np.asarray(value)
        array = array.astype(np.float32) if array.dtype == np.float16 else array
        array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64, casting="safe")
    except (TypeError, ValueError) as error:
        raise DataError(f"The entry {what} must be an array of numbers; {error}.") from error
    if not np.isfinite(array).all():
        raise DataError(f"The entry {what} must be finite; got infinity or NaN.")
    return array
