"""Choices before a fit: the client, the number of workers that train, and a check of all partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid.dask.partitions import Partitions
from pellucid.dask.parts import PartFacts, check_parts, described
from pellucid.exceptions import ParameterError

__all__ = ["check_partitions", "chosen_number", "client_of", "power_of_two"]


def client_of(given: Any) -> Any:
    """Return the client to use: the given one, or the default.

    Raises
    ------
    ParameterError
        If Dask is missing, there is no client, or it is asynchronous.
    """
    try:
        from distributed import Client, get_client
    except ImportError as error:
        raise ParameterError(
            f"Estimators for Dask collections need Dask ({error}). Install it: pip install 'pellucid[dask]'."
        ) from None
    if given is None:
        try:
            given = get_client()
        except ValueError:
            raise ParameterError(
                "'client' must be a dask.distributed.Client, or there must be a default one; there is "
                "none. Create one first: Client(LocalCluster(n_workers=2)), or Client('scheduler:8786')."
            ) from None
    if not isinstance(given, Client) or given.asynchronous:
        kind = "an asynchronous one" if isinstance(given, Client) else type(given).__name__
        raise ParameterError(
            f"'client' must be a dask.distributed.Client that is not asynchronous; got {kind}."
        )
    if given.status != "running":
        raise ParameterError(f"'client' must be connected to its scheduler; its status is {given.status!r}.")
    return given


def chosen_number(client: Any, n_workers: int | None, note: Callable[[str], None]) -> int:
    """Return the number of workers that train: the requested one, or the largest possible.

    Parameters
    ----------
    client : Client
        The cluster.
    n_workers : int or None
        The requested number, a power of two.
    note : callable
        Receives a sentence if workers are left over without having been left out on request.

    Raises
    ------
    ParameterError
        If there are too few workers, or the number is not a power of two.
    """
    present = len(client.nthreads())
    if not present:
        raise ParameterError(
            "The cluster of 'client' has no workers. Start some, or wait: client.wait_for_workers(2)."
        )
    if n_workers is None:
        number = power_of_two(present)
        if number < present:
            note(
                f"{number} of the {present} workers train, since sums over ranks are made in pairs. Pass "
                f"n_workers={number} to avoid this warning."
            )
        return number
    is_number = isinstance(n_workers, int) and not isinstance(n_workers, bool) and n_workers > 0
    if not is_number or n_workers & (n_workers - 1):
        raise ParameterError(f"'n_workers' must be a power of two or None; got {n_workers!r}.")
    if n_workers > present:
        raise ParameterError(
            f"'n_workers' is {n_workers}, but the cluster has {present}. Wait for more: "
            f"client.wait_for_workers({n_workers})."
        )
    return n_workers


def power_of_two(n: int) -> int:
    """Return the largest power of two up to a number."""
    return 1 << (n.bit_length() - 1)


def check_partitions(client: Any, families: Sequence[Partitions]) -> list[PartFacts]:
    """Wait for partitions, and check that they are consistent; return the facts about those of X.

    Parameters
    ----------
    client : Client
        The cluster.
    families : sequence of list of dict
        See :func:`persisted`.

    Returns
    -------
    list of PartFacts
        The facts about X.

    Raises
    ------
    Exception
        The error that a partition raised, or DataError.
    """
    told = [[client.submit(described, part, pure=False) for part in parts] for parts in families]
    try:
        facts: list[list[Mapping[str, PartFacts]]] = client.gather(told)
    finally:  # a stored error would keep them alive
        for future in (future for futures in told for future in futures):
            future.release()
    for family in facts:
        check_parts(family)
    return [part["X"] for part in facts[0]]
