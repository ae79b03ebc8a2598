"""Traces of every number that a network computes for given samples, with notations and renderers.

From the bottom up: the record (:mod:`~pellucid.explain.traced`), its calculation and its checks, the notations,
the document that they lay out, the renderers, and on top the :class:`Trace` that offers all of these.
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
