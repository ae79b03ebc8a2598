"""A trace as plain data: what JSON can hold."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.losses import PairedLoss
from pellucid.core.network import Network
from pellucid.explain.traced import TraceRecord

__all__ = ["plain"]


def plain(trace: TraceRecord) -> dict[str, Any]:
    """Return a trace as numbers, texts, lists and dicts.

    Parameters
    ----------
    trace : TraceRecord
        The record.

    Returns
    -------
    dict
        By the names of the fields, without the generator.
    """
    return {
        field.name: _plain(getattr(trace, field.name)) for field in fields(trace) if field.name != "generator"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Network):
        return _of_network(value)
    if isinstance(value, Activation):
        return value.name
    if isinstance(value, PairedLoss):
        return {"name": value.loss.name, "options": dict(value.loss.options)}
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _of_network(network: Network) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if network.input_layers:
        extras["input_layers"] = [layer.label for layer in network.input_layers]
    if network.parametric:
        extras["parametric"] = True
    if network.parametrization != "standard":
        extras["parametrization"] = network.parametrization
    return {
        "layer_sizes": list(network.layer_sizes),
        "activation": [a.name for a in network.activation],
        "output_activation": network.output_activation.name,
        "dropout": list(network.dropout),
        "batch_norm": list(network.batch_norm),
        "residual": list(network.residual),
        "parameters": network.parameters.tolist(),
        "state": network.state.tolist(),
        **extras,
    }
