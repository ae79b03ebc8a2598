"""Driving the page as a user does: open it, step, read what it exports."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Network
from pellucid.playground import datasets

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "page"
Run = dict[str, Any]


def opened(page: Any, built: Path, fragment: str = "") -> Any:
    """Open the built file and wait for its first state."""
    page.goto(f"{built.as_uri()}{fragment}")
    page.locator(".transport").wait_for()
    page.locator(".scores").wait_for()
    return page


def exported(page: Any, name: str) -> str:
    """Return the text of a file that the Export dialog offers."""
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.locator("dialog").get_by_role("button", name=name, exact=True).click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    return text


def run_of(page: Any) -> Run:
    """Return the run as it stands: setup, position, parameters, history."""
    run: Run = json.loads(exported(page, "Run, JSON"))
    return run


def table_of(page: Any, name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file that the Export dialog offers."""
    return list(csv.DictReader(io.StringIO(exported(page, name), newline="")))


def network_of(run: Run, output: str = "logistic") -> Network:
    """Return the library's network with the parameters of a run."""
    given = run["setup"]["network"]
    network = Network(
        run["sizes"],
        activation=given["activation"],
        output_activation=given["output_activation"] or output,
    )
    network.parameters[:] = run["parameters"]
    return network


def eventually(page: Any, holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Return whether something holds, as soon as it does; the page answers later than it is asked."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(20)
    return True


def at_step(page: Any, step: int) -> None:
    """Wait until the page stands at a step."""
    page.locator(".where output", has_text=f"step {step}").wait_for()


def press(page: Any, key: str, times: int = 1) -> None:
    """Press a key away from every field."""
    page.locator("h1").click()
    for _ in range(times):
        page.keyboard.press(key)


def example(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets of a built-in example: of each row its class, or its number."""
    data = datasets.example(name)
    return data.X, data.Y.argmax(axis=1) if data.Y.shape[1] > 1 else data.Y[:, 0]


def opens(page: Any, text: str) -> None:
    """Open an own table by pasting it."""
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog textarea").fill(text)
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    page.locator("dialog").wait_for(state="detached")
