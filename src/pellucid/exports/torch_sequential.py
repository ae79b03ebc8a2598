"""PyTorch's ``nn.Sequential`` as plain data: a table of its modules, and a record of a sequence of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from pellucid.exceptions import ParameterError

__all__ = ["HINTS", "MODULES", "PLACES", "WITHOUT_EFFECT", "TorchModule", "TorchSequential"]

Array = NDArray[Any]
PLACES = ("dense", "normalization", "activation", "dropout")


@dataclass(frozen=True)
class TorchModule:
    """A module of ``torch.nn`` and its counterpart here.

    Parameters
    ----------
    place : str
        One of ``PLACES``.
    ours : str, default=""
        The name of the activation or of the normalization.
    fixed : dict, default={}
        Options that must have these values, which are PyTorch's defaults.
    renamed : dict of str to str, default={}
        Names of pellucid's arrays by PyTorch's.
    """

    place: str
    ours: str = ""
    fixed: dict[str, Any] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)


SCALE_AND_SHIFT = {"weight": "gamma", "bias": "beta"}
MODULES = {
    "Linear": TorchModule("dense"),
    "BatchNorm1d": TorchModule(
        "normalization", "batch_norm",
        {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True},
        {**SCALE_AND_SHIFT, "running_mean": "mean", "running_var": "variance"},
    ),
    "LayerNorm": TorchModule(
        "normalization", "layer_norm", {"eps": 1e-5, "elementwise_affine": True}, SCALE_AND_SHIFT
    ),
    "ReLU": TorchModule("activation", "relu"),
    "Tanh": TorchModule("activation", "tanh"),
    "Sigmoid": TorchModule("activation", "logistic"),
    "LeakyReLU": TorchModule("activation", "leaky_relu", {"negative_slope": 0.01}),
    "ELU": TorchModule("activation", "elu", {"alpha": 1.0}),
    "SELU": TorchModule("activation", "selu"),
    "GELU": TorchModule("activation", "gelu", {"approximate": "none"}),
    "SiLU": TorchModule("activation", "silu"),
    "Softplus": TorchModule("activation", "softplus", {"beta": 1.0, "threshold": 20.0}),
    "Mish": TorchModule("activation", "mish"),
    "Softmax": TorchModule("activation", "softmax", {"dim": -1}),
    "Dropout": TorchModule("dropout"),
}  # fmt: skip
WITHOUT_EFFECT = ("Identity",)
HINTS = {
    "LogSoftmax": " Leave it out and use Softmax: a Network returns probabilities, not their logarithms."
}


@dataclass(frozen=True)
class TorchSequential:
    """An ``nn.Sequential`` as plain data: its modules in order, and the arrays of its ``state_dict``.

    Parameters
    ----------
    modules : tuple of (str, dict)
        Names of classes in ``torch.nn``, each with its options.
    state : dict of str to ndarray
        Arrays in PyTorch's layout, by PyTorch's names: ``"0.weight"`` of shape (n_out, n_in), ``"0.bias"`` of
        shape (n_out,), and so on.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.exports import to_torch
    >>> print(to_torch(Network([2, 3, 1], activation="relu", random_state=0)).source())
    nn.Sequential(
        nn.Linear(in_features=2, out_features=3),
        nn.ReLU(),
        nn.Linear(in_features=3, out_features=1),
    )
    """

    modules: tuple[tuple[str, dict[str, Any]], ...]
    state: dict[str, Array]

    def source(self) -> str:
        """Return the Python expression that builds the module, without its arrays.

        Returns
        -------
        str
            An expression for a program that has run ``from torch import nn``.
        """
        lines = [
            f"    nn.{name}({', '.join(f'{option}={value!r}' for option, value in options.items())}),\n"
            for name, options in self.modules
        ]
        return f"nn.Sequential(\n{''.join(lines)})"

    def build(self) -> Any:
        """Return the ``nn.Sequential`` with its arrays, in evaluation mode.

        Returns
        -------
        torch.nn.Sequential
            In the precision of the arrays.

        Raises
        ------
        ParameterError
            If PyTorch is not installed.
        """
        try:
            torch = importlib.import_module("torch")
        except ImportError as error:
            raise ParameterError("'build' needs PyTorch: pip install torch.") from error
        made = torch.nn.Sequential(*(getattr(torch.nn, name)(**options) for name, options in self.modules))
        made = made.to(getattr(torch, self.state["0.weight"].dtype.name))
        made.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in self.state.items()})
        return made.eval()
