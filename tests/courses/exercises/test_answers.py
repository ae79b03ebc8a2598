"""Files of answers: honest, careless and hostile ones."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.courses import Exercise, class_set, exercise, grade_files, read_key, write_key
from pellucid.courses.exercises.answers import number
from pellucid.courses.exercises.submissions import mark_submission, read_submissions
from pellucid.exceptions import DataError


@pytest.fixture(scope="module")
def made() -> Exercise:
    return exercise("2-2-1", kind="backward", notation="iowa", seed=7)


def form(made: Exercise, student: str = "Ada", **changed: str) -> str:
    """Return the CSV form of a student who calculates by hand, with some values of entries changed."""
    values = {}
    for field in made.problem.fields:
        for entry, value in zip(field.entries, made.by_hand[field.key].ravel(), strict=True):
            values[entry] = f"{value:.3f}"
    rows = list(csv.reader(io.StringIO(made.answer_form())))
    filled = [[name, {"student": student, **values, **changed}.get(name, value)] for name, value in rows]
    text = io.StringIO()
    csv.writer(text).writerows(filled)
    return text.getvalue()


def test_a_filled_form_is_marked(made: Exercise, tmp_path: Path) -> None:
    """The form that the exercise writes comes back with all points, with semicolons or without quotes too."""
    for i, text in enumerate(
        (form(made), form(made).replace(",", ";"), "\ufeff" + form(made), form(made).replace('"', ""))
    ):
        path = tmp_path / f"{i}.csv"
        path.write_text(text, encoding="utf-8")
        marks = mark_submission(read_submissions(path)[0], [made])

        assert marks.student == "Ada"
        assert marks.is_right


NUMBERS = {
    "0.5": 0.5, " −0.060 ": -0.06, "-.5": -0.5, "0,25": 0.25, "2e-3": 0.002, "3/4": 0.75, "+1": 1.0, "": None,
    "?": None, None: None, "–0.060": -0.06, "‐1": -1.0, "2e‑3": 0.002, "–": None, 2: 2.0, "-0.000": 0.0,
}  # fmt: skip
NOT_NUMBERS = [
    "abc", "nan", "NaN", "inf", "-Infinity", "=1+1", "=cmd|' /C calc'!A0", "1/0", "0x10", "1_000", "1e999",
    "9" * 5000, "1,2,3", True, [1], {"a": 1}, float("nan"), float("inf"), 10**400, 10**5000, "٣", "1 2",
    "__import__('os')",
]  # fmt: skip


def test_numbers_as_people_write_them() -> None:
    assert {text: number(text) for text in NUMBERS} == NUMBERS


def test_what_is_not_a_number_is_said_to_be_none() -> None:
    """A sentence says so, short enough for a line."""
    found = [number(text) for text in NOT_NUMBERS]

    assert [text for text in found if not isinstance(text, str)] == []
    assert max(map(len, found)) < 120


def test_an_unreadable_entry_costs_its_own_points(made: Exercise, tmp_path: Path) -> None:
    """Text, NaN and a formula are unreadable; the rest of the file is marked."""
    path = tmp_path / "a.csv"
    path.write_text(form(made, **{"layer1[1]": "=HYPERLINK(1)", "layer2": "nan", "delta2": "about 0.3"}))
    marks = mark_submission(read_submissions(path)[0], [made])
    unread = {mark.entry: mark.remark for mark in marks.marks if mark.status == "unreadable"}

    assert set(unread) == {"layer1[1]", "layer2", "delta2"}
    assert "'=HYPERLINK(1)' is not a number" in unread["layer1[1]"]
    assert marks.points == marks.possible - 3


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"delta1": [1, 2, 3, 4]}, r"delta1 must be 2 × 1 numbers, as on the sheet; got 4 × 1"),
        ({"grad0": [[1, 2], [3]]}, "grad0 must be 3 × 2 numbers"),
        ({"grad0": [[[1]]]}, "grad0 must be 3 × 2 numbers"),
        ({"grad0": []}, "grad0 must be 3 × 2 numbers"),
        ({"delta7": 1}, "'delta7' is not asked for in this exercise. Did you mean"),
        ({"delta2": 1, "DELTA2": 2}, "delta2 is given twice"),
        ({"delta1": [1, 2], "delta1[1]": 1}, "is given twice"),
        ([1, 2], "'answers' must be a dict"),
        ({"layer1": "x" * 10_000_000}, "layer1 must be 2 × 1 numbers"),
    ],
)
def test_a_wrong_shape_or_key_is_named(made: Exercise, answers: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        made.check(answers)


def test_the_arrays_of_the_notation_with_the_bias_unit_are_taken(made: Exercise) -> None:
    """The note writes (1, x1, x2) and (0, δ1, δ2); the first entry is not asked for."""
    longer = {key: np.vstack([[[1.0]], made.by_hand[key]]) for key in ("layer1", "delta1")}

    assert made.check({**made.by_hand, **longer}).is_right


def deep(levels: int) -> str:
    return '{"answers": ' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "must have 1 to 20,000 rows; got 0"),
        ("a.csv", b"one,two\n1,2\n", "must have the columns entry and value"),
        ("a.csv", b"entry,value\ndelta2,0,5\n", "row 2: more cells than columns"),
        ("a.csv", b"entry,value\ndelta2,1\ndelta2,2\n", "row 3: 'delta2' is given twice"),
        ("a.csv", b"entry,value,value\n", "two columns have the same name"),
        ("a.csv", b'entry,value\n"delta2,1\n', "not a CSV file"),
        ("a.csv", b"entry,value\n\xff\xfe,1\n", "not UTF-8 text"),
        ("a.csv", b"entry,value\n" + b"x,1\n" * 300_000, "bytes; a file of answers has 1,000,000"),
        ("a.csv", b"entry,value\n" + b",\n,1\n" * 30_000, "must have 1 to 20,000 rows"),
        ("a.json", b"{", "not JSON: line 1"),
        ("a.json", b"[]", "must hold an object"),
        ("a.json", b"[1]", "must hold an object"),
        ("a.json", b'{"answers": 3}', "'answers' must be an object"),
        ("a.json", deep(100_000).encode(), "cannot be read as JSON|'answers' must be"),
        ("a.json", b'{"answers": {"delta2": ' + b"9" * 10_000 + b"}}", "cannot be read as JSON"),
        ("a.txt", b"1", "must end in .csv or .json"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(DataError, match=message):
        read_submissions(path)


def test_a_class_is_marked_whatever_somebody_hands_in(made: Exercise, tmp_path: Path) -> None:
    """Each file has a row; one that cannot be marked says why; no cell is a formula."""
    (tmp_path / "ada.csv").write_text(form(made))
    (tmp_path / "eve.csv").write_text(form(made, student='=HYPERLINK("x")', delta2="@SUM(1)"))
    (tmp_path / "bob.json").write_text("{")
    (tmp_path / "notes.txt").write_text("not an answer")
    (tmp_path / "=cmd.json").write_text(json.dumps({"student": "+1\x1b[31m", "answers": {"delta2": "-1+1"}}))
    (tmp_path / "folder.csv").mkdir()
    book = grade_files([tmp_path], [made])
    rows = list(csv.DictReader(io.StringIO(book.as_csv())))

    assert [row["file"] for row in rows] == ["'=cmd.json", "ada.csv", "bob.json", "eve.csv"]
    by_file = {row["file"]: row for row in rows}
    assert by_file["ada.csv"]["percent"] == "100.0"
    assert by_file["bob.json"]["points"] == "0"
    assert "not marked" in by_file["bob.json"]["remarks"]
    assert by_file["eve.csv"]["student"] == '\'=HYPERLINK("x")'
    assert by_file["eve.csv"]["remarks"] == "delta2: '@SUM(1)' is not a number"
    assert by_file["'=cmd.json"]["student"] == r"'+1\x1b[31m"
    cells = [cell for row in csv.reader(io.StringIO(book.as_csv())) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@"))]
    assert "\x1b" not in book.as_csv()


def test_a_table_with_a_row_for_each_student(made: Exercise, tmp_path: Path) -> None:
    """The export of a form has a column for each entry."""
    entries = [entry for field in made.problem.fields for entry in field.entries]
    values = [f"{v:.3f}" for field in made.problem.fields for v in made.by_hand[field.key].ravel()]
    with (tmp_path / "class.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["Student", *entries], ["Ada", *values], ["Bob", *([""] * len(values))]])
    book = grade_files([tmp_path / "class.csv"], [made])

    assert [(row.student, row.marks.points) for row in book.rows if row.marks] == [
        ("Ada", float(len(entries))), ("Bob", 0.0),
    ]  # fmt: skip


def test_variants_are_told_apart_by_their_name(tmp_path: Path) -> None:
    """An answer is marked by its own variant; without a name, or with an unknown one, it is refused."""
    variants = class_set(4, "2-2-1", kind="forward", seed=1)
    for i, one in enumerate(variants):
        (tmp_path / f"{i}.csv").write_text(form(one, student=f"student {i}"))
    assert all(row.marks and row.marks.is_right for row in grade_files([tmp_path], variants).rows)

    (tmp_path / "0.csv").write_text(form(variants[0], exercise=""))
    (tmp_path / "1.csv").write_text(form(variants[0], exercise="homework 9"))
    remarks = [row.remark for row in grade_files([tmp_path], variants).rows]
    assert "do not say which of the 4 exercises" in remarks[0]
    assert "no exercise 'homework 9'" in remarks[1]


def test_no_files_are_no_class(made: Exercise, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a class must have 1 to 5,000 files"):
        grade_files([tmp_path], [made])


# ---- key files ---------------------------------------------------------------------------------------------


def test_a_key_holds_what_is_needed(made: Exercise) -> None:
    """Exercises come back with the same name and solution."""
    again = read_key(write_key([made, exercise(kind="gate", seed=3)]))

    assert [one.identifier for one in again] == [made.identifier, exercise(kind="gate", seed=3).identifier]
    assert all(np.array_equal(again[0].solution[key], made.solution[key]) for key in made.solution)


def changed(made: Exercise, path: str, value: Any) -> str:
    whole = json.loads(write_key([made]))
    place: Any = whole
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts:
        place = place[part]
    place[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", "pellucid.sheet/1", "must have the schema"),
        ("exercises", [], "must hold a list of exercises"),
        ("exercises", [1], "must have 'options'"),
        ("exercises.0.options.kind", "x", "'kind' must be one of"),
        ("exercises.0.options.sizes", [2, 10**9, 1], "'sizes' must be 2 to 8 numbers"),
        ("exercises.0.options.sizes", "2-2-1", "'sizes' must be 2 to 8 numbers"),
        ("exercises.0.options.digits", 1e9, "'digits' must be an integer"),
        ("exercises.0.options.notation", ["iowa"], "'notation' must be one of"),
        ("exercises.0.options.learning_rate", float("nan"), "'learning_rate' must be a number"),
        ("exercises.0.data.M0", [[1, 2]], "M0 of an exercise must be finite numbers of shape"),
        ("exercises.0.data.X", [["a", "b"]], "X of an exercise must be finite"),
        ("exercises.0.data.M1.0.0", 9.9, "its numbers were changed since"),
        ("exercises.0.data", {}, "X of an exercise must be finite"),
    ],
)
def test_a_changed_key_is_refused(made: Exercise, path: str, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_key(changed(made, path, value))


def test_a_key_without_a_name_takes_the_numbers_of_its_teacher(made: Exercise) -> None:
    """A teacher who writes numbers into a key and removes the id has an exercise with these numbers."""
    whole = json.loads(changed(made, "exercises.0.data.M1.0.0", 0.25))
    del whole["exercises"][0]["id"]

    assert read_key(json.dumps(whole))[0].data["M1"][0][0] == 0.25
    for text in ("", "{", "[" * 100_000, "x" * 9_000_000):
        with pytest.raises(DataError, match="a key file"):
            read_key(text)
