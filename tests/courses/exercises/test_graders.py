"""Files for nbgrader, Otter-Grader and PrairieLearn, against their public formats."""

import ast
import doctest
import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from pellucid.courses import (
    Exercise,
    class_set,
    exercise,
    nbgrader_notebook,
    otter_tests,
    pack_key,
    prairielearn_question,
    unpack_key,
)
from pellucid.exceptions import DataError, ParameterError

# nbgrader's schema of the metadata of a cell, version 3: names, types, what must be there, and nothing else.
NBGRADER = {
    "schema_version": int, "grade": bool, "locked": bool, "solution": bool, "task": bool, "grade_id": str,
    "points": int,
}  # fmt: skip
REQUIRED = {"schema_version", "grade", "locked", "solution"}
# PrairieLearn's schema of info.json: what must be there, and what else we write.
INFO = {"uuid": str, "type": str, "title": str, "topic": str, "tags": list, "singleVariant": bool}
UUID = re.compile("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")


@pytest.fixture(scope="module")
def made() -> Exercise:
    return exercise("2-2-1", kind="backward", notation="pellucid", seed=7)


def plain(arrays: Any) -> dict[str, Any]:
    return {key: array.tolist() for key, array in arrays.items()}


def test_a_packed_key_is_unpacked(made: Exercise) -> None:
    assert unpack_key(pack_key(made)).identifier == made.identifier
    for line in ("", "!", "aGVsbG8="):
        with pytest.raises(DataError, match=r"'line' must be a key|a key file"):
            unpack_key(line)


def test_the_notebook_has_the_metadata_of_nbgrader(made: Exercise) -> None:
    """Every cell keeps to the schema; ids are different; the points are those of the sheet."""
    cells = json.loads(nbgrader_notebook(made))["cells"]
    rules = [cell["metadata"]["nbgrader"] for cell in cells]

    for rule in rules:
        assert REQUIRED <= set(rule) <= set(NBGRADER)
        assert all(type(value) is NBGRADER[name] for name, value in rule.items())
        assert rule["schema_version"] == 3
        assert re.fullmatch(r"[a-zA-Z0-9_\-]*", rule["grade_id"])
        assert ("points" in rule) == rule["grade"]
    assert len({rule["grade_id"] for rule in rules}) == len({cell["id"] for cell in cells}) == len(cells)
    assert sum(rule.get("points", 0) for rule in rules) == made.problem.n_entries


def test_the_notebook_is_one(made: Exercise) -> None:
    nbformat = pytest.importorskip("nbformat")

    nbformat.validate(nbformat.reads(nbgrader_notebook(made), as_version=4))


def run_cell(source: str, namespace: dict[str, Any]) -> Any:
    """Run a cell and return the value of its last expression, as Jupyter does."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), namespace)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)


def test_the_cells_of_the_notebook_give_partial_credit(made: Exercise) -> None:
    """The teacher's version has all points; a student with one wrong number loses one."""
    cells = [c for c in json.loads(nbgrader_notebook(made))["cells"] if c["cell_type"] == "code"]
    namespace: dict[str, Any] = {}
    results = [run_cell(cell["source"], namespace) for cell in cells]
    assert results[1:] == [float(c["metadata"]["nbgrader"]["points"]) for c in cells[1:]]

    answers = plain(made.by_hand)
    answers["layer2"] = [[0.001]]
    namespace = {"answers": answers}
    lost = [
        cell["metadata"]["nbgrader"]["points"] - run_cell(cell["source"], namespace) for cell in cells[1:]
    ]
    assert sum(lost) == 1.0
    assert type(namespace["marks"].points_of("layer2")) is float


def test_what_students_get_of_the_notebook_holds_no_answer(made: Exercise) -> None:
    """Without solutions and hidden tests there is neither a result nor the key."""
    cells = json.loads(nbgrader_notebook(made))["cells"]
    text = "\n".join(cell["source"] for cell in cells)
    text = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", text, flags=re.DOTALL)
    text = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", text, flags=re.DOTALL)

    assert "unpack_key" not in text
    assert not [v for array in made.solution.values() for v in array.ravel() if f"{v:.3f}" in text]
    assert "None" in text


