"""The calculation panel in a browser: sentences, keyboard, by hand, guesses, checks, files, and the next step."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from pellucid.courses import EXAMPLES, annotate
from pellucid.explain import Trace, trace
from pellucid.explain.json_ import read_json
from pellucid.playground import course_data
from pellucid.playground.checking import check_file
from playground.driving import at_step, example, network_of, opened, press, run_of

pytestmark = pytest.mark.slow
CHOOSE = """(subject) => {
  const same = (a) => a && Object.entries(subject).every(([key, value]) => a[key] === value);
  const node = [...document.querySelectorAll('.stage svg [role=button]')].find((each) => same(each.subject));
  node.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}"""


def choose(page, **subject) -> None:
    page.evaluate(CHOOSE, subject)


def set_digits(page, digits: str) -> None:
    label = page.locator("header label").filter(has=page.locator("span", has_text=re.compile("^Digits$")))
    label.locator("select").select_option(label=digits)


def sentence(page, at: int = 0) -> str:
    """Return the sentence of a number of the panel, without its symbol."""
    lines = page.locator(".calculation > .calculated").nth(at).locator(":scope > .line > p")
    text = lines.first.text_content().replace("← ", "= ")
    return text.split(" = ", 1)[1]


def trace_of(page, row: int = 0, **options) -> Trace:
    """Return the trace of a row through the page's network as it stands."""
    run = run_of(page)
    X, y = example(run["setup"]["data"]["name"])
    regression = run["setup"]["loss"] == "squared_error"
    network = network_of(run, "identity" if regression else "logistic")
    return trace(network, X[row], float(y[row]), loss=run["setup"]["loss"], **options)


def weights_of(t: Trace) -> list[tuple[int, int, int]]:
    shapes = [block.matrix.value.shape for block in t.blocks]
    return [(k, i, j) for k, (n, m) in enumerate(shapes) for i in range(n) for j in range(m)]


def test_each_weight_has_the_sentence_of_trace_explain(page, built) -> None:
    """Check 6, after a step: every weight and bias, unit and the loss."""
    opened(page, built)
    press(page, ".")
    at_step(page, 1)
    t = trace_of(page)
    for k, i, j in weights_of(t):
        choose(page, kind="weight", block=k, i=i, j=j)
        assert sentence(page) == str(t.explain("W", block=k, row=i, column=j))
    for k, block in enumerate(t.blocks):
        for j in range(block.z.shape[1]):
            choose(page, kind="unit", layer=k + 1, j=j)
            for at, quantity in enumerate(("z", "a", "delta")):
                assert sentence(page, at) == str(t.explain(quantity, block=k, column=j))
    choose(page, kind="loss")
    assert sentence(page) == str(t.explain("loss"))
    choose(page, kind="unit", layer=0, j=0)
    assert "is given" in page.locator(".calculation").text_content()


def test_the_chain_opens_by_keyboard_and_closes_again(page, built) -> None:
    """Enter on a factor opens its calculation, down to the inputs; Escape closes it, and the focus returns."""
    opened(page, built)
    t = trace_of(page)
    choose(page, kind="weight", block=0, i=1, j=0)
    calculation = page.locator(".calculation")
    factor = calculation.locator("button.factor").first
    factor.focus()
    assert factor.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    below = page.locator(f"[id='{factor.get_attribute('aria-controls')}']")
    assert factor.get_attribute("aria-expanded") == "true"
    delta = below.locator("p").first.text_content().split(" = ", 1)[1]
    assert delta == str(t.explain("delta", block=0, column=0))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert f"= {t.explain('slope', block=0, column=0)}" in below.text_content()
    page.keyboard.press("Tab")  # the other factor of the sentence
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert f"= {t.explain('z', block=0, column=0)}" in below.text_content()
    for level in (2, 1, 0):
        page.keyboard.press("Escape")
        assert calculation.locator(".below").count() == level
        assert page.evaluate("document.activeElement.className") == "factor"
    assert factor.evaluate("(node) => node === document.activeElement")


@pytest.mark.parametrize("digits", ["6", "all"])
def test_digits_and_notation_are_those_chosen(page, built, digits) -> None:
    """A squared error in a notation without ½, at 6 and at all digits."""
    opened(page, built)
    page.get_by_label("Example").select_option("x_squared")
    page.locator(".calculation button.factor").first.wait_for()
    set_digits(page, digits)
    page.get_by_label("Notation").select_option("mit")
    t = trace_of(page)
    precision = "full" if digits == "all" else 6
    choose(page, kind="weight", block=1, i=1, j=0)
    found, expected = (
        sentence(page),
        str(t.explain("W", block=1, row=1, column=0, precision=precision, notation="mit")),
    )
    if precision == 6:
        assert found == expected
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-12)
    assert page.locator(".calculation .symbol").first.text_content() == "∂L/∂W2[1, 1]"


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.replace("−", "-").split() if word[-1].isdigit()]


