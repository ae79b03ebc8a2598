"""Observers that turn the events of training into bounded plain data."""

from pellucid.recording.measure import vital_signs
from pellucid.recording.vitals import LayerVitals, Vitals

__all__ = ["LayerVitals", "Vitals", "vital_signs"]
