"""Processes of JAX that train one network: how they meet, and how their parts of a sum are added up."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from pellucid.engines.accelerated.team import Team, check_shards, current_team, join_team

__all__ = [
    "added_up",
    "all_texts",
    "axes_of_team",
    "first_of",
    "leave",
    "meet",
    "on_team",
    "placed",
    "same_bytes",
]

_spec: Any = PartitionSpec  # JAX has no types for these
_array_of: Any = jax.make_array_from_process_local_data
_psum: Any = lax.psum
_config: Any = jax.config
_shutdown: Any = jax.distributed.shutdown

SMALL = 32_768  # numbers whose exchange takes as long as that of one
TEXT = 1024  # bytes of a text that all ranks tell each other


def meet(team: Team, address: str, *, patience: int, heartbeat: int) -> None:
    """Make this process a rank of a team, once all others have come.

    Parameters
    ----------
    team : Team
        The place of this process.
    address : str
        The address at which rank 0 waits for the others, ``"HOST:PORT"``.
    patience : int
        The seconds to wait for the others.
    heartbeat : int
        The seconds without a sign of life after which a rank counts as lost.
    """
    _config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        address,
        team.n_ranks,
        team.rank,
        initialization_timeout=patience,
        heartbeat_timeout_seconds=heartbeat,
        shutdown_timeout_seconds=heartbeat,
        cluster_detection_method="deactivate",
    )
    check_shards(team.n_shards, len(jax.devices()), "devices")
    join_team(team)


def leave() -> None:
    """Wait until all ranks have come so far, and part."""
    _shutdown()


def axes_of_team() -> int:
    """Return how often the devices of this process's team can be halved; 0 if it trains alone."""
    return 0 if current_team() is None else len(jax.devices()).bit_length() - 1


@cache
def _mesh(n_axes: int) -> Mesh:
    return Mesh(np.array(jax.devices()).reshape((2,) * n_axes), _names(n_axes))


def _names(n_axes: int) -> tuple[str, ...]:
    return tuple(f"halves{axis}" for axis in range(n_axes))


def on_team(function: Any, n_axes: int) -> Any:
    """Return a function that all devices of the team run together, on the same arguments to the same results."""
    everywhere = _spec()
    return jax.shard_map(
        function, mesh=_mesh(n_axes), in_specs=everywhere, out_specs=everywhere, check_vma=False
    )


def placed(tree: Any, n_axes: int) -> Any:
    """Return arrays on the device, or on all devices of the team."""
    if not n_axes:
        return jax.device_put(tree)
    everywhere = NamedSharding(_mesh(n_axes), _spec())
    return jax.tree.map(lambda a: _array_of(everywhere, np.asarray(a)), tree)


def first_of(n_shards: int, n_axes: int) -> Any:
    """Return the first shard of this device, where a function of :func:`on_team` runs."""
    return lax.axis_index(_names(n_axes)) * (n_shards >> n_axes) if n_axes else 0


def added_up(tree: Any, n_axes: int) -> Any:
    """Return the sums of all devices' numbers: neighbors first, then pairs of them, and so on.

    Two numbers have one sum, whichever comes first, so that the order of the exchange does not matter.
    """
    for name in reversed(_names(n_axes)):
        tree = _of_neighbors(tree, name)
    return tree


def _of_neighbors(tree: Any, name: str) -> Any:
    """Return the sums over one axis, in as few exchanges as possible.

    Few numbers travel in double precision, whatever theirs: a sum of two of float32 there, rounded, is their sum.
    """
    leaves, structure = jax.tree.flatten(tree)
    is_small = sum(leaf.size for leaf in leaves) <= SMALL
    packs: dict[Any, list[int]] = {}
    for place, leaf in enumerate(leaves):
        packs.setdefault(np.dtype(np.float64) if is_small else leaf.dtype, []).append(place)
    for dtype, places in packs.items():
        flat = _psum(jnp.concatenate([leaves[k].ravel().astype(dtype) for k in places]), name)
        ends = np.cumsum([leaves[k].size for k in places])[:-1].tolist()
        for k, part in zip(places, jnp.split(flat, ends), strict=True):
            leaves[k] = part.reshape(leaves[k].shape).astype(leaves[k].dtype)
    return jax.tree.unflatten(structure, leaves)


def all_texts(text: str) -> list[str]:
    """Return what each rank tells all others, a short text."""
    line = np.zeros(TEXT, np.uint8)
    said = text.encode()[:TEXT]
    line[: len(said)] = np.frombuffer(said, np.uint8)
    lines = np.atleast_2d(multihost_utils.process_allgather(line))
    return [bytes(row).rstrip(b"\0").decode(errors="replace") for row in lines]


def same_bytes(data: bytes) -> bytes:
    """Return the bytes that rank 0 has, for all ranks."""
    team = current_team()
    if team is None or team.n_ranks == 1:
        return data
    digest = hashlib.sha256(data).hexdigest()
    lengths = all_texts(f"{len(data)} {digest}")
    if len(set(lengths)) == 1:
        return data
    n = int(lengths[0].split()[0])
    sent = np.frombuffer(data, np.uint8) if team.rank == 0 else np.zeros(n, np.uint8)
    return bytes(np.asarray(multihost_utils.broadcast_one_to_all(sent), np.uint8))
