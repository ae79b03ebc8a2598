"""The misprint hunt on the page, and the courses' entry points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.courses import EXAMPLES
from tests.playground.driving import opened, run_of

pytestmark = pytest.mark.slow


def hunt(page: Any, built: Path) -> Any:
    """Open the hunt and return its dialog."""
    opened(page, built)
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("button", name="Find the misprint").click()
    page.locator(".printed button").first.wait_for()
    return page.locator("dialog")


def test_the_hunt_accepts_exactly_the_marked_cells(page: Any, built: Path) -> None:
    """For every example with misprints, the wrong cells are accepted, and one more or one less is not."""
    dialog = hunt(page, built)
    options = dialog.locator("select option").all_inner_texts()
    assert len(options) >= 4
    for option in options:
        dialog.locator("select").select_option(label=option)
        cells = dialog.locator(".printed button")
        cells.first.click()
        dialog.get_by_role("button", name="Judge").click()
        wrong = [i for i in range(cells.count()) if cells.nth(i).get_attribute("class") in ("found", "missed")]
        assert wrong
        for i in set(wrong) ^ ({0}):
            cells.nth(i).click()
        dialog.get_by_role("button", name="Judge").click()
        assert dialog.get_by_text("Right: these and no others.").count() == 1
        cells.nth(wrong[0]).click()
        if len(wrong) > 1:
            dialog.get_by_role("button", name="Judge").click()
            assert dialog.get_by_text("1 missed").count() == 1


LESSONS = {
    "Two ReLUs, one inactive": "mit-two-relus",
    "A residual connection": "mit-residual",
    "The grounded example": "iowa-grounded",
    "A chain of four sigmoids": "umass-chain",
    "Three hidden units": "kaist-example",
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_the_courses_example(page: Any, built: Path, lesson: str) -> None:
    """A lesson starts with the weights, the sample and the notation of the course's worked example."""
    example = EXAMPLES[LESSONS[lesson]]
    opened(page, built)
    page.get_by_role("button", name="Lessons").click()
    page.locator("dialog").get_by_role("button", name=lesson, exact=True).click()
    page.locator(".hint.lesson").wait_for()
    run = run_of(page)
    network = example.network()
    np.testing.assert_array_equal(run["parameters"], network.parameters)
    row = run["setup"]["data"]["rows"][0]
    assert row == [*example.x, *example.y]
    assert page.get_by_label("Notation").input_value() == example.notation
    assert run["setup"]["optimizer"]["name"] == "sgd"
