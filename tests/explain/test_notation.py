"""Notations: each goes there and back, and gives the numbers and labels that its course prints."""

import numpy as np
import pytest

from pellucid import Network
from pellucid.exceptions import ParameterError
from pellucid.explain.canon import canon
from pellucid.explain.document import document
from pellucid.explain.profiles import NOTATIONS, get_notation
from pellucid.explain.tracing import trace

EVERY = pytest.mark.parametrize("notation", NOTATIONS.values(), ids=lambda notation: notation.name)


def iowa_example():
    """Return the grounded example of the iowa notes: logistic units, x = [0, 1], y = 1."""
    weights = [[[0.7, -0.4], [-0.2, 0.3]], [[0.5], [0.1]]]
    net = Network(
        [2, 2, 1],
        activation="logistic",
        output_activation="logistic",
        weights=weights,
        biases=[[0.4, 0.6], [-0.3]],
    )
    return trace(net, [0.0, 1.0], 1.0)


def mit_example():
    """Return the two hidden ReLUs of the mit notes: x = 1, y = 3, (g - y)², learning rate 0.1 there."""
    net = Network(
        [1, 2, 1], activation="relu", weights=[[[2.0, -1.0]], [[1.0], [2.0]]], biases=[[0.0] * 2, [0.0]]
    )
    return trace(net, [1.0], 3.0, loss="squared_error", learning_rate=0.2)


def deep(n=5, **options):
    rng = np.random.default_rng(3)
    net = Network([3, 4, 2, 2], random_state=1, activation=["tanh", "relu"], **options)
    return trace(net, rng.normal(size=(n, 3)), rng.normal(size=(n, 2)), loss="squared_error")


def classes():
    net = Network([2, 3, 3], activation="silu", output_activation="softmax", random_state=0)
    return trace(net, np.eye(2), [2, 0])


@EVERY
@pytest.mark.parametrize("make", [iowa_example, mit_example, deep, classes])
def test_arrays_go_there_and_back(notation, make) -> None:
    t = make()
    expected, found = canon(t), notation.restore(notation.arrays(t), t)

    assert found.keys() == expected.keys()
    for key, values in expected.items():
        np.testing.assert_array_equal(found[key], values, err_msg=str(key))


@EVERY
def test_symbols_and_layer_numbers_go_there_and_back(notation) -> None:
    roles = ("layer", "weights", "signal", "slope", "upstream", "delta", "gradient")
    for k in range(3):
        assert notation.block(notation.layer_number(k)) == k
        for role in roles:
            assert notation.find(notation.symbol(role, k), 3) == (role, k)
    with pytest.raises(ParameterError, match="is not a symbol of notation"):
        notation.find("Q_{1}", 3)


@pytest.mark.parametrize(
    ("name", "weights", "signal", "layer", "shape"),
    [  # of block 0 and of the inputs, for 3 inputs and 4 units, as TABLE D has them
        ("pellucid", "[b_{0}; W_{0}]", "z_{0}", "a_{0}", (4, 4)),
        ("lfd", "W^{(1)}", "s^{(1)}", "x^{(0)}", (4, 4)),
        ("mit", "W^{1}", "z^{1}", "a^{0}", (3, 4)),
        ("iowa", "𝕎^{(0)}", "𝕎^{(0)T} x^{(0)}", "x^{(0)}", (4, 4)),
        ("umass", "w_{1}", "w_{1} A_{0}", "A_{0}", (4, 3)),
        ("kaist", "Θ_{1}", "s_{1}", "h_{0}", (3, 4)),
        ("ng", "Θ^{(1)}", "z^{(2)}", "a^{(1)}", (4, 4)),
    ],
)
def test_each_course_has_its_letters_numbers_and_shapes(name, weights, signal, layer, shape) -> None:
    notation = NOTATIONS[name]

    assert [notation.symbol(role, 0) for role in ("weights", "signal", "layer")] == [weights, signal, layer]
    assert notation.arrays(deep())["weights", 0].shape == shape


