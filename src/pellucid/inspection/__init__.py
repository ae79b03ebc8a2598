"""Explanations of predictions in the columns of the user's table."""

from pellucid.inspection.attributing import attributions, input_gradients
from pellucid.inspection.attributions import Attributions

__all__ = ["Attributions", "attributions", "input_gradients"]
