"""Old location of :mod:`pellucid.courses.misprints`, kept until the next release."""

from pellucid.host.moved import forwarding

_NAMES = ("COURSES", "KINDS", "MISPRINTS", "STATUSES", "Evidence", "Misprint")

__getattr__ = forwarding(__name__, {name: f"pellucid.courses.misprints.{name}" for name in _NAMES})
