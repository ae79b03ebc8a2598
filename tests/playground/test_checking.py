"""A hand-in file is recomputed: an answer that is not the number is found, whatever the file says of it."""

import json

import pytest

from pellucid.exceptions import DataError
from pellucid.playground.boot import page_with
from pellucid.playground.checking import QUANTITIES, check_file
from pellucid.playground.course import Course
from pellucid.playground.datasets import example
from pellucid.playground.setups import read_setup
from playground.driving import SOURCES

SETUP = {"data": {"name": "moons"}, "edits": [{"step": 5, "index": 3, "value": 0.5}], "l2": 1e-3}
PLACE = {"step": 12, "row": 3, "block": 0, "i": 2, "j": 1, "digits": 3}


def handed_in(tmp_path, *answers, setup=SETUP, **more):
    path = tmp_path / "hand-in.json"
    about = {"format": "pellucid hand-in", "version": 1, "name": "A. Student", "setup": setup}
    path.write_text(json.dumps({**about, "answers": answers, **more}))
    return path


def numbers(quantity):
    """Return the number asked for, by way of the gradient of the objective."""
    import numpy as np

    from pellucid.core import forward

    data, course = (
        example("moons"),
        Course(read_setup(SETUP).stepper(example("moons")), read_setup(SETUP).edits),
    )
    course.jump(12)
    network, objective = course.stepper.network, course.stepper.problem.objective
    x, y = data.X[[3]], data.Y[[3]]
    found = objective.value_and_gradient(x, y, training=False)
    passed = forward(network, x)
    return {
        "W": found.weights[0][1, 1],
        "weights": found.weights[0][1, 1],
        "b": found.biases[0][1],
        "z": passed.zs[0][0, 1],
        "a": np.tanh(passed.zs[0][0, 1]),
        "outputs": np.tanh(passed.zs[0][0, 1]),
        "delta": found.deltas[0][0, 1],
        "loss": found.loss,
        "parameter": network.weights[0][1, 1],
    }[quantity]


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.whole
def test_right_answers_are_right_and_wrong_ones_are_not(quantity, tmp_path):
    place = {**PLACE, "quantity": quantity, **({"i": 1} if quantity == "weights" else {})}
    value = numbers(quantity)
    right = f"{value:.3f}"
    wrong = f"{value + 0.002:.3f}"
    path = handed_in(
        tmp_path, {**place, "answer": right, "right": True}, {**place, "answer": wrong, "right": False},
        {**place, "answer": wrong, "right": True}, {**place, "answer": "what?", "right": True},
    )  # fmt: skip
    found = check_file(path)
    assert found.name == "A. Student"
    assert [answer.is_right for answer in found.answers] == [True, False, False, False]
    assert [answer.is_forged for answer in found.answers] == [False, False, True, True]
    assert (found.n_right, len(found.forged)) == (1, 2)
    assert found.answers[0].value == pytest.approx(value, abs=1e-9)


def test_an_answer_is_judged_by_the_digits_that_were_shown(tmp_path):
    value = numbers("delta")
    answers = [
        {**PLACE, "quantity": "delta", "digits": digits, "answer": f"{value:.{shown}f}", "right": True}
        for digits, shown in ((4, 4), (6, 6), (6, 2), (3, 6))
    ]
    assert [answer.is_right for answer in check_file(handed_in(tmp_path, *answers)).answers] == [
        True, True, False, True,
    ]  # fmt: skip


def test_a_decimal_comma_and_a_minus_sign_are_read(tmp_path):
    value = numbers("z")
    assert value < 0.0
    for minus in "−–‑":
        typed = f"{value:.3f}".replace("-", minus).replace(".", ",")
        assert (
            check_file(handed_in(tmp_path, {**PLACE, "quantity": "z", "answer": typed})).answers[0].is_right
        )


def test_a_saved_page_is_a_hand_in_file_too(tmp_path):
    plain = json.loads(
        handed_in(tmp_path, {**PLACE, "quantity": "z", "answer": "1e9", "right": True}).read_text()
    )
    path = tmp_path / "page.html"
    for boot in (plain, {"setup": SETUP, "handIn": plain}):
        path.write_text(page_with(boot))
        assert len(check_file(path).forged) == 1


def test_own_data_are_recomputed_from_their_cells(tmp_path):
    own = {
        "name": "own",
        "columns": ["x", "y"],
        "rows": [[str(k), "ab"[k % 2]] for k in range(20)],
        "target": "y",
    }
    answer = {
        "step": 4,
        "quantity": "z",
        "row": 2,
        "block": 1,
        "j": 0,
        "digits": 3,
        "answer": "9",
        "right": True,
    }
    found = check_file(handed_in(tmp_path, answer, setup={"data": own}))
    assert found.answers[0].is_forged


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "is not a hand-in file"),
        ({"version": 9}, "has version 9"),
        ({"answers": {}}, "'answers' must be a list"),
        ({"setup": {"loss": "luck"}}, "'loss' must be one of"),
        ({"setup": {"data": {"name": "/etc/passwd"}}}, "'data.name' must be one of"),
        ({"answers": [{"step": 10**9, "quantity": "z"}]}, "'answers.step' must be a whole number"),
        ({"answers": [{"step": 1, "quantity": "__class__"}]}, "'answers.quantity' must be one of"),
        ({"answers": [{**PLACE, "quantity": "z", "j": 99}]}, "'answers.j' must be a whole number in 0..5"),
        (
            {"answers": [{**PLACE, "quantity": "z", "row": 300}]},
            "'answers.row' must be a whole number in 0..299",
        ),
        ({"answers": ["right"]}, "'answers' must be an object"),
    ],
)
@pytest.mark.whole
def test_what_is_not_a_hand_in_file_is_refused_by_name(change, message, tmp_path):
    path = handed_in(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(DataError, match=message):
        check_file(path)
    path.write_bytes(b"\xff\x00")
    words = json.loads((SOURCES / "words" / "en.json").read_text(encoding="utf-8"))
    button = words["calculation"]["handIn"]
    with pytest.raises(DataError, match=rf"is not a hand-in file.*'{button}'"):
        check_file(path)


def test_raw_data_with_several_targets_are_checked(tmp_path):
    table = {"name": "own", "columns": ["x", "color", "u", "v"], "target": ["u", "v"], "raw": True,
             "rows": [["10", "red", "1.5", "3"], ["-20", "blue", "2", "4"], ["30", "red", "2", "9"]]}  # fmt: skip
    setup = {
        "data": table,
        "loss": "squared_error",
        "network": {"hidden": [], "activation": [], "initializer": "zeros"},
    }
    question = {"step": 0, "row": 1, "quantity": "W", "block": 0, "i": 1, "digits": 3, "right": True}
    # The outputs are 0, so that the gradient of input x is x (0 - y).
    path = handed_in(
        tmp_path, {**question, "j": 0, "answer": "40"}, {**question, "j": 1, "answer": "80"},
        {**question, "j": 1, "answer": "79.9"}, setup=setup,
    )  # fmt: skip
    assert [answer.is_forged for answer in check_file(path).answers] == [False, False, True]