def points_of_otter(made: Exercise, answers: dict[str, Any]) -> float:
    """Run the cases as Otter does, each as a doctest in the student's names."""
    points = 0.0
    for name, text in otter_tests(made).items():
        namespace: dict[str, Any] = {}
        exec(text, namespace)
        assert namespace["OK_FORMAT"] is True
        test = namespace["test"]
        assert f"{test['name']}.py" == name
        (suite,) = test["suites"]
        assert suite["type"] == "doctest"
        assert suite["scored"] is True
        assert test["points"] == sum(case["points"] for case in suite["cases"])
        for case in suite["cases"]:
            assert case["hidden"]
            parsed = doctest.DocTestParser().get_doctest(case["code"], {"answers": answers}, name, name, 0)
            failed = doctest.DocTestRunner(verbose=False).run(parsed, out=lambda _: None).failed
            points += case["points"] * (not failed)
    return points


def test_otter_tests_give_partial_credit(made: Exercise) -> None:
    answers = plain(made.by_hand)
    assert points_of_otter(made, answers) == made.problem.n_entries
    assert points_of_otter(made, {**answers, "layer2": [[0.001]]}) == made.problem.n_entries - 1


def test_the_question_has_the_format_of_prairielearn(made: Exercise) -> None:
    """The names of info.json, an id, and an input with its own name for each entry."""
    files = prairielearn_question([made])
    info = json.loads(files["info.json"])
    inputs = re.findall(r"<pl-number-input (.*?)></pl-number-input>", files["question.html"])
    names = [re.search('answers-name="([^"]+)"', found)[1] for found in inputs]

    assert set(info) == set(INFO)
    assert all(type(value) is INFO[name] for name, value in info.items())
    assert UUID.match(info["uuid"])
    assert info["type"] == "v3"
    assert info["singleVariant"] is True
    assert len(set(names)) == len(names) == made.problem.n_entries
    assert all(re.fullmatch("[A-Za-z0-9_]+", name) for name in names)
    ElementTree.fromstring(f"<question>{files['question.html']}</question>")  # elements are closed
    # What a browser gets holds no answer; the server does.
    assert not [
        v for array in made.solution.values() for v in array.ravel() if f"{v:.3f}" in files["question.html"]
    ]


def served(files: dict[str, str], answers: list[Any], seed: int) -> dict[str, Any]:
    """Return the data of a student's variant after the server has marked the answers."""
    server: dict[str, Any] = {}
    exec(files["server.py"], server)
    data: dict[str, Any] = {
        "variant_seed": seed, "params": {}, "correct_answers": {}, "submitted_answers": {}, "partial_scores": {},
    }  # fmt: skip
    server["generate"](data)
    json.dumps(data["params"])  # PrairieLearn keeps them as JSON
    chosen = answers[data["params"]["which"]]
    data["submitted_answers"] = {name: chosen[entry] for name, entry in server["ENTRIES"].items()}
    server["grade"](data)
    return data


def test_the_server_of_the_question_marks_variants() -> None:
    """Rounded answers to the student's own variant are right; a wrong one costs its part."""
    variants = class_set(3, "2-2-1", kind="backward", seed=5)
    files = prairielearn_question(variants)
    answers: list[Any] = [
        {
            e: float(v)
            for f in one.problem.fields
            for e, v in zip(f.entries, one.by_hand[f.key].ravel(), strict=True)
        }
        for one in variants
    ]
    assert {served(files, answers, seed)["params"]["which"] for seed in range(6)} == {0, 1, 2}
    assert all(served(files, answers, seed)["score"] == 1.0 for seed in range(3))

    for one in answers:
        one["layer2"] = "nothing"
    data = served(files, answers, 0)
    assert data["score"] == 1.0 - 1.0 / variants[0].problem.n_entries
    assert data["partial_scores"]["layer2"]["score"] == 0.0
    assert "not a number" in data["partial_scores"]["layer2"]["feedback"]


def test_a_question_asks_every_student_for_the_same_entries() -> None:
    with pytest.raises(ParameterError, match="ask for the same entries"):
        prairielearn_question([exercise("2-2-1"), exercise("2-3-1")])
    with pytest.raises(ParameterError, match="ask for the same entries"):
        prairielearn_question([])
