"""The plane of two hidden units, sweeps, the pad of 28×28 pixels, long ways, and a picture without colours."""

import io
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier
from playground.driving import at_step, example, opened, opens, press, run_of

pytestmark = pytest.mark.slow


def numbers(page: Any, title: str) -> list[list[str]]:
    """Return the cells of a table that stands beside a picture."""
    page.locator("summary", has_text=title).click()
    rows = page.get_by_role("region", name=title).locator("tbody tr")
    rows.first.wait_for()
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def signed(text: str) -> float:
    return float(text.replace("−", "-"))


def greys(canvas: Any) -> np.ndarray:
    """Return the luminance of a canvas, row by row; white where nothing is painted."""
    pixels = canvas.evaluate("""(canvas) => {
      const { width, height } = canvas;
      return [height, width, Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
    }""")
    colors = np.array(pixels[2], dtype=float).reshape(pixels[0], pixels[1], 4)
    grey = colors[..., :3] @ [0.299, 0.587, 0.114]
    return np.where(colors[..., 3] > 200, grey, 255.0)


# ---- the plane of two hidden units --------------------------------------------------------------------------


def test_the_plane_of_two_hidden_units_has_the_activations_of_the_library(page, built):
    opened(page, built)
    page.get_by_label("Units in layer 1").fill("3")
    page.get_by_label("Units in layer 1").press("Enter")
    press(page, ">", times=4)
    at_step(page, 120)
    page.locator("summary", has_text="Plane of two hidden units").click()
    page.get_by_label("↑ unit").select_option("3")
    shown = numbers(page, "The rows on this plane")

    X, y = example("moons")
    theta = np.array(run_of(page)["parameters"])
    hidden = np.tanh(X[:60] @ theta[3:9].reshape(2, 3) + theta[:3])
    assert len(shown) == 60
    for (row, target, across, up), expected, kind in zip(shown, hidden, y, strict=False):
        assert (target, 1 <= int(row) <= 60) == (str(int(kind)), True)
        np.testing.assert_allclose([signed(across), signed(up)], expected[[0, 2]], atol=6e-4)
    picture = page.get_by_role(
        "img", name="300 rows and the grid of the inputs, as mapped by layer 1, unit 1 and layer 1, unit 3"
    )
    before = page.locator(".sample input").input_value()
    picture.click(position={"x": 200, "y": 60})
    assert page.locator(".sample input").input_value() != before


def test_the_line_on_the_plane_of_two_units_is_that_of_the_output(page, built):
    """On the plane of the last hidden layer the decision is a line, on which the output's signal is 0."""
    opened(page, built)
    page.get_by_label("Example").select_option("blobs")
    page.get_by_label("Units in layer 1").fill("2")
    page.get_by_label("Units in layer 1").press("Enter")
    press(page, ">", times=20)
    page.locator("summary", has_text="Plane of two hidden units").click()
    page.wait_for_timeout(300)
    with_two = (greys(page.locator(".boundary canvas").last) < 20).sum()
    page.get_by_label("Units in layer 1").fill("3")
    page.get_by_label("Units in layer 1").press("Enter")
    page.wait_for_timeout(300)
    with_three = (greys(page.locator(".boundary canvas").last) < 20).sum()
    assert with_two > with_three + 200


# ---- sweeps -------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # five epochs are few
def test_a_sweep_trains_what_the_library_trains_and_is_taken_over_and_back(page, built):
    opened(page, built)
    press(page, ">", times=2)
    at_step(page, 60)
    page.get_by_role("button", name="Sweep", exact=True).click()
    dialog = page.locator("dialog")
    dialog.get_by_label("Values, separated by spaces").fill("0.01 0.1")
    dialog.get_by_label("Epochs").fill("5")
    dialog.get_by_role("button", name="Start").click()
    dialog.get_by_role("button", name="Use 0.1").wait_for()
    assert page.locator(".where output").inner_text().endswith("step 60")
    cells = [row.locator("th, td").all_inner_texts() for row in dialog.locator("tbody tr").all()]

    X, y = example("moons")
    for rate, loss, share, _ in cells:
        model = MLPClassifier(
            (6,), activation="tanh", solver="adam", learning_rate_init=float(rate), batch_size=10, max_iter=5,
            alpha=0.0, random_state=0, n_iter_no_change=100, dtype="float64",
        ).fit(X, y)  # fmt: skip
        p = model.predict_proba(X)[:, 1]
        assert float(loss) == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), abs=6e-4)
        assert share == f"{100 * model.score(X, y):.1f} %"
    assert dialog.get_by_role("img", name="Output for 0.1").is_visible()
    dialog.get_by_role("button", name="Use 0.1").click()
    at_step(page, 150)
    assert page.get_by_label("Learning rate").input_value() == "0.1"
    press(page, "Control+z")
    at_step(page, 60)
    assert page.get_by_label("Learning rate").input_value() == "0.03"


