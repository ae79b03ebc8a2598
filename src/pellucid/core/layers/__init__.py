"""The kinds of layer, one file each, forward and backward side by side."""

from pellucid.core.layers.activation import Activate
from pellucid.core.layers.base import Layer, ParameterSpec, Run, StateSpec
from pellucid.core.layers.batch_norm import BatchNorm
from pellucid.core.layers.dense import Dense
from pellucid.core.layers.dropout import Dropout
from pellucid.core.layers.residual import Residual

__all__ = [
    "Activate",
    "BatchNorm",
    "Dense",
    "Dropout",
    "Layer",
    "ParameterSpec",
    "Residual",
    "Run",
    "StateSpec",
]