def test_by_hand_rounds_on_the_way(page, built) -> None:
    """Check 8: the sentences are those of by_hand(3), and the exact number stands below where it differs."""
    opened(page, built)
    page.get_by_label("by hand").check()
    exact = trace_of(page)
    hand = exact.by_hand(3)
    n_differ = 0
    for k, i, j in weights_of(exact):
        choose(page, kind="weight", block=k, i=i, j=j)
        assert sentence(page) == str(hand.explain("W", block=k, row=i, column=j))
        value = str(exact.explain("W", block=k, row=i, column=j)).rsplit(" = ", 1)[1]
        differs = not sentence(page).endswith(f" = {value}")
        note = page.locator(".calculation > .calculated > .note")
        assert note.all_text_contents() == [f"Without intermediate rounding: {value}."] * differs
        n_differ += differs
    assert n_differ > 0


def test_a_guess_is_judged_and_reveals(page, built) -> None:
    """Check 22 in the page: the number is not shown before; a wrong guess is named; the right one reveals."""
    opened(page, built)
    t = trace_of(page)
    choose(page, kind="weight", block=0, i=1, j=0)
    value = str(t.explain("W", block=0, row=1, column=0)).rsplit(" = ", 1)[1]
    page.get_by_label("Guess first").check()
    calculation = page.locator(".calculation")
    line = calculation.locator(":scope > .calculated > .line > p").last
    assert line.text_content().split("Check")[0].rstrip().endswith("=")
    field, verdict = calculation.get_by_label("Your guess"), calculation.locator(".verdict")
    for guess, words in (("5", "Not yet"), ("what", "Type a number"), (flipped(value), "The size is right")):
        field.fill(guess)
        field.press("Enter")
        assert words in verdict.text_content()
    field.fill(value.replace("−", "-"))
    field.press("Enter")
    assert sentence(page) == str(t.explain("W", block=0, row=1, column=0))
    choose(page, kind="weight", block=0, i=2, j=0)
    assert calculation.get_by_label("Your guess").count() == 1
    calculation.get_by_role("button", name="Reveal").click()
    assert sentence(page) == str(t.explain("W", block=0, row=2, column=0))


def flipped(value: str) -> str:
    return value[1:] if value.startswith("−") else f"−{value}"


def test_a_derivative_is_checked_when_asked(page, built) -> None:
    opened(page, built)
    t = trace_of(page)
    choose(page, kind="weight", block=0, i=1, j=0)
    page.locator(".calculation").get_by_role("button", name="Check by finite difference").first.click()
    said = page.locator(".calculation [role=status]").first.text_content()
    difference, gap = numbers(said.replace(",", "").replace(".\n", "").rstrip("."))
    assert difference == pytest.approx(t.blocks[0].weights.gradient[0, 0], abs=1e-9)
    assert gap < 1e-9


def test_the_next_step_is_the_one_that_is_made(page, built) -> None:
    """Adam's first and second step of a weight, with its memory, end in the weight that the page then holds."""
    opened(page, built)
    set_digits(page, "all")
    choose(page, kind="weight", block=0, i=1, j=0)
    for step in (1, 2, 3):
        summary = page.locator(".calculation summary", has_text="Next step")
        if page.locator(".calculation details[open]").count() == 0:
            summary.click()
        last = page.locator(".calculation details[open] .line > p").last.text_content()
        press(page, ".")
        at_step(page, step)
        after = network_of(run_of(page)).parameters[6]
        assert numbers(last)[-1] == pytest.approx(after, rel=1e-14)


def test_the_mean_over_the_batch_names_its_rows(page, built) -> None:
    """Each row of the batch once, by the number that the page shows for it; their sum is the gradient."""
    opened(page, built)
    choose(page, kind="weight", block=0, i=0, j=0)
    page.locator(".calculation summary", has_text="Mean over the batch").click()
    *lines, total = page.locator(".calculation details[open] .line > p").all_text_contents()[1:]
    rows = [int(line.split(":")[0].removeprefix("sample ")) - 1 for line in lines]
    run = run_of(page)
    X, y = example("moons")
    t = trace(network_of(run), X[rows], y[rows].astype(float).reshape(-1, 1))
    expected = str(t.explain("b", block=0, column=0)).splitlines()
    assert total == expected[-1]
    assert len(set(rows)) == 10
    for line, text in zip(lines, expected, strict=False):
        assert line.split(": ", 1)[1] == text.split(": ", 1)[1]


