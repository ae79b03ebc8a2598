"""The entry points of the five courses on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.courses import EXAMPLES
from playground.driving import opened, run_of

pytestmark = pytest.mark.slow


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
