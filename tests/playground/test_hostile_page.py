"""Hostile links, names and tables: the page opens, says what is wrong, and runs none of it."""

import base64
import csv
import io
import json
import zlib
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pellucid.host.escaping import for_csv
from pellucid.playground.doors import save_page
from playground.driving import exported, opened, opens, table_of
from playground.nasty import OWN, RAW, SETUP, changed

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NAMES = [
    MARKUP,
    "=HYPERLINK(0)",
    " +1+cmd|' /C calc'!A0",
    "＝1+1",
    "@x",
    "$\\input{/etc/passwd}$",
    "__proto__",
    "constructor",
]
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def link_of(value) -> str:
    """Return the fragment of a share link, as the page packs it; a function makes what is large."""
    value = value() if callable(value) else value
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    return "#p=" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def visit(page, built, fragment):
    page.goto("about:blank")  # a change of the fragment alone loads nothing
    opened(page, built, fragment)
    page.get_by_role("button", name="One batch forward").click()
    page.locator(".where output", has_text="step").wait_for()
    return page


BAD = {
    "noise": "#p=%%%",
    "cut": link_of({"setup": SETUP})[:-9],
    "not JSON": b"{",
    "a list": [1],
    "null": None,
    "a bomb": lambda: b"[" + b" " * 200_000_000 + b"]",
    "steps for years": {"setup": {}, "step": 2**53 - 1},
    "no number of steps": {"setup": {}, "step": "1"},
    "no setup": {"setup": 5, "step": -1},
    "prototype": {"setup": {"network": {"activation": ["__proto__"]}}},
    "constructor": {"setup": {"optimizer": {"name": "constructor"}}},
    "data": {"setup": {"data": {"name": "toString"}}},
    "cells": {"setup": {"data": {**OWN, "rows": [[{}]]}}},
    "nothing": {"setup": None},
    "width": {"setup": {"network": {"hidden": [1e9]}}},
    "batch": {"setup": {"batch_size": {}}},
    "loss": {"setup": {"loss": MARKUP}},
}
TELLING = ("cut", "a bomb", "steps for years", "prototype", "loss")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind not in TELLING)) for kind in BAD]
)
def test_a_link_that_cannot_be_opened_is_named_and_the_page_works(kind, page, built):
    bad = BAD[kind]
    visit(page, built, bad if isinstance(bad, str) else link_of(bad))
    assert page.locator(".notice").inner_text().strip("✕ \n")


VIEWS = [
    {"notation": "__proto__"},
    {"view": {"sample": 2**53}},
    *(
        pytest.param(view, marks=pytest.mark.slow)
        for view in (
            {"view": {"digits": 10**9}},
            {"view": {"digits": -1}},
            {"view": {"sample": 2**53 - 1}},
            {"view": {"sample": -7}},
            {"view": 3},
            {"notation": {"a": 1}},
        )
    ),
]


@pytest.mark.thorough
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_what_a_link_says_of_the_view_is_taken_or_left(view, page, built):
    visit(page, built, link_of({"setup": {}, **view}))
    assert page.locator(".notice").count() == 0


@pytest.mark.slow
def test_changed_links_open_or_are_refused(page, built, rng):
    for _ in range(150):
        made = changed(
            {**SETUP, "data": [SETUP["data"], OWN, RAW][int(rng.integers(3))]}, rng, int(rng.integers(1, 4))
        )
        visit(page, built, link_of({"setup": made}))


@pytest.mark.thorough
def test_a_saved_file_with_a_hostile_setup_opens(page, tmp_path):
    path = tmp_path / "page.html"
    save_page(path, example="xor")
    text = path.read_text(encoding="utf-8")
    for boot in (
        {"setup": {"network": {"hidden": 3}}},
        {"setup": {"loss": MARKUP}},
        {"setup": {}, "step": 1e300},
    ):
        at = text.index('id="boot">') + len('id="boot">')
        path.write_text(
            text[:at] + json.dumps(boot).replace("<", "\\u003c") + text[text.index("</script>", at) :],
            "utf-8",
        )
        visit(page, path, "")
        assert page.locator(".notice").count() == 1


