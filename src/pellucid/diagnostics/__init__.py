"""What is wrong with a training, from records, networks and data: findings, and what mends them."""

from pellucid.diagnostics.doctor import diagnose, preflight
from pellucid.diagnostics.finding import Diagnosis, Finding, Rule, Symptom
from pellucid.diagnostics.gradient_rules import GradientFlow, predicted_flow
from pellucid.diagnostics.rules import RULES

__all__ = [
    "RULES",
    "Diagnosis",
    "Finding",
    "GradientFlow",
    "Rule",
    "Symptom",
    "diagnose",
    "predicted_flow",
    "preflight",
]
