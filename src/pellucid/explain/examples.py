"""Old location of :mod:`pellucid.courses.examples`, kept until the next release."""

from pellucid.host.moved import forwarding

_NAMES = ("EXAMPLES", "SQUARED_ERROR_WITHOUT_HALF", "Example", "Printed", "annotate", "get_example", "marked")

__getattr__ = forwarding(__name__, {name: f"pellucid.courses.examples.{name}" for name in _NAMES})
