"""Ordinary estimator, fitted on the workers of a cluster, that predicts lazily."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from copy import deepcopy
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from pellucid.dask.choosing import check_partitions, chosen_number, client_of
from pellucid.dask.crew import Crew
from pellucid.dask.lazy import predicted_lazily
from pellucid.dask.partitions import aligned, is_frame, persisted
from pellucid.dask.parts import PartedFit
from pellucid.engines.accelerated.team import check_shards
from pellucid.estimators.held_out import held_out_rows
from pellucid.exceptions import DataError
from pellucid.host.own_folders import own_folder, terminable
from pellucid.host.streams import warn
from pellucid.persistence import Checkpoint
from pellucid.ranks import Ranks
from pellucid.ranks.fitting import packed
from pellucid.ranks.sharing import are_shared_out
from pellucid.ranks.together import parameters_on_ranks
from pellucid.tabular.parquet.memory_size import bytes_of
from pellucid.tabular.streaming.sharded_table import check_sharded, kinds_of

__all__ = ["OnDask", "OnDaskClassifier"]

Self = TypeVar("Self", bound="OnDask")
OWN = ("_local", "client", "n_workers", "n_shards", "memory", "_target")
APART = ("n_workers", "n_shards", "memory")  # parameters besides those of the estimator inside
MEMORY = "2GB"


class OnDask:
    """An estimator whose data are Dask collections."""

    _kind: ClassVar[Any]

    def __init__(
        self,
        *arguments: Any,
        client: Any = None,
        n_workers: int | None = None,
        n_shards: int | None = None,
        memory: int | str = MEMORY,
        **parameters: Any,
    ) -> None:
        self._local = self._kind(*arguments, **parameters)
        self.client, self.n_workers, self._target = client, n_workers, "prediction"
        self.n_shards, self.memory = n_shards, memory

    # ---- as an estimator of scikit-learn --------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        local = vars(self).get("_local")  # None while unpickled
        if local is not None and not name.startswith("_") and (name.endswith("_") or name in _names(local)):
            return getattr(local, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        is_local = name not in OWN and name in _names(vars(self).get("_local"))
        object.__setattr__(self._local if is_local else self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "client": None}  # a connection cannot be pickled

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __sklearn_clone__(self: Self) -> Self:
        return self._around(clone(self._local), self)

    def __sklearn_tags__(self) -> Any:
        return self._local.__sklearn_tags__()

    def __repr__(self) -> str:
        return repr(self._local).replace(self._kind.__name__, type(self).__name__, 1)

    @classmethod
    def _around(cls: type[Self], local: Any, like: OnDask | None = None, client: Any = None) -> Self:
        made = cls(client=client) if like is None else cls(client=like.client)
        if like is not None:
            vars(made).update({name: getattr(like, name) for name in APART})
        made._local = local
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - as scikit-learn has it
        """Return the parameters, with ``n_workers``, ``n_shards`` and ``memory`` but without the client.

        Parameters
        ----------
        deep : bool, default=True
            Accepted for compatibility with scikit-learn.

        Returns
        -------
        dict
            Values by name.
        """
        return {**self._local.get_params(deep=deep), **{name: getattr(self, name) for name in APART}}

    def set_params(self: Self, **parameters: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **parameters : object
            Values by name.

        Returns
        -------
        estimator
            The estimator itself.
        """
        for name in APART:
            setattr(self, name, parameters.pop(name, getattr(self, name)))
        self._local.set_params(**parameters)
        return self

    # ---- on the cluster -------------------------------------------------------------------------------------

    def fit(
        self: Self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None, groups: Any = None,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None, checkpoint: Checkpoint | None = None,
    ) -> Self:  # fmt: skip
        """Fit on the workers of the cluster, one rank on each.

        Parameters
        ----------
        X : Dask DataFrame or Array of shape (n_rows, n_columns)
            The inputs.
        y : Dask Series, DataFrame or Array of shape (n_rows,) or (n_rows, n_outputs)
            The targets, in the partitions of X.
        sample_weight : Dask Series or Array of shape (n_rows,), default=None
            Weights >= 0, in the partitions of X.
        validation_data : tuple, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, Dask collections with partitions of their
            own, to hold out instead of a part of the rows.
        groups : Dask Series or Array of shape (n_rows,), default=None
            As for the tabular estimators.
        X_val, y_val, sample_weight_val : Dask collection of shape (n_rows, ...), default=None
            The validation data by name.
        checkpoint : Checkpoint, default=None
            A file of the client, to which the latest state of the training is copied every few seconds.

        Returns
        -------
        estimator
            The estimator itself, fitted.

        Raises
        ------
        ParameterError
            If Dask or JAX is missing, there is no client or worker, or an option does not go with several ranks.
        DataError
            If collections differ in their partitions, or partitions in their columns or types.
        LostRankError
            If workers or ranks are lost three times without another checkpoint in between.
        """
        client = client_of(self.client)
        given = {"X": X, "y": y, "sample_weight": sample_weight, "groups": groups}
        if held_out := held_out_rows(validation_data, X_val, y_val, sample_weight_val):
            given.update(zip(("X_val", "y_val", "sample_weight_val"), held_out, strict=True))
        if isinstance(groups, str):
            raise DataError(
                f"'groups' must be a Dask Series or Array; got the name {groups!r}. Pass X[{groups!r}] as "
                f"'groups', and X.drop(columns={groups!r}) as X."
            )
        if groups is not None and "groups" not in signature(self._kind.fit).parameters:
            raise DataError(
                f"'groups' must be None for {self._kind.__name__}; it is for estimators for tables."
            )
        families = aligned({name: value for name, value in given.items() if value is not None})
        note = partial(warn, stacklevel=3)
        number = chosen_number(client, self.n_workers, note)
        if self.n_shards is not None:
            check_shards(self.n_shards, number, "n_workers")
        ranks = Ranks(processes=number, n_shards=self.n_shards, memory=self.memory)
        parameters = parameters_on_ranks(self._local, ranks)
        packed(PartedFit(self._local, {}, parameters)), packed(checkpoint)
        kept = persisted(client, families)
        temporary = own_folder("pellucid-dask-") if checkpoint is None else nullcontext(Path())
        with terminable(), temporary as folder:
            saver = checkpoint or Checkpoint(folder / "latest.safetensors")
            try:
                facts = check_partitions(client, kept)
                lengths = [part.n_rows for part in facts]
                is_sparse = any(part.is_sparse for part in facts)
                shared = None if is_sparse else self._shared([*kinds_of(X), *kinds_of(y)], sum(lengths))
                fit = packed(PartedFit(self._local, {}, parameters, shared))
                of_parts = () if shared is None else lengths
                done = Crew(client, kept, fit, number, saver, note, ranks.shards, of_parts).trained()
            finally:
                for piece in (piece for parts in kept for part in parts for piece in part.values()):
                    piece.release()
        vars(self._local).update(vars(done.model))
        self._target = str(y.name or "prediction") if is_frame(y) and y.ndim == 1 else "prediction"
        for message, category in done.warnings:
            warnings.warn(message, category, stacklevel=2)
        return self

    def _shared(self, kinds: Sequence[Any], n_rows: int) -> tuple[int, int] | None:
        """Return the number of rows and the memory, if the rows are distributed."""
        memory = bytes_of(self.memory)
        if not are_shared_out(self._local, kinds, n_rows, memory):
            return None
        check_sharded(self._local, "jax")
        return n_rows, memory

    def predict(self, X: Any) -> Any:
        """Return the predictions of each partition, lazily.

        Parameters
        ----------
        X : Dask DataFrame or Array of shape (n_rows, n_columns)
            The inputs.

        Returns
        -------
        Dask Series, DataFrame or Array of shape (n_rows,) or (n_rows, n_outputs)
            With the index and divisions, or the chunks, of X.
        """
        return self._lazily("predict", X)

    def _lazily(self, method: str, X: Any) -> Any:
        check_is_fitted(self._local)
        return predicted_lazily(self._local, method, X, self._target)

    def to_local(self) -> Any:
        """Return the fitted estimator without Dask: to save, export, explain or inspect it.

        Returns
        -------
        estimator
            A copy.
        """
        check_is_fitted(self._local)
        return deepcopy(self._local)

    @classmethod
    def from_local(cls: type[Self], model: Any, *, client: Any = None) -> Self:
        """Return an estimator for Dask collections from an ordinary one, such as a loaded file.

        Parameters
        ----------
        model : estimator
            The estimator, fitted or not.
        client : Client, default=None
            As in the constructor.

        Returns
        -------
        estimator
            A copy, which shares nothing with the model.

        Raises
        ------
        DataError
            If the model is of another kind.
        """
        if type(model) is not cls._kind:
            raise DataError(f"'model' must be a {cls._kind.__name__}; got {type(model).__name__}.")
        return cls._around(deepcopy(model), client=client)


class OnDaskClassifier(OnDask):
    """A classifier whose data are Dask collections."""

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the classes in each partition, lazily.

        Parameters
        ----------
        X : Dask DataFrame or Array of shape (n_rows, n_columns)
            The inputs.

        Returns
        -------
        Dask DataFrame or Array of shape (n_rows, n_classes)
            A column per class, with the index and divisions, or the chunks of rows, of X.
        """
        return self._lazily("predict_proba", X)


def _names(local: Any) -> set[str]:
    """Return the names of an estimator's parameters."""
    return set() if local is None else set(local.get_params(deep=False))
