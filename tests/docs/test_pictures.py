"""The pictures of README and guide show what the product gives, and the README's numbers are those measured."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
pictures = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "pictures.py")))
screenshots = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "screenshots.py")))
UNTRAINED = ("hero", "tables", "trace")  # the others have numbers that may differ by processor
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def words_of(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def without_numbers(words: list[str]) -> list[str]:
    found = (re.sub(r"[-−]?\d[\d.,×e]*", "#", word).split() for word in words)
    return [" ".join(parts) for parts in found if set(parts) - {"#"}]


@pytest.mark.parametrize("name", list(pictures.DRAWN))
def test_a_picture_is_what_its_script_draws(name: str) -> None:
    """If it fails: ``python docs/pictures.py NAME`` draws the picture anew; look at it."""
    kept = words_of((pictures.PICTURES / f"{name}.svg").read_text(encoding="utf-8"))
    drawn = words_of(pictures.draw(name))

    assert len(kept) > 3
    if name in UNTRAINED:
        assert drawn == kept
    assert without_numbers(drawn) == without_numbers(kept)


def test_every_picture_is_shown_and_loads_nothing() -> None:
    shown = {
        found for page in PAGES for found in re.findall(r"pictures/([\w-]+)\.svg", page.read_text("utf-8"))
    }

    taken = {
        found for page in PAGES for found in re.findall(r"pictures/([\w-]+)\.png", page.read_text("utf-8"))
    }

    assert shown == set(pictures.DRAWN) == {path.stem for path in pictures.PICTURES.glob("*.svg")}
    assert taken == set(screenshots.TAKEN) == {path.stem for path in pictures.PICTURES.glob("*.png")}
    for name in shown:
        svg = (pictures.PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^\"' ]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_every_page_of_the_guide_has_its_picture() -> None:
    for page in (ROOT / "docs" / "guide").glob("*.md"):
        assert re.search(r"!\[[^\]]{40,}\]\([^)]+\.(svg|png)\)", page.read_text(encoding="utf-8")), page.name


def test_the_table_of_the_readme_is_what_was_measured() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" *") for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    table = {re.sub(r"[\"`]|\(.*\)", "", row[0]).strip(): row for row in rows}
    records = pictures.read(pictures.RESULTS)
    for key, name in pictures.NAMES.items():
        row = table[name if name in table else f"scikit-learn {name}"]
        for cell, data, metric, form in (
            (1, "california", "rmse", "{:.3f}"),
            (3, "adult", "error", "{:.1%}"),
        ):
            measured = pictures.mean(each[metric] for each in pictures.latest(records, key, data))
            assert row[cell].replace(" ", "") == form.format(measured).removeprefix("0"), (name, data)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120
