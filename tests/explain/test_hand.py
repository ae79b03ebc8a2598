"""The courses' calculations: exact, and rounded as they were on paper."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid import Network
from pellucid.courses import EXAMPLES
from pellucid.exceptions import DataError, ParameterError
from pellucid.explain import Trace, trace
from pellucid.explain.hand import rounded


def logistic_network(*matrices) -> Network:
    """Return a network of logistic units from matrices with the bias row on top."""
    matrices = [np.array(m, float) for m in matrices]
    return Network(
        [len(matrices[0]) - 1, *(m.shape[1] for m in matrices)],
        activation="logistic",
        output_activation="logistic",
        weights=[m[1:] for m in matrices],
        biases=[m[0] for m in matrices],
    )


@pytest.fixture
def grounded() -> Trace:
    """Iowa State's grounded example: one sample, two logistic units, one output, one step of rate 1."""
    network = logistic_network([[0.4, 0.6], [0.7, -0.4], [-0.2, 0.3]], [[-0.3], [0.5], [0.1]])
    return trace(network, [0.0, 1.0], 1, learning_rate=1.0)


def test_the_grounded_example(grounded):
    t = grounded
    np.testing.assert_allclose(t.blocks[0].a, [[0.549834, 0.710950]], atol=5e-7)
    np.testing.assert_allclose(t.blocks[1].delta, [[-0.488499]], atol=5e-7)
    np.testing.assert_allclose(t.blocks[0].delta, [[-0.060456, -0.010039]], atol=5e-7)
    gradient = t.blocks[0].matrix.gradient
    np.testing.assert_allclose(gradient, [[-0.060456, -0.010039], [0, 0], [-0.060456, -0.010039]], atol=5e-7)
    np.testing.assert_allclose(
        t.after.blocks[1].matrix.value[:, 0], [0.188499, 0.768593, 0.447298], atol=5e-7
    )
    np.testing.assert_allclose(
        t.after.blocks[0].matrix.value,
        [[0.460456, 0.610039], [0.7, -0.4], [-0.139544, 0.310039]],
        atol=5e-7,
    )
    assert round(t.after.outputs.item(), 6) == 0.721874
    assert (round(t.loss, 4), round(t.loss_after, 4)) == (0.6704, 0.3259)


@pytest.mark.parametrize(
    ("quantity", "place", "text"),
    [
        (
            "W",
            {"block": 1, "row": 2, "column": 0},
            "input signal 0.711 × sensitivity −0.488 = −0.347",
        ),
        ("b", {"block": 0, "column": 1}, "bias input 1 × sensitivity −0.010 = −0.010"),
        (
            "z",
            {"block": 0, "column": 1},
            "bias 0.600 + input signal 0.000 × weight −0.400 + input signal 1.000 × weight 0.300 = 0.900",
        ),
        ("a", {"block": 0, "column": 1}, "logistic of signal 0.900 = 0.711"),
        ("outputs", {"block": 0, "column": 1}, "activation 0.711"),
        ("delta", {"block": 1, "column": 0}, "output 0.512 − target 1.000 = −0.488"),
        (
            "delta",
            {"block": 0, "column": 0},
            "slope 0.248 × (weight 0.500 × sensitivity −0.488) = −0.060",
        ),
        ("loss", {}, "log loss of (target 1.000, output 0.512) = 0.670"),
    ],
)
def test_the_grounded_example_in_words(grounded, quantity, place, text):
    assert str(grounded.explain(quantity, **place)) == text


def test_the_forward_and_backward_example():
    network = logistic_network([[0, 0, 0], [1.2, 2.1, -1.5], [-0.3, -0.7, 0.3]], [[0], [-0.2], [0.5], [1.3]])
    t = trace(network, [1.0, -0.5], 1.0, loss="squared_error")
    np.testing.assert_allclose(t.blocks[0].z, [[1.35, 2.45, -1.65]])
    np.testing.assert_allclose(t.blocks[0].a, [[0.79413, 0.92056, 0.16111]], atol=5e-6)
    np.testing.assert_allclose([t.blocks[1].z.item(), t.outputs.item()], [0.510896, 0.625017], atol=5e-7)
    np.testing.assert_allclose([t.loss, t.output_gradient.item()], [0.070306, -0.374983], atol=5e-7)
    np.testing.assert_allclose(
        [t.blocks[1].slope.item(), t.blocks[1].delta.item()], [0.234371, -0.087885], atol=5e-7
    )
    np.testing.assert_allclose(t.blocks[1].weights.gradient[:, 0], [-0.06979, -0.08090, -0.01416], atol=5e-6)
    np.testing.assert_allclose(t.after.blocks[1].weights.value[:, 0], [-0.13021, 0.58090, 1.31416], atol=5e-6)
    np.testing.assert_allclose(
        t.blocks[0].weights.gradient,
        [[0.002874, -0.003213, -0.015441], [-0.001437, 0.001607, 0.007721]],
        atol=5e-7,
    )
    np.testing.assert_allclose(
        t.after.blocks[0].weights.value,
        [[1.197126, 2.103213, -1.484559], [-0.298563, -0.701607, 0.292279]],
        atol=5e-7,
    )
    # On paper, with two decimals: 0.62 from the rounded signal 0.51, and so -0.38, of which half the square is
    # the 0.072 of the slides.
    hand = t.by_hand(2)
    np.testing.assert_array_equal(hand.blocks[0].z, [[1.35, 2.45, -1.65]])
    np.testing.assert_array_equal(hand.blocks[0].a, [[0.79, 0.92, 0.16]])
    assert (hand.blocks[1].z.item(), hand.outputs.item()) == (0.51, 0.62)
    assert hand.output_gradient.item() == -0.38
    assert round(hand.output_gradient.item() ** 2 / 2, 3) == 0.072
    assert hand.loss == 0.07


