"""``pellucid trace``: worked examples, rows of a model's data, weights in a file."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import load
from pellucid.courses.examples import EXAMPLES
from pellucid.explain.equations import SUBSCRIPTS, SUPERSCRIPTS
from pellucid.explain.profiles import NOTATIONS

EXERCISE: dict[str, Any] = {
    "weights": [[[0.7, -0.4], [-0.2, 0.3]], [[0.5], [0.1]]],
    "biases": [[0.4, 0.6], [-0.3]],
    "activation": "logistic",
    "output_activation": "logistic",
    "x": [0, 1],
    "y": 1,
}


def write(name: str = "net.json", **changes: Any) -> str:
    """Write note 002's network and sample, with changes; None leaves a key out."""
    held = {**EXERCISE, **changes}
    Path(name).write_text(json.dumps({key: value for key, value in held.items() if value is not None}))
    return name


def test_the_list_names_all_examples(pellucid) -> None:
    """Each with its misprints, within 80 columns."""
    ran = pellucid("trace", "--list")

    assert ran.code == 0
    for name in EXAMPLES:
        assert name in ran.out
    assert "E12, E13" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_within_80_columns(pellucid, name: str) -> None:
    """In its course's notation, nothing wider than the terminal."""
    ran = pellucid("trace", "--example", name)

    assert ran.code == 0
    assert f"notation: {EXAMPLES[name].notation}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    small = {"_": SUBSCRIPTS, "^": SUPERSCRIPTS}
    for mark, index in re.findall(r"([_^])\{([^}]*)\}", ran.out):  # of what Unicode has no small letters
        assert len(index) > 1
        assert set(index) - set(small[mark])


def test_722_and_its_two_misprints(pellucid) -> None:
    """002's example: the prediction after the step, three wrong numbers with their explanations."""
    said = pellucid("trace", "--example", "iowa-grounded").out

    assert "0.722" in said
    assert "-0.447 ✗" in said
    assert said.count("✗") == 3 + 2 + 1  # the numbers, the two headings, the last line
    assert "E12 (" in said
    assert "E13 (" in said
    assert "3 printed numbers are wrong" in said


@pytest.mark.few("lfd", "kaist")
@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation(pellucid, notation: str) -> None:
    """An example can be read in every notation, and a network of one's own too."""
    for source in (("--example", "kaist-example"), ("--weights", write())):
        ran = pellucid("trace", *source, "--notation", notation)

        assert ran.code == 0
        assert f"notation: {notation}" in ran.out


def test_precision_by_hand_and_differences(pellucid) -> None:
    """004 with six decimals, beside it rounded to two, and finite differences."""
    said = pellucid(
        "trace", "--example", "kaist-example", "--precision", "6", "--by-hand", "2", "--differences"
    ).out

    assert "-0.069792" in said
    assert "0.625017" in said
    assert "by hand" in said
    assert "finite difference" in said


def test_the_learning_rate(pellucid) -> None:
    """A rate of 0 leaves the loss where it is."""
    said = pellucid("trace", "--example", "iowa-grounded", "--learning-rate", "0").out

    assert "loss before: J = 0.670" in said
    assert "loss after: J = 0.670" in said


def test_weights_of_ones_own(pellucid) -> None:
    """002's network from a file gives 002's numbers: gradients by the independent list."""
    found = json.loads(pellucid("trace", "--weights", write(), "--format", "json").out)

    numbers = json.dumps(found)
    for value in (-0.488499, -0.060456, 0.721874 - 0.721874 + 0.511501):
        assert any(
            abs(float(text) - value) < 5.1e-7
            for text in numbers.replace("[", " ").replace("]", " ").replace(",", " ").split()
            if text.lstrip("-").replace(".", "").isdigit()
        )


@pytest.mark.parametrize(
    ("suffix", "start"), [("txt", "iowa"), ("tex", "\\documentclass"), ("html", "<!DOCTYPE"), ("json", "{")]
)
def test_files(pellucid, suffix: str, start: str) -> None:
    """The suffix says the format; a file is not written over unless --force says so."""
    words = ("trace", "--example", "iowa-grounded", "--out", f"page.{suffix}")

    assert pellucid(*words).code == 0
    assert Path(f"page.{suffix}").read_text(encoding="utf-8").lower().startswith(start.lower())
    assert "--force" in pellucid(*words).err
    assert pellucid(*words, "--force").code == 0


def test_a_row_of_a_model(pellucid, classifier: Path, people) -> None:
    """Row 17 through the model: its inputs, standardized, and what the model predicts of it."""
    ran = pellucid("trace", "--model", classifier, "--row", "17", "--precision", "6")
    model = load(classifier)
    x = people.select("a", "b").row(16)

    assert ran.code == 0
    assert f"kind is {people['kind'][16]}" in ran.out
    standardized = (np.array(x) - model.input_mean_) / model.input_scale_
    for value in standardized:
        assert f"{value:.5f}"[:7] in ran.out


