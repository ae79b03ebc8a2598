"""Explanations of predictions in the columns of the user's table."""

from pellucid.inspection.attributing import attributions, input_gradients
from pellucid.inspection.attributions import Attributions
from pellucid.inspection.effecting import effect
from pellucid.inspection.effects import Effect
from pellucid.inspection.importances import Importance
from pellucid.inspection.interacting import interactions
from pellucid.inspection.interactions import Interactions
from pellucid.inspection.permuting import importance

__all__ = [
    "Attributions",
    "Effect",
    "Importance",
    "Interactions",
    "attributions",
    "effect",
    "importance",
    "input_gradients",
    "interactions",
]