def test_rounding_costs_seven_percent_of_a_sensitivity():
    """Homework 6 of the same course: 2-3-2-2 logistic units, all weights 0.1, 2, 1 (F. S. Bao, MLClass)."""
    network = logistic_network(np.full((3, 3), 0.1), np.full((4, 2), 2.0), np.ones((3, 2)))
    t = trace(network, [1.0, 1.0], [1.0, 0.0], loss="log_loss")
    np.testing.assert_allclose(t.blocks[1].delta, np.full((1, 2), 0.00386507), atol=5e-9)
    np.testing.assert_allclose(t.blocks[0].delta, np.full((1, 3), 0.00377940), atol=5e-9)
    hand = t.by_hand(3)
    np.testing.assert_array_equal(hand.blocks[0].a, np.full((1, 3), 0.574))
    np.testing.assert_array_equal(hand.blocks[1].z, np.full((1, 2), 5.444))
    np.testing.assert_array_equal(hand.blocks[1].a, np.full((1, 2), 0.996))
    np.testing.assert_array_equal(hand.outputs, [[0.952, 0.952]])
    np.testing.assert_array_equal(hand.blocks[2].delta, [[-0.048, 0.952]])
    # What the solution prints before it rounds to 0.004; it does not round the slopes.
    slopes = [hand.blocks[k].a[0, 0] * (1.0 - hand.blocks[k].a[0, 0]) for k in (1, 0)]
    before = [slope * hand.blocks[k].upstream[0, 0] for slope, k in zip(slopes, (1, 0), strict=True)]
    np.testing.assert_allclose(before, [0.00360154, 0.00391238], atol=5e-9)
    assert [hand.blocks[k].delta[0, 0] for k in (1, 0)] == [0.004, 0.004]
    np.testing.assert_array_equal(
        hand.blocks[2].matrix.gradient, [[-0.048, 0.952], [-0.048, 0.948], [-0.048, 0.948]]
    )
    np.testing.assert_array_equal(hand.blocks[1].matrix.gradient[:, 0], [0.004, 0.002, 0.002, 0.002])
    np.testing.assert_array_equal(hand.after.blocks[2].matrix.value[0], [1.048, 0.048])


def test_slopes_are_rounded_too():
    """The KAIST slide writes 0.62 (1 - 0.62) as 0.24, and goes on with that."""
    hand = EXAMPLES["kaist-example"].trace().by_hand(2)
    assert hand.blocks[1].slope.item() == 0.24
    assert hand.blocks[1].delta.item() == pytest.approx(0.24 * -0.38, abs=0.005)
    assert hand.replay().max_error == 0.0


def test_by_hand_replays_and_many_digits_are_exact(grounded):
    hand = grounded.by_hand(3)
    assert hand.digits == 3
    assert hand.after.digits == 3
    assert hand.after.outputs.item() == 0.722
    assert hand.replay().max_error == 0.0
    mixed = replace(hand, blocks=(grounded.blocks[0], hand.blocks[1]))
    with pytest.raises(DataError, match=r"does not replay: block 0, a\[0, 0\] is recorded as 0.549834"):
        mixed.replay()
    fine = grounded.by_hand(12)
    np.testing.assert_allclose(fine.gradient, grounded.gradient, atol=1e-11)
    assert "by hand with 3 decimals" in repr(hand)


@pytest.mark.parametrize("output", ["softmax", "identity"])
def test_a_batch_with_weights_and_penalties_by_hand(output):
    network = Network([2, 3, 2], activation="relu", output_activation=output, random_state=4)
    X, Y = [[0.3, -1.2], [2.0, 0.7], [1.1, 0.4]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    exact = trace(network, X, Y, sample_weight=[1.0, 2.0, 1.0], l1=0.01, l2=0.1, learning_rate=0.1)
    hand = exact.by_hand(2)
    assert hand.replay().max_error < 1e-12
    for numbers in (hand.blocks[0].z, hand.blocks[1].delta, hand.gradient, hand.stepped, hand.losses):
        np.testing.assert_allclose(numbers * 100.0, np.round(numbers * 100.0), atol=1e-9)
    np.testing.assert_allclose(hand.gradient, exact.gradient, atol=0.05)
    said = hand.explain("weights", block=1, row=0, column=1)
    assert str(said).endswith(f"together: {said.value:.3f}".replace("-", "−"))


@pytest.mark.parametrize(
    ("value", "digits", "right"),
    [(2.345, 2, 2.35), (-2.345, 2, -2.35), (1.005, 2, 1.01), (0.5, 0, 1.0), (-0.0001, 3, 0.0)],
)
def test_ties_are_rounded_away_from_zero(value, digits, right):
    assert rounded(value, digits) == right
    np.testing.assert_array_equal(rounded(np.array([value]), digits), [right])


def test_by_hand_is_for_dense_layers_and_activations():
    net = Network([2, 2, 1], dropout=0.5, random_state=0)
    t = trace(net, [1.0, 2.0], 1.0)
    assert t.by_hand(12).loss == pytest.approx(t.loss)  # at rest dropout changes nothing
    with pytest.raises(ParameterError, match="a layer of kind Dropout"):
        trace(net, [1.0, 2.0], 1.0, training=True, random_state=0).by_hand()
    with pytest.raises(ParameterError, match="'digits' must be a number of decimals from 0 to 12; got -1"):
        t.by_hand(-1)
