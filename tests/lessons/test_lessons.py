"""Every lesson runs, prints its text fences, draws its figures, has its parts, and links to its neighbors."""

import re
import subprocess
from pathlib import Path

import pytest
import run as runner

LESSONS = runner.LESSONS
PAGES = runner.pages()
LISTED = re.findall(
    r"^\| \d+ \| \[[^\]]+\]\(([^)]+)\)", (LESSONS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.mark.slow
@pytest.mark.parametrize("page", runner.pages_that_run(), ids=lambda page: page.stem)
def test_a_lesson_prints_and_draws_what_it_says(page: Path, tmp_path: Path) -> None:
    differences = runner.run_page(page, tmp_path)

    assert not differences, "\n".join(str(one) for one in differences)
    made = {f"figures/{path.name}" for path in (tmp_path / "figures").iterdir()}
    assert made == set(runner.figures_of(page)), "the page shows what it draws"


@each_page
def test_a_lesson_has_its_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = list(runner.BLOCK.finditer(text))

    assert text.startswith(f"# {int(page.name[:2])}. ")
    assert len(blocks) == len(re.findall("^ *```python", text, re.MULTILINE)), "a block starts at the margin"
    fences = len(re.findall("^ *```text", text, re.MULTILINE))
    assert sum(block["text"] is not None for block in blocks) == fences, "a text fence follows its block"
    saw = re.search(r"^## What you saw\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert saw
    assert re.search(r"\d", saw[1]), "it names what was measured"
    exercises, _, answers = text.partition("\n## Exercises\n")[2].partition("\n## Answers\n")
    numbers = re.findall(r"^(\d)\. ", exercises, re.MULTILINE)
    assert 2 <= len(numbers) <= 4
    assert (
        re.findall(r"^<details><summary>Answer to exercise (\d)</summary>$", answers, re.MULTILINE) == numbers
    )


@each_page
def test_a_lesson_shows_a_figure_that_is_committed(page: Path) -> None:
    figures = runner.figures_of(page)
    listed = subprocess.run(
        ["git", "ls-files", "figures"], cwd=LESSONS, capture_output=True, text=True, check=False
    )

    assert figures
    assert all(Path(name).name.startswith(page.name[:3]) for name in figures)
    assert all((LESSONS / name).is_file() for name in figures)
    if listed.returncode == 0:  # not so in an unpacked source archive
        assert set(figures) <= set(listed.stdout.split())


@each_page
def test_a_lesson_links_to_its_neighbors(page: Path) -> None:
    last = page.read_text(encoding="utf-8").rstrip().splitlines()[-1]
    place = LISTED.index(page.name)
    neighbors = [name for name in LISTED[max(place - 1, 0) : place + 2] if name != page.name]

    assert all(f"]({name})" in last for name in [*neighbors, "README.md"])


@pytest.mark.parametrize("page", runner.pages_that_run(), ids=lambda page: page.stem)
def test_every_folded_part_is_closed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.findall(r"^</?details>", text, re.MULTILINE) == ["<details>", "</details>"] * text.count(
        "</details>"
    )


def test_the_list_of_lessons_is_that_of_the_pages() -> None:
    assert [page.name for page in PAGES] == LISTED


@pytest.mark.parametrize(
    ("expected", "printed", "percent", "reason"),
    [
        ("loss 0.722\n", "loss 0.7219\n", None, ""),
        ("loss 0.722\n", "loss  0.723\n", None, ""),
        ("loss 0.722\n", "loss 0.724\n", None, "expected 0.722, got 0.724"),
        ("4 of 4 rows\n", "3 of 4 rows\n", None, "expected 4, got 3"),
        ("4 of 4 rows\n", "4 of 4 lines\n", None, "the text differs"),
        ("[1. 0.]\n", "[1. 1.]\n", None, "expected 0., got 1."),
        ("8.2e-09\n", "8.3e-09\n", None, ""),
        ("8.2e-09\n", "8.4e-09\n", None, "expected 8.2e-09, got 8.4e-09"),
        ("0e+00\n", "5e-01\n", None, "expected 0e+00, got 5e-01"),
        ("nan\n", "0.5\n", None, "the text differs"),
        ("120 epochs, 0.50\n", "131 epochs, 0.45\n", "10", ""),
        ("120 epochs, 0.50\n", "135 epochs, 0.45\n", "10", "expected 120, got 135"),
    ],
)
def test_numbers_are_compared_at_their_printed_precision(
    expected: str, printed: str, percent: str | None, reason: str
) -> None:
    assert runner.difference(expected, printed, percent) == reason
