r"""Cost of a pass through a network, in multiply-adds per sample.

A matrix product is the only step whose cost grows with the product of two widths, so that it alone is
counted, the bias row as one more input:

.. math::
    \text{forward}_k = (n_k + 1)\, n_{k+1}, \qquad
    \text{gradient}_k = (n_k + 1)\, n_{k+1}, \qquad
    \text{delta}_k = n_k\, n_{k+1} \; (k > 0)

Backward is gradient and delta together: once to twice the cost of forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pellucid.core.assembly import check_layer_sizes
from pellucid.core.structure import Structure

__all__ = ["BlockCost", "Cost", "backward_without_reuse", "cost"]


@dataclass(frozen=True)
class BlockCost:
    r"""The multiply-adds of one block for one sample.

    Parameters
    ----------
    forward : int
        Of :math:`z_k = [1, a_k] [b_k; W_k]`.
    gradient : int
        Of the outer product :math:`[1, a_k]^\top \delta_k`.
    delta : int
        Of :math:`\delta_k W_k^\top`, which the block before needs; 0 for the first without input layers.
    """

    forward: int
    gradient: int
    delta: int


@dataclass(frozen=True)
class Cost:
    r"""The multiply-adds of a network for one sample, block by block and together.

    .. math:: \text{forward} = \sum_k (n_k + 1)\, n_{k+1}, \qquad
              \text{backward} = \text{forward} + \sum_{k > 0} n_k\, n_{k+1}

    Parameters
    ----------
    blocks : tuple of BlockCost
        In order.

    Examples
    --------
    >>> from pellucid.core.cost import cost
    >>> counted = cost([2, 3, 1])
    >>> [block.forward for block in counted.blocks], counted.forward, counted.training
    ([9, 4], 13, 29)
    """

    blocks: tuple[BlockCost, ...]

    @property
    def forward(self) -> int:
        """Multiply-adds of a prediction."""
        return sum(block.forward for block in self.blocks)

    @property
    def backward(self) -> int:
        """Multiply-adds of the backward pass: all gradients and all sensitivities."""
        return sum(block.gradient + block.delta for block in self.blocks)

    @property
    def training(self) -> int:
        """Multiply-adds of a prediction and the backward pass."""
        return self.forward + self.backward


def cost(network: Structure | Sequence[int]) -> Cost:
    r"""Count the multiply-adds of one sample on its way forward and back.

    .. math:: \text{forward} = \sum_k (n_k + 1)\, n_{k+1}, \qquad
              \text{backward} = \text{forward} + \sum_{k > 0} n_k\, n_{k+1}

    Parameters
    ----------
    network : Network or sequence of int
        A network, or the widths of one, inputs first.

    Returns
    -------
    Cost
        ``.blocks``, and the sums ``.forward``, ``.backward`` and ``.training``.

    Raises
    ------
    ParameterError
        If the widths are not integers >= 1, or fewer than two.

    Notes
    -----
    Work done element by element (activations, dropout, batch normalization, residuals) costs n_k each
    and is not counted; nor are input layers. Members that share weights each cost what one network does.

    Examples
    --------
    >>> from pellucid.core.cost import cost
    >>> counted = cost([784, 100, 10])
    >>> counted.forward, counted.backward, round(counted.training / counted.forward, 2)
    (79510, 80510, 2.01)
    """
    sizes = network.widths if isinstance(network, Structure) else check_layer_sizes(network)
    has_input_layers = isinstance(network, Structure) and network.a_positions[0] > 0
    first = 0 if has_input_layers else 1  # that needs no sensitivity of its input
    m = network.n_members if isinstance(network, Structure) else 1
    return Cost(
        tuple(
            BlockCost(m * (n_in + 1) * n_out, m * (n_in + 1) * n_out, m * n_in * n_out if k >= first else 0)
            for k, (n_in, n_out) in enumerate(pairwise(sizes))
        )
    )


def backward_without_reuse(network: Structure | Sequence[int]) -> int:
    r"""Count the multiply-adds of a backward pass that starts at the loss again for every derivative.

    .. math:: \sum_k (n_k + 1)\, n_{k+1} (1 + c_k), \qquad c_k = n_{k+2} (1 + c_{k+1}), \qquad c_\text{last} = 0

    :math:`c_k` is the cost of one sensitivity of block k. Backpropagation computes each of them once, and
    pays :math:`n_{k+1} n_{k+2}` for all of a block together.

    Parameters
    ----------
    network : Network or sequence of int
        A network, or the widths of one, inputs first.

    Returns
    -------
    int
        The multiply-adds for one sample.

    Raises
    ------
    ParameterError
        If the widths are not integers >= 1, or fewer than two.

    Examples
    --------
    >>> from pellucid.core.cost import backward_without_reuse, cost
    >>> cost([1, 1, 1, 1, 1]).backward, backward_without_reuse([1, 1, 1, 1, 1])
    (11, 20)
    """
    sizes = network.widths if isinstance(network, Structure) else check_layer_sizes(network)
    total = of_one = 0
    for k in reversed(range(len(sizes) - 1)):
        if k < len(sizes) - 2:
            of_one = sizes[k + 2] * (1 + of_one)
        total += (sizes[k] + 1) * sizes[k + 1] * (1 + of_one)
    return total
