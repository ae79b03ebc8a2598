"""Files of answers and keys from anybody: refused by a sentence or read, never half, never for long."""

import json
import os
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pellucid.courses import Exercise, exercise, grade_files, read_key, write_key
from pellucid.courses.exercises.gradebook import MOST_ROWS
from pellucid.courses.exercises.key_files import read_key_file
from pellucid.courses.exercises.kinds import KINDS
from pellucid.courses.exercises.submissions import MOST_STUDENTS, mark_submission, read_submissions
from pellucid.exceptions import DataError, PellucidError


@pytest.fixture(scope="module")
def made() -> Exercise:
    return exercise("2-2-1", kind="backward", seed=7)


def remark(path: Path, made: Exercise) -> str:
    """Return why a file has no marks; empty if it has some."""
    (row,) = grade_files([path], [made]).rows
    assert (row.marks is None) == bool(row.remark)
    return row.remark


DEEP = "[" * 900 + "]" * 900
HOSTILE = {
    "a key twice.json": ('{"student": "a", "answers": {"delta1": [[1]], "delta1": [[2]]}}', "there twice"),
    "two names.json": ('{"student": "a", "student": "b", "answers": {}}', "there twice"),
    "deep.json": ("[" * 100_000, "recursion"),
    "a deep answer.json": (f'{{"answers": {{"delta0": {DEEP}}}}}', "delta0 must be"),
    "digits.json": ('{"answers": {"delta1": %s}}' % ("9" * 100_000), "cannot be read as JSON"),
    "a long key.json": (json.dumps({"answers": {"x" * 900_000: 1}}), "is not asked for"),
    "large.json": (" " * 1_000_001, "1,000,000 at most"),
    "crowd.json": (json.dumps([{}] * (MOST_STUDENTS + 1)), "up to 2,000 students"),
    "crowd.csv": ("student\n" + "ada\n" * (MOST_STUDENTS + 1), "up to 2,000 students"),
    "not text.csv": (b"entry,value\n\xff\xfe,1\n", "not UTF-8"),
    "nul.csv": ("entry,value\n\x00,1\n", "is not asked for"),
    "a long field.csv": ('entry,value\n"' + "x" * 400_000 + '",1\n', "not a CSV file"),
    "twice.csv": ("entry,value\ndelta1,1\ndelta1,2\n", "given twice"),
    "a list.json": ("[1, 2]", "must hold an object"),
    "a number.json": ("1e999", "must hold an object"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(name: str, made: Exercise, tmp_path: Path) -> None:
    content, reason = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    began = time.process_time()
    assert reason in remark(path, made)
    assert time.process_time() - began < 5.0  # a hundred times what it takes


def test_numbers_that_are_none_get_no_points(made: Exercise, tmp_path: Path) -> None:
    """NaN agrees with nothing: neither with itself nor with what is missing."""
    path = tmp_path / "nan.json"
    answers = {
        key: [[float("nan")] * array.shape[1]] * array.shape[0] for key, array in made.solution.items()
    }
    path.write_text(json.dumps({"answers": answers}))
    (row,) = grade_files([path], [made]).rows
    assert row.marks is not None
    assert row.marks.points == 0.0
    assert {mark.status for mark in row.marks.marks} == {"unreadable"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_pipes_folders_and_links_are_not_read(made: Exercise, tmp_path: Path) -> None:
    """A link in a folder of hand-ins could lead to another student's answers; a pipe would never end."""
    honest = json.dumps({"answers": {key: array.tolist() for key, array in made.solution.items()}})
    (tmp_path / "ada.json").write_text(honest)
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "bob.json").symlink_to(tmp_path / "ada.json")
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "eve.json").mkdir()
    os.mkfifo(folder / "pipe.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    rows = {row.file: row for row in grade_files([folder], [made]).rows}
    assert set(rows) == {"bob.json", "loop.json", "zero.csv"}
    assert all("symbolic link" in row.remark and row.marks is None for row in rows.values())
    assert grade_files([folder / "bob.json"], [made]).rows[0].marks is not None  # named by the teacher
    for path in (folder / "pipe.csv", folder / "eve.json"):
        assert "not a regular file" in remark(path, made) if path.suffix == ".csv" else True
        with pytest.raises(DataError, match="is not a file"):
            read_key_file(path)


def test_a_key_twice_in_a_key_file_is_refused(made: Exercise) -> None:
    with pytest.raises(DataError, match="there twice"):
        read_key(write_key([made]).replace('"id"', '"id": "x", "id"', 1))


def test_a_class_has_a_size(made: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.courses.exercises.gradebook.MOST_ROWS", 5)
    assert MOST_ROWS > MOST_STUDENTS
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps([{"student": name}] * 3))
    with pytest.raises(DataError, match="up to 5 students"):
        grade_files([tmp_path], [made])


# ---- at random ----------------------------------------------------------------------------------------------

NASTY: list[Any] = [
    None, True, False, 0, -1, 10**9, 10**400, 1e308, -1e308, 1e-320, float("nan"), float("inf"), "", "x", "\ud800",
    "\x00", "=1+1", "1e999", "NaN", "9" * 5000, [], [[]], {}, {"a": 1}, json.loads(DEEP[800:1000]), [1] * 3000,
    [[1] * 50] * 50, "__proto__", [None], [[1, 2], [3]], -0.0, "−0.5",
]  # fmt: skip


def mutated(value: Any, rng: random.Random) -> Any:
    """Return data of which some parts are others, missing, doubled or under other names."""
    if rng.random() < 0.06:
        return rng.choice(NASTY)
    if isinstance(value, dict):
        kept = {key: mutated(each, rng) for key, each in value.items() if rng.random() > 0.02}
        return kept | (
            {rng.choice(["extra", "id", "student"]): rng.choice(NASTY)} if rng.random() < 0.03 else {}
        )
    if isinstance(value, list):
        changed = [mutated(each, rng) for each in value]
        return changed * 2 if rng.random() < 0.03 else changed[: -1 if rng.random() < 0.03 else None]
    return value


@pytest.mark.parametrize("seed", [0, pytest.param(range(1, 40), marks=pytest.mark.slow)])
def test_mutated_keys_and_answers_meet_a_sentence_or_marks(seed: Any, tmp_path: Path) -> None:
    """Whatever was changed, nothing but an error of ours is raised, and marks can be written."""
    for each in [seed] if isinstance(seed, int) else seed:
        rng = random.Random(each)
        for kind in KINDS:
            made = exercise(kind=kind, seed=3)
            with suppress(PellucidError):
                for read in read_key(json.dumps(mutated(json.loads(write_key([made])), rng))):
                    assert read.check({}).possible > 0
            answers = {key: array.tolist() for key, array in made.solution.items()}
            whole = mutated({"student": "Ada", "exercise": made.identifier, "answers": answers}, rng)
            path = tmp_path / "answers.json"
            path.write_bytes(json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            book = grade_files([path], [made])
            assert book.as_csv().encode()
            for row in book.rows:
                assert json.dumps(row.to_dict()).encode()
                assert (row.marks is None) == bool(row.remark)
                assert row.marks is None or 0 <= row.marks.points <= row.marks.possible
            with suppress(PellucidError):
                for submission in read_submissions(path):
                    assert mark_submission(submission, [made]).describe()
