"""``pellucid exercise`` and ``pellucid check``: a worksheet, its answers, a gradebook."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from pellucid.courses import read_key


def filled(folder: Path, key: str = "teacher/key.json", i: int = 0, **changed: str) -> str:
    """Return the form of an exercise in a folder, filled in by its key."""
    made = read_key((folder / key).read_text(encoding="utf-8"))[i]
    values = {
        entry: f"{value:.3f}"
        for field in made.problem.fields
        for entry, value in zip(field.entries, np.ravel(made.by_hand[field.key]), strict=True)
    }
    rows = csv.reader(made.answer_form().splitlines())
    return "\n".join(f'"{name}",{ {**values, **changed}.get(name, value) }' for name, value in rows)


def test_the_files_of_an_exercise(pellucid, folder):
    """Students and teacher have a folder each; the output says what to do next."""
    ran = pellucid(
        "exercise", "2-3-1", "--activation", "relu", "--loss", "squared", "--seed", 7, "--notation", "iowa",
        "--kind", "backward", "--out", "homework",
    )  # fmt: skip
    files = {str(path.relative_to("homework")) for path in Path("homework").rglob("*") if path.is_file()}

    assert ran.code == 0
    assert files == {
        "teacher/key.json", "students/answers.csv",
        *(f"students/worksheet.{suffix}" for suffix in ("html", "tex", "md", "json")),
        *(f"teacher/solution.{suffix}" for suffix in ("html", "tex", "md", "json")),
    }  # fmt: skip
    assert "21 entries" in ran.out
    assert "pellucid check" in ran.out.partition("What next")[2]
    assert "𝕎" in Path("homework/students/worksheet.html").read_text(encoding="utf-8")


def test_an_existing_folder_is_kept(pellucid, folder):
    """A folder with files is refused without --force, and so is a file in its place."""
    Path("homework").mkdir()
    assert pellucid("exercise", "2-2-1", "--out", "homework").code == 0
    kept = Path("homework/teacher/key.json").read_text()
    ran = pellucid("exercise", "2-2-1", "--seed", 5, "--out", "homework")
    assert ran.code == 1
    assert "exists already" in ran.err
    assert Path("homework/teacher/key.json").read_text() == kept
    assert pellucid("exercise", "2-2-1", "--seed", 5, "--out", "homework", "--force").code == 0
    assert Path("homework/teacher/key.json").read_text() != kept
    Path("file").touch()
    assert "is a file" in pellucid("exercise", "2-2-1", "--out", "file").err


def test_one_student(pellucid, folder):
    """The form comes back with its points; a slip has its sentence."""
    pellucid("exercise", "2-2-1", "--seed", 7, "--out", "homework")
    Path("ada.csv").write_text(filled(Path("homework")))
    made = read_key(Path("homework/teacher/key.json").read_text())[0]
    ran = pellucid("check", "ada.csv", "--exercise", "homework/teacher/key.json")
    assert ran.code == 0
    assert f"{made.problem.n_entries} of {made.problem.n_entries} points" in ran.out

    delta = -made.by_hand["delta1"].item()
    Path("bob.csv").write_text(filled(Path("homework"), delta1=f"{delta:.3f}"))
    found = pellucid("check", "bob.csv", "--exercise", "homework/teacher/key.json", "--json").json
    (student,) = found["students"]
    assert student["student"] == "bob"
    assert student["slips"] == {"delta1": "sign"}
    assert {e["status"] for e in student["entries"] if e["entry"].startswith("grad")} <= {
        "carried",
        "wrong",
        "right",
    }


def test_a_class_with_variants(pellucid, folder):
    """Thirty variants, three answers in a folder, a gradebook."""
    pellucid("exercise", "2-2-1", "--kind", "forward", "--variants", 30, "--out", "class")
    assert len(list(Path("class/students").glob("worksheet-*.html"))) == 30
    Path("in").mkdir()
    for i in range(3):
        Path(f"in/s{i}.csv").write_text(filled(Path("class"), i=i))
    Path("in/s2.csv").write_text("entry,value\nlayer1[0],=1+1\n")
    ran = pellucid("check", "in", "--exercise", "class/teacher/key.json", "--gradebook", "marks.csv")
    rows = list(csv.DictReader(Path("marks.csv").read_text().splitlines()))

    assert ran.code == 0
    assert [row["percent"] for row in rows] == ["100.0", "100.0", ""]
    assert "which of the 30 exercises" in rows[2]["remarks"]
    assert (
        "exists already"
        in pellucid("check", "in", "--exercise", "class/teacher/key.json", "--gradebook", "marks.csv").err
    )


def test_a_worked_example(pellucid, folder):
    """Note 002's example brings its numbers; options that would change them are refused."""
    found = pellucid(
        "exercise", "--example", "iowa-grounded", "--kind", "update", "--out", "a", "--json"
    ).json
    (name,) = found["exercises"]
    made = read_key(Path("a/teacher/key.json").read_text())[0]
    assert made.identifier == name
    assert made.data["X"] == [[0.0, 1.0]]
    ran = pellucid("exercise", "--example", "iowa-grounded", "--seed", 3)
    assert ran.code == 2
    assert "--example has its own numbers" in " ".join(ran.err.split())


def test_files_for_graders(pellucid, folder):
    """Each grader has its files on the teacher's side."""
    pellucid("exercise", "2-1", "--format", "nbgrader,otter,prairielearn", "--out", "a")
    names = {str(path.relative_to("a")) for path in Path("a").rglob("*") if path.is_file()}

    assert {
        "teacher/assignment.ipynb", "teacher/tests/delta0.py", "teacher/question/info.json",
        "teacher/question/question.html", "teacher/question/server.py",
    } <= names  # fmt: skip
    assert {name for name in names if name.startswith("students")} == {"students/answers.csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("exercise", "2-x"), "SIZES must be numbers of units"),
        (("exercise", "--kind", "bakward"), "Did you mean 'backward'?"),
        (("exercise", "--format", "pdf"), "'formats' must be one or more of"),
        (("exercise", "--variants", "0"), "It takes an integer from 1 to 500"),
        (("check", "none.csv", "--exercise", "key.json"), "There is no file 'none.csv'"),
        (("check", "a.csv", "--exercise", "none.json"), "is not a file"),
        (("check", "a.csv", "--exercise", "a.csv"), "a key file must be JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(pellucid, folder, words, message):
    Path("a.csv").write_text("entry,value\n")
    pellucid("exercise", "2-1", "--out", "k")
    Path("key.json").write_text(Path("k/teacher/key.json").read_text())
    ran = pellucid(*words)

    assert ran.code in (1, 2)
    assert message in " ".join(ran.err.replace("│", " ").split())


def test_the_kinds_are_listed(pellucid):
    said = pellucid("exercise", "--list").out

    assert all(kind in said for kind in ("backward", "dead-unit", "wrong-number"))


def test_json_of_a_class_is_one_object(pellucid, folder):
    pellucid("exercise", "2-1", "--out", "a")
    Path("in").mkdir()
    Path("in/x.json").write_text(json.dumps({"student": "x\x1b[31m", "answers": {"delta0": "nan"}}))
    (row,) = pellucid("check", "in", "--exercise", "a/teacher/key.json", "--json").json["students"]

    assert row["points"] == 0.0
    assert "\x1b" not in pellucid("check", "in", "--exercise", "a/teacher/key.json").out
