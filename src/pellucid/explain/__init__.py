"""What a network computes for some samples, every number of it: traces, notations, renderers, examples."""

from pellucid.explain.differences import Differences
from pellucid.explain.record import BlockTrace, Parameter, Trace
from pellucid.explain.replay import Replay
from pellucid.explain.tracing import trace
from pellucid.explain.words import Explanation

__all__ = ["BlockTrace", "Differences", "Explanation", "Parameter", "Replay", "Trace", "trace"]
