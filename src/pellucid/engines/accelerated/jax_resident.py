"""JAX engine on rows of which each process holds those of its shards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.accelerated.jax_session import JaxSession
from pellucid.engines.accelerated.jax_steps import Kind
from pellucid.engines.accelerated.jax_team import are_joined, placed, sum_of_ranks
from pellucid.engines.accelerated.team import current_team
from pellucid.engines.problem import Problem
from pellucid.engines.shards import Shards
from pellucid.exceptions import ParameterError

__all__ = ["ResidentSession"]

Rows = NDArray[np.intp]


class ResidentSession(JaxSession):
    """Session for a problem whose rows are distributed; see :class:`JaxSession`."""

    shards: Shards

    def __init__(self, problem: Problem, products: str | None = None) -> None:
        assert problem.whole is not None
        assert problem.whole.shards is not None
        self.shards = problem.whole.shards
        least = self.shards.n_shards
        if min(problem.batch_size, problem.epoch_samples) < least:
            raise ParameterError(
                f"'batch_size' must be at least {least}, so that each of {least} shards has rows; got "
                f"{min(problem.batch_size, problem.epoch_samples)}. Use larger batches, or fewer shards."
            )
        if problem.objective.network.mixes_rows:
            raise ParameterError(
                "'normalization' must not be 'batch_norm' if rows are distributed, since it needs all "
                "rows of a batch in one process; got 'batch_norm'. Use normalization='layer_norm'."
            )
        self.weighed: tuple[Any, NDArray[np.float64]] | None = None
        super().__init__(problem, products, least)

    def _kind(self, n_shards: int) -> Kind:
        most = self.shards.most(self.problem.epoch_steps)
        return replace(
            super()._kind(n_shards),
            n_shards=self.shards.n_shards,
            batch_size=self.shards.n_shards * most,
            is_resident=True,
            is_ragged=True,
        )

    def _place(self, tree: Any) -> Any:
        return placed(tree, self.kind.n_axes, by_device=True)

    @property
    def _shape_of_order(self) -> tuple[int, ...]:
        part = self.kind.batch_size // self.kind.n_shards
        n_here = self.shards.n_shards if are_joined(self.kind.n_axes) else len(self.shards.rows)
        return n_here, int(self.shards.n_rows.max()) + part  # a part may begin at the last row

    def _order_of(self, orders: list[Rows]) -> Any:
        """Return the order of the rows of each shard, as places among those of its device."""
        (rows,) = orders
        if self.order is None or self.order[0] is not rows:
            n_here = len(rows)
            whole = np.zeros((n_here, self._shape_of_order[1]), np.int32)
            whole[:, : rows.shape[1]] = rows
            whole += (np.arange(n_here) % self.own[1] * self.shards.capacity).astype(np.int32)[:, None]
            self.order = rows, self._place(whole)
        return self.order[1]

    def _parts(self, steps: Rows) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the first row and the rows of each shard in some steps, and the rows of all shards."""
        n_steps = self.problem.epoch_steps
        first, last = (self.shards.ends(steps + k, n_steps) for k in range(2))
        return np.stack([first, last - first], axis=2).astype(np.int32), (last - first).sum(axis=1)

    def _weights(self, first: int, last: int, rows: Rows) -> NDArray[np.float64]:
        """Return the weight of each batch, of which each process knows a part."""
        steps = np.arange(first, last)
        if self.problem.sample_weight is None:
            return self._parts(steps)[1].astype(np.float64)
        if self.weighed is None or self.weighed[0] is not rows:
            self.weighed = rows, self._weighed(rows)
        return self.weighed[1][first:last]

    def _weighed(self, rows: Rows) -> NDArray[np.float64]:
        """Return the weight of each batch of an epoch: sums over the rows of a shard, then over shards."""
        problem, shards = self.problem, self.shards
        assert problem.sample_weight is not None
        n_steps = problem.epoch_steps
        ends = shards.ends(np.arange(n_steps + 1), n_steps)
        sums = np.zeros((shards.n_shards, n_steps))
        for k, order in enumerate(rows):
            shard = shards.first + k
            w = problem.sample_weight[k * shards.capacity + order[: shards.n_rows[shard]]].astype(np.float64)
            cut = np.split(w, ends[1:-1, shard])
            sums[shard] = [part.sum() for part in cut]
        team = current_team()
        if team is not None and team.n_ranks > 1:
            sums = sum_of_ranks([sums.ravel()])[0].reshape(sums.shape)  # of which all but one are 0
        total = np.zeros(n_steps)
        for each in sums:
            total += each
        return total / problem.mean_weight
