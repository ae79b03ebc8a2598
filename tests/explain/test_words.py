"""Sentences of a trace: slopes, updates, the scale of a notation, and the table of phrases."""

import re
from string import Formatter

import numpy as np
import pytest

from pellucid import Network
from pellucid.courses import EXAMPLES
from pellucid.exceptions import ParameterError
from pellucid.explain import trace
from pellucid.explain.phrases import PHRASES, phrase
from pellucid.explain.profiles import NOTATIONS


def two_samples(**options):
    net = Network([1, 1], weights=[[[2.0]]], biases=[[0.5]])
    return trace(net, [[3.0], [1.0]], [[5.0], [1.0]], learning_rate=0.1, **options)


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d[\d.]*(?:e[+-]\d+)?", text.replace("−", "-"))]


def test_a_slope_and_the_derivative_of_the_loss_have_sentences() -> None:
    t = EXAMPLES["kaist-example"].trace()

    said = t.explain("slope", block=1, column=0, precision="full")
    z, a, slope = numbers(str(said))
    assert said.value == slope == a * (1.0 - a)
    assert a == pytest.approx(1.0 / (1.0 + np.exp(-z)))
    said = t.explain("output_gradient", column=0, precision="full")
    target, output, value = numbers(str(said))
    assert value == output - target == said.value
    with pytest.raises(ParameterError, match="Block 0 has no 'slope': softmax depends on all signals"):
        trace(Network([2, 2], output_activation="softmax"), [1.0, 2.0], 1).explain("slope", block=0, column=0)
    with pytest.raises(ParameterError, match=r"column of 'output_gradient' must lie in 0\.\.0"):
        t.explain("output_gradient", column=1)


def test_a_step_is_told_for_weights_and_biases() -> None:
    t = two_samples(l2=0.1)

    for row, what in ((0, "bias"), (1, "weight")):
        said = t.explain("updated", block=0, row=row, column=0, precision="full")
        before, rate, gradient, after = numbers(str(said))
        assert str(said).startswith(what)
        assert (after, rate) == (said.value, t.learning_rate)
        assert after == pytest.approx(before - rate * gradient, rel=1e-15)
        assert gradient == t.explain("W", block=0, row=row, column=0).value
    np.testing.assert_array_equal(
        [t.explain("updated", block=0, row=row, column=0).value for row in (0, 1)], t.stepped
    )


def test_what_a_step_leaves_is_said_to_stay() -> None:
    t = EXAMPLES["mit-residual"].trace()

    assert (
        str(t.explain("updated", block=2, row=1, column=0)) == "weight 1.000, which the step leaves unchanged"
    )
    assert (
        str(t.explain("updated", block=2, row=0, column=0)) == "bias 0.000, which the step leaves unchanged"
    )
    assert "learning rate" in str(t.explain("updated", block=0, row=1, column=0))


def test_a_notation_without_half_doubles_losses_and_derivatives_only() -> None:
    """Of a squared error; the step is the same, and what is told adds up."""
    t = two_samples(l2=0.1, l1=0.2)
    for quantity, place in (
        ("W", {"block": 0, "row": 1, "column": 0}), ("b", {"block": 0, "column": 0}),
        ("delta", {"block": 0, "column": 0, "sample": 1}), ("output_gradient", {"column": 0, "sample": 0}),
        ("loss", {}), ("loss", {"sample": 1}),
    ):  # fmt: skip
        ours, theirs = t.explain(quantity, **place), t.explain(quantity, **place, notation="mit")
        assert theirs.value == 2.0 * ours.value
        assert numbers(str(theirs))[-1] == pytest.approx(2.0 * numbers(str(ours))[-1], abs=1e-3)
    for quantity in ("z", "a", "outputs", "slope"):
        place = {"block": 0, "column": 0}
        assert str(t.explain(quantity, **place, notation="mit")) == str(t.explain(quantity, **place))
    said = t.explain("updated", block=0, row=1, column=0, notation="mit", precision="full")
    _before, rate, gradient, after = numbers(str(said))
    assert (rate, after) == (t.learning_rate / 2.0, t.stepped[1])
    assert gradient == t.explain("W", block=0, row=1, column=0, notation="mit").value
    assert str(t.explain("delta", block=0, column=0, sample=1, notation="lfd")) == (
        "share of the sample 0.500 × 2 × (output 2.500 − target 1.000) = 1.500"
    )
    logistic = trace(Network([1, 1], output_activation="logistic", random_state=0), [1.0], 1.0)
    for notation in NOTATIONS:
        assert str(logistic.explain("W", block=0, row=1, column=0, notation=notation)) == str(
            logistic.explain("W", block=0, row=1, column=0)
        )


def test_the_places_of_a_phrase_are_names() -> None:
    """The page fills them too, with a pattern of letters and underscores."""
    for key, text in PHRASES.items():
        for _, place, spec, conversion in Formatter().parse(text):
            assert place is None or re.fullmatch(r"[a-z_]+", place), key
            assert not spec
            assert conversion is None
    assert phrase("bias", value="1") == "bias 1"
    with pytest.raises(KeyError):
        phrase("bias")
