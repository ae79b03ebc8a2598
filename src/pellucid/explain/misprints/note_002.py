"""Old location of two functions of :mod:`pellucid.courses.misprints`, kept until the next release."""

from pellucid.host.moved import forwarding

_NEW = "pellucid.courses.misprints.note_002_training"

__getattr__ = forwarding(__name__, {name: f"{_NEW}.{name}" for name in ("one_layer", "validation_curve")})
