"""The four estimators for Dask collections."""

from __future__ import annotations

from pellucid.dask.on_dask import MEMORY, OnDask, OnDaskClassifier
from pellucid.estimators import MLPClassifier, MLPRegressor
from pellucid.host.docstrings import Option, documented
from pellucid.tabular import TabularClassifier, TabularRegressor

__all__ = ["DaskMLPClassifier", "DaskMLPRegressor", "DaskTabularClassifier", "DaskTabularRegressor"]

PARAMETERS = (
    Option("*arguments", "object", "The parameters of the ordinary estimator, by position."),
    Option(
        "client",
        "dask.distributed.Client, default=None",
        "The client of the cluster. Default: the latest client created.",
    ),
    Option(
        "n_workers",
        "int, default=None",
        "The number of workers that train, a power of two. Default: the largest that the cluster has.",
    ),
    Option(
        "n_shards",
        "int, default=None",
        "The number of shards, a power of two. With the same number of shards the model does not depend on the "
        "number of workers. Default: one per worker.",
    ),
    Option(
        "memory",
        f'int or str, default="{MEMORY}"',
        'The memory of each rank for rows, in bytes or as ``"2GB"``. Every rank holds a table that fits in it '
        "as a whole; of a larger table it holds the rows of its shards and a copy of the held-out rows.",
    ),
    Option("**parameters", "object", "The other parameters of the ordinary estimator, by name."),
)


@documented(parameters=PARAMETERS)
class DaskTabularClassifier(OnDaskClassifier):
    """:class:`~pellucid.tabular.TabularClassifier` for Dask collections, fitted by the workers of a cluster.

    Each worker runs one rank, a process of its own, as :func:`pellucid.ranks.fit_on_ranks` does: the fitted model
    is the same bit for bit for the same rows. A table larger than ``memory`` stays distributed: each rank has the
    rows of its shards. If a worker or a rank is lost, training continues from the last checkpoint, with the same
    result bit for bit.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    client, n_workers, n_shards, memory
        As given; the client is not a parameter of ``get_params``.

    Notes
    -----
    Fitted attributes, such as ``history_``, are those of the ordinary estimator, see ``to_local``.

    Examples
    --------
    >>> from pellucid.dask import DaskTabularClassifier
    >>> model = DaskTabularClassifier("fast", max_iter=20, n_workers=2, random_state=0)
    >>> model.get_params()["max_iter"], model.n_workers
    (20, 2)

    With a ``client``, ``model.fit(X, y).predict(X)`` is a lazy collection like X.
    """

    _kind = TabularClassifier


@documented(parameters=PARAMETERS)
class DaskTabularRegressor(OnDask):
    """:class:`~pellucid.tabular.TabularRegressor` for Dask collections, fitted by the workers of a cluster.

    Workers and memory are used as by :class:`DaskTabularClassifier`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    client, n_workers, n_shards, memory
        As given; the client is not a parameter of ``get_params``.

    Notes
    -----
    Fitted attributes, such as ``history_``, are those of the ordinary estimator, see ``to_local``.

    Examples
    --------
    >>> from pellucid.dask import DaskTabularRegressor
    >>> model = DaskTabularRegressor(max_iter=20, n_workers=2, random_state=0)
    >>> model.get_params()["max_iter"], model.n_workers
    (20, 2)

    With a ``client``, ``model.fit(X, y).predict(X)`` is a lazy collection like X.
    """

    _kind = TabularRegressor


@documented(parameters=PARAMETERS)
class DaskMLPClassifier(OnDaskClassifier):
    """:class:`~pellucid.estimators.MLPClassifier` for Dask collections, fitted by the workers of a cluster.

    Workers and memory are used as by :class:`DaskTabularClassifier`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    client, n_workers, n_shards, memory
        As given; the client is not a parameter of ``get_params``.

    Notes
    -----
    Fitted attributes, such as ``history_``, are those of the ordinary estimator, see ``to_local``.

    Examples
    --------
    >>> from pellucid.dask import DaskMLPClassifier
    >>> model = DaskMLPClassifier((64, 64), max_iter=20, n_workers=2, random_state=0)
    >>> model.get_params()["max_iter"], model.n_workers
    (20, 2)

    With a ``client``, ``model.fit(X, y).predict(X)`` is a lazy collection like X.
    """

    _kind = MLPClassifier


@documented(parameters=PARAMETERS)
class DaskMLPRegressor(OnDask):
    """:class:`~pellucid.estimators.MLPRegressor` for Dask collections, fitted by the workers of a cluster.

    Workers and memory are used as by :class:`DaskTabularClassifier`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    client, n_workers, n_shards, memory
        As given; the client is not a parameter of ``get_params``.

    Notes
    -----
    Fitted attributes, such as ``history_``, are those of the ordinary estimator, see ``to_local``.

    Examples
    --------
    >>> from pellucid.dask import DaskMLPRegressor
    >>> model = DaskMLPRegressor((64, 64), max_iter=20, n_workers=2, random_state=0)
    >>> model.get_params()["max_iter"], model.n_workers
    (20, 2)

    With a ``client``, ``model.fit(X, y).predict(X)`` is a lazy collection like X.
    """

    _kind = MLPRegressor
