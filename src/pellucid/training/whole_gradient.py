"""Objective and gradient over all rows: block by block, in threads, with the same bits for any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.core.penalties import add_penalty
from pellucid.engines import Problem
from pellucid.engines.sharing import share_out
from pellucid.host.blas import one_blas_thread

__all__ = ["whole_gradient"]

Array = NDArray[np.floating]

BLOCK_WORK = 1 << 24  # multiplications of a forward pass that make another block of rows worthwhile
LEAST_ROWS, MOST_BLOCKS = 512, 16


def whole_gradient(problem: Problem, parameters: Array) -> tuple[float, float, Array]:
    r"""Return loss, penalty and gradient of a problem's objective over all of its rows.

    .. math:: J = \sum_k \frac{\sum_{i \in R_k} w_i \ell_i}{\sum_i w_i} + P(W)

    with blocks of rows :math:`R_k`, whose terms are added in their order.

    Parameters
    ----------
    problem : Problem
        Objective and data.
    parameters : ndarray of shape (n_parameters,)
        The parameters, in the network's dtype.

    Returns
    -------
    loss, penalty : float
        The two terms of the objective.
    gradient : ndarray of shape (n_parameters,)
        The gradient of their sum.
    """
    objective, network = problem.objective, problem.objective.network
    plain, total = replace(objective, l1=0.0, l2=0.0, alpha=0.0), problem.n_samples * problem.mean_weight
    blocks = _blocks(problem)
    found: list[tuple[float, Array]] = [(0.0, parameters)] * len(blocks)

    def work(numbers: Iterable[int]) -> None:
        for k in numbers:
            rows = blocks[k]
            weight = None if problem.sample_weight is None else problem.sample_weight[rows]
            with np.errstate(all="ignore"):
                term = plain.value_and_gradient(
                    problem.X[rows],
                    problem.Y[rows],
                    weight,
                    parameters=parameters,
                    state=network.state.copy(),
                    denominator=total,
                    training=True,
                )
            found[k] = term.loss, term.flat

    with one_blas_thread(wanted=True):  # the bits of a product may depend on the threads of the BLAS
        share_out(work, range(len(blocks)))
    loss, gradient = found[0]
    for more, term in found[1:]:
        loss += more
        gradient += term
    with np.errstate(all="ignore"):
        penalty = add_penalty(parameters, gradient, network.penalized, objective.l1, objective.l2_of(total))
    return loss, penalty, gradient


def _blocks(problem: Problem) -> list[slice]:
    """Return the rows in blocks that depend only on the problem; in one if rows depend on each other."""
    network, n_rows = problem.objective.network, problem.n_samples
    work = n_rows * network.n_members * network.n_parameters
    n_blocks = max(1, min(work // BLOCK_WORK, n_rows // LEAST_ROWS, MOST_BLOCKS))
    size = n_rows if network.mixes_rows else -(-n_rows // n_blocks)
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
