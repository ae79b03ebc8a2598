"""Traces of every number that a network computes for some samples: notations and renderers.

From the bottom: the record (:mod:`~pellucid.explain.traced`), how it is computed and checked, the notations, the
document that they lay out, the renderers, and on top the :class:`Trace` that offers all of it.
"""

from pellucid.explain.finite_differences import Differences
from pellucid.explain.notation import Notation
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.replay import Replay
from pellucid.explain.traced import BlockTrace, LayerTrace, Parameter
from pellucid.explain.traces import Trace
from pellucid.explain.tracing import trace
from pellucid.explain.words import Explanation
from pellucid.host.moved import forwarding

__all__ = [
    "NOTATIONS",
    "BlockTrace",
    "Differences",
    "Explanation",
    "LayerTrace",
    "Notation",
    "Parameter",
    "Replay",
    "Trace",
    "trace",
]

__getattr__ = forwarding(
    __name__,
    {
        name: f"pellucid.courses.{name}"
        for name in ("EXAMPLES", "MISPRINTS", "Example", "Misprint", "annotate", "get_example")
    },
)
