"""All 38 misprints, their checks against numbers that were computed elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.explain.misprints import COURSES, KINDS, MISPRINTS

# The list that was made by hand, in NumPy and by finite differences, before this library had a line: for each
# misprint the number that is right (or that the printed text leads to, where ``printed`` says so).
RIGHT: dict[str, Any] = {
    "E1": [-0.06979, -0.08090, -0.01416],
    "E2": [-0.13021, 0.58090, 1.31416],
    "E3": [1.35, 2.45, -1.65],
    "E4": [0.6250, -0.3750, 0.0703],
    "E6": [[0, 0, 0, 1], [0, 1, 1, 1]],
    "E7": 4.000,
    "E8": -0.09623,
    "E9": 3,
    "E10": 1.0,
    "E11": 7e14,
    "E12": [0.188499, 0.768593, 0.447298],
    "E13": [-0.139544, 0.310039],
    "E14": 0.3259,
    "E16": [0, 1, 2],
    "E17": [[0, 1], [0, 2]],
    "E18": [0.4, 0.7, -0.2],
    "E19": [0.1192, 0.8808],
    "E21": [3, 2],
    "E25": 3.0,
    "E27": [0.000503, -0.001646, -0.007583, -0.025912],
    "E28": [False, True, True, True],
    "E29": 1.0,
    "E30": [1.01, 1.13, 1.40, 1.67, 1.87],
    "E31": [2.01, 2.40, 2.87],
    "E33": 25.0,
    "E34": 2.0,
    "E36": [-3.5, -1.5, -1.5, 0.5],
    "E37": [True] * 5,
    "E38": 0.5,
}
PRINTED: dict[str, Any] = {
    "E3": [1.35, 2.45, 1.35],
    "E6": [[1, 1, 1, 1], [1, 1, 1, 1]],
    "E10": 2.0,
    "E14": 1.2010,
    "E37": [True, True, False, False, False],
}
ALSO: dict[str, dict[str, Any]] = {
    "E1": {"∂E/∂h₁": [0.01758, -0.04394, -0.11425], "-0.38 × 0.24 × Θ₂": [0.018, -0.046, -0.119]},
    "E2": {
        "ŷ before": 0.6250,
        "ŷ with the printed Θ₂": 0.6365,
        "ŷ with the right Θ₂": 0.6554,
        "ŷ with both matrices stepped": 0.6563,
    },
    "E3": {"ŷ with +1.5": 0.7915},
    "E4": {"½ 0.38²": 0.0722},
    "E8": {"largest error of m = uv with the bias, λ = 0.1": 3.3e-3},
    "E9": {"OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "OR AND NAND": [0, 1, 1, 0]},
    "E12": {"gradient": [-0.4885, -0.2686, -0.3473], "ŷ after": 0.7219},
    "E13": {"ŷ with the right weights": 0.7219, "ŷ with the printed ones": 0.5969},
    "E14": {"the loss before": 0.6704},
    "E27": {"largest relative error": 0.26},
    "E32": {"between two units, same input": 0.0, "tanh: largest hidden weight or bias": 0.0},
}


def digits(value: Any) -> float:
    """Return half a unit of the last digit that is written."""
    texts = [repr(v) for v in np.ravel(value).tolist()]
    places = [len(t.partition(".")[2]) if "." in t and "e" not in t else 0 for t in texts]
    return 0.51 * 10.0 ** -max(places)


def assert_agrees(found: Any, written: Any) -> None:
    """Compare to the digits that are written."""
    if np.ndim(written) == 0 and 0 < abs(written) < 0.01:
        np.testing.assert_allclose(found, written, rtol=0.02)
    else:
        np.testing.assert_allclose(
            np.array(found, float), np.array(written, float), rtol=0, atol=digits(written)
        )


def test_all_are_there() -> None:
    """Thirty-eight, in order, each with a course, a kind and all its texts."""
    assert list(MISPRINTS) == [f"E{number}" for number in range(1, 39)]
    for row in MISPRINTS.values():
        assert row.note in COURSES
        assert row.course
        assert row.kind in KINDS
        assert all((row.place, row.printed, row.right, row.why))
        assert row.why.endswith(".")


@pytest.mark.parametrize("name", MISPRINTS)
def test_the_check_settles_it(name: str) -> None:
    """What is printed differs from what is recomputed, and that is the known right value."""
    evidence = MISPRINTS[name].check()

    assert evidence.refutes
    if name in RIGHT:
        assert_agrees(evidence.right, RIGHT[name])
    if name in PRINTED:
        assert_agrees(evidence.printed, PRINTED[name])
    for what, value in ALSO.get(name, {}).items():
        assert_agrees(evidence.also[what], value)


def test_words_and_inequalities() -> None:
    """Those whose evidence is no fixed number: names, shapes, orders of magnitude, which of two is better."""
    evidence = {
        name: MISPRINTS[name].check() for name in ("E5", "E8", "E15", "E22", "E23", "E24", "E26", "E35")
    }

    assert (evidence["E5"].printed, evidence["E5"].right) == (["tmp"], [])
    assert evidence["E8"].also["largest |bracket| with bias 0, to 12 decimals"] == 0.0
    assert "does not exist" in evidence["E15"].printed
    assert evidence["E22"].right < 0.25 * evidence["E22"].printed
    assert evidence["E22"].right < 0.9 * evidence["E22"].also["at the end"]
    # Mean slopes over random draws; the list has 0.055, 9e-6 and 7e-11 against 0.23.
    np.testing.assert_allclose(np.log10(evidence["E23"].printed), np.log10([0.055, 9e-6, 7e-11]), atol=0.4)
    np.testing.assert_allclose(evidence["E23"].right, 0.23, atol=0.005)
    assert evidence["E24"].printed < 0.1
    np.testing.assert_allclose(evidence["E24"].right, 1.0, rtol=1e-3)
    assert evidence["E26"].right == "LSTM"
    np.testing.assert_allclose(evidence["E35"].right, [8.2e-9, 4.5e-5], rtol=0.01)


def test_the_lesson_has_them_all_word_for_word() -> None:
    """Lesson 12 prints each misprint and its answer as they stand here."""
    page = (Path(__file__).parents[2] / "docs" / "lessons" / "12-find-the-misprint.md").read_text("utf-8")

    for row in MISPRINTS.values():
        assert f"- **{row.id}**, {row.place}: {row.printed}\n" in page
        assert f"- **{row.id}** ({row.kind}): {row.right}. {row.why}\n" in page


def test_what_differs() -> None:
    """Evidence that finds the printed value right would not refute it."""
    from pellucid.explain.misprints import Evidence

    assert not Evidence("1 + 1", 2.0, 2.0).refutes
    assert not Evidence("a word", "LSTM", "LSTM").refutes
    assert Evidence("a small slope", 0.0, 1e-300).refutes
