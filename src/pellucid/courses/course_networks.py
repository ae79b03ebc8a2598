"""The networks of the courses' worked examples, with their right weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pellucid.core.activations import Activation
from pellucid.core.network import Network

__all__ = ["chain", "from_matrices", "homework", "iowa", "kaist", "threshold_unit", "two_relus"]

THETA_1 = [[1.2, 2.1, -1.5], [-0.3, -0.7, 0.3]]
THETA_2 = [[-0.2], [0.5], [1.3]]


def from_matrices(
    *matrices: ArrayLike,
    activation: str | Activation | Sequence[str] = "logistic",
    output: str | Activation = "logistic",
) -> Network:
    """Return the network with the given matrices [b; W], the bias row on top, as most of the courses write them.

    Parameters
    ----------
    *matrices : array-like of shape (n_in + 1, n_out)
        One per block.
    activation : str, Activation or sequence of them, default="logistic"
        Activation of the hidden blocks.
    output : str or Activation, default="logistic"
        Activation of the last block.

    Returns
    -------
    Network
        In float64.

    Examples
    --------
    >>> from_matrices([[0.5], [1.0], [2.0]], output="identity").predict([[1.0, 1.0]])
    array([[3.5]])
    """
    blocks = [np.array(matrix, float) for matrix in matrices]
    return Network(
        [len(blocks[0]) - 1, *(block.shape[1] for block in blocks)],
        activation=activation,
        output_activation=output,
        weights=[block[1:] for block in blocks],
        biases=[block[0] for block in blocks],
    )


def without_biases(*matrices: ArrayLike, activation: str = "logistic", output: str = "logistic") -> Network:
    """Return the network with the given matrices W and biases 0."""
    weights = [np.array(matrix, float) for matrix in matrices]
    with_row = [np.vstack([np.zeros(W.shape[1]), W]) for W in weights]
    return from_matrices(*with_row, activation=activation, output=output)


def two_relus(w: Sequence[float] = (2.0, -1.0, 1.0, 2.0), output: str = "identity") -> Network:
    """Return note 001's network: one input, two hidden ReLUs, one output, the weights (w₁¹, w₂¹, w₁², w₂²)."""
    return without_biases([w[:2]], [[w[2]], [w[3]]], activation="relu", output=output)


def two_relus_with_skip(w: Sequence[float]) -> Network:
    """Return note 001's g = z² + ReLU(z²): that block is a hidden one here, before a fixed weight of 1."""
    return Network(
        [1, 2, 1, 1],
        activation="relu",
        residual=[False, "activation"],
        weights=[[list(w[:2])], [[w[2]], [w[3]]], [[1.0]]],
        biases=[[0.0, 0.0], [0.0], [0.0]],
    )


def iowa() -> Network:
    """Return note 002's network: two inputs, two hidden and one output logistic unit."""
    return from_matrices([[0.4, 0.6], [0.7, -0.4], [-0.2, 0.3]], [[-0.3], [0.5], [0.1]])


def homework() -> Network:
    """Return the network of the homework of note 002's course: all weights 0.1, then 2, then 1."""
    return from_matrices(np.full((3, 3), 0.1), np.full((4, 2), 2.0), np.full((3, 2), 1.0))


def chain(w: Sequence[float] = (0.8, -1.2, 0.5, 2.0)) -> Network:
    """Return note 003's chain of logistic units, one weight each."""
    return without_biases(*([[weight]] for weight in w))


def kaist(theta_1: ArrayLike = THETA_1, theta_2: ArrayLike = THETA_2) -> Network:
    """Return note 004's network: two inputs, three hidden and one output logistic unit, no biases."""
    return without_biases(theta_1, theta_2)


def threshold_unit(weights: Sequence[float], bias: float, values: str = "step") -> Network:
    """Return one unit with a hard threshold: ``"step"`` for 0 and 1, ``"sign"`` for -1 and +1."""
    return from_matrices([[bias], *([w] for w in weights)], output=values)
