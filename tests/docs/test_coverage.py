"""docs/coverage.md lists everything that the courses contain, and says for each row where it is."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pellucid.cli.app import app
from pellucid.courses import EXAMPLES, KINDS, MISPRINTS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SECTIONS = re.findall(
    r"^## ([^\n]+)\n(.*?)(?=^## |\Z)",
    (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# What the five notes contain, counted in them.
COUNTS = {
    "Models and building blocks": 19,
    "Algorithms": 23,
    "Logic networks": 8,
    "Worked numerical examples": 12,
    "Approximation": 8,
    "Phenomena to show and diagnose": 11,
    "Exercises": 10,
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


def test_a_row_says_which_notes() -> None:
    for name, notes, _ in ROWS:
        assert notes == "all" or set(notes.split(", ")) <= {"000", "001", "002", "003", "004"}, name


def section_of(link: str) -> str:
    """Return the text below the heading that a link names, with the sections inside it; "" if there is none."""
    name, _, anchor = link.partition("#")
    page = ROOT / "docs" / name
    if page.suffix != ".md" or not anchor:
        return ""
    text = page.read_text(encoding="utf-8")
    fences = [fence.span() for fence in FENCE.finditer(text)]
    heads = [
        (found.start(), len(found[1]), found[2])
        for found in re.finditer(r"^(#+) (.+)$", text, re.MULTILINE)
        if not any(start <= found.start() < stop for start, stop in fences)
    ]
    for i, (start, level, title) in enumerate(heads):
        if re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") == anchor:
            ends = [at for at, other, _ in heads[i + 1 :] if other <= level]
            return text[start : ends[0] if ends else None]
    return ""


def commands_of(row: list[str]) -> list[str]:
    return [command.replace("\\|", "|") for command in re.findall(r"`pellucid ([^`]+)`", row[2])]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_row_leads_to_something_that_runs(row: list[str]) -> None:
    """Code in the section that a link names, which other tests run, or a command, which the next one runs."""
    sections = [section_of(link) for link in re.findall(r"\]\(([^)]+\.md#[^)]+)\)", row[2])]

    assert all(sections), "a link that names no section"
    assert commands_of(row) or any("```python\n" in text for text in sections)


COMMANDS = sorted({command for row in ROWS for command in commands_of(row)})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_a_row_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["pellucid"])

    ran = CliRunner().invoke(app, shlex.split(command))

    assert ran.exit_code == 0, ran.output
    assert ran.output


def test_every_kind_of_exercise_is_in_its_table_and_in_a_lesson() -> None:
    rows = {command.split()[-1]: row for row in TABLES["Exercises"] for command in commands_of(row)}

    assert set(rows) == set(KINDS)
    for kind, (_, _, where) in rows.items():
        (page,) = re.findall(r"\]\((lessons/[^#)]+)#exercises\)", where)
        assert f"`pellucid exercise --kind {kind}`" in (ROOT / "docs" / page).read_text(encoding="utf-8")


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
