"""The page in a browser: stepping there and back, undo, links, files, typed weights, divergence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.driving import (
    at_step,
    eventually,
    example,
    exported,
    network_of,
    opened,
    press,
    run_of,
    table_of,
)

SECONDS = 1000
FIRST_MINUTE = "Press “batch ▶”"


def test_the_first_visit_shows_a_filled_line_a_sample_and_one_lit_button(page: Any, built: Path) -> None:
    """Moons on 2-6-1 stands ready: a chosen line, a sample, one lit button, the first of three hints."""
    opened(page, built)
    assert page.locator("button.lit").inner_text().startswith("batch")
    assert page.locator("button.lit").count() == 1
    assert page.locator(".halo").get_attribute("d") != ""
    assert FIRST_MINUTE in page.locator(".hint").inner_text()
    run = run_of(page)
    assert run["sizes"] == [2, 6, 1]
    assert run["setup"]["optimizer"] == {"name": "adam", "learning_rate": 0.03, "options": {}}
    page.locator("button.lit").click()
    at_step(page, 1)
    assert page.locator("button.lit").count() == 0
    assert "Click a line" in page.locator(".hint").inner_text()


def test_the_first_setup_learns_its_data(page: Any, built: Path) -> None:
    """After 60 epochs nearly every row of the first example is right."""
    opened(page, built)
    press(page, ">", 60)
    at_step(page, 60 * 30)
    rows = table_of(page, "Predictions, CSV")
    right = sum(row["target"] == row["prediction"] for row in rows)
    assert right >= 0.99 * len(rows)


@pytest.mark.slow
@pytest.mark.parametrize(("forward", "back", "there"), [("]", "[", 24), (".", ",", 7), (">", "<", 3)])
def test_steps_there_and_back_restore_everything(
    page: Any, built: Path, forward: str, back: str, there: int
) -> None:
    """Phases, batches and epochs forward and back again leave the position, every bit and every text as before."""
    opened(page, built)
    press(page, ".", 5)
    at_step(page, 5)
    if forward == ">":  # an epoch ends at its end: begin there
        press(page, ">")
        at_step(page, 30)
    if forward == "]":
        press(page, "]")
    texts = page.locator("main").inner_text
    before, run = texts(), run_of(page)
    press(page, forward, there)
    assert eventually(page, lambda: texts() != before)
    press(page, back, there)
    assert eventually(page, lambda: _without_curve(texts()) == _without_curve(before))
    after = run_of(page)
    assert after["parameters"] == run["parameters"]
    assert after["position"] == run["position"]


def _without_curve(text: str) -> list[str]:
    """Drop the lines of the loss curve, which knows how far the run has been."""
    return [line for line in text.splitlines() if not line.endswith((" steps", " step")) and len(line) > 5]


@pytest.mark.slow
def test_fifty_edits_are_undone_and_redone(page: Any, built: Path) -> None:
    """Fifty typed weights are undone one by one to the first bits, and redone to the last."""
    opened(page, built)
    first = run_of(page)["parameters"]
    for i in range(50):
        type_weight(page, block=0, i=1 + i % 2, j=i % 6, text=f"{0.01 * i - 0.2:.2f}")
    last = run_of(page)
    assert len(last["setup"]["edits"]) == 50
    press(page, "Control+z", 50)
    assert eventually(page, lambda: run_of(page)["parameters"] == first)
    press(page, "Control+y", 50)
    assert eventually(page, lambda: run_of(page)["parameters"] == last["parameters"])


@pytest.mark.thorough
def test_a_changed_setting_is_undone(page: Any, built: Path) -> None:
    """Undo brings back the optimizer that was there, with the same run at the same step."""
    opened(page, built)
    press(page, ".", 3)
    at_step(page, 3)
    before = run_of(page)
    page.get_by_label("Optimizer").select_option("sgd")
    at_step(page, 3)
    changed = run_of(page)
    assert changed["setup"]["optimizer"]["name"] == "sgd"
    assert changed["parameters"] != before["parameters"]
    page.get_by_role("button", name="Undo").click()
    at_step(page, 3)
    assert run_of(page)["parameters"] == before["parameters"]


def type_weight(page: Any, block: int, i: int, j: int, text: str) -> None:
    """Type a value into a weight with the keyboard, as a user does."""
    net = page.locator(".stage svg [role=button][aria-label^='weight from input'], .stage svg .edge")
    wanted = net.nth((i - 1) * 6 + j) if block == 0 else net.nth(12 + i - 1)
    wanted.focus()
    page.keyboard.press(text[0])
    field = page.locator(".weight-editor")
    field.fill(text)
    field.press("Enter")
    field.wait_for(state="detached")


@pytest.mark.thorough
def test_a_typed_weight_changes_the_outputs_as_in_python(page: Any, built: Path) -> None:
    """A typed weight is the parameter, and every output is the library's with that parameter."""
    opened(page, built)
    press(page, ".", 4)
    at_step(page, 4)
    before = run_of(page)
    type_weight(page, block=0, i=2, j=3, text="-1.75")
    page.locator("button[aria-label=Undo]:not([disabled])").wait_for()
    after = run_of(page)
    index = 2 * 6 + 3
    assert after["parameters"][index] == -1.75
    assert before["parameters"][index] != -1.75
    assert after["setup"]["edits"] == [{"step": 4, "index": index, "value": -1.75}]
    X, _ = example("moons")
    outputs = [float(row["output_1"]) for row in table_of(page, "Predictions, CSV")]
    np.testing.assert_allclose(outputs, network_of(after).predict(X).ravel(), rtol=0, atol=1e-12)
    assert np.abs(np.array(outputs) - network_of(before).predict(X).ravel()).max() > 1e-3


