"""Training in rounds: each shard of the batches trains its own network for some steps, then they are averaged.

Processes exchange numbers once per round instead of once per step, for slow networks. Any engine makes the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.accelerated.team import Team, current_team
from pellucid.engines.problem import Engine, Problem, Session, StepSums, Whole
from pellucid.exceptions import ParameterError

__all__ = ["LONGEST", "RoundsEngine"]

Array = NDArray[np.floating]
Terms = tuple[
    Array, NDArray[np.float64]
]  # what is averaged, in the network's precision, and what is added up

LONGEST = 32  # steps of a round


@dataclass(frozen=True)
class RoundsEngine:
    r"""Engine whose shards train separately for k steps, and then continue from their mean.

    .. math:: \theta \leftarrow \frac1S \sum_{s=1}^{S} \theta_s, \qquad
              m \leftarrow \frac1S \sum_{s=1}^{S} m_s

    θ are parameters and running statistics, m is the memory of the optimizer. Shard s has every S-th row of each
    batch, from the s-th. A team of processes shares the shards; results do not depend on their number.

    Parameters
    ----------
    inner : Engine
        Makes the steps.
    n_shards : int
        The number S of shards, a power of two.
    exchange_every : int
        The number k of steps in a round. The last round of an epoch may be shorter.

    References
    ----------
    S. U. Stich (2019), Local SGD Converges Fast and Communicates Little, ICLR.
    """

    inner: Engine
    n_shards: int
    exchange_every: int

    @property
    def name(self) -> str:
        """The name of the engine inside."""
        return self.inner.name

    @property
    def is_available(self) -> bool:
        """True if the engine inside can run here."""
        return self.inner.is_available

    def open(self, problem: Problem) -> Session:
        """Prepare to train on a problem.

        Raises
        ------
        ParameterError
            If batches have too few rows for the shards.
        """
        least = self.n_shards * problem.least_rows
        if min(problem.batch_size, problem.epoch_samples) < least:
            raise ParameterError(
                f"'batch_size' must be at least {least}, so that each of {self.n_shards} shards has rows; got "
                f"{min(problem.batch_size, problem.epoch_samples)}. Use larger batches, or fewer shards."
            )
        return _RoundsSession(self, problem)


class _RoundsSession:
    """One problem, a round at a time: steps wait until their round is complete."""

    def __init__(self, engine: RoundsEngine, problem: Problem) -> None:
        self.engine, self.problem = engine, problem
        self.gradient = np.zeros_like(problem.objective.network.parameters)
        team = current_team() or Team(0, 1, engine.n_shards)
        n_here = engine.n_shards // team.n_ranks
        self.shards = range(team.rank * n_here, (team.rank + 1) * n_here)
        self.sessions: dict[int, tuple[Session | None, int]] = {}
        self.waiting: dict[str, Array] = {}
        self.n_steps = 0
        self.is_random = any(layer.is_random for layer in problem.objective.network.layers)

    def run_steps(
        self,
        first: int,
        last: int,
        *,
        order: NDArray[np.intp] | None,
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
        **schedules: Array | None,
    ) -> None:
        """Run the rounds that the steps first … last - 1 of an epoch complete."""
        if first == 0:
            self._deal(np.arange(self.problem.n_samples) if order is None else order)
        for name, values in schedules.items():
            if values is not None:
                self.waiting[name] = np.append(self.waiting.get(name, []), values)
        while sums.finite and (n_waiting := len(self.waiting["learning_rates"])):
            begun = last - n_waiting
            n = min(self.engine.exchange_every, self.n_steps - begun)
            if n > n_waiting:
                return
            given = {name: values[:n] for name, values in self.waiting.items()}
            self.waiting = {name: values[n:] for name, values in self.waiting.items()}
            self._round(begun, begun + n, given, memory, updates_done, rng, sums)

    def _deal(self, rows: NDArray[np.intp]) -> None:
        """Distribute the rows of an epoch over the shards, those of each batch in turn."""
        problem, self.waiting, self.sessions = self.problem, {}, {}
        size = min(problem.batch_size, problem.epoch_samples)
        self.n_steps = -(-len(rows) // problem.batch_size)
        shard_of = np.arange(len(rows)) % problem.batch_size % self.engine.n_shards
        for shard in self.shards:
            part, n = rows[shard_of == shard], len(range(shard, size, self.engine.n_shards))
            own = replace(
                problem,
                objective=replace(problem.objective, alpha=problem.objective.alpha * n / size),
                X=problem.X[part],
                Y=problem.Y[part],
                sample_weight=None if problem.sample_weight is None else problem.sample_weight[part],
                batch_size=n,
                whole=Whole(len(part), problem.mean_weight),
            )
            self.sessions[shard] = self.engine.inner.open(own) if len(part) else None, own.n_steps

    def _round(
        self,
        first: int,
        last: int,
        given: dict[str, Array],
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
    ) -> None:
        """Run a round of steps, and add up the results of the shards."""
        start, seed = self._held(memory), int(rng.integers(2**62)) if self.is_random else 0

        def of(shard: int) -> Terms:
            self._hold(start, memory)
            own, (session, n_steps) = StepSums(), self.sessions[shard]
            n = min(last, n_steps) - first
            if session is not None and n > 0:
                session.run_steps(
                    first,
                    first + n,
                    order=None,
                    memory=memory,
                    updates_done=updates_done + sums.n_updates,
                    rng=np.random.default_rng([seed, shard]),
                    sums=own,
                    **{name: values[:n] for name, values in given.items()},
                )
                self.gradient = session.gradient
            return self._held(memory), np.array(astuple(own), np.float64)

        numbers, found = _sum(self.shards, of)
        loss, penalty, length, n_rows, weight, n_updates, n_finite = found.tolist()
        sums.loss, sums.penalty, sums.gradient_norm = (
            sums.loss + loss,
            sums.penalty + penalty,
            sums.gradient_norm + length,
        )
        sums.n_rows, sums.weight = sums.n_rows + round(n_rows), sums.weight + weight
        sums.n_updates -= int(-n_updates // self.engine.n_shards)  # shards without a row make fewer
        sums.finite = n_finite == self.engine.n_shards
        mean = numbers / self.engine.n_shards if sums.finite else start  # as before the round
        self._hold(mean.astype(start.dtype, copy=False), memory)

    def _held(self, memory: Array) -> Array:
        """Return a copy of everything that training changes, as a vector."""
        network = self.problem.objective.network
        return np.concatenate([network.parameters, memory.ravel(), network.state])

    def _hold(self, vector: Array, memory: Array) -> None:
        network = self.problem.objective.network
        ends = np.cumsum([network.parameters.size, memory.size])
        parameters, slots, state = np.split(vector, ends)
        network.parameters[:], network.state[:], memory[:] = parameters, state, slots.reshape(memory.shape)


def _sum(shards: range, of: Callable[[int], Terms]) -> Terms:
    """Return the sums over all shards, in pairs and pairs of pairs, of this process and then of the team."""
    sums: list[Terms] = []
    for place, shard in enumerate(shards):
        found = of(shard)
        while place & 1:  # as many sums wait as the number of earlier shards has binary ones
            found, place = _added(sums.pop(), found), place >> 1
        sums.append(found)
    team = current_team()
    if team is None or team.n_ranks == 1:
        return sums[0]
    from pellucid.engines.accelerated.jax_team import sum_of_ranks

    numbers, terms = sum_of_ranks(sums[0])
    return numbers, terms


def _added(some: Terms, more: Terms) -> Terms:
    return some[0] + more[0], some[1] + more[1]
