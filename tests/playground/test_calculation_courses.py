"""The courses' examples on the page, the misprint hunt, and guesses."""

import json

import numpy as np

from pellucid.courses import EXAMPLES, MISPRINTS, annotate
from pellucid.playground import course_data

# ---- the courses' examples ----------------------------------------------------------------------------------

EXAMPLE = """
const { makeNet } = await load('kernel/index.js');
const calculation = await load('calculation/index.js');
return calculation.EXAMPLES.map((example) => {
  const net = makeNet(example.setup, { d: example.x.length, outputs: example.y.length, task: 'regression' });
  const { learningRate, held, notation } = example;
  const [theta, x, y] = [example.theta, example.x, example.y].map((values) => Float64Array.from(values));
  const record = calculation.record(net, theta, x, y, 1, { learningRate, held });
  return [example.name, calculation.toJson(calculation.documentOf(record, { notation }))];
});
"""


def test_the_examples_of_the_courses_are_those_of_python(node) -> None:
    """Check 2: every array in the course's notation within 1e-12, the step and the loss after it too."""
    told = dict(node(EXAMPLE))
    assert list(told) == list(EXAMPLES)
    for name, row in EXAMPLES.items():
        pages = json.loads(row.trace().to_json(row.notation)), json.loads(told[name])
        assert words(pages[1]) == words(pages[0])
        expected, found = map(entries, pages)
        assert found.keys() == expected.keys()
        for key, values in expected.items():
            np.testing.assert_allclose(found[key], values, rtol=1e-12, atol=1e-12, err_msg=f"{name} {key}")


def entries(page) -> dict:
    return {
        (step["kind"], e["role"], e["block"], e["symbol"]["source"]): e["values"]
        for step in page["steps"]
        for e in step["entries"]
    }


def words(page) -> list:
    """Return titles, equations, remarks and labels, but for the loss, which may have another name on the page."""
    labels = ("caption", "rows", "columns")
    return [
        (
            step["title"],
            step["equations"],
            step["remarks"],
            [[e[key] for key in labels] for e in step["entries"]],
        )
        for step in page["steps"]
        if step["kind"] != "loss"
    ]


def wrong_cells(row) -> list[dict]:
    """Return the cells of an example that Python marks as wrong."""
    t = row.trace()
    page = annotate(t.document(row.notation), row, t)
    return [
        {"role": e.role, "block": e.block, "row": int(i), "column": int(j)}
        for step in page.steps
        for e in step.entries
        if e.marked
        for i, j in np.argwhere(np.atleast_2d(e.wrong))
    ]


def test_the_hunt_accepts_exactly_the_misprinted_cells(node) -> None:
    """Not one fewer, not one more, and nothing in an example without a misprint."""
    code = """
    const { EXAMPLES, judgeHunt, isPrinted } = await load('calculation/index.js');
    return EXAMPLES.map((example) => marks[example.name].map((cells) => ({
      ...judgeHunt(example, cells), printed: cells.every((cell) => isPrinted(example, cell)),
    })));
    """
    other = {"role": "layer", "block": 0, "row": 0, "column": 0}
    wrong = {name: wrong_cells(row) for name, row in EXAMPLES.items()}
    assert sum(map(bool, wrong.values())) >= 4
    marks = {name: [cells, cells[::-1], [*cells, other], cells[1:], []] for name, cells in wrong.items()}
    for cells, judged in zip(wrong.values(), node(code, marks=marks), strict=True):
        exact, turned, more, fewer, none = judged
        assert exact["right"]
        assert turned["right"]
        assert exact["printed"]
        assert exact["found"] == cells
        assert bool(exact["remarks"]) == bool(cells)
        assert not more["right"]
        assert more["mistaken"] == [other]
        assert fewer["right"] == none["right"] == (not cells)
        assert fewer["missed"] == cells[:1]


def test_every_misprint_is_on_the_page() -> None:
    rows = course_data.misprints()
    assert [row["id"] for row in rows] == list(MISPRINTS)
    assert all(row["why"] and row["printed"] and row["right"] for row in rows)
    assert {row["note"] for row in course_data.examples()} <= {row["note"] for row in rows}


# ---- guesses ------------------------------------------------------------------------------------------------

GUESSES = [
    ("0.06", 0.0604561, 3, "right"),
    ("0.0604561", 0.0604561, 3, "right"),
    ("0,060", 0.0604561, 3, "right"),
    ("0.061", 0.0604561, 3, "wrong"),
    ("−0.060", 0.0604561, 3, "sign"),
    ("–0.488", -0.4884985, 3, "right"),
    ("5.03e‑4", 0.000503, 3, "right"),
    ("-0.488", -0.4884985, 3, "right"),
    ("-0.488", -0.4884985, 6, "wrong"),
    ("-0.488499", -0.4884985, 6, "right"),
    ("0.0005", 0.000503, 3, "wrong"),
    ("5.03e-4", 0.000503, 3, "right"),
    ("2.35", 2.345, 2, "right"),
    ("2.34", 2.345, 2, "right"),
    ("0", 0.0, 3, "right"),
    ("0", 0.0004, 3, "wrong"),
    ("0.123457", 0.12345678, "full", "right"),
    ("0.1234", 0.12345678, "full", "wrong"),
    ("0.0604", 0.0596, 3, "wrong"),
    ("", 1.0, 3, "unreadable"),
    ("1 or 2", 1.0, 3, "unreadable"),
    ("0x10", 16.0, 3, "unreadable"),
    ("Infinity", float("inf"), 3, "unreadable"),
]


def test_a_guess_is_judged_by_the_digits_shown(node) -> None:
    code = """
    const { judge } = await load('calculation/index.js');
    return guesses.map(([guess, value, precision]) => judge(guess, value, precision));
    """
    told = node(code, guesses=[list(row[:3]) for row in GUESSES])
    assert [(row[0], row[1], found) for row, found in zip(GUESSES, told, strict=True)] == [
        (row[0], row[1], row[3]) for row in GUESSES
    ]


def test_what_is_shown_is_always_right_and_the_next_digit_never(node) -> None:
    rng = np.random.default_rng(2)
    values = [float(v) for v in rng.normal(size=300) * 10.0 ** rng.integers(-6, 5, 300)]
    code = """
    const { judge, write } = await load('calculation/index.js');
    return values.map((value) => [3, 6].map((p) => {
      const shown = Number(write(value, p));
      const power = write(value, p).split('e')[1];
      const unit = power === undefined ? 10 ** -p : 10 ** (Number(power) - p + 1);
      const guesses = [write(value, p), String(shown + 2 * unit), write(value, p).replace('-', '−')];
      return guesses.map((guess) => judge(guess, value, p));
    }));
    """
    for row in node(code, values=values):
        assert row == [["right", "wrong", "right"]] * 2


def test_a_guess_rounded_on_the_way_is_known_as_such(node) -> None:
    code = """
    const { judge } = await load('calculation/index.js');
    return judge('0.004', 0.003602, 4, { hand: 0.004 });
    """
    assert node(code) == "hand"
