"""The mathematics: arrays in, arrays out; NumPy and SciPy only."""

from pellucid.core.activations import ACTIVATIONS, Activation, get_activation
from pellucid.core.architecture import Architecture
from pellucid.core.clipping import clip_by_norm, global_norm
from pellucid.core.cost import BlockCost as BlockCost
from pellucid.core.cost import Cost, cost
from pellucid.core.data_driven import start_from_data
from pellucid.core.gradcheck import (
    GradientCheck,
    check_activation,
    check_gradients,
    check_layer,
    check_loss,
)
from pellucid.core.initializers import INITIALIZERS, Initializer, get_initializer
from pellucid.core.intervals import Interval
from pellucid.core.layers import LAYERS
from pellucid.core.losses import LOSSES, Loss, LossForm, get_loss, smooth_labels
from pellucid.core.losses import PairedLoss as PairedLoss
from pellucid.core.network import Network
from pellucid.core.objective import Gradients, Objective
from pellucid.core.penalties import add_penalty
from pellucid.core.propagation import BackwardPass, ForwardPass, backward, forward

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "Activation",
    "Architecture",
    "BackwardPass",
    "Cost",
    "ForwardPass",
    "GradientCheck",
    "Gradients",
    "Initializer",
    "Interval",
    "Loss",
    "LossForm",
    "Network",
    "Objective",
    "add_penalty",
    "backward",
    "check_activation",
    "check_gradients",
    "check_layer",
    "check_loss",
    "clip_by_norm",
    "cost",
    "forward",
    "get_activation",
    "get_initializer",
    "get_loss",
    "global_norm",
    "smooth_labels",
    "start_from_data",
]
