"""Access to the page: axe finds nothing, the keyboard is enough, nothing leaves the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pellucid.courses import EXAMPLES
from playground.driving import SOURCES, at_step, opened, press, run_of

pytestmark = pytest.mark.slow
AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
DIALOGS = ["Lessons", "Your data", "Draw points", "Formula", "Link", "Export", "Help"]


@pytest.fixture
def axe(chromium: Any, built: Path) -> Any:
    """Return a function that opens the page in a form and returns what axe finds."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in page/")
    contexts = []

    def look(
        prepare: Any = None, *, width: int = 1440, scheme: str = "light", fragment: str = ""
    ) -> list[str]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            bypass_csp=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        opened(page, built, fragment)
        if prepare:
            prepare(page)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for rule in found["violations"]
            for node in rule["nodes"][:4]
        ]

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "fragment"), [(320, ""), (1440, ""), (1440, "#lecture=")])
def test_axe_finds_nothing(axe: Any, scheme: str, width: int, fragment: str) -> None:
    """No rule of axe is violated in light, dark, at 320 and 1,440 pixels, in lecture mode."""

    def prepare(page: Any) -> None:
        press(page, ".", 3)
        at_step(page, 3)
        page.get_by_label("health").check()
        for summary in page.locator("summary").all():
            summary.click()

    assert axe(prepare, width=width, scheme=scheme, fragment=fragment) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_axe_finds_nothing_in_dialogs(axe: Any, name: str) -> None:
    """No dialog violates a rule of axe."""
    assert axe(lambda page: page.get_by_role("button", name=name, exact=True).click()) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1440, "dark")])
def test_axe_finds_nothing_in_a_sweep(axe: Any, width: int, scheme: str) -> None:
    """Curves, pictures and table of a sweep violate no rule of axe."""

    def prepare(page: Any) -> None:
        page.get_by_role("button", name="Sweep", exact=True).click()
        page.get_by_label("Epochs").fill("3")
        page.locator("dialog").get_by_role("button", name="Start").click()
        page.get_by_role("button", name="Use 0.3", exact=True).wait_for()

    assert axe(prepare, width=width, scheme=scheme) == []


@pytest.mark.parametrize("example", ["digits", "iris", "sine"])
def test_axe_finds_nothing_in_other_pictures(axe: Any, example: str) -> None:
    """Wide networks, three classes and regression violate no rule of axe."""

    def prepare(page: Any) -> None:
        page.get_by_label("Example").select_option(example)
        page.wait_for_timeout(300)
        if example == "digits":
            page.locator(".cells canvas").nth(1).click()

    assert axe(prepare) == []


def test_a_lesson_by_keyboard(page: Any, built: Path) -> None:
    """With the keyboard alone a dead unit is found and revived, and the task says that it is done."""
    opened(page, built)
    begin_by_keyboard(page, "A dead unit")
    assert "done" not in page.locator(".hint .done").inner_text()
    tab_to(page, "layer 1, unit 2")
    assert "dead" in focused(page)
    page.keyboard.press("b")
    assert focused(page).startswith("bias of layer 1, unit 2")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    page.locator(".hint .done", has_text="done").wait_for()
    assert focused(page).startswith("bias of layer 1, unit 2")
    page.keyboard.press(".")
    at_step(page, 1)
    page.locator("[aria-live=polite]", has_text="step 1").wait_for(state="attached")
    end_by_keyboard(page)
    edits = run_of(page)["setup"]["edits"]
    assert [edit["value"] for edit in edits] == [-6, 0.5]


def test_a_gradient_is_guessed_by_keyboard(page: Any, built: Path) -> None:
    """With the keyboard alone a gradient of the chain of sigmoids is guessed, and the pass is gone through."""
    example = EXAMPLES["umass-chain"]
    sentence = str(example.trace().explain("W", block=0, row=1, column=0, notation=example.notation))
    opened(page, built)
    begin_by_keyboard(page, "A chain of four sigmoids")
    tab_to(page, "Guess first")
    page.keyboard.press("Space")
    assert sentence not in page.locator(".calculation").inner_text()
    tab_to(page, "Your guess")
    page.keyboard.type(sentence.rsplit(" = ", 1)[1].replace("−", "-"))
    page.keyboard.press("Enter")
    page.locator(".calculation", has_text=sentence.split(" = ", 1)[1]).wait_for()
    tab_to(page, "weight from input")
    for _ in range(13):  # z and a of four layers, the loss, δ of four layers
        page.keyboard.press("]")
    page.locator(".hint .done", has_text="done").wait_for()
    end_by_keyboard(page)


