"""Every misprint's check, against numbers that were computed elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.courses.misprints import COURSES, KINDS, MISPRINTS, STATUSES

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
    "E39": [3, 2],
    "E40": [2, 4],
    "E41": [-0.0108, -0.0018],
    "E45": [10.0, 100.0, 1000.0],
    "E46": 0.2689,
    "E47": 1.0,
    "E48": [3],
}
PRINTED: dict[str, Any] = {
    "E3": [1.35, 2.45, 1.35],
    "E6": [[1, 1, 1, 1], [1, 1, 1, 1]],
    "E10": 2.0,
    "E41": [-0.0605, -0.0100],
    "E47": 2.0,
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
    "E11": {"each synapse counted once": 3.5e14},
    "E13": {
        "ŷ with the right weights": 0.7219,
        "ŷ with the printed 𝕎⁽⁰⁾": 0.747,
        "ŷ with the printed 𝕎⁽¹⁾ (E12)": 0.578,
        "ŷ with both as printed": 0.597,
    },
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
    """E1 to E49 in order without the two that are withdrawn, each with a course, a kind and all its texts."""
    assert list(MISPRINTS) == [f"E{number}" for number in range(1, 50) if number not in (18, 19)]
    for row in MISPRINTS.values():
        assert row.note in COURSES
        assert row.course
        assert row.kind in KINDS
        assert all((row.place, row.printed, row.right, row.why))
        assert row.why.endswith(".")


@pytest.mark.parametrize("name", MISPRINTS)
def test_the_check_settles_it(name: str) -> None:
    """The printed value differs from the recomputed one, which is the known right value."""
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
        name: MISPRINTS[name].check()
        for name in ("E5", "E8", "E15", "E22", "E23", "E24", "E26", "E35", "E42", "E43")
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
    assert "does not exist" in evidence["E42"].printed
    # -log: ln 2 from 0.2 to 0.1, ln 9/8 from 0.9 to 0.8.
    np.testing.assert_allclose(evidence["E43"].right, np.log(2.0) / np.log(9.0 / 8.0))
    np.testing.assert_allclose(evidence["E35"].right, [8.2e-9, 4.5e-5], rtol=0.01)


def test_the_lesson_has_them_all_word_for_word() -> None:
    """Lesson 12 prints each misprint and its answer as they stand here."""
    page = (Path(__file__).parents[2] / "docs" / "lessons" / "12-find-the-misprint.md").read_text("utf-8")

    for row in MISPRINTS.values():
        assert f"- **{row.id}**, {row.place}: {row.printed}\n" in page
        assert f"- **{row.id}** ({row.label}): {row.right}. {row.why}\n" in page


def test_only_what_was_read_in_a_source_is_said_to_stand_there() -> None:
    """The author's source was read for note 002 alone; views are nobody's errors."""
    by_status: dict[str, set[str]] = {}
    for row in MISPRINTS.values():
        by_status.setdefault(row.status, set()).add(row.note)
        assert (row.kind in ("error", "typo")) == (row.status != "view")

    assert set(by_status) == set(STATUSES)
    assert by_status["source"] == {"002"}
    assert "002" not in by_status["text copy"]
    assert {MISPRINTS[name].status for name in ("E4", "E8", "E11")} == {"view"}


def test_what_differs() -> None:
    """Evidence that finds the printed value right would not refute it."""
    from pellucid.courses.misprints import Evidence

    assert not Evidence("1 + 1", 2.0, 2.0).refutes
    assert not Evidence("a word", "LSTM", "LSTM").refutes
    assert Evidence("a small slope", 0.0, 1e-300).refutes
