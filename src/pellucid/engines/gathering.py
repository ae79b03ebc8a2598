"""Numbers and rows that the processes of a team have of their shards, gathered for all of them."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

from pellucid.engines.accelerated.team import current_team

__all__ = ["gathered"]


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
