"""Names of the units before, between and after the input layers of a trace."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.core.layers.worked import Names
from pellucid.explain.traced import TraceRecord

__all__ = ["names_around"]


def names_around(trace: TraceRecord, escaped: Callable[[str], str]) -> list[Names]:
    """Return the names before each input layer, and last the names of the first block's inputs.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    escaped : callable
        Applied to each name that the user gave.

    Returns
    -------
    list of Names
        One more than there are input layers. Without input layers and an estimator's names there are none.
    """
    inputs = trace.feature_names
    if trace.input_layers and not inputs:
        inputs = tuple(f"column {j}" for j in range(trace.X.shape[1]))
    categories = tuple(tuple(map(escaped, each)) for each in trace.categories)
    found = [Names(tuple(map(escaped, inputs)), categories)]
    for layer in trace.input_layers:
        worked = trace.network.layers[layer.position].worked()
        assert worked is not None
        found.append(Names(worked.labels("output", found[-1]), categories))
    return found
