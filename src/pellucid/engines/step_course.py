"""Course of an epoch, step by step: weights of batches, scalars of the optimizer, keys of dropout.

Engines that run many steps in one call compute these in advance for the steps of a call.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers.dropout import draw_key
from pellucid.engines.problem import Problem

__all__ = ["StepCourse"]


class StepCourse:
    """Course of the steps of a problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.

    Attributes
    ----------
    factors : list of float
        The different factors on the learning rate.
    in_order : ndarray of shape (n_samples,)
        The order in which the rows stand.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.factors = sorted({factor for _, factor in problem.rate_pieces})
        self.in_order = np.arange(problem.n_samples)
        assert problem.optimizer.scalars is not None
        self._scalars = partial(problem.optimizer.scalars, **problem.optimizer.resolve(problem.options))
        # Without weights on rows, a batch weighs the same in every epoch.
        self._constant = (
            self._weights(0, problem.n_steps, self.in_order) if problem.sample_weight is None else None
        )

    def strengths(
        self,
        learning_rates: NDArray[np.floating],
        decay_factors: NDArray[np.floating] | None,
        dropout_factors: NDArray[np.floating] | None,
    ) -> NDArray[np.float64]:
        """Return the values of the schedules for some steps.

        Parameters
        ----------
        learning_rates : ndarray of shape (n_steps,)
            The learning rates.
        decay_factors, dropout_factors : ndarray of shape (n_steps,) or None
            Factors on weight decay and on dropout; None for 1.

        Returns
        -------
        ndarray of shape (3, n_steps)
            Learning rates, the weight decays that go with them, factors on dropout.
        """
        strengths = np.ones((3, len(learning_rates)))
        strengths[0] = learning_rates
        strengths[1] = self.problem.weight_decay * strengths[0]
        if decay_factors is not None:
            strengths[1] *= decay_factors
        if dropout_factors is not None:
            strengths[2] = dropout_factors
        return strengths

    def weights(self, first: int, last: int, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the weight of each batch, as :meth:`pellucid.engines.Problem.weight_of`.

        Parameters
        ----------
        first, last : int
            The steps of the epoch.
        rows : ndarray of shape (n_samples,)
            The order of the rows.

        Returns
        -------
        ndarray of shape (last - first,)
            0 for a batch that makes no step.
        """
        return self._weights(first, last, rows) if self._constant is None else self._constant[first:last]

    def scalars(self, rates: NDArray[np.floating], updates_done: int) -> NDArray[np.float64]:
        """Return the optimizer's scalars for some updates.

        Parameters
        ----------
        rates : ndarray of shape (n_updates,)
            The learning rates.
        updates_done : int
            The number of updates before them.

        Returns
        -------
        ndarray of shape (n_updates * n_factors, n_scalars)
            A row per update and factor on the rate.
        """
        n_factors = len(self.factors)
        steps = np.repeat(np.arange(updates_done + 1, updates_done + 1 + len(rates)), n_factors)
        columns = self._scalars((rates[:, None] * self.factors).ravel(), steps)
        scalars = np.empty((len(steps), len(columns)))
        for k, column in enumerate(columns):
            scalars[:, k] = column
        return scalars

    def keys(self, rng: np.random.Generator, n_updates: int, n_dropouts: int) -> NDArray[np.int64]:
        """Return dropout's keys, as the reference draws them one by one.

        Parameters
        ----------
        rng : numpy.random.Generator
            The generator; left as it is without dropout.
        n_updates, n_dropouts : int
            The number of updates, and of dropout layers.

        Returns
        -------
        ndarray of shape (n_updates, max(1, n_dropouts))
            The keys.
        """
        if not n_dropouts:
            return np.zeros((n_updates, 1), np.int64)
        return np.asarray(draw_key(rng, (n_updates, n_dropouts)), np.int64)

    def _weights(self, first: int, last: int, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        problem = self.problem
        h = min(problem.batch_size, problem.n_samples)
        starts = np.arange(first * h, last * h, h)
        weights = used = np.minimum(h, problem.n_samples - starts).astype(np.float64)
        if problem.sample_weight is not None:
            w = problem.sample_weight[rows[first * h : last * h]].astype(np.float64)
            weights = np.add.reduceat(w, starts - first * h) / problem.mean_weight
            used = np.add.reduceat(w > 0.0, starts - first * h, dtype=np.intp)
        return np.where(used < problem.least_rows, 0.0, weights)