def test_several_rows_and_another_table(pellucid, regressor: Path, people) -> None:
    """Two rows make a batch; --data names another table than the model's own."""
    people.head(5).write_csv("few.csv")
    ran = pellucid("trace", "--model", regressor, "--data", "few.csv", "--row", "1", "--row", "5")

    assert ran.code == 0
    assert "Rows 1, 5 of few.csv" in ran.out
    assert f"Row 5: price is {people['price'][4]}" in ran.out.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((), ("nothing to trace", "--example")),
        (("--list", "--example", "iowa-grounded"), ("more than one",)),
        (("--example", "iowa-grunded"), ("Did you mean 'iowa-grounded'",)),
        (("--example", "iowa-grounded", "--row", "2"), ("--row", "--model")),
        (("--example", "iowa-grounded", "--notation", "x"), ("--notation", "lfd")),
        (("--example", "iowa-grounded", "--format", "pdf"), ("--format", "latex")),
        (("--example", "iowa-grounded", "--precision", "many"), ("--precision", "'many'")),
        (("--example", "iowa-grounded", "--out", "page.pdf"), (".html",)),
        (("--example", "iowa-grounded", "--learning-rate", "-1"), ("--learning-rate", "-1")),
        (("--example", "iowa-grounded", "--by-hand", "-1"), ("--by-hand", "-1")),
        (("--weights", "none.json"), ("no file 'none.json'", '"weights"')),
    ],
)
def test_what_cannot_be_traced(pellucid, words, parts) -> None:
    """Each is said in a sentence that names what to do."""
    ran = pellucid("trace", *words)

    assert ran.code in (1, 2)
    for part in parts:
        assert part in " ".join(ran.err.split())


@pytest.mark.parametrize("row", [0, 61, -3])
def test_a_row_outside_the_data(pellucid, classifier: Path, row: int) -> None:
    """The rows that there are, and the one that was asked for."""
    ran = pellucid("trace", "--model", classifier, "--row", row)

    assert ran.code == 1
    assert "rows 1 to 60" in ran.err
    assert str(row) in ran.err
    assert "--row" in pellucid("trace", "--model", classifier).err


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"weights": [[[0.7, -0.4], [-0.2, 0.3]], [[0.5]]]}, ("(2, 2)", "(1, 1)")),
        (
            {"weights": [[[0.7, -0.2, 1], [-0.4, 0.3, 1]], [[0.5, 0.1, 1]]], "biases": None},
            ("(2, 3)", "(1, 3)"),
        ),
        ({"biases": [[0.4, 0.6], [-0.3, 1.0]]}, ("(2, 1)", "(2,)")),
        ({"biases": [[0.4, 0.6]]}, ("biases", "2")),
        ({"x": [1, 2, 3]}, ("(2, 2)", "(3,)")),
        ({"weights": [[[1, 2], [3]]], "biases": None}, ("weights[0]", "same length")),
        ({"weights": 3}, ("weights", "3")),
        ({"x": [[1, 2], [3]]}, ("x has rows of different lengths", "(2, 2)")),
        ({"biases": [[[1], [2, 3]], [0]]}, ("biases[0] has rows of different lengths", "(2, 2)")),
        ({"activation": "logistik"}, ("logistik", "logistic")),
        ({"loss": "hinge"}, ("hinge", "log_loss")),
        ({"y": None}, ("'y'",)),
        ({"activaton": "tanh"}, ("Did you mean 'activation'",)),
        ({"x": ["a", 1]}, ("x",)),
        ({"y": 3}, ("net.json",)),
    ],
)
def test_weights_that_do_not_fit(pellucid, changes, parts) -> None:
    """Shapes that disagree are both said; names that are none too."""
    ran = pellucid("trace", "--weights", write(**changes))

    assert ran.code in (1, 2)
    for part in parts:
        assert part in ran.err


def test_broken_json(pellucid) -> None:
    """The line and the column are said, and shown."""
    Path("net.json").write_text('{"weights": [[[1.0]]],\n "x": [1.0,, 2], "y": 1}')
    ran = pellucid("trace", "--weights", "net.json")

    assert ran.code == 1
    assert "line 2, column 12" in ran.err
    assert ran.err.rstrip().endswith("^")
    Path("net.json").write_text("")
    assert "line 1, column 1" in pellucid("trace", "--weights", "net.json").err

    Path("net.json").write_text("[" * 100_000)
    assert "nested too deeply" in pellucid("trace", "--weights", "net.json").err


def test_several_steps(pellucid) -> None:
    """--steps lists losses and outputs, after the numbers that the notes print."""
    said = pellucid("trace", "--example", "iowa-grounded", "--steps", 20).out

    assert said.index("prediction after the step") < said.index("20 steps of gradient descent")
    assert "step 20" in said
    assert pellucid("trace", "--example", "iowa-grounded", "--steps", -1).code == 2
