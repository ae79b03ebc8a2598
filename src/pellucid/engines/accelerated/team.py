"""Team of processes that train one network, and the place of this process in it; JAX is not needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from pellucid.exceptions import ParameterError

__all__ = [
    "LINE", "PART", "PLACE", "Team", "board_size", "check_shards", "current_team", "join_team", "new_board",
    "stepping_team",
]  # fmt: skip

LINE, PART = 64, 1 << 18  # bytes of a counter, so that no other shares its line of the cache, and of a part
PLACE = LINE + 2 * PART  # of a rank for one of its neighbors


@dataclass(frozen=True)
class Team:
    """Place of a process among those that train one network together.

    Parameters
    ----------
    rank : int
        The number of this process, from 0.
    n_ranks : int
        The number of processes.
    n_shards : int
        The parts into which each batch is cut, a power of two; they are dealt out to the processes.
    exchange_every : int, default=1
        The steps from one exchange to the next: of gradients, or, if there are several, of parameters.
    """

    rank: int
    n_ranks: int
    n_shards: int
    exchange_every: int = 1


_joined: list[Team] = []  # of this process; none, or a permanent one


def join_team(team: Team) -> None:
    """Make this process a permanent member of a team."""
    _joined[:] = [team]


def current_team() -> Team | None:
    """Return the team of this process; None if it trains alone."""
    return _joined[0] if _joined else None


def stepping_team() -> Team | None:
    """Return the team of this process if it computes each step together; None otherwise."""
    team = current_team()
    return team if team is not None and team.exchange_every == 1 else None


def check_shards(n_shards: int, n_parts: int, what: str) -> None:
    """Check that shards can be distributed evenly, in adjacent halves.

    Parameters
    ----------
    n_shards : int
        The parts of a batch.
    n_parts : int
        The number that they are dealt out to.
    what : str
        The name of that number, for a message.

    Raises
    ------
    ParameterError
        If one of both is not a power of two, or there are fewer shards than parts.
    """
    for name, number in ((what, n_parts), ("n_shards", n_shards)):
        if number < 1 or number & (number - 1):
            raise ParameterError(
                f"{name!r} must be a power of two, since sums over the shards are made in pairs; got {number}."
            )
    if n_shards < n_parts:
        raise ParameterError(
            f"'n_shards' must be at least {what!r}, {n_parts}, since each gets a shard; got {n_shards}."
        )


def board_size(n_ranks: int) -> int:
    """Return the size in bytes of the memory that the ranks of a machine share: a place for each neighbor."""
    return n_ranks * (n_ranks.bit_length() - 1) * PLACE


@contextmanager
def new_board(n_ranks: int) -> Iterator[int | None]:
    """Yield shared memory that the ranks of a machine inherit; it is freed with the last process that holds it.

    Parameters
    ----------
    n_ranks : int
        The ranks.

    Yields
    ------
    int or None
        Its descriptor; None where the system has no such memory, or there is no neighbor.
    """
    if n_ranks == 1 or not hasattr(os, "memfd_create"):
        yield None
        return
    with ExitStack() as held:
        board: int | None = None
        try:
            board = os.memfd_create("pellucid-ranks")
            held.callback(os.close, board)
            os.ftruncate(board, board_size(n_ranks))
        except OSError:  # such as a limit on the size of files
            board = None
        yield board
