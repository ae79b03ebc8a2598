"""Parts of rows: facts about each, and how a rank joins them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.engines.accelerated.team import Team, current_team
from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.ranks.fitting import Fit
from pellucid.ranks.sharing import shards_of_rank
from pellucid.tabular.streaming.joined_rows import joined
from pellucid.tabular.streaming.sharded_table import ShardedTable

__all__ = ["PartFacts", "PartedFit", "check_parts", "described"]

NUMBERS = "iuf"


@dataclass(frozen=True)
class PartFacts:
    """Facts about one piece of a collection.

    Parameters
    ----------
    n_rows : int
        The number of its rows.
    types : dict
        The types of its columns, by name; for an array, its one type under None.
    kinds : dict
        The same for comparisons, where numbers of any width are alike.
    is_sparse : bool, default=False
        True for a sparse matrix.
    """

    n_rows: int
    types: Mapping[Any, str]
    kinds: Mapping[Any, str]
    is_sparse: bool = False


@dataclass(frozen=True)
class PartedFit:
    """A call of ``model.fit`` whose rows come in parts.

    Parameters
    ----------
    model : estimator
        The estimator.
    arguments : dict
        The arguments that are not in parts.
    parameters : dict
        The parameters that the estimator has during this fit only.
    shared : (int, int) or None, default=None
        The number of rows of all ranks and the memory of each, if a rank gets only those of its shards.
    """

    model: Any
    arguments: Mapping[str, Any]
    parameters: Mapping[str, Any]
    shared: tuple[int, int] | None = None

    def of(self, parts: list[Any]) -> Fit:
        """Return the call with its rows; the parts are used up.

        Parameters
        ----------
        parts : list of dict, or of (int, dict)
            Pieces by the name of the argument, in the order of the rows; with the place of the first row if rows
            are distributed.

        Returns
        -------
        Fit
            The call.
        """
        table, whole = None, list(parts)
        parts.clear()  # so that only the table, or the join, holds them
        if self.shared is not None:
            table = self._table([part for part in whole if isinstance(part, tuple)])
            whole = [part for part in whole if not isinstance(part, tuple)]
        names = list(dict.fromkeys(name for part in whole for name in part))
        tables = {name: joined([part.pop(name) for part in whole if name in part]) for name in names}
        X = tables.pop("X") if table is None else table
        return Fit(self.model, X, {**tables, **self.arguments}, self.parameters)

    def _table(self, pieces: list[tuple[int, dict[str, Any]]]) -> ShardedTable:
        assert self.shared is not None
        team = current_team() or Team(0, 1, 1)
        shards = shards_of_rank(team.rank, team.n_ranks, team.n_shards)
        return ShardedTable(pieces, self.shared[0], shards, team.n_shards, self.shared[1])


def described(pieces: Mapping[str, Any]) -> dict[str, PartFacts]:
    """Return the facts about the pieces of one partition, by the name of their argument."""
    return {name: _facts(piece) for name, piece in pieces.items()}


def _facts(piece: Any) -> PartFacts:
    is_table = hasattr(piece, "iloc") and piece.ndim == 2
    types = dict(piece.dtypes) if is_table else {None: piece.dtype}
    kinds = {name: _kind(dtype) for name, dtype in types.items()}
    names = {name: str(dtype) for name, dtype in types.items()}
    return PartFacts(piece.shape[0], names, kinds, hasattr(piece, "tocsr"))


def _kind(dtype: Any) -> str:
    """Return the kind of a type; types of one kind may be mixed in a column."""
    if str(dtype) in ("bool", "boolean", "category"):
        return str(dtype)[:4]
    kind = str(getattr(dtype, "kind", "O"))
    if kind == "M":
        return f"time {getattr(dtype, 'tz', None)}"
    return "number" if kind in NUMBERS else "text" if kind in "OUST" else kind


def check_parts(facts: Sequence[Mapping[str, PartFacts]]) -> None:
    """Check that the partitions of one table are consistent.

    Parameters
    ----------
    facts : sequence of dict
        The facts about each partition, see :func:`described`.

    Raises
    ------
    DataError
        If numbers of rows, columns or types differ; it names the partition.
    """
    first: dict[str, tuple[int, PartFacts]] = {}
    for place, part in enumerate(facts):
        (lead, leading), *others = part.items()
        for name, piece in others:
            if piece.n_rows != leading.n_rows:
                raise DataError(
                    f"Partition {place} of {name!r} has {counted(piece.n_rows, 'row')}, but that of {lead!r} has "
                    f"{leading.n_rows}. Derive both from one Dask collection, so that their rows match."
                )
        for name, piece in part.items():
            if not piece.n_rows:  # no rows to infer types from
                continue
            earlier, model = first.setdefault(name, (place, piece))
            _compare(name, (earlier, model), (place, piece))


def _compare(name: str, one: tuple[int, PartFacts], other: tuple[int, PartFacts]) -> None:
    (i, a), (k, b) = one, other
    if list(a.types) != list(b.types):
        raise DataError(
            f"The columns of {name!r} are {list(a.types)} in partition {i}, but {list(b.types)} in partition {k}. "
            "Give all partitions the same columns, in the same order."
        )
    for column, kind in a.kinds.items():
        if b.kinds[column] != kind:
            what = repr(name) if column is None else f"Column {column!r} of {name!r}"
            raise DataError(
                f"{what} has the type {a.types[column]} in partition {i}, but {b.types[column]} in partition {k}. "
                "Give it one type, by astype or where the partitions are read."
            )
