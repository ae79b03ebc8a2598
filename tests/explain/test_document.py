"""Sentences beside the equations of a document agree with its numbers; units carry the known names."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, Network
from pellucid.exceptions import ParameterError
from pellucid.explain import trace
from pellucid.explain.document import document
from pellucid.explain.profiles import NOTATIONS

RNG = np.random.default_rng(1)
X = RNG.normal(5.0, 2.0, size=(30, 2))
NAMES = ["sepal length (cm)", "w"]


@pytest.mark.parametrize("notation", list(NOTATIONS))
def test_what_the_equations_leave_out_is_said(notation):
    """A block with everything, before one with batch normalization and a residual connection."""
    network = Network(
        [3, 3, 3, 1], batch_norm=True, residual=["activation", True], dropout=[0.4, 0.0], random_state=2
    )
    rows = RNG.normal(size=(4, 3))
    t = trace(network, rows, rows[:, :1], training=True, random_state=5)
    page, row = document(t, notation=notation), NOTATIONS[notation]
    forward, backward = (
        next(s for s in page.steps if s.kind == kind and any(e.block == 0 for e in s.entries))
        for kind in ("forward", "backward")
    )
    backward = next(s for s in page.steps if s.kind == "backward" and s.entries[0].block == 0)
    said = " ".join(forward.remarks)
    mask, (u, u_above) = row.own("mask", 0), (row.own("linear", k) for k in (0, 1))
    given = (
        f"({row.write(row.activation, 0)}({row.symbol('signal', 0)}) + {row.symbol('signal', 0)}) ∘ {mask}"
    )
    assert given in said
    block = t.blocks[0]
    np.testing.assert_allclose(block.outputs, (block.a + block.z) * block.mask)

    arriving, upstream = page.find("arriving", 0), page.find("upstream", 0)
    assert arriving.symbol == row.symbol("upstream", 0) != upstream.symbol
    assert upstream.symbol in " ".join(backward.equations)
    said = " ".join(backward.remarks)
    for words, left, right in [
        (f"{upstream.symbol} is {mask} times that", block.upstream, block.mask * block.arriving),
        (f"{row.symbol('slope', 0)} + 1", block.delta, (block.slope + 1.0) * block.upstream),
        ("adds its input to its output", block.arriving,
         t.blocks[1].delta_linear @ t.blocks[1].weights.value.T + t.blocks[1].arriving),
        (f"∂{row.loss}/∂{u_above} stands for {row.symbol('delta', 1)}", block.arriving - t.blocks[1].arriving,
         t.blocks[1].delta_linear @ t.blocks[1].weights.value.T),
        (f"uses ∂{row.loss}/∂{u} in place of {row.symbol('delta', 0)}", block.weights.gradient,
         block.inputs.T @ block.delta_linear),
    ]:  # fmt: skip
        assert words in said
        np.testing.assert_allclose(left, right, atol=1e-12)
    plain = document(trace(Network([3, 2, 1], random_state=0), rows, rows[:, :1]), notation=notation)
    assert not any(step.remarks for step in plain.steps if step.kind in ("forward", "backward"))


def test_dropout_outside_training_is_said_to_pass():
    t = trace(Network([2, 2, 1], dropout=0.5, random_state=0), [1.0, 2.0], 0.0)
    assert "here everything passes" in t.to_text(width=120)
    assert "passes on" not in t.to_text(width=120)


@pytest.fixture(scope="module")
def classifier() -> MLPClassifier:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((3,), standardize=True, max_iter=2, random_state=0)
        return model.fit(pd.DataFrame(X, columns=NAMES), np.array(["a", "b", "<i>[c]"])[np.arange(30) % 3])


@pytest.mark.parametrize("notation", ["pellucid", "lfd", "ng", "kaist"])
def test_names_of_an_estimator_are_labels(classifier, notation):
    t = trace(classifier, pd.DataFrame(X[:2], columns=NAMES), ["a", "b"])
    page = document(t, notation=notation)
    weights, outputs, inputs = page.find("weights", 0), page.find("layer", 2), page.find("layer", 0)
    for entry, names in [(weights, NAMES), (inputs, NAMES), (outputs, ["a", "b", "<i>[c]"])]:
        labels = {*entry.rows, *entry.columns}
        assert set(names) <= labels
        assert entry.array.shape == (len(entry.rows), len(entry.columns))
    at = [*(weights.columns if NOTATIONS[notation].transposed else weights.rows)].index("w")
    matrix = weights.array.T if NOTATIONS[notation].transposed else weights.array
    np.testing.assert_array_equal(matrix[at], t.network.weights[0][1])
    first = NOTATIONS[notation].first_unit
    assert str(first) in {*page.find("layer", 1).rows, *page.find("layer", 1).columns}
    assert "a" not in {*page.find("losses").rows, *page.find("losses").columns}
    assert "sepal length (cm)" in t.to_text(notation, width=120)
    assert "&lt;i&gt;[c]" in t.to_html(notation)
    assert "Inputs are standardized" in page.remarks[-1]


def test_long_names_are_left_to_the_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((2,), max_iter=1, random_state=0).fit(
            pd.DataFrame(X, columns=["a name that no column of a table can hold", "w"]), X[:, 0] > 5.0
        )
    page = document(trace(model, pd.DataFrame(X[:1], columns=model.feature_names_in_), True))
    assert page.find("weights", 0).rows == ("bias", "0", "1")
    assert page.find("layer", 2).columns == ("True",)


def test_the_share_of_a_sample_is_told_once():
    network = Network([1, 1], random_state=0)
    equal = trace(network, [[1.0], [2.0]], [1.0, 2.0])
    weighted = trace(network, [[1.0], [2.0]], [1.0, 2.0], sample_weight=[1.0, 2.0])
    assert "share 1/n of the mean" in equal.to_text(width=120)
    assert "1/n" not in weighted.to_text(width=120)
    assert "share wᵢ / Σ w of the weighted mean" in weighted.to_text(width=120)
    assert re.search(r"J = weighted mean of ℓ", weighted.to_text(width=120))
    assert "share" not in trace(network, [1.0], 1.0).to_text(width=120)


@pytest.mark.parametrize("render", ["to_text", "to_latex", "to_html", "to_json"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "abc"}, "'precision' must be a number of decimals"),
        ({"precision": -1}, "'precision' must be a number of decimals"),
        ({"by_hand": "x"}, "'by_hand' must be a number of decimals, or .* got 'x'"),
        ({"by_hand": True}, "'digits' must be a number of decimals"),
        ({"notation": "mti"}, "'notation' must be one of"),
    ],
)
def test_options_that_no_renderer_takes(render, options, message):
    t = trace(Network([1, 1], random_state=0), [1.0], 1.0)
    with pytest.raises(ParameterError, match=message):
        getattr(t, render)(**options)
    getattr(t, render)(by_hand=np.int64(2))


def test_the_penalty_is_said_with_its_strength():
    network = Network([2, 1], weights=[[[2.0], [-3.0]]], biases=[[0.5]])
    t = trace(network, [1.0, 4.0], 1.0, l1=0.25, l2=0.125)
    assert "the penalty's, 0.25 sign(W) + 0.125 W, which its equation leaves out" in document(t).remarks[-1]
    page = document(t, notation="lfd")  # its squared error is twice ours, so is what is added to it
    assert "the penalty's, 0.5 sign(W) + 0.25 W, which its equation leaves out" in page.remarks[-1]
    delta = 2.0 * (2.0 - 12.0 + 0.5 - 1.0)
    expected = [delta, delta + 0.5 + 0.25 * 2.0, 4.0 * delta - 0.5 - 0.25 * 3.0]
    np.testing.assert_allclose(page.find("gradient").array[:, 0], expected)
    assert "penalty" not in " ".join(document(trace(network, [1.0, 4.0], 1.0)).remarks)


def test_a_flat_activation_is_said_to_pass_no_gradient():
    t = trace(Network([1, 1], output_activation="sign", weights=[[[1.0]]], biases=[[0.0]]), [-3.0], 1.0)
    assert t.loss == 2.0
    np.testing.assert_array_equal(t.gradient, 0.0)
    assert "derivative of sign is 0" in document(t).remarks[-1]
