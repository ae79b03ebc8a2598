"""The perceptron step by step: the library's algorithm, its bound, and its end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Perceptron
from pellucid.core.margin import separability
from playground.driving import at_step, opened, press, run_of

SETUP = {
    "network": {"hidden": [], "activation": [], "output_activation": "identity", "initializer": "zeros"},
    "loss": "perceptron", "optimizer": {"name": "sgd", "learning_rate": 1, "options": {}}, "batch_size": 1,
    "schedule": {"name": "constant", "options": {}}, "shuffle": False, "seed": 0,
}  # fmt: skip
RUN = """
const { Run } = await load("kernel/index.js");
return cases.map((dataset) => {
  const run = new Run(setup, dataset);
  let mistakes = 0;
  for (let right = 0; right < dataset.n && run.step < 100 * dataset.n;) {
    const before = Array.from(run.theta);
    run.stepOnce();
    const changed = before.slice(0, dataset.outputs).filter((bias, k) => bias !== run.theta[k]).length;
    mistakes += changed;
    right = changed ? 0 : right + 1;
  }
  return { theta: run.theta, mistakes };
});
"""


def tables(rng: np.random.Generator, n_classes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return data that planes separate, each class from the others."""
    found = []
    for d in (1, 2, 5):
        centers = 6.0 * np.eye(max(d, n_classes))[:n_classes, :d] if d > 1 else np.array([[-2.0], [2.0]])
        y = rng.integers(0, len(centers), 40)
        y[: len(centers)] = range(len(centers))
        found.append((centers[y] + rng.uniform(-1, 1, (40, d)), y))
    return found[1:] if n_classes > 2 else found


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_run_is_the_librarys_perceptron(node: Any, rng: np.random.Generator, n_classes: int) -> None:
    """The page's steps end with the weights of ``Perceptron``, to the bit, after as many mistakes."""
    data = tables(rng, n_classes)
    cases = []
    for X, y in data:
        Y = np.eye(n_classes)[y] if n_classes > 2 else y[:, None]
        cases.append({"n": len(X), "d": X.shape[1], "outputs": Y.shape[1], "X": X.ravel(), "Y": Y.ravel(),
                      "task": "multiclass" if n_classes > 2 else "binary", "weights": None})  # fmt: skip
    for (X, y), found in zip(data, node(RUN, setup=SETUP, cases=cases), strict=True):
        model = Perceptron(shuffle=False).fit(X, y)
        weights = np.vstack([model.intercept_, model.coef_.T])
        assert np.all(model.converged_)
        np.testing.assert_array_equal(np.array(found["theta"]).reshape(weights.shape), weights)
        assert found["mistakes"] == np.sum(model.n_updates_)


def test_the_widest_margin_is_the_librarys(node: Any, rng: np.random.Generator) -> None:
    """The page tells separable rows from others, and finds their margin, as ``separability`` does."""
    cases = []
    for k in range(120):
        X = rng.normal(size=(int(rng.integers(2, 50)), int(rng.integers(1, 7))))
        X = X.round() if k % 2 else X
        by_a_plane = X @ rng.integers(-2, 3, X.shape[1]) + 0.5 > 0
        signs = np.where(by_a_plane if k % 3 else rng.random(len(X)) < 0.5, 1.0, -1.0)
        cases.append(signs[:, None] * np.column_stack([X, np.ones(len(X))]))
    expected = [separability(rows) for rows in cases]
    assert 20 < sum(separable for separable, _, _ in expected) < 100
    code = "const { widestMargin } = await load('data/margin.js'); return cases.map(widestMargin);"
    for found, (separable, radius, margin) in zip(node(code, cases=cases), expected, strict=True):
        assert (found["margin"] > 0) == separable
        assert found["radius"] == pytest.approx(radius, rel=1e-12)
        assert found["margin"] == pytest.approx(margin, rel=1e-9)


def mistakes_and_bound(page: Any) -> tuple[int, float | None]:
    """Return the mistakes that the page counts, and their bound, None where it names none."""
    text = page.locator(".perceptron").inner_text()
    bound = re.search(r"at most \(R/γ\)² = ([\d.]+)", text)
    return int(re.search(r"(\d+) mistakes? so far", text)[1]), bound and float(bound[1])


@pytest.mark.thorough
def test_the_lesson_makes_the_three_mistakes_of_or(page: Any, built: Path) -> None:
    """Row by row: the sentence names the update in numbers, and after three mistakes no row is wrong."""
    opened(page, built)
    page.get_by_role("button", name="Lessons").click()
    page.locator("dialog").get_by_role("button", name="The perceptron, step by step").click()
    told = page.locator(".perceptron")
    told.wait_for()
    page.get_by_label("Notation").select_option("lfd")
    assert mistakes_and_bound(page) == (0, 9.0)
    assert (
        "Next: row 1, target false. s(1) = 0 ≥ 0. A mistake: W(1) ← W(1) − η δ(1) x(0)" in told.inner_text()
    )
    assert "W(1) ← (0, 0, 0) − 1 · 1 · (1, −1, −1) = (−1, 1, 1)" in told.inner_text()
    for step, weights in ((1, [-1, 1, 1]), (2, [0, 0, 2]), (3, [1, 1, 1])):
        press(page, ".")
        at_step(page, step)
        assert run_of(page)["parameters"] == weights
    assert (
        "3 mistakes so far; 0 of 4 rows are wrong now. No row is wrong: the perceptron stops."
        in told.inner_text()
    )
    page.locator(".hint .done", has_text="done").wait_for()
    press(page, ",")
    at_step(page, 2)
    assert mistakes_and_bound(page) == (2, 9.0)
    assert told.get_by_role("button").all_inner_texts() == ["3"]


@pytest.mark.slow
def test_running_pauses_where_no_row_is_wrong_and_goes_on_where_none_can(page: Any, built: Path) -> None:
    """AND stops within its bound and Run pauses; XOR goes on, and the page says that it never stops."""
    opened(page, built)
    page.get_by_label("Example").select_option("and")
    page.locator("summary", has_text="More settings").click()
    page.locator(".method").get_by_label("Loss").select_option("perceptron")
    told = page.locator(".perceptron")
    told.wait_for()
    _, bound = mistakes_and_bound(page)
    assert bound is not None
    press(page, " ")
    told.get_by_text("the perceptron stops").wait_for()
    page.get_by_role("button", name="Run", exact=True).wait_for()
    run = run_of(page)
    X, y = run_data("and")
    b, *w = run["parameters"]
    np.testing.assert_array_equal(X @ w + b >= 0, y > 0.5)
    assert 0 < mistakes_and_bound(page)[0] <= bound
    page.get_by_label("Example").select_option("xor")
    told.get_by_text("the perceptron never stops").wait_for()
    press(page, " ")
    page.locator(".where output", has_text="epoch 2").wait_for()
    page.get_by_role("button", name="Pause").click()
    assert mistakes_and_bound(page)[1] is None
    page.get_by_label("Example").select_option("sine")
    told.wait_for(state="detached")
    assert run_of(page)["setup"]["loss"] == "squared_error"


def run_data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets of an example."""
    from pellucid.playground.datasets import example

    data = example(name)
    return data.X, data.Y[:, 0]
