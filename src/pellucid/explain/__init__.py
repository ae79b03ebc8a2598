"""What a network computes for some samples, every number of it: traces, notations, renderers, examples."""

from pellucid.explain.record import BlockTrace, Trace

__all__ = ["BlockTrace", "Trace"]
