"""JAX processes that train one network: how they meet, and how their partial sums are added."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from pellucid.engines.accelerated.team import Team, check_shards, current_team, join_team, stepping_team

if TYPE_CHECKING:
    from pellucid.engines.accelerated.jax_board import Board

__all__ = [
    "added_up",
    "all_bytes",
    "all_texts",
    "are_joined",
    "axes_of_team",
    "first_of",
    "leave",
    "meet",
    "on_team",
    "own_shards",
    "placed",
    "same_bytes",
    "sum_of_ranks",
]

_spec: Any = PartitionSpec  # JAX has no types for these
_array_of: Any = jax.make_array_from_process_local_data
_config: Any = jax.config
_shutdown: Any = jax.distributed.shutdown

_board: list[Board] = []  # of this process; empty if ranks exchange messages
WORD = jnp.uint32  # of an exchange; numbers are one or two of them
TEXT = 1024  # bytes of a text that all ranks exchange


def meet(
    team: Team,
    address: str,
    *,
    patience: int,
    heartbeat: int,
    board: int | None = None,
    is_bound: bool = False,
) -> None:
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
    board : int, optional
        The descriptor of memory that all ranks share, see :func:`pellucid.engines.accelerated.team.new_board`, on
        whose machine each has one processor as its device. Default: they send each other messages.
    is_bound : bool, default=False
        True if this process has a processor of its own.
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
    ready = None if board is None else _ready_board(team, board, is_bound=is_bound)
    is_shared = all(text == "ready" for text in all_texts("" if ready is None else "ready"))
    _board[:] = [ready] if ready is not None and is_shared else []
    join_team(team)


def _ready_board(team: Team, file: int, *, is_bound: bool) -> Board | None:
    """Return the memory that ranks share; None if Numba, XLA or a device does not support it."""
    if len(jax.devices()) != team.n_ranks or jax.default_backend() != "cpu":
        return None
    try:
        from pellucid.engines.accelerated.jax_board import Board

        return Board(team, file, is_bound=is_bound)
    except Exception:  # an interface of another version
        return None


def leave() -> None:
    """Wait for all ranks, and disconnect."""
    _shutdown()


def axes_of_team() -> int:
    """Return how often the devices of this process's team can be halved; 0 if it computes its steps alone."""
    return 0 if stepping_team() is None else _n_halvings()


def _n_halvings() -> int:
    return len(jax.devices()).bit_length() - 1


@cache
def _mesh(n_axes: int) -> Mesh:
    return Mesh(np.array(jax.devices()).reshape((2,) * n_axes), _names(n_axes))


def _names(n_axes: int) -> tuple[str, ...]:
    return tuple(f"halves{axis}" for axis in range(n_axes))


def are_joined(n_axes: int) -> bool:
    """Return whether an array belongs to all devices of the team, not just to this process."""
    return bool(n_axes) and not _board


def on_team(function: Any, n_axes: int, apart: Sequence[int] = ()) -> Any:
    """Return a function that all devices of the team run together with the same results.

    Its arguments are the same on all, except those at the given positions, of which each device has its own.
    """
    if not are_joined(n_axes):
        return function
    n_arguments = len(signature(function).parameters)
    specs = tuple(_spec(_names(n_axes)) if k in apart else _spec() for k in range(n_arguments))
    return jax.shard_map(function, mesh=_mesh(n_axes), in_specs=specs, out_specs=_spec(), check_vma=False)


def placed(tree: Any, n_axes: int, *, by_device: bool = False) -> Any:
    """Return arrays on the device, or on all devices of the team: all rows on each, or a part of them."""
    if not are_joined(n_axes):
        return jax.device_put(tree)
    everywhere = NamedSharding(_mesh(n_axes), _spec(_names(n_axes)) if by_device else _spec())
    return jax.tree.map(lambda a: _array_of(everywhere, np.asarray(a)), tree)


def own_shards(n_shards: int, n_axes: int) -> tuple[int, int]:
    """Return the first shard of this process's device, and the number of shards that it has."""
    n_here, team = n_shards >> n_axes, current_team()
    return (team.rank * n_here if team is not None and n_axes and _board else 0), n_here


