"""Options for training by several processes, in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pellucid.exceptions import ParameterError
from pellucid.ranks import Ranks
from pellucid.workflow.option_values import between
from pellucid.workflow.wording import option, reworded

__all__ = ["RANK_OPTIONS", "RankOption", "ranks_of"]


class RankOption(NamedTuple):
    """An option of :class:`pellucid.ranks.Ranks`: its placeholder, its reader, and its help."""

    metavar: str
    read: Callable[[str], Any]
    help: str

    @property
    def words(self) -> dict[str, Any]:
        """Its texts by the names of Typer."""
        return {"metavar": self.metavar, "help": self.help, "rich_help_panel": "Several processes"}


RANK_OPTIONS = {
    "processes": RankOption(
        "INTEGER",
        between(int, 1, 4096),
        "Processes on this machine that train together with JAX, a power of two.",
    ),
    "coordinator": RankOption(
        "HOST:PORT",
        str,
        "Address of rank 0, if several machines train together: run the command on each of them.",
    ),
    "rank": RankOption("INTEGER", between(int, 0, 4095), "The rank of this machine; 0 writes the model."),
    "of": RankOption("INTEGER", between(int, 1, 4096), "The number of machines, a power of two."),
    "n_shards": RankOption(
        "INTEGER",
        between(int, 1, 4096),
        "Parts of a batch, a power of two; the result depends on this number, not on the processes. "
        "\\[default: one per process]",
    ),
    "exchange_every": RankOption(
        "INTEGER",
        between(int, 1, 32),
        "Steps between exchanges: 1 adds up gradients; more train apart and average parameters, for slow "
        "networks. \\[default: 1]",
    ),
}


def ranks_of(**given: Any) -> Ranks | None:
    """Return the processes that options request; None if they request none.

    Parameters
    ----------
    **given : object
        The options by name; None for one that was not given.

    Returns
    -------
    Ranks or None
        The processes.

    Raises
    ------
    ParameterError
        If options do not go together.

    Examples
    --------
    >>> ranks_of(processes=2, coordinator=None).number
    2
    """
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        return None
    several = {"coordinator", "rank", "of"}
    places = {"processes"} if "processes" in said else several
    if said.keys() - {"n_shards", "exchange_every"} != places:
        names = " ".join(option(name) for name in ("coordinator", "rank", "of"))
        raise ParameterError(
            f"Give either {option('processes')}, for this machine, or {names} together, for several machines."
        )
    try:
        return Ranks(**said)
    except ParameterError as error:
        raise ParameterError(reworded(str(error))) from error
