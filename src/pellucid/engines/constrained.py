"""Training with bounds on parameters: after each step, those outside are projected to the bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.problem import Engine, Problem, Session

__all__ = ["ConstrainedEngine"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class ConstrainedEngine:
    r"""Engine whose steps keep parameters within bounds.

    .. math:: \theta \leftarrow \min(\max(\theta + u, \text{low}), \text{high})

    Parameters
    ----------
    inner : Engine
        Computes the update u of each step.
    low, high : ndarray of shape (n_parameters,)
        The bounds, infinite where there is none.

    References
    ----------
    D. P. Bertsekas (1976), On the Goldstein-Levitin-Polyak gradient projection method, IEEE Trans. Automatic
    Control 21, 174-184.
    """

    inner: Engine
    low: Array
    high: Array

    @property
    def name(self) -> str:
        """The name of the engine inside."""
        return self.inner.name

    @property
    def is_available(self) -> bool:
        """True if the engine inside can run here."""
        return self.inner.is_available

    def open(self, problem: Problem) -> Session:
        """Prepare to train on a problem, whose parameters are projected into the bounds."""
        return _ConstrainedSession(self, problem)


class _ConstrainedSession:
    """One problem, a step at a time."""

    n_ahead = 1

    def __init__(self, engine: ConstrainedEngine, problem: Problem) -> None:
        self.engine, self.problem = engine, problem
        self.session = engine.inner.open(problem)
        self._project()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def _project(self) -> None:
        parameters = self.problem.objective.network.parameters
        np.clip(parameters, self.engine.low, self.engine.high, out=parameters)

    def run_steps(
        self,
        first: int,
        last: int,
        *,
        learning_rates: Array,
        decay_factors: Array | None = None,
        dropout_factors: Array | None = None,
        **given: Any,
    ) -> None:
        """Run the steps first … last - 1 of an epoch, each followed by the projection."""
        for step in range(first, last):
            if not given["sums"].finite:
                return
            one = slice(step - first, step - first + 1)
            self.session.run_steps(
                step,
                step + 1,
                learning_rates=learning_rates[one],
                decay_factors=None if decay_factors is None else decay_factors[one],
                dropout_factors=None if dropout_factors is None else dropout_factors[one],
                **given,
            )
            self._project()
