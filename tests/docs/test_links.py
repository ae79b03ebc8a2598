"""No relative link of the README and of docs/ is dead: the file is there, and so is the heading."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^ *(```+).*?^ *\1`* *$|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *(```+).*?^ *\1`* *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"\s]+)\"")


def links_of(page: Path) -> list[str]:
    """Return what a page links to that is no address of the web."""
    text = CODE.sub("code", page.read_text(encoding="utf-8"))
    targets = [markdown or html for markdown, html in LINK.findall(text)]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    seen: Counter[str] = Counter()
    anchors = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6} (.+?) *#*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
        seen[slug] += 1
    return anchors


def is_dead(page: Path, link: str) -> bool:
    """Return whether a link of a page leads nowhere."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors_of(target)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    dead = [link for link in links_of(page) if is_dead(page, link)]

    assert dead == []


def test_a_dead_link_would_be_seen(tmp_path: Path) -> None:
    page = ROOT / "docs" / "coverage.md"

    assert len(links_of(page)) > 100
    assert is_dead(page, "lessons/09-nothing.md")
    assert is_dead(page, "lessons/README.md#nothing")
    assert is_dead(page, "../../elsewhere.md")
    assert not is_dead(page, "lessons/README.md#the-format-for-authors")
    assert not is_dead(page, "lessons/07-backpropagation.md#slope--input--sensitivity")
    other = tmp_path / "page.md"
    other.write_text('[a](b.md#c) `[no](no.md)` ![x [y]](z.png) <img src="w.svg">\n```\n[no](no.md)\n```\n')
    assert links_of(other) == ["b.md#c", "z.png", "w.svg"]