@pytest.mark.slow
def test_a_link_reproduces_the_run_in_a_fresh_browser(page: Any, chromium: Any, built: Path) -> None:
    """The link holds settings and typed weights: another browser shows the same parameters at the same step."""
    opened(page, built)
    page.get_by_label("Learning rate").fill("0.01")
    page.get_by_label("Learning rate").press("Enter")
    press(page, ".", 9)
    at_step(page, 9)
    type_weight(page, block=0, i=1, j=2, text="0.5")
    press(page, ".", 2)
    at_step(page, 11)
    run = run_of(page)
    page.get_by_role("button", name="Link", exact=True).click()
    page.locator("dialog textarea").wait_for()
    page.locator("dialog button.primary:not([disabled])").wait_for()
    link = page.locator("dialog textarea").input_value()
    other = chromium.new_context().new_page()
    other.goto(link)
    at_step(other, 11)
    again = run_of(other)
    other.context.close()
    assert again["parameters"] == run["parameters"]
    assert again["setup"] == run["setup"]


@pytest.mark.slow
def test_a_saved_file_reproduces_the_run_offline(
    page: Any, chromium: Any, built: Path, tmp_path: Path
) -> None:
    """The page saves itself with own data and edits; the file shows the same run without a network."""
    opened(page, built)
    page.get_by_role("button", name="Formula").click()
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    press(page, ".", 6)
    at_step(page, 6)
    run = run_of(page)
    saved = tmp_path / "saved.html"
    saved.write_text(exported(page, "Page with this run"), encoding="utf-8")
    context = chromium.new_context(offline=True)
    other = context.new_page()
    opened(other, saved)
    at_step(other, 6)
    again = run_of(other)
    context.close()
    assert again["parameters"] == run["parameters"]
    assert again["setup"] == run["setup"]


@pytest.mark.slow
def test_divergence_is_caught_and_explained(page: Any, built: Path) -> None:
    """A far too large rate ends in a message with a remedy; the parameters shown are finite."""
    opened(page, built)
    page.get_by_label("Example").select_option("x_squared")
    page.get_by_label("Activation of layer 1").select_option("relu")
    page.get_by_label("Optimizer").select_option("sgd")
    page.get_by_label("Learning rate").fill("900")
    page.get_by_label("Learning rate").press("Enter")
    press(page, " ")
    notice = page.locator(".notice")
    notice.wait_for()
    assert "diverged at step" in notice.inner_text()
    run = run_of(page)
    assert np.isfinite(run["parameters"]).all()
    notice.get_by_role("button", name="Divide the learning rate").click()
    rate = lambda: run_of(page)["setup"]["optimizer"]["learning_rate"]  # noqa: E731
    assert eventually(page, lambda: rate() == pytest.approx(90))


@pytest.mark.slow
def test_refused_settings_name_the_remedy(page: Any, built: Path) -> None:
    """A network that is too large for the page is refused in words, and the one before stays."""
    opened(page, built)
    before = run_of(page)
    page.get_by_label("Units in layer 1").fill("256")
    page.get_by_label("Units in layer 1").press("Enter")
    page.get_by_role("button", name="Add layer").click()
    notice = page.locator(".notice")
    notice.wait_for()
    assert "10000" in notice.inner_text()
    assert run_of(page)["sizes"] == [2, 256, 1]
    page.get_by_role("button", name="Undo").click()
    assert eventually(page, lambda: run_of(page)["parameters"] == before["parameters"])


