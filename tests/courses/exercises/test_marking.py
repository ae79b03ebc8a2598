"""Marks: no right answer is refused, slips are named, an error counts once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from courses.exercises.drawn import drawn, of_kind
from pellucid.courses import KINDS, SLIPS, Exercise, exercise, exercise_from_example
from pellucid.courses.exercises.drawing import visible_slips
from pellucid.explain.hand import rounded

FEW = range(9)


def worked(
    made: Exercise,
    rng: np.random.Generator | None = None,
    slip: tuple | None = None,
    digits: int | None = None,
) -> dict:
    """Return the answers of a student who rounds as told (at random with a generator), and may make a slip."""
    calculation = made.problem.calculation
    values = dict(calculation.given)
    for step in calculation.steps:
        formula = slip[2] if slip is not None and slip[1] == step.name else step.formula
        found = np.asarray(formula(*(values[name] for name in step.needs)), float)
        places = digits
        if rng is not None:  # exact, to the digits of the sheet, or to a few more
            places = [None, made.spec.digits, made.spec.digits + 1, made.spec.digits + 3][rng.integers(4)]
        values[step.name] = np.asarray(rounded(found, places))
    return {field.key: field.shown(values[field.step]) for field in made.problem.fields}


def refused(made: Exercise) -> list[str]:
    """Return the right answers that are refused: exact, by hand, and rounded here and there."""
    rng = np.random.default_rng(len(made.identifier))
    tries = {"exact": made.solution, "by hand": made.by_hand}
    if made.problem.judge is None:
        tries |= {f"mixed {i}": worked(made, rng) for i in range(3)}
    return [
        f"{made.identifier}, {name}: {marks.describe()}"
        for name, answers in tries.items()
        if not (marks := made.check(answers)).is_right
    ]


def named(made: Exercise, rng: np.random.Generator) -> tuple[Counter, Counter]:
    """Plant each slip that shows in an exercise, exact and rounded; count those planted and those named."""
    planted, found = Counter(), Counter()
    calculation = made.problem.calculation
    for name, steps in visible_slips(calculation)[0].items():
        step = str(rng.choice(sorted(set(steps))))
        choices = [row for row in calculation.slips_of(step) if row[0] == name]
        slip = choices[rng.integers(len(choices))]
        for digits in (None, made.spec.digits):
            marks = made.check(worked(made, slip=slip, digits=digits))
            keys = {field.key for field in made.problem.fields if field.step == step}
            planted[name] += 1
            found[name] += name in {marks.slips.get(key) for key in keys}
    return planted, found


@pytest.mark.parametrize("i", FEW)
def test_no_right_answer_is_refused(i: int) -> None:
    """Exact numbers, numbers rounded after every step, and any mixture have all points."""
    assert refused(drawn(i)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_right_answer_of_any_kind_is_refused(kind: str) -> None:
    assert [text for seed in range(2) for text in refused(of_kind(kind, seed))] == []


@pytest.mark.slow
def test_planted_slips_are_named(rng: np.random.Generator) -> None:
    """Each of the ten is planted where it shows, and named in at least 95 % of the cases."""
    check_slips(map(drawn, range(30)), rng)


@pytest.mark.slow
def test_no_right_answer_of_a_thousand_exercises_is_refused_and_slips_are_named(
    rng: np.random.Generator,
) -> None:
    """A thousand exercises of networks, each drawn once, and a hundred of each other kind."""
    made = [drawn(i) for i in range(1000)]
    assert [text for each in made for text in refused(each)] == []
    others = [kind for kind, row in KINDS.items() if not row.is_network]
    assert [text for kind in others for seed in range(100) for text in refused(of_kind(kind, seed))] == []
    check_slips(made, rng)


def check_slips(exercises: Iterable[Exercise], rng: np.random.Generator) -> None:
    planted, found = Counter(), Counter()
    for made in exercises:
        more, hits = named(made, rng)
        planted, found = planted + more, found + hits
    assert set(planted) == set(SLIPS)
    assert {name: found[name] / planted[name] for name in SLIPS if found[name] < 0.95 * planted[name]} == {}


def test_an_answer_beyond_rounding_is_wrong() -> None:
    """An error of two units of the last decimal of an activation is not forgiven."""
    made = exercise("2-2-1", kind="forward", seed=2)
    answers = {key: array.copy() for key, array in made.by_hand.items()}
    answers["layer1"][0, 0] += 0.002

    marks = made.check(answers)
    assert [mark.status for mark in marks.marks if mark.key == "layer1"] == ["wrong", "right"]


def test_an_error_counts_once() -> None:
    """A student who forgets the slope and goes on correctly loses the sensitivities, and nothing behind them."""
    made = exercise("2-3-1", kind="update", notation="iowa", seed=7)
    slip = next(row for row in made.problem.calculation.slips_of("delta1") if row[0] == "missing slope")
    marks = made.check(worked(made, slip=slip, digits=3))

    assert dict(marks.slips) == {"delta1": "missing slope"}
    assert marks.points == marks.possible - 3
    assert {mark.status for mark in marks.marks if mark.key == "grad0"} == {"carried"}


def test_blanks_cost_their_own_points_only() -> None:
    """A student who leaves the forward pass out gets the points of the right gradients."""
    made = exercise("2-2-1", kind="backward", seed=4)
    answers = {key: value for key, value in made.by_hand.items() if not key.startswith(("layer", "signal"))}
    marks = made.check(answers)

    assert {mark.status for mark in marks.marks} == {"missing", "right"}
    assert marks.points == sum(value.size for value in answers.values())


def test_the_key_of_the_homework_of_note_002_passes() -> None:
    """It rounds on the way: two sensitivities are 7 % and 4 % off, and are right all the same."""
    made = exercise_from_example("iowa-homework")
    key = {
        "layer1": [1, 0.574, 0.574, 0.574], "layer2": [1, 0.996, 0.996], "layer3": [0.952, 0.952],
        "delta3": [-0.048, 0.952], "delta2": [0.00360154] * 2, "delta1": [0.00391238] * 3,
    }  # fmt: skip
    exact = made.solution
    assert abs(key["delta2"][0] / exact["delta2"][0, 0] - 1) > 0.06
    assert abs(key["delta1"][0] / exact["delta1"][0, 0] - 1) > 0.03

    marks = made.check(key)
    assert {mark.status for mark in marks.marks if mark.key in key} == {"right"}


def test_the_grounded_example_of_note_002_passes_and_its_misprints_do_not() -> None:
    """The printed numbers have all points with the two corrections, and lose three entries without."""
    made = exercise_from_example("iowa-grounded", kind="update")
    printed = {
        "layer1": [1, 0.550, 0.711], "layer2": 0.512, "delta2": -0.488, "delta1": [0, -0.060, -0.010],
        "grad1": [-0.488, -0.269, -0.347], "grad0": [[-0.060, -0.010], [0, 0], [-0.060, -0.010]],
    }  # fmt: skip
    right = {"new_W1": [0.188, 0.769, 0.447], "new_W0": [[0.460, 0.610], [0.7, -0.4], [-0.140, 0.310]]}
    slides = {"new_W1": [0.188, 0.769, -0.447], "new_W0": [[0.460, 0.610], [0.7, -0.4], [0.460, 0.610]]}

    assert made.check(printed | right).is_right
    marks = made.check(printed | slides)
    wrong = {mark.entry for mark in marks.marks if mark.points == 0.0}
    assert dict(marks.slips) == {"new_W1": "sign"}
    assert wrong == {"new_W1[2]", "new_W0[2,1]", "new_W0[2,2]"}


def test_the_slip_of_note_004_is_named() -> None:
    """Its printed gradient (0.02, -0.05, -0.12) is sensitivity times weights (E1); the update follows from it."""
    made = exercise_from_example("kaist-example", kind="update")
    marks = made.check(
        {
            "signal1": [1.35, 2.45, -1.65], "layer1": [0.79, 0.92, 0.16], "signal2": 0.51, "layer2": 0.62,
            "delta2": -0.09, "grad2": [0.02, -0.05, -0.12], "new_W2": [-0.22, 0.55, 1.42],
        }
    )  # fmt: skip

    assert dict(marks.slips) == {"grad2": "weights for inputs"}
    assert {mark.status for mark in marks.marks if mark.key == "new_W2"} == {"carried"}


def test_a_transposed_matrix_is_named() -> None:
    """A matrix in the other orientation costs its points, and what follows from it does not."""
    made = exercise("2-3-1", kind="update", seed=7)
    flat = made.by_hand["grad1"].ravel().tolist()
    assert made.check({**made.by_hand, "grad1": [flat]}).is_right  # a vector may be written either way

    wide = exercise("3-2-2", kind="backward", seed=1)
    turned = dict(wide.by_hand) | {"grad0": wide.by_hand["grad0"].T}
    marks = wide.check(turned)
    assert dict(marks.slips) == {"grad0": "transpose"}
    assert marks.points == marks.possible - turned["grad0"].size


@pytest.mark.parametrize("kind", ["gate", "truth-table"])
def test_other_weights_that_work_are_right(kind: str) -> None:
    """Twice the weights are right too; without its bias a gate has part of the points at most."""
    for seed in range(6):
        made = of_kind(kind, seed)
        doubled = {key: 2.0 * value for key, value in made.solution.items()}
        zeros = {key: 0.0 * value for key, value in made.solution.items()}

        assert made.check(doubled).is_right
        assert made.check(zeros).points == 0.0
        assert "threshold" in made.check(zeros).describe()


def test_a_bias_of_the_wrong_sign_is_named() -> None:
    """Note 004's slip (E6): with the other sign of the bias the gate would be right."""
    made = next(one for one in (of_kind("gate", i) for i in range(50)) if not any(one.data["negated"]))
    marks = made.check({**made.solution, "b": -made.solution["b"]})

    assert dict(marks.slips) == {"b": "sign"}
    assert 0.0 < marks.points < marks.possible


def test_a_planted_slip_is_found_by_who_computes_it_again() -> None:
    """In the kind wrong-number the line named in the key is the first that disagrees with the solution."""
    for seed in range(12):
        made = of_kind("wrong-number", seed)
        base = made.problem.calculation
        lines = [given for given in made.problem.given if given.tag]
        right = exercise_of(made)
        off = [
            i
            for i, (line, field) in enumerate(zip(lines, right.problem.fields, strict=True), 1)
            if np.abs(line.array - field.shown(base.by_hand[field.step])).max()
            > 1.5 * 10.0**-made.spec.digits
        ]
        assert made.solution["line"].item() == off[0]


def exercise_of(made: Exercise) -> Exercise:
    """Return the exercise on backpropagation whose lines a sheet with a planted slip shows."""
    return Exercise(replace(made.spec, kind="backward"), made.data)
