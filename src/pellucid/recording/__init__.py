"""Observers that turn the events of training into bounded plain data."""

from pellucid.recording.measuring_vitals import vital_signs
from pellucid.recording.record import Record, record_of
from pellucid.recording.recorder import Recorder
from pellucid.recording.vitals import LayerVitals, Vitals

__all__ = ["LayerVitals", "Record", "Recorder", "Vitals", "record_of", "vital_signs"]
