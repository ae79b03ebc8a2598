"""Dask collections passed to a fit: their checks, and their partitions as futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np

from pellucid.exceptions import DataError
from pellucid.host.counted import counted

__all__ = ["Partitions", "aligned", "in_rows", "is_array", "is_frame", "persisted"]

Partitions = list[dict[str, Any]]  # futures of the pieces of each partition, by the name of their argument

FAMILIES = (("X", "y", "sample_weight", "groups"), ("X_val", "y_val", "sample_weight_val"))


def is_frame(value: Any) -> bool:
    """Return whether a value is a Dask DataFrame or Series."""
    return hasattr(value, "__dask_graph__") and hasattr(value, "divisions")


def is_array(value: Any) -> bool:
    """Return whether a value is a Dask Array."""
    return hasattr(value, "__dask_graph__") and hasattr(value, "rechunk")


def aligned(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Check that collections are split into rows alike.

    Parameters
    ----------
    given : dict
        Collections by the name of their argument: those for training, and those for validation.

    Returns
    -------
    list of dict
        The two families, if given, with all columns of an array in one chunk.

    Raises
    ------
    DataError
        If one is not a Dask collection, or differs from X in its partitions.
    """
    families = [{name: given[name] for name in family if name in given} for family in FAMILIES]
    for family in families:
        for name, value in family.items():
            if not is_frame(value) and not is_array(value):
                raise DataError(
                    f"{name!r} must be a Dask DataFrame, Series or Array; got {type(value).__name__}. Use "
                    "dask.dataframe.from_pandas or dask.array.from_array, or an estimator without Dask."
                )
        if family:
            lead, *others = family
            for name in others:
                _check_alike(lead, family[lead], name, family[name])
    return [{name: in_rows(name, value) for name, value in family.items()} for family in families if family]


def _check_alike(lead: str, X: Any, name: str, other: Any) -> None:
    n, m = _n_partitions(X), _n_partitions(other)
    unknown = [key for key, value in ((lead, X), (name, other)) if is_array(value) and _is_unknown(value)]
    if n != m:
        remedy = (
            f"The sizes of the chunks of {unknown[0]!r} are unknown: call its compute_chunk_sizes() and "
            "rechunk it"
            if unknown
            else "Derive both from one collection, or use repartition for data frames and rechunk for arrays"
        )
        raise DataError(f"{name!r} must have {counted(n, 'partition')}, as {lead!r} has; got {m}. {remedy}.")
    if is_frame(X) and is_frame(other):
        if X.known_divisions and other.known_divisions and X.divisions != other.divisions:
            raise DataError(
                f"{name!r} must have the divisions of {lead!r}, {X.divisions}; got {other.divisions}. Use "
                f"{name}.repartition(divisions={lead}.divisions)."
            )
    elif is_array(X) and is_array(other) and not unknown and X.chunks[0] != other.chunks[0]:
        raise DataError(
            f"{name!r} must be chunked into the rows {X.chunks[0]} of {lead!r}; got {other.chunks[0]}. Use "
            f"{name}.rechunk({{0: {lead}.chunks[0]}})."
        )


def _n_partitions(value: Any) -> int:
    return int(value.npartitions if is_frame(value) else value.numblocks[0])


def _is_unknown(value: Any) -> bool:
    return any(isnan(n) for n in value.chunks[0])


def in_rows(name: str, value: Any) -> Any:
    """Return a collection whose partitions are whole rows."""
    if is_frame(value) or value.ndim < 2 or value.numblocks[1] == 1:
        return value
    if np.isnan(value.chunks[1]).any():
        raise DataError(
            f"The number of columns of {name!r} is unknown. Call its compute_chunk_sizes() first."
        )
    return value.rechunk({1: -1})


def persisted(client: Any, families: Sequence[Mapping[str, Any]]) -> list[Partitions]:
    """Let the cluster compute collections and keep them; return the futures of their pieces.

    Parameters
    ----------
    client : Client
        The cluster.
    families : sequence of dict
        Aligned collections by the name of their argument.

    Returns
    -------
    list of list of dict
        For each family, the pieces of each partition, in the order of the rows.
    """
    flat = [(k, name, value) for k, family in enumerate(families) for name, value in family.items()]
    pieces = [_delayed(value) for _, _, value in flat]
    futures = iter(client.compute([piece for column in pieces for piece in column]))
    found: list[Partitions] = [[{} for _ in range(_n_partitions(next(iter(f.values()))))] for f in families]
    for (k, name, _), column in zip(flat, pieces, strict=True):
        for place in range(len(column)):
            found[k][place][name] = next(futures)
    return found


def _delayed(value: Any) -> list[Any]:
    """Return the partitions of a collection, in the order of the rows.

    When Dask optimizes, it joins small partitions of files, and more of them if fewer columns are read. That is
    turned off here, because X and y must keep the same partitions.
    """
    import dask

    if not is_frame(value):
        return list(value.to_delayed().ravel())
    with dask.config.set({"optimization.tune.active": False}):
        pieces = value.to_delayed()
    return list(pieces if len(pieces) == value.npartitions else value.to_delayed(optimize_graph=False))
