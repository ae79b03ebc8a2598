"""What a network computes for some samples, every number of it: traces, notations, renderers, examples."""

from pellucid.explain.differences import Differences
from pellucid.explain.examples import EXAMPLES, Example, annotate, get_example
from pellucid.explain.misprints import MISPRINTS, Misprint
from pellucid.explain.notation import Notation
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.record import BlockTrace, Parameter, Trace
from pellucid.explain.replay import Replay
from pellucid.explain.tracing import trace
from pellucid.explain.words import Explanation

__all__ = [
    "EXAMPLES",
    "MISPRINTS",
    "NOTATIONS",
    "BlockTrace",
    "Differences",
    "Example",
    "Explanation",
    "Misprint",
    "Notation",
    "Parameter",
    "Replay",
    "Trace",
    "annotate",
    "get_example",
    "trace",
]