def first_of(own: Any, n_axes: int) -> Any:
    """Return the first shard of this device, in a function of :func:`on_team`, given :func:`own_shards`."""
    return lax.axis_index(_names(n_axes)) * own[1] if are_joined(n_axes) else own[0]


def added_up(tree: Any, n_axes: int) -> Any:
    """Return the sums of all devices' numbers: neighbors first, then pairs of them, and so on.

    Two numbers have one sum, whichever comes first. Neighbors send each other all arrays as one.
    """
    for bit, name in enumerate(reversed(_names(n_axes))):
        leaves, structure = jax.tree.flatten(tree)
        packed = _packed(leaves)
        both = _board[0].both(packed, bit) if _board else lax.all_gather(packed, name)
        ours, theirs = (_unpacked(words, leaves) for words in both)
        tree = jax.tree.unflatten(structure, map(jnp.add, ours, theirs))
    return tree


def _packed(leaves: list[Any]) -> Any:
    """Return arrays as one vector: of their dtype, or of words where dtypes differ."""
    flat = [leaf.ravel() for leaf in leaves]
    if len({leaf.dtype for leaf in leaves}) > 1:
        flat = [lax.bitcast_convert_type(part, WORD).ravel() for part in flat]
    return jnp.concatenate(flat)


def _unpacked(vector: Any, leaves: list[Any]) -> list[Any]:
    """Return the arrays in a vector, which have the shapes and dtypes of some others."""
    sizes = [leaf.size * leaf.dtype.itemsize // vector.dtype.itemsize for leaf in leaves]
    parts, ends = [], np.cumsum(sizes).tolist()
    for leaf, size, end in zip(leaves, sizes, ends, strict=True):
        part = vector[end - size : end]
        if part.dtype != leaf.dtype:
            words = part if size == leaf.size else part.reshape(leaf.size, -1)
            part = lax.bitcast_convert_type(words, leaf.dtype)
        parts.append(part.reshape(leaf.shape))
    return parts


def sum_of_ranks(tree: Any) -> Any:
    """Return the sums of the arrays of all ranks, on each of them; added up as by :func:`added_up`."""
    n_axes, n_here = _n_halvings(), jax.local_device_count()
    if _board:
        with jax.enable_x64(new_val=True):
            return jax.tree.map(np.asarray, _summing(n_axes)(tree))
    by_device = NamedSharding(_mesh(n_axes), _spec(_names(n_axes)))
    with jax.enable_x64(new_val=True):
        rows = jax.tree.map(lambda a: _array_of(by_device, np.pad(a[None], [(0, n_here - 1), (0, 0)])), tree)
        return jax.tree.map(np.asarray, _summing(n_axes)(rows))


@cache
def _summing(n_axes: int) -> Any:
    if _board:
        return jax.jit(partial(added_up, n_axes=n_axes))

    def of_rows(rows: Any) -> Any:
        return added_up(jax.tree.map(lambda row: row[0], rows), n_axes)

    by_device = _spec(_names(n_axes))
    whole = jax.shard_map(of_rows, mesh=_mesh(n_axes), in_specs=by_device, out_specs=_spec(), check_vma=False)
    return jax.jit(whole)


def all_texts(text: str) -> list[str]:
    """Gather a short text from each rank."""
    line = np.zeros(TEXT, np.uint8)
    said = text.encode()[:TEXT]
    line[: len(said)] = np.frombuffer(said, np.uint8)
    lines = np.atleast_2d(multihost_utils.process_allgather(line))
    return [bytes(row).rstrip(b"\0").decode(errors="replace") for row in lines]


def all_bytes(data: bytes) -> list[bytes]:
    """Gather bytes of any length from each rank."""
    lengths = [int(text) for text in all_texts(str(len(data)))]
    sent = np.zeros(1 << max(lengths).bit_length(), np.uint8)  # few lengths, each of which is compiled
    sent[: len(data)] = np.frombuffer(data, np.uint8)
    rows = np.atleast_2d(multihost_utils.process_allgather(sent))
    return [row[:n].tobytes() for row, n in zip(rows, lengths, strict=True)]


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
