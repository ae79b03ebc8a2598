"""Generated exercises: right solutions, short numbers, blank worksheets."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from courses.exercises.drawn import OF_NETWORKS, Independent, drawn, of_kind
from pellucid.courses import KINDS, Exercise, class_set, exercise, exercise_from_example
from pellucid.courses.exercises.drawing import significant
from pellucid.courses.exercises.exercise import FORMATS
from pellucid.exceptions import ParameterError

FEW, MANY = range(9), range(1000)
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+\.\d+(?!\d|pt)")


def unlike_an_independent_calculation(made: Exercise) -> list[str]:
    """Return the fields whose solution another calculation, or a finite difference, does not give."""
    other = Independent(made)
    arrays, solution = other.run(), made.solution
    wrong = []
    for field in made.problem.fields:
        expected = field.shown(arrays[field.step])
        if not np.allclose(solution[field.key], expected, rtol=1e-9, atol=1e-12):
            wrong.append(f"{made.identifier}: {field.key}")
        if field.step.startswith("grad"):
            difference = field.shown(other.differences(int(field.step[4:])))
            if not np.allclose(solution[field.key], difference, rtol=1e-5, atol=1e-7):
                wrong.append(f"{made.identifier}: {field.key}, finite differences")
    return wrong


def long_numbers(made: Exercise) -> bool:
    """Return whether some number of the data has more than four significant digits."""
    return any(significant(given.array) > 4 for given in made.problem.given if given.decimals is None)


def answers_on_the_blank_sheets(made: Exercise) -> list[str]:
    """Return the numbers of the solution that a worksheet shows though they are not given."""
    given = {abs(round(float(v), 8)) for g in made.problem.given for v in np.ravel(g.array)}
    given |= {abs(made.spec.learning_rate), 0.5}  # ½ of formulas, written 0.5 nowhere, and the rate
    hidden = [abs(float(v)) for array in made.solution.values() for v in np.ravel(array)]
    digits = made.problem.calculation.digits
    found = []  # an answer on a sheet; 0.4pt is the width of a line
    for name, (_, render) in FORMATS.items():
        sheet = render(made.sheet())
        body = sheet.partition("</style>")[2] or sheet.partition(r"\begin{document}")[2] or sheet
        shown = {abs(float(text.replace("−", "-"))) for text in NUMBER.findall(body)}
        shown -= {number for number in shown if round(number, 8) in given}
        found += [f"{name}: {n}" for n in shown if any(abs(n - h) < 0.6 * 10.0**-digits for h in hidden)]
    return found


@pytest.mark.parametrize("i", FEW)
def test_the_solution_is_that_of_an_independent_calculation(i: int) -> None:
    """Plain loops over units give the same numbers, and differences of the loss the same gradients."""
    assert unlike_an_independent_calculation(drawn(i)) == []


@pytest.mark.slow
def test_a_thousand_exercises_are_right_short_and_blank() -> None:
    """So do a thousand; their data are short, and no worksheet shows an answer."""
    made = [drawn(i) for i in MANY]

    assert [wrong for one in made for wrong in unlike_an_independent_calculation(one)] == []
    assert [one.identifier for one in made if long_numbers(one)] == []
    assert [found for one in made for found in answers_on_the_blank_sheets(one)] == []


def test_piecewise_linear_exercises_are_exact() -> None:
    """With ReLU or identity units and a squared error every result is short, so that none is rounded."""
    for seed in range(5):
        for activation in ("relu", "identity"):
            made = exercise("2-3-1", kind="update", activation=activation, seed=seed)
            assert all(np.array_equal(made.solution[key], made.by_hand[key]) for key in made.solution)
            assert max(map(significant, made.solution.values())) <= 4


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_shows_an_answer_or_long_numbers(kind: str) -> None:
    """Blank sheets of every kind have blank cells, short data, and no number of the solution."""
    for seed in range(2):
        made = of_kind(kind, seed)
        asked = json.loads(made.to_json())["asked"]

        assert {cell for item in asked for row in item["values"] for cell in row} == {None}
        assert all(line.endswith(",") for line in made.answer_form().splitlines()[2:])
        assert not long_numbers(made)
        if kind not in ("gate", "truth-table", "counts", "dead-unit"):  # whole numbers, which indexes are too
            assert answers_on_the_blank_sheets(made) == []


def test_the_search_finds_an_answer() -> None:
    """On the solution sheet the same search finds the answers."""
    made = of_kind("backward", 1)
    filled = made.sheet(solution=True)
    object.__setattr__(made, "sheet", lambda **_: filled)

    assert {found.partition(":")[0] for found in answers_on_the_blank_sheets(made)} == set(FORMATS)


def test_a_worksheet_of_a_planted_slip_does_not_name_it() -> None:
    """The plain data of a blank sheet do not hold the step and the slip, which the key does."""
    made = of_kind("wrong-number", 5)

    assert made.data["step"] not in {item.get("key") for item in json.loads(made.to_json())["given"]}
    assert '"step"' not in made.to_json()
    assert '"slip": ' not in made.to_json().replace('"key": "slip"', "")


def test_the_same_seed_gives_the_same_exercise() -> None:
    """Seeds and variants decide the numbers; a class set has different ones."""
    again = exercise("2-2-1", seed=3, variant=2)

    assert class_set(3, "2-2-1", seed=3)[1].identifier == again.identifier
    assert len({made.identifier for made in class_set(30, "2-2-1", seed=3)}) == 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": "2-x-1"}, "'sizes' must be numbers of units"),
        ({"sizes": (2, 30, 1)}, "'sizes' must be 2 to 8 numbers"),
        ({"kind": "forwards"}, "'kind' must be one of"),
        ({"activation": "gelu"}, "'activation' must be one of"),
        ({"loss": "hinge"}, "'loss' must be one of"),
        ({"loss": "log", "output_activation": "tanh"}, "takes output_activation"),
        ({"notation": "yale"}, "'notation' must be one of"),
        ({"digits": 20}, "'digits' must be an integer from 0 to 8"),
        ({"n_samples": 0}, "'n_samples' must be an integer from 1 to 4"),
        ({"learning_rate": -1.0}, "'learning_rate' must be a number above 0"),
        ({"kind": "dead-unit", "activation": "tanh"}, "needs one hidden layer of two ReLUs"),
        ({"kind": "vanishing-chain", "sizes": "2-2-1"}, "needs one unit in each of four layers"),
        ({"kind": "gate", "sizes": "2-2-1"}, "needs 2 to 4 inputs and one unit"),
        ({"kind": "truth-table", "sizes": "4-2-1"}, "needs sizes"),
        ({"seed": -1}, "'seed' must be an integer"),
    ],
)
def test_an_option_that_is_not_accepted_is_named(options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        exercise(**options)


def test_a_worked_example_with_other_layers_is_refused() -> None:
    with pytest.raises(ParameterError, match="layers that exercises do not support"):
        exercise_from_example("mit-residual")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_every_latex_sheet_compiles_to_one_page(tmp_path: Path) -> None:
    """Worksheets and solutions of every kind and notation."""
    made = [of_kind(kind, seed) for kind in KINDS for seed in range(7)]
    for i, one in enumerate(made):
        for solution in (False, True):
            path = tmp_path / f"sheet{i}{'-solution' * solution}.tex"
            path.write_text(one.to_latex(solution=solution), encoding="utf-8")
            run = subprocess.run(
                ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
                cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
            )  # fmt: skip
            assert run.returncode == 0, run.stdout[-2000:]
            assert "(1 page," in run.stdout, one.identifier


def test_latex_has_balanced_groups_and_environments() -> None:
    """Braces and environments of every kind are closed, as far as a search can tell."""
    for kind in KINDS:
        for solution in (False, True):
            text = of_kind(kind, 4).to_latex(solution=solution)
            bare = re.sub(r"\\[{}]", "", text)
            assert bare.count("{") == bare.count("}"), kind
            assert sorted(re.findall(r"\\begin\{(\w+)\}", text)) == sorted(
                re.findall(r"\\end\{(\w+)\}", text)
            )
            assert not re.search(r"[^\x00-\x7f]", text), kind


@pytest.mark.parametrize("kind", OF_NETWORKS)
def test_a_solution_sheet_holds_the_solution(kind: str) -> None:
    """Every number of the solution is in the JSON sheet, to its decimals."""
    made = of_kind(kind, 2)
    asked = {item["key"]: item["values"] for item in json.loads(made.to_json(solution=True))["asked"]}

    for key, array in made.solution.items():
        assert np.allclose(asked[key], array, atol=0.51 * 10.0**-made.spec.digits)