# ---- names of columns, classes and files --------------------------------------------------------------------


def table() -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*NAMES, "target"])
    for k in range(24):
        writer.writerow(
            [
                *(round((k * (j + 2)) % 11 / 3 + j, 3) for j in range(len(NAMES))),
                (MARKUP, "=1+1", "-2+3")[k % 3],
            ]
        )
    return out.getvalue()


@pytest.mark.thorough
def test_names_are_text_in_every_view(page, built, seen):
    opened(page, built)
    page.evaluate("void (globalThis.alert = () => { throw new Error('ran'); })")
    opens(page, table())
    page.locator(".scores").wait_for()
    page.get_by_role("button", name="One epoch forward").click()
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("[...document.scripts].every((each) => !each.textContent.startsWith('alert'))")
    assert MARKUP in page.locator("main").inner_text()
    assert page.evaluate("({}).polluted") is None


@pytest.mark.thorough
def test_no_cell_of_an_exported_table_is_a_formula(page, built):
    opened(page, built)
    opens(page, table())
    for name in ("Predictions, CSV", "Weights, CSV", "Units, CSV", "Loss, CSV"):
        for row in table_of(page, name):
            for cell in [*row, *row.values()]:
                assert not cell.lstrip(" ").startswith(FORMULAS) or _is_number(cell), (name, cell)
    names = list(table_of(page, "Predictions, CSV")[0])
    assert names[1 : 1 + len(NAMES)] == [for_csv(name.strip()) for name in NAMES]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.thorough
def test_exported_pictures_and_pages_hold_names_as_text(page, built, tmp_path):
    opened(page, built)
    opens(page, table())
    picture = ElementTree.fromstring(exported(page, "Picture, SVG"))
    tags = {element.tag.partition("}")[2] for element in picture.iter()}
    assert not tags & {"script", "img", "foreignObject", "a"}
    assert not any(name.startswith("on") for element in picture.iter() for name in element.attrib)
    saved = tmp_path / "saved.html"
    saved.write_text(exported(page, "Page with this run"), "utf-8")
    assert _Tags.of(saved) == _Tags.of(Path(built))
    visit(page, saved, "")
    assert MARKUP in page.locator("main").inner_text()


class _Tags(HTMLParser):
    """The elements of a file, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)

    @classmethod
    def of(cls, path: Path) -> list[str]:
        made = cls()
        made.feed(path.read_text(encoding="utf-8"))
        return made.found


def test_csv_is_made_inert_as_python_makes_it(node):
    texts = [*NAMES, "a", "", " ", "\n=1", "\t1", "-", "=", "－1", '="a"', "a,b", "'"]
    found = node(
        "const { forCsv } = await load('calculation/escaping.js'); return texts.map(forCsv);", texts=texts
    )
    assert [next(iter(csv.reader(io.StringIO(text, newline="")))) if text else [] for text in found] == [
        [for_csv(text)] if text else [] for text in texts
    ]


@pytest.mark.thorough
def test_guesses_of_another_run_are_not_handed_in(page, built, tmp_path):
    """A number changes with the learning rate; a guess that was right before is not called forged after."""
    from pellucid.playground.checking import check_file

    opened(page, built)
    page.get_by_role("button", name="One batch forward").click()
    page.get_by_label("Guess first").check()
    calculation = page.locator(".calculation")
    calculation.get_by_label("Your guess").first.fill("123")
    calculation.get_by_label("Your guess").first.press("Enter")
    calculation.get_by_text("0 of 1 guess right").wait_for()
    rate = page.get_by_label("Learning rate")
    rate.fill("0.5")
    rate.press("Enter")
    calculation.get_by_text("of 1 guess").wait_for(state="detached")
    page.get_by_role("button", name="Undo", exact=True).click()
    calculation.get_by_text("0 of 1 guess right").wait_for()
    with page.expect_download() as waiting:
        calculation.get_by_role("button", name="Save the hand-in file").click()
    assert len(check_file(waiting.value.path()).answers) == 1
