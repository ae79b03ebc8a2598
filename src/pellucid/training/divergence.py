"""Divergence of training: the block it began in, its likely cause and remedies to try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from pellucid.core.inputs import StandardizedSparse
from pellucid.core.propagation import forward
from pellucid.engines import Problem

__all__ = ["Divergence", "explain_divergence"]

LARGE = 100.0  # standardized inputs seldom leave ±10


@dataclass(frozen=True)
class Divergence:
    """Report on a training run that produced NaN or infinity.

    Parameters
    ----------
    epoch : int
        The epoch in which it happened, counted from 1 since the cold start.
    block : int
        The first block, in the order of the forward pass, with a number that is not finite.
    cause, remedy : str
        The likely cause, and what to try.

    Examples
    --------
    >>> from pellucid.training import Divergence
    >>> report = Divergence(epoch=3, block=0, cause="unscaled inputs", remedy="standardize=True")
    >>> print(report)
    Training diverged in epoch 3: block 0 is the first with non-finite numbers. Likely cause: ...
    """

    epoch: int
    block: int
    cause: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"Training diverged in epoch {self.epoch}: block {self.block} is the first with non-finite numbers. "
            f"Likely cause: {self.cause}. Try: {self.remedy}."
        )


def explain_divergence(
    problem: Problem, broken: np.ndarray[Any, Any], epoch: int, learning_rate: float
) -> Divergence:
    """Report where training produced NaN or infinity, and the likely cause.

    Parameters
    ----------
    problem : Problem
        Objective and data; its network holds the last finite parameters.
    broken : ndarray of shape (n_parameters,)
        The parameters at the end.
    epoch : int
        The epoch, from 1.
    learning_rate : float
        The rate at the end.

    Returns
    -------
    Divergence
        The account.
    """
    cause, remedy = _likely_cause(problem, learning_rate)
    return Divergence(epoch, _first_broken_block(problem, broken), cause, remedy)


def _first_broken_block(problem: Problem, broken: np.ndarray[Any, Any]) -> int:
    network = problem.objective.network
    for k, part in enumerate(network.block_slices):
        if not np.isfinite(broken[part]).all():
            return k
    with np.errstate(all="ignore"):
        zs = forward(network, problem.X[: min(1000, problem.n_samples)], parameters=broken).zs
    overflowing = [k for k, z in enumerate(zs) if not np.isfinite(z).all()]
    return overflowing[0] if overflowing else network.n_blocks - 1


def _likely_cause(problem: Problem, learning_rate: float) -> tuple[str, str]:
    X, Y = problem.X, problem.Y
    if not isinstance(X, StandardizedSparse):
        reach = abs(X).max(axis=0)
        reach = reach.toarray().ravel() if scipy.sparse.issparse(reach) else reach
        column = int(reach.argmax())
        if reach[column] > LARGE:
            return (
                f"unscaled inputs (column {column} reaches {reach[column]:.3g})",
                "standardize=True, or a StandardScaler before the network",
            )
    largest = float(np.abs(Y).max())
    if largest > LARGE:
        return f"unscaled targets (they reach {largest:.3g})", "standardize=True, or scale y"
    smaller = f"learning_rate_init={learning_rate / 10:.3g}"
    other = "max_grad_norm=1.0" if problem.max_grad_norm is None else "another initializer"
    return f"too large a step (learning rate {learning_rate:.3g})", f"{smaller}, or {other}"