@pytest.mark.slow
def test_a_run_of_the_page_is_the_librarys(page: Any, built: Path) -> None:
    """A digit drawn on the pad gets the probabilities of the library's network with the same parameters."""
    opened(page, built)
    page.get_by_label("Example").select_option("digits")
    press(page, ">", 12)
    page.locator(".where output", has_text="epoch 12").wait_for()
    box = page.locator(".pad canvas").bounding_box()
    stroke = [(0.25, 0.15), (0.75, 0.15), (0.45, 0.9)]
    page.mouse.move(box["x"] + stroke[0][0] * box["width"], box["y"] + stroke[0][1] * box["height"])
    page.mouse.down()
    for x, y in stroke[1:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=10)
    page.mouse.up()
    page.locator("text=Clear the drawing").wait_for()
    run = run_of(page)
    units = table_of(page, "Units, CSV")
    drawn = np.array([float(row["activation"]) for row in units if row["layer"] == "0"])
    shown = np.array([float(row["activation"]) for row in units if row["layer"] == "2"])
    assert drawn.max() == 1.0
    assert len(np.unique(drawn)) > 3
    expected = network_of(run, "softmax").predict(drawn[None]).ravel()
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-12)
    assert page.locator(".guess").inner_text().startswith(f"The network sees a {expected.argmax()}")


@pytest.mark.slow
def test_exports_read_back(page: Any, built: Path) -> None:
    """The picture is well-formed SVG with the weights; tables and JSON hold the same numbers."""
    from xml.etree import ElementTree

    opened(page, built)
    run = run_of(page)
    weights = table_of(page, "Weights, CSV")
    assert [float(row["value"]) for row in weights] == run["parameters"]
    tree = ElementTree.fromstring(exported(page, "Picture, SVG"))
    texts = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "x1" in texts
    assert "loss" in texts
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export", exact=True).click()
        page.locator("dialog").get_by_role("button", name="Picture, PNG").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    assert json.loads(json.dumps(run)) == run


@pytest.mark.slow
def test_a_remedy_is_one_command(page: Any, built: Path) -> None:
    """The remedy of a dead unit revives it, and one undo takes it back to the bit."""
    opened(page, built)
    page.get_by_role("button", name="Lessons").click()
    page.locator("dialog").get_by_role("button", name="A dead unit").click()
    page.locator(".health li").first.wait_for()
    before = run_of(page)["parameters"]
    assert page.locator(".health li").count() == 1
    page.locator(".health").get_by_role("button", name="layer 1, unit 2").click()
    page.locator(".health", has_text="All hidden units work").or_(page.locator(".health li")).first.wait_for()
    page.locator(".hint .done", has_text="done").wait_for()
    after = run_of(page)["parameters"]
    assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [1]
    press(page, "Control+z")
    page.locator(".health li", has_text="unit 2: dead").wait_for()
    assert run_of(page)["parameters"] == before


@pytest.mark.slow
def test_a_kept_run_is_compared_and_returned_to(page: Any, built: Path) -> None:
    """A kept run stays on the axes, the settings that differ are named, and Return brings its bits back."""
    opened(page, built)
    press(page, ".", 12)
    at_step(page, 12)
    before = run_of(page)
    page.get_by_role("button", name="Keep this run for comparison").click()
    page.get_by_label("Learning rate").fill("0.2")
    page.get_by_label("Learning rate").press("Enter")
    at_step(page, 12)
    assert page.locator(".compare tbody tr").all_inner_texts() == ["optimizer.learning_rate\t0.03\t0.2"]
    assert page.locator(".curve path.other").get_attribute("d") != page.locator(
        ".curve path.loss"
    ).last.get_attribute("d")
    page.get_by_role("button", name="Return to A").click()
    at_step(page, 12)
    page.locator(".compare", has_text="same settings").wait_for()
    assert run_of(page)["parameters"] == before["parameters"]


@pytest.mark.slow
def test_the_landscape_is_lowest_where_the_run_has_come(page: Any, built: Path) -> None:
    """The landscape's path ends in its middle, begins aside, and the loss there is lower than at the start."""
    opened(page, built)
    press(page, ">", 8)
    page.locator(".where output", has_text="epoch 8").wait_for()
    page.locator("summary", has_text="Loss landscape").click()
    page.locator("summary", has_text="The path as a table").click()
    rows = page.locator(".landscape tbody tr").all_inner_texts()
    first, last = (line.replace("−", "-").split("\t") for line in (rows[0], rows[-1]))
    assert [float(value) for value in last[1:]] == [0, 0]
    assert abs(float(first[1])) > 0.1
    label = page.locator(".landscape canvas").get_attribute("aria-label")
    assert label is not None
    assert "from 0." in label