def test_a_sweep_stops_and_names_what_it_cannot_train(page, built):
    opened(page, built)
    page.get_by_role("button", name="Sweep", exact=True).click()
    dialog = page.locator("dialog")
    dialog.get_by_label("Values, separated by spaces").fill("0.01 fast")
    assert dialog.get_by_role("button", name="Start").is_disabled()
    assert "up to 12 values" in dialog.locator(".problem").inner_text()
    dialog.get_by_label("Setting").select_option("width")
    dialog.get_by_label("Epochs").fill("1000")
    dialog.get_by_role("button", name="Start").click()
    dialog.get_by_role("cell", name="%").first.wait_for()
    dialog.get_by_role("button", name="Stop").click()
    shares = dialog.locator("tbody td").all_inner_texts()
    page.wait_for_timeout(400)
    assert dialog.locator("tbody td").all_inner_texts() == shares
    assert "–" in shares


# ---- the pad ------------------------------------------------------------------------------------------------


def table_of_28(n: int = 12) -> str:
    """Return a table of pictures of 28×28 pixels: a bar, upright for one class and lying for the other."""
    rng = np.random.default_rng(0)
    out = io.StringIO()
    print(*(f"p{i}" for i in range(784)), "kind", sep=",", file=out)
    for i in range(n):
        picture = np.zeros((28, 28), dtype=int)
        picture[4:24, 12:16] = rng.integers(150, 256, (20, 4))
        print(*(picture if i % 2 else picture.T).ravel(), "upright" if i % 2 else "lying", sep=",", file=out)
    return out.getvalue()


def test_a_drawing_of_28_pixels_is_seen_as_the_training_pictures(page, built):
    opened(page, built)
    opens(page, table_of_28())
    press(page, ">", times=30)
    pad = page.get_by_role("img", name="Digit: the sample, or your drawing")
    box = pad.bounding_box()
    for (x0, y0, x1, y1), name in [((0.3, 0.2, 0.3, 0.8), "upright"), ((0.2, 0.7, 0.9, 0.7), "lying")]:
        page.mouse.move(box["x"] + x0 * box["width"], box["y"] + y0 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x1 * box["width"], box["y"] + y1 * box["height"], steps=8)
        page.mouse.up()
        page.locator(".guess", has_text=f"sees a {name}").wait_for()
        page.get_by_role("button", name="Clear the drawing").click()


# ---- long ways ----------------------------------------------------------------------------------------------


def test_a_long_way_shows_progress_pauses_and_blocks_no_frame(page, built):
    opened(page, built)
    page.evaluate("""() => {
      window.tasks = [];
      const note = (list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration));
      new PerformanceObserver(note).observe({ type: "longtask" });
    }""")
    page.get_by_label("Go to step").fill("9000000")
    page.get_by_label("Go to step").press("Enter")
    page.locator("progress").wait_for()
    assert "of 9000000" in page.locator(".where").inner_text()
    page.wait_for_timeout(300)
    blocked = page.evaluate("window.tasks.length")
    page.get_by_role("button", name="Pause").click()
    page.locator("progress").wait_for(state="detached")
    step = int(page.locator(".where output").inner_text().split("step ")[1])
    assert 0 < step < 9_000_000
    assert blocked <= 2, page.evaluate(
        "window.tasks"
    )  # what shows the way is small; the training is elsewhere
    press(page, ".")
    at_step(page, step + 1)
    page.locator(".where input").fill(str(step // 2 + 1))
    at_step(page, step // 2 + 1)


# ---- without colours ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_sides_of_a_boundary_are_told_apart_without_colours(scheme, page, built):
    """Along any way from one side to the other stands a line that is darker, or lighter, than both sides are."""
    page.emulate_media(color_scheme=scheme)
    opened(page, built)
    press(page, ">", times=20)
    page.wait_for_timeout(400)
    found = greys(page.locator(".boundary canvas"))
    line = found.max(axis=0) if scheme == "dark" else found.min(axis=0)
    assert np.mean(np.abs(line - np.median(found)) > 90.0) > 0.8


def test_every_new_view_is_reached_by_keyboard(page, built):
    opened(page, built)
    names = []
    for _ in range(80):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "document.activeElement.innerText || document.activeElement.closest('label')?.innerText || ''"
            )
        )
    for name in ("Sweep", "Plane of two hidden units", "Go to step"):
        assert any(name in each for each in names), name
