"""Sums over the shards of a batch, with the same bits on any number of devices.

The shards are the leaves of a binary tree, in which each sum has two terms. A device computes the sums of a
subtree in a loop whose length is known only at run time. So XLA compiles the same body for any length, and does
not fuse a sum with the operations around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from pellucid.engines.accelerated.jax_team import added_up, first_of

__all__ = ["sum_of_shards"]


def sum_of_shards(one: Callable[[Any], Any], n_shards: int, n_axes: int, own: Any) -> Any:
    r"""Return the sum over all shards, which every device gets.

    .. math:: ((s_0 + s_1) + (s_2 + s_3)) + ((s_4 + s_5) + (s_6 + s_7))

    Parameters
    ----------
    one : callable
        ``one(shard)`` returns the terms of a shard, arrays.
    n_shards, n_axes : int
        The shards, and how often the devices that share them can be halved.
    own : Array of int32 of shape (2,)
        The first shard of a device and the number of its shards, known only when the function runs.

    Returns
    -------
    tree of Array
        The sums.
    """
    height = (n_shards >> n_axes).bit_length() - 1
    first, n_here = jnp.int32(first_of(own, n_axes)), own[1]

    def take(shard: Any, waiting: Any) -> Any:
        """Add a shard; sums of 1, 2, 4 … shards wait for their neighbors."""

        def has_neighbor(now: tuple[Any, Any]) -> Any:
            return (now[0] < height) & ((shard >> now[0]) & 1 == 1)

        def join(now: tuple[Any, Any]) -> tuple[Any, Any]:
            level, right = now
            return level + 1, jax.tree.map(lambda left, x: left[level] + x, waiting, right)

        level, found = lax.while_loop(has_neighbor, join, (jnp.int32(0), one(shard)))
        return jax.tree.map(lambda slots, x: slots.at[level].set(x), waiting, found)

    shapes = jax.eval_shape(one, first)
    if not height:
        nothing = jax.tree.map(lambda term: jnp.zeros(term.shape, term.dtype), shapes)
        return added_up(lax.fori_loop(first, first + n_here, lambda shard, _: one(shard), nothing), n_axes)
    waiting = jax.tree.map(lambda term: jnp.zeros((height + 1, *term.shape), term.dtype), shapes)
    sums = lax.fori_loop(first, first + n_here, take, waiting)
    return added_up(jax.tree.map(lambda slots: slots[height], sums), n_axes)
