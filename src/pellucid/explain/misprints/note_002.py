"""The old place of two functions of :mod:`pellucid.courses.misprints`, until the next release."""

from pellucid.host.moved import forwarding

_NAMES = ("one_layer", "validation_curve")

__getattr__ = forwarding(__name__, {name: f"pellucid.courses.misprints.note_002.{name}" for name in _NAMES})
