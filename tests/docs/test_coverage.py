"""docs/coverage.md lists everything that the courses contain, and says for each row where it is."""

import re
from pathlib import Path

import pytest
import typer

from pellucid.cli.app import app
from pellucid.courses import EXAMPLES, MISPRINTS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SECTIONS = re.findall(
    r"^## ([^\n]+)\n(.*?)(?=^## |\Z)",
    (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
# What the five notes contain, counted in them.
COUNTS = {
    "Models and building blocks": 16,
    "Algorithms": 20,
    "Logic networks": 8,
    "Worked numerical examples": 11,
    "Approximation": 5,
    "Phenomena to show and diagnose": 11,
    "Misprints": 47,
}


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of the rows of a table."""
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


TABLES = {title: rows_of(section) for title, section in SECTIONS}
ROWS = [row for rows in TABLES.values() for row in rows]


def test_every_part_of_the_notes_has_its_row() -> None:
    assert {title: len(rows) for title, rows in TABLES.items()} == COUNTS
    names = [row[0] for row in ROWS]
    assert len(set(names)) == len(names)


def test_a_row_says_which_notes_and_where() -> None:
    lesson_and_place = re.compile(r"\]\((lessons/\d\d-[\w-]+\.md#[^)]+)\)")
    for name, notes, where in ROWS:
        assert notes == "all" or set(notes.split(", ")) <= {"000", "001", "002", "003", "004"}, name
        assert lesson_and_place.search(where), name


def test_the_misprints_are_those_that_the_library_checks() -> None:
    listed = {row[0].partition(",")[0]: row[1] for row in TABLES["Misprints"]}

    assert listed == {misprint.id: misprint.note for misprint in MISPRINTS.values()}


def test_every_worked_example_is_in_the_table() -> None:
    used = {name for row in ROWS for name in re.findall(r"--example ([\w-]+)", row[2])}

    assert used == set(EXAMPLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_and_commands_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"pellucid trace --example ([\w-]+)", text))
    commands = set(re.findall(r"(?:^|`|\n)pellucid ([a-z]+)\b(?= |`|$)", text, re.MULTILINE))
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    assert named - {"NAME"} <= set(EXAMPLES)
    assert commands <= known
