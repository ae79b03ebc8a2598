"""Multiply-adds per sample: the ratios that were counted for note 000's claim, and the shapes they come from."""

import pytest

from pellucid import Network
from pellucid.core.cost import backward_without_reuse, cost
from pellucid.core.layers import Periodic
from pellucid.exceptions import ParameterError


@pytest.mark.parametrize(
    ("sizes", "backward", "training"),
    [
        ([784, 100, 10], 1.01, 2.01),
        ([64, 32, 10], 1.13, None),
        ([2, 4, 2, 1], 1.40, 2.40),
        ([256] * 4 + [10], 1.67, None),
        ([512] * 9, 1.87, 2.87),
    ],
)
def test_the_ratios(sizes: list[int], backward: float, training: float | None) -> None:
    """Backward costs 1 to 2 times forward (note 000 says half); training 2 to 3 times predicting."""
    counted = cost(sizes)

    assert round(counted.backward / counted.forward, 2) == backward
    assert training is None or round(counted.training / counted.forward, 2) == training


def test_blocks_by_hand() -> None:
    """2-4-1: products of (2+1) × 4 and (4+1) × 1; the first block hands no sensitivity on."""
    counted = cost(Network([2, 4, 1], random_state=0))

    assert [(b.forward, b.gradient, b.delta) for b in counted.blocks] == [(12, 12, 0), (5, 5, 4)]
    assert (counted.forward, counted.backward, counted.training) == (17, 21, 38)
    assert counted.forward == Network([2, 4, 1]).n_parameters  # each weight and bias is used once


def test_input_layers_by_hand() -> None:
    """Behind a periodic embedding 2 columns are 6 numbers, and the first block hands a sensitivity on."""
    counted = cost(Network([2, 4, 1], input_layers=[Periodic(2, width=3)]))

    assert [(b.forward, b.gradient, b.delta) for b in counted.blocks] == [(28, 28, 24), (5, 5, 4)]


def test_widths_that_are_none() -> None:
    """Sizes are checked as those of a network are."""
    with pytest.raises(ParameterError, match="layer_sizes"):
        cost([3])


@pytest.mark.parametrize("sizes", [[3, 2], [2, 4, 1], [1, 1, 1, 1, 1], [2, 3, 2, 2], [4, 5, 3, 2, 6]])
def test_without_reuse_every_derivative_starts_at_the_loss(sizes: list[int]) -> None:
    """Counted by a recursion that multiplies as the chain rule is written, for one weight after the other."""

    def of_sensitivity(block: int) -> int:
        if block == len(sizes) - 2:
            return 0
        return sum(1 + of_sensitivity(block + 1) for _ in range(sizes[block + 2]))

    expected = sum(
        1 + of_sensitivity(k) for k in range(len(sizes) - 1) for _ in range((sizes[k] + 1) * sizes[k + 1])
    )
    assert backward_without_reuse(sizes) == expected >= cost(sizes).backward - cost(sizes).blocks[0].delta