def begin_by_keyboard(page: Any, lesson: str) -> None:
    """Open a lesson by keyboard, and count from then on what a mouse does."""
    page.evaluate("globalThis.nPointed = 0; addEventListener('pointerdown', () => { nPointed += 1; }, true)")
    tab_to(page, "Lessons")
    page.keyboard.press("Enter")
    tab_to(page, lesson)
    page.keyboard.press("Enter")
    page.locator(".hint.lesson", has_text=lesson).wait_for()


def end_by_keyboard(page: Any) -> None:
    """Close the lesson by keyboard; no mouse was used in it."""
    tab_to(page, "Close the lesson")
    page.keyboard.press("Enter")
    page.locator(".hint.lesson").wait_for(state="detached")
    assert page.evaluate("nPointed") == 0


def focused(page: Any) -> str:
    """Return the name of the focused element."""
    name: str = page.evaluate(
        "(({ ariaLabel, labels, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent)"
        "(document.activeElement).trim()"
    )
    return name


def tab_to(page: Any, name: str) -> None:
    """Press Tab until an element of that name has the focus."""
    for _ in range(80):
        if focused(page).startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name!r}")


def test_arrows_walk_the_network(page: Any, built: Path) -> None:
    """From the chosen weight the arrows reach its units, their neighbours, the bias and the loss."""
    opened(page, built)
    tab_to(page, "weight from input x1")
    steps = [
        ("ArrowRight", "layer 1, unit 1"),
        ("ArrowDown", "layer 1, unit 2"),
        ("b", "bias of layer 1, unit 2"),
        ("ArrowRight", "layer 1, unit 2"),
        ("ArrowRight", "weight from layer 1, unit 2 to output"),
        ("ArrowRight", "output"),
        ("ArrowRight", "loss"),
        ("ArrowLeft", "output"),
        ("ArrowLeft", "weight from layer 1, unit 1 to output"),
    ]
    for key, name in steps:
        page.keyboard.press(key)
        assert focused(page).startswith(name), (key, focused(page))


def test_nothing_leaves_the_page(page: Any, seen: Any, built: Path) -> None:
    """Through a whole visit the file asks for nothing but itself and its worker."""
    opened(page, built)
    press(page, " ")
    page.wait_for_timeout(600)
    press(page, " ")
    for name in DIALOGS:
        page.get_by_role("button", name=name, exact=True).click()
        page.locator("dialog").wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
    for example in ("digits", "iris", "x_squared"):
        page.get_by_label("Example").select_option(example)
        press(page, ".", 2)
    outside = [url for url in seen.requests if not url.startswith(("file://", "blob:", "data:"))]
    assert outside == []
    assert seen.requests


def test_hidden_controls(page: Any, built: Path) -> None:
    """`hide=` in the link hides controls, for a lecture."""
    opened(page, built, "#hide=export,notation&lecture=")
    assert page.get_by_role("button", name="Export", exact=True).count() == 0
    assert page.get_by_label("Notation").count() == 0
    assert page.get_by_role("button", name="Link", exact=True).count() == 1
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"


def test_every_word_stands_in_the_catalogue() -> None:
    """Every key that the sources ask for literally is in the catalogue."""
    import re

    catalogue = json.loads((SOURCES / "words" / "en.json").read_text(encoding="utf-8"))
    keys = set()
    for file in [*SOURCES.glob("views/**/*.js"), *SOURCES.glob("state/*.js")]:
        keys |= set(re.findall(r'\bt\("([\w.]+)"', file.read_text(encoding="utf-8")))
    assert len(keys) > 100

    def found(key: str) -> bool:
        part: Any = catalogue
        for name in key.split("."):
            part = part.get(name) if isinstance(part, dict) else None
        return isinstance(part, str)

    assert [key for key in sorted(keys) if not found(key)] == []
