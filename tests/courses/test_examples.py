"""The worked examples: right numbers to the last digit of an independent list, and exactly the known misprints."""

from typing import Any

import numpy as np
import pytest

from pellucid.courses.examples import EXAMPLES, annotate, get_example, marked
from pellucid.courses.examples.marks import UNEXPLAINED
from pellucid.courses.misprints import MISPRINTS
from pellucid.exceptions import ParameterError
from pellucid.explain.document import document

# Computed in NumPy at full precision, and checked by finite differences, before this library had a line.
RIGHT: dict[str, list[tuple[str, int, Any]]] = {
    "mit-two-relus": [
        ("signal", 0, [2, -1]), ("layer", 1, [2, 0]), ("layer", 2, 2), ("loss", 0, 1), ("upstream", 1, -2),
        ("gradient", 1, [-4, 0]), ("gradient", 0, [-2, 0]), ("loss_after", 0, 0.0064),
    ],
    "mit-unit-off": [("gradient", 0, [0, -4]), ("gradient", 1, [0, -2])],
    "mit-output-off": [("gradient", 0, [0, 0]), ("gradient", 1, [0, 0])],
    "mit-residual": [("gradient", 0, [14, 28]), ("gradient", 1, [-28, -14])],
    "mit-residual-unit-off": [("gradient", 0, [0, 20]), ("gradient", 1, [0, -10])],
    "iowa-grounded": [
        ("layer", 1, [1, 0.549834, 0.710950]), ("layer", 2, 0.511501), ("delta", 1, -0.488499),
        ("delta", 0, [0, -0.060456, -0.010039]), ("gradient", 1, [-0.4885, -0.2686, -0.3473]),
        ("gradient", 0, [-0.060456, -0.010039, 0, 0, -0.060456, -0.010039]),
        ("updated", 1, [0.188499, 0.768593, 0.447298]),
        ("updated", 0, [0.460456, 0.610039, 0.7, -0.4, -0.139544, 0.310039]),
        ("output_after", 1, 0.721874), ("loss", 0, 0.6704), ("loss_after", 0, 0.3259),
    ],
    "iowa-homework": [
        ("signal", 1, [5.446655] * 2), ("signal", 2, [2.991416] * 2), ("delta", 2, [-0.0478152, 0.9521848]),
        ("delta", 1, [None] + [0.00386507] * 2), ("delta", 0, [None] + [0.00377940] * 3),
        ("gradient", 2, [-0.047815, 0.952185] + [-0.047610, 0.948098] * 2),
        ("gradient", 1, [0.003865] * 2 + [0.002220] * 6), ("gradient", 0, [0.003779] * 9),
        ("updated", 2, [1.047815, 0.047815] + [1.047610, 0.051902] * 2),
        ("updated", 1, [1.996135] * 2 + [1.997780] * 6), ("updated", 0, [0.096221] * 9),
    ],
    "umass-chain": [
        ("gradient", k, value) for k, value in enumerate((0.000503, -0.001646, -0.007583, -0.025912))
    ],
    "kaist-example": [
        ("signal", 0, [1.35, 2.45, -1.65]), ("layer", 1, [0.79413, 0.92056, 0.16111]), ("signal", 1, 0.510896),
        ("layer", 2, 0.625017), ("loss", 0, 0.070306), ("upstream", 1, -0.374983), ("slope", 1, 0.234371),
        ("delta", 1, -0.087885), ("gradient", 1, [-0.06979, -0.08090, -0.01416]),
        ("updated", 1, [-0.13021, 0.58090, 1.31416]),
        ("gradient", 0, [0.002874, -0.003213, -0.015441, -0.001437, 0.001607, 0.007721]),
        ("updated", 0, [1.197126, 2.103213, -1.484559, -0.298563, -0.701607, 0.292279]),
        ("output_after", 1, 0.6563),
    ],
    "kaist-perceptron": [("signal", 0, 2), ("layer", 1, 1)],
}  # fmt: skip
MARKED = {
    "iowa-grounded": {("updated", 1): "E12", ("updated", 0): "E13"},
    "iowa-homework": {
        ("signal", 1): "The homework continues with rounded activations: 2 (1 +",
        ("signal", 2): "The homework continues with rounded activations: 1 + 2",
        ("delta", 1): "The homework rounds",
        ("delta", 0): "As above.",
    },
    "umass-chain": {("gradient", k): "E27" for k in range(4)},
    "kaist-example": {
        ("weights", 0): "E3",
        ("layer", 2): "E4",
        ("loss", 0): "E4",
        ("upstream", 1): "E4",
        ("gradient", 1): "E1",
        ("updated", 1): "E2",
    },
}
NAMES = list(EXAMPLES)


def page_of(name: str):
    example = get_example(name)
    found = example.trace()
    return annotate(document(found, notation=example.notation), example, found)


def half_unit(value: float) -> float:
    """Return half a unit of the last digit that is written, and a little."""
    decimals = len(np.format_float_positional(value, trim="-").partition(".")[2])
    return 0.501 * 10.0**-decimals if decimals else 1e-12