@EVERY
def test_the_equations_of_a_course_hold_for_its_arrays(notation) -> None:
    """The products that the equations name, on the arrays as laid out, give the arrays they name."""
    arrays, last = notation.arrays(t := deep()), 2
    rows = notation.samples == "rows"
    for k in range(last + 1):
        W, layer = arrays["weights", k], arrays["layer", k]
        matrix = W if notation.transposed else W.T
        if rows:
            layer = np.column_stack([np.ones(len(layer)), layer]).T
        elif notation.bias_apart:
            matrix, layer = (
                np.hstack([arrays["biases", k], matrix]),
                np.vstack([np.ones(layer.shape[1]), layer]),
            )
        signal = matrix @ layer
        delta = arrays["delta", k] if k == last or not notation.placeholder else arrays["delta", k][1:]
        gradient = layer @ (delta if rows else delta.T)

        np.testing.assert_allclose(signal.T if rows else signal, arrays["signal", k], rtol=1e-12)
        found = arrays["gradient", k].T if notation.transposed else arrays["gradient", k]
        np.testing.assert_allclose(gradient[1:] if notation.bias_apart else gradient, found, rtol=1e-12)
        np.testing.assert_allclose(
            arrays["delta", k], arrays["upstream", k] * arrays["slope", k], rtol=1e-12, atol=1e-15
        )
        rate = t.learning_rate / notation.factor(t.loss_function)
        np.testing.assert_allclose(arrays["updated", k], W - rate * arrays["gradient", k], rtol=1e-12)


def test_the_grounded_example_in_its_own_notation() -> None:
    page = document(iowa_example(), notation="iowa")
    printed = {  # the numbers of the notes; the two misprinted ones are those of TABLE E12 and E13
        ("layer", 0): [1, 0, 1],
        ("layer", 1): [1, 0.550, 0.711],
        ("layer", 2): [0.512],
        ("delta", 1): [-0.488],
        ("delta", 0): [0, -0.060, -0.010],
        ("gradient", 0): [[-0.060, -0.010], [0, 0], [-0.060, -0.010]],
        ("gradient", 1): [-0.488, -0.269, -0.347],
        ("updated", 1): [0.188499, 0.768593, 0.447298],
        ("updated", 0): [[0.460456, 0.610039], [0.7, -0.4], [-0.139544, 0.310039]],
        ("loss_after", 0): [0.3259],
    }
    for (role, k), numbers in printed.items():
        entry = page.find(role, k)
        expected = np.reshape(numbers, entry.array.shape)
        decimals = 6 if role == "updated" else 4 if role == "loss_after" else 3
        np.testing.assert_allclose(entry.array, expected, atol=0.501 * 10.0**-decimals, err_msg=f"{role} {k}")
    assert page.find("weights", 1).symbol == "𝕎^{(1)}"
    assert page.find("weights", 0).rows == ("0", "1", "2")
    assert page.find("delta", 0).symbol == "δ^{(1)}"
    assert page.find("delta", 0).rows == ("0", "1", "2"), "a placeholder for the bias unit"
    assert page.find("delta", 1).rows == ("1",), "none at the output"


def test_the_squared_loss_without_half_keeps_the_step() -> None:
    page = document(mit_example(), notation="mit")

    for (role, k), numbers in {
        ("signal", 0): [2, -1],
        ("layer", 1): [2, 0],
        ("upstream", 1): [-2],
        ("gradient", 1): [-4, 0],
        ("gradient", 0): [-2, 0],
        ("loss", 0): [1],
        ("learning_rate", 0): [0.1],
    }.items():
        np.testing.assert_allclose(page.find(role, k).array.ravel(), numbers, atol=1e-12, err_msg=role)
    assert "½" in " ".join(page.remarks)


def test_umass_says_where_its_relu_differs() -> None:
    net = Network([1, 1, 1], activation="relu", weights=[[[0.0]], [[1.0]]])
    t = trace(net, [1.0], 1.0)

    assert any("ReLU′(0) = 1" in remark for remark in document(t, notation="umass").remarks)
    assert not document(t, notation="mit").remarks[1:]


def test_a_placeholder_is_what_the_course_would_write() -> None:
    """ψ(1) is 0 for tanh and 1 for ReLU, whose row 0 the course must therefore drop."""
    page = document(t := deep(n=1), notation="iowa")

    assert page.find("slope", 0).array[0] == 0.0
    assert page.find("slope", 1).array[0] == 1.0
    expected = 2.0 * t.blocks[2].biases.value @ t.blocks[2].delta[0]
    assert page.find("delta", 1).array[0] == pytest.approx(expected)


def test_differences_stand_beside_in_the_layout_of_the_notation() -> None:
    t = deep(batch_norm=[True, False])
    for name in NOTATIONS:
        page = t.document(name, differences=True)
        for role in ("gradient", "delta", "scale_gradient"):
            entry = page.find(role, 0)
            np.testing.assert_allclose(entry.compared["finite difference"], entry.array, rtol=1e-6, atol=1e-9)


def test_an_unknown_notation_is_named() -> None:
    with pytest.raises(ParameterError, match=r"'notation' must be one of .*'lfd'.*got 'stanford'"):
        get_notation("stanford")
