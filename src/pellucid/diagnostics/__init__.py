"""Diagnosis of a training from records, networks and data: findings and remedies."""

from pellucid.diagnostics.doctor import diagnose, preflight
from pellucid.diagnostics.drift_record import ColumnDrift, Drift
from pellucid.diagnostics.drifting import drift
from pellucid.diagnostics.finding import Diagnosis, Finding, Rule
from pellucid.diagnostics.finding import Symptom as Symptom
from pellucid.diagnostics.gradient_rules import GradientFlow, predicted_flow
from pellucid.diagnostics.mending import Change, mend
from pellucid.diagnostics.rules import RULES
from pellucid.diagnostics.trials import LrRangeTest, OverfitTrial, lr_range_test, overfit_one_batch

__all__ = [
    "RULES",
    "Change",
    "ColumnDrift",
    "Diagnosis",
    "Drift",
    "Finding",
    "GradientFlow",
    "LrRangeTest",
    "OverfitTrial",
    "Rule",
    "diagnose",
    "drift",
    "lr_range_test",
    "mend",
    "overfit_one_batch",
    "predicted_flow",
    "preflight",
]