@pytest.mark.parametrize("note", ["Iowa State", "KAIST"])
def test_the_misprints_of_a_note_are_hunted(page, built, note) -> None:
    """Check 23 in the page: the misprinted numbers and no others are right, and are then explained."""
    opened(page, built)
    page.get_by_role("button", name="Lessons", exact=True).click()
    section = page.locator("dialog section", has=page.locator("h3", has_text=note))
    section.get_by_role("button", name="Find the misprints").click()
    hunt = page.locator(".hunt")
    title = hunt.locator("select option:checked").text_content().split(": ", 1)[1]
    [name] = [name for name, row in EXAMPLES.items() if row.title == title]
    example = next(row for row in course_data.examples() if row["name"] == name)
    cells, buttons = printed_cells(example), hunt.locator("button.printed")
    order = [cells[key] for key in shown_order(name, example)]
    assert buttons.count() == len(order)
    judge, verdict = hunt.get_by_role("button", name="Judge"), hunt.locator("[role=status]")
    judge.click()
    assert f"{sum(order)} still to find" in verdict.text_content()
    right = order.index(False)
    buttons.nth(right).click()
    for i, is_wrong in enumerate(order):
        if is_wrong:
            buttons.nth(i).click()
    judge.click()
    assert "1 marked that is right" in verdict.text_content()
    buttons.nth(right).click()
    judge.click()
    assert verdict.text_content().startswith("Right: ")
    assert hunt.locator("li").count() >= 1
    assert hunt.locator("ins").count() == sum(order)


def printed_cells(example) -> dict:
    """Return whether each printed cell is wrong, by role and block, row by row."""
    return {
        (entry["role"], entry["block"], i, j): bool(wrong)
        for entry in example["printed"]
        for (i, j), wrong in np.ndenumerate(np.atleast_2d(entry["wrong"]))
        if np.atleast_2d(np.array(entry["values"], dtype=object))[i, j] is not None
    }


def shown_order(name, example) -> list:
    """Return the printed cells in the order of the calculation."""
    row = EXAMPLES[name]
    t = row.trace()
    page = annotate(t.document(row.notation), row, t)
    shown = [(e.role, e.block) for step in page.steps for e in step.entries if e.printed is not None]
    cells = printed_cells(example)
    return [key for role, block in shown for key in cells if key[:2] == (role, block)]


def test_the_pass_is_saved_in_four_formats(page, built) -> None:
    """Check 24: JSON reads back in Python with every number; LaTeX, CSV and text are of the same pass."""
    opened(page, built)
    page.get_by_label("Notation").select_option("lfd")
    t = trace_of(page, learning_rate=0.03)
    page.locator(".calculation summary", has_text="Save").click()
    files = {}
    for kind in ("LaTeX", "text", "CSV", "JSON"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"The whole pass: {kind}").click()
        assert waiting.value.suggested_filename.startswith("pass.")
        files[kind] = Path(waiting.value.path()).read_text(encoding="utf-8")
    found, expected = read_json(files["JSON"]), t.document("lfd")
    assert [step.equations for step in found.steps] == [step.equations for step in expected.steps]
    for step, other in zip(found.steps, expected.steps, strict=True):
        for entry, twin in zip(step.entries, other.entries, strict=True):
            np.testing.assert_allclose(entry.array, twin.array, rtol=1e-12, atol=1e-15)
    assert files["LaTeX"] == t.to_latex("lfd", standalone=True)
    assert "∂e/∂W⁽¹⁾" in files["text"]
    assert "∂e/∂W⁽¹⁾" in files["CSV"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="This number and everything it depends on: JSON").click()
    assert json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))["notation"] == "lfd"


def test_guesses_are_handed_in_and_checked(page, built, tmp_path) -> None:
    """Check 26: right and wrong guesses, also by hand and without ½, are as Python finds them; forging shows."""
    opened(page, built)
    page.get_by_label("Example").select_option("x_squared")
    page.locator(".calculation button.factor").first.wait_for()
    page.get_by_label("Notation").select_option("mit")
    page.get_by_label("Guess first").check()
    calculation = page.locator(".calculation")
    t = trace_of(page)
    value = t.explain("W", block=1, row=1, column=0, notation="mit").value
    guess(page, f"{value:.3f}", kind="weight", block=1, i=1, j=0)
    guess(page, f"{value + 1:.3f}", kind="weight", block=1, i=2, j=0)
    page.get_by_label("by hand").check()
    by_hand = t.by_hand(3).explain("W", block=0, row=1, column=0, notation="mit").value
    guess(page, f"{by_hand:.3f}", kind="weight", block=0, i=1, j=0)
    assert "2 of 3 guesses right" in calculation.text_content()
    calculation.get_by_label("Your name").fill("A. Student")
    with page.expect_download() as waiting:
        calculation.get_by_role("button", name="Save the hand-in file").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    path = tmp_path / "hand-in.json"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path)
    assert checked.name == "A. Student"
    assert [answer.is_right for answer in checked.answers] == [True, False, True]
    assert not checked.forged
    path.write_text(text.replace('"right": false', '"right": true'), encoding="utf-8")
    assert len(check_file(path).forged) == 1


def guess(page, text: str, **subject) -> None:
    """Choose a number and guess it."""
    choose(page, **subject)
    field = page.locator(".calculation").get_by_label("Your guess").first
    field.fill(text)
    field.press("Enter")
