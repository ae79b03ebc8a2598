"""The kinds of layer, one file each, forward and backward side by side; one table, :data:`LAYERS`."""

from pellucid.core.layers.activation import Activate
from pellucid.core.layers.batch_norm import BatchNorm
from pellucid.core.layers.dense import Dense
from pellucid.core.layers.dropout import Dropout
from pellucid.core.layers.layer import InputLayer, Layer, Loops, ParameterSpec, Run, StateSpec
from pellucid.core.layers.layer_kinds import INPUT_LAYERS, LAYERS, NORMALIZATIONS, LayerRow
from pellucid.core.layers.lookup import Lookup
from pellucid.core.layers.normalization import Normalization
from pellucid.core.layers.parametric import ParametricActivate
from pellucid.core.layers.periodic import Periodic
from pellucid.core.layers.residual import Residual
from pellucid.core.layers.scale import Scale
from pellucid.core.layers.sharing import Fan, SeparateDense, SharedDense
from pellucid.core.layers.unclip import Unclip

__all__ = [
    "INPUT_LAYERS",
    "LAYERS",
    "NORMALIZATIONS",
    "Activate",
    "BatchNorm",
    "Dense",
    "Dropout",
    "Fan",
    "InputLayer",
    "Layer",
    "LayerRow",
    "Lookup",
    "Loops",
    "Normalization",
    "ParameterSpec",
    "ParametricActivate",
    "Periodic",
    "Residual",
    "Run",
    "Scale",
    "SeparateDense",
    "SharedDense",
    "StateSpec",
    "Unclip",
]