def test_every_example_is_in_the_list() -> None:
    assert set(RIGHT) == set(EXAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_the_right_numbers(name: str) -> None:
    """In the course's own layout, to the last digit of the list."""
    page = page_of(name)

    for role, block, expected in RIGHT[name]:
        found = np.ravel(page.find(role, block).array)
        written = np.ravel(np.array(expected, dtype=object))
        if role in ("gradient", "updated") and len(found) == len(written) + 1:
            found = found[1:]  # a bias row that the list leaves out
        assert len(found) == len(written), (role, block)
        for ours, theirs in zip(found, written, strict=True):
            assert theirs is None or abs(ours - theirs) <= half_unit(float(theirs)), (
                role,
                block,
                ours,
                theirs,
            )


@pytest.mark.parametrize("name", NAMES)
def test_the_misprints_listed_and_nothing_else(name: str) -> None:
    """A printed number is marked exactly where the list says so, with that misprint's explanation."""
    flagged = {(entry.role, entry.block): entry.remarks[-1] for entry in marked(page_of(name))}

    expected = MARKED.get(name, {})
    assert set(flagged) == set(expected)
    for place, why in flagged.items():
        assert why.startswith(expected[place])
        assert why != UNEXPLAINED


@pytest.mark.parametrize("name", NAMES)
def test_no_explanation_is_stale(name: str) -> None:
    """Every printed number with an explanation differs, and what explains it is in the list or a sentence."""
    page, example = page_of(name), get_example(name)

    for printed in example.printed:
        assert page.find(printed.role, printed.block).marked == bool(printed.explained)
        assert not printed.explained or printed.explained in MISPRINTS or " " in printed.explained
    assert set(example.also) <= set(MISPRINTS)


def test_only_the_wrong_numbers_of_an_array_are_marked() -> None:
    """002: one sign in 𝕎⁽¹⁾, the third row of 𝕎⁽⁰⁾."""
    page = page_of("iowa-grounded")

    np.testing.assert_array_equal(page.find("updated", 1).wrong, [[False], [False], [True]])
    np.testing.assert_array_equal(page.find("updated", 0).wrong, [[False] * 2, [False] * 2, [True] * 2])


def test_the_loss_of_001_is_an_equation() -> None:
    """(g − y)² has no ½, and no name of ours."""
    step = next(step for step in page_of("mit-two-relus").steps if step.kind == "loss")

    assert step.equations == ("L = (g − y)^{2}",)


def test_722_comes_out() -> None:
    """002: the prediction after the step, where the misprinted weights would give 0.597."""
    assert f"{get_example('iowa-grounded').trace().after.outputs[0, 0]:.3f}" == "0.722"


def test_by_hand_gives_the_rounded_numbers() -> None:
    """004, rounded to two decimals after every operation: 0.62 and -0.38, as printed (E4)."""
    by_hand = get_example("kaist-example").trace(by_hand=2)

    np.testing.assert_allclose(by_hand.blocks[1].outputs, [[0.62]], atol=1e-12)
    np.testing.assert_allclose(by_hand.output_gradient, [[-0.38]], atol=1e-12)
    assert by_hand.loss == pytest.approx(0.07)


def test_the_homework_rounds_as_it_is_explained() -> None:
    """Companion of 002: the printed deltas are what three-digit intermediates give, 7 % and 4 % off."""
    page = page_of("iowa-homework")
    second, first = page.find("delta", 1), page.find("delta", 0)

    assert second.printed.ravel()[1] == pytest.approx(0.996 * 0.004 * 0.904, abs=5e-9)
    assert first.printed.ravel()[1] == pytest.approx(0.574 * 0.426 * 4 * 0.004, abs=5e-9)
    off = [1.0 - e.printed.ravel()[1] / e.array.ravel()[1] for e in (second, first)]
    np.testing.assert_allclose(np.abs(off), [0.07, 0.04], atol=0.005)


def test_the_gradients_and_updates_of_the_homework_survive_its_rounding() -> None:
    """All six matrices of the author's solution are those of the exact calculation, at three digits."""
    page = page_of("iowa-homework")
    printed = {
        (p.role, p.block): p.values
        for p in get_example("iowa-homework").printed
        if p.role in ("gradient", "updated")
    }

    assert set(printed) == {(role, k) for role in ("gradient", "updated") for k in range(3)}
    for place, values in printed.items():
        np.testing.assert_array_equal(page.find(*place).array.round(3).ravel(), values)
    assert pytest.approx(page.find("signal", 1).printed.ravel()[0]) == 2 * (1 + 3 * 0.574)
    assert pytest.approx(page.find("signal", 2).printed.ravel()[0]) == 1 + 2 * 0.996


def test_a_learning_rate_of_ones_own() -> None:
    """004's right step with a tenth of the rate moves Θ₂ a tenth as far, and no bias."""
    small = get_example("kaist-example").trace(learning_rate=0.1)
    moved = small.stepped - small.network.parameters

    np.testing.assert_allclose(moved[-3:], [0.006979, 0.008090, 0.001416], atol=5.1e-7)
    assert not moved[:3].any()


@pytest.mark.parametrize(("name", "near"), [("iowa-grunded", "iowa-grounded"), ("residual", "mit-residual")])
def test_an_example_that_does_not_exist(name: str, near: str) -> None:
    """The nearest names are offered."""
    with pytest.raises(ParameterError, match=f"Did you mean.*'{near}'"):
        get_example(name)
