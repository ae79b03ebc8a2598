"""Reference engine, which calls the core literally and slowly, and is the oracle of every other engine."""

import numpy as np
from numpy.typing import NDArray

from pellucid.core.clipping import clip_by_norm
from pellucid.engines.problem import Problem, StepSums
from pellucid.host.blas import one_blas_thread

__all__ = ["ReferenceEngine"]

Array = NDArray[np.floating]


class ReferenceEngine:
    """The equations of the core, one call after another."""

    name = "reference"
    is_available = True

    def open(self, problem: Problem) -> "ReferenceSession":
        """Prepare to train on a problem."""
        return ReferenceSession(problem)


class ReferenceSession:
    """The reference engine at work on one problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        problem.objective.network.check_inputs(problem.X)
        self.gradient = np.zeros_like(problem.objective.network.parameters)

    def run_steps(
        self,
        first: int,
        last: int,
        *,
        order: NDArray[np.intp] | None,
        learning_rates: Array,
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
        decay_factors: Array | None = None,
        dropout_factors: Array | None = None,
    ) -> None:
        """Run the steps first … last - 1 of an epoch; see :class:`pellucid.engines.problem.Session`."""
        problem, network = self.problem, self.problem.objective.network
        ones = np.ones(last - first)
        course = zip(
            range(first, last),
            learning_rates,
            ones if decay_factors is None else decay_factors,
            ones if dropout_factors is None else dropout_factors,
            strict=True,
        )
        # The loss reveals numbers that overflow. The bits of a product may depend on threads.
        with np.errstate(all="ignore"), one_blas_thread(wanted=True):
            for step, learning_rate, decay, dropout in course:
                span = slice(step * problem.batch_size, (step + 1) * problem.batch_size)
                rows = span if order is None else order[span]
                Y = problem.Y[rows]
                w = None if problem.sample_weight is None else problem.sample_weight[rows]
                weight = problem.weight_of(len(Y), w)
                if weight == 0.0:
                    continue
                sums.weight += weight
                sums.n_rows += len(Y)
                batch = problem.objective.value_and_gradient(
                    problem.X[rows],
                    Y,
                    w,
                    denominator=len(Y) * problem.mean_weight,
                    training=True,
                    rng=rng,
                    share=weight / problem.full_weight,
                    dropout=float(dropout),
                    gradient=self.gradient,
                )
                sums.loss += batch.loss * len(Y)
                sums.penalty += batch.penalty * len(Y)
                sums.finite = bool(np.isfinite(batch.objective))
                if not sums.finite:
                    break
                sums.gradient_norm += clip_by_norm(self.gradient, problem.max_grad_norm) * len(Y)
                if problem.weight_decay:
                    for part in network.penalized:
                        network.parameters[part] *= 1.0 - float(learning_rate) * problem.weight_decay * float(
                            decay
                        )
                sums.n_updates += 1
                for part, factor in problem.rate_pieces:
                    problem.optimizer.apply(
                        network.parameters[part],
                        self.gradient[part],
                        memory[:, part],
                        learning_rate=float(learning_rate) * factor,
                        step=updates_done + sums.n_updates,
                        **problem.options,
                    )
