"""Displays: the only room that imports matplotlib, inside methods.

Each follows scikit-learn's convention: made by ``from_estimator``, ``from_network`` or ``from_record``, its
numbers are attributes, ``plot(ax=None)`` draws and returns it with ``ax_`` and ``figure_``, and ``table()`` gives
the numbers of the picture as rows.
"""

from pellucid.plotting.attributions import AttributionsDisplay
from pellucid.plotting.calibration import CalibrationDisplay
from pellucid.plotting.confusion import ConfusionDisplay
from pellucid.plotting.decision_boundary import DecisionBoundaryDisplay
from pellucid.plotting.effect import EffectDisplay
from pellucid.plotting.gradient_flow import GradientFlowDisplay
from pellucid.plotting.importance import ImportanceDisplay
from pellucid.plotting.interactions import InteractionsDisplay
from pellucid.plotting.learning_curves import LearningCurvesDisplay
from pellucid.plotting.loss_landscape import LossLandscapeDisplay
from pellucid.plotting.movie import Snapshots, boundary_movie
from pellucid.plotting.network_drawing import NetworkDisplay
from pellucid.plotting.recipes import RecipesDisplay
from pellucid.plotting.residuals import ResidualsDisplay
from pellucid.plotting.signal_histograms import SignalHistogramsDisplay
from pellucid.plotting.unit_health import UnitHealthDisplay
from pellucid.plotting.warped_grid import WarpedGridDisplay
from pellucid.plotting.weight_images import WeightImagesDisplay

__all__ = [
    "AttributionsDisplay",
    "CalibrationDisplay",
    "ConfusionDisplay",
    "DecisionBoundaryDisplay",
    "EffectDisplay",
    "GradientFlowDisplay",
    "ImportanceDisplay",
    "InteractionsDisplay",
    "LearningCurvesDisplay",
    "LossLandscapeDisplay",
    "NetworkDisplay",
    "RecipesDisplay",
    "ResidualsDisplay",
    "SignalHistogramsDisplay",
    "Snapshots",
    "UnitHealthDisplay",
    "WarpedGridDisplay",
    "WeightImagesDisplay",
    "boundary_movie",
]
