"""Gathering of numbers and rows of the shards of all processes of a team."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pellucid.engines.accelerated.team import current_team
from pellucid.exceptions import DataError

__all__ = ["agreed", "gathered"]

Found = TypeVar("Found")


def agreed(look: Callable[[], Found]) -> Found:
    """Return a function's result for the rows of this process, if no process finds a fault in its rows.

    Without this, the others would wait for a process that has ended. Every process calls it, in the same order.

    Parameters
    ----------
    look : callable
        Takes nothing.

    Returns
    -------
    object
        What it returns.

    Raises
    ------
    DataError
        The first fault, in all processes.

    Examples
    --------
    >>> agreed(lambda: 3)
    3
    """
    found, fault = None, ""
    try:
        found = look()
    except DataError as error:
        fault = str(error)
    faults = [text for text in gathered([fault]) if text]
    if faults:
        raise DataError(faults[0])
    return found  # type: ignore[return-value]


def gathered(things: Sequence[Any]) -> list[Any]:
    """Return objects of all processes of the team, in the order of ranks; those of this process if it is alone.

    Every process calls it, in the same order.

    Parameters
    ----------
    things : sequence
        Objects that can be pickled, such as one for each shard of this process.

    Returns
    -------
    list
        The objects of all.

    Examples
    --------
    >>> gathered(["a", "b"])
    ['a', 'b']
    """
    team = current_team()
    if team is None or team.n_ranks == 1:
        return list(things)
    from pellucid.engines.accelerated.jax_team import all_bytes

    return [thing for data in all_bytes(pickle.dumps(list(things))) for thing in pickle.loads(data)]
