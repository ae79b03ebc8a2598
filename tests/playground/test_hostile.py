"""Hostile setups, tables, commands and hand-in files are refused by name, briefly and at once."""

import json
import os
import re
from contextlib import suppress

import numpy as np
import pytest

from pellucid.exceptions import DataError, PellucidError
from pellucid.playground.checking import check_file
from pellucid.playground.own import dataset_of, encode
from pellucid.playground.protocol import MOST_BYTES, decode
from pellucid.playground.protocol import encode as as_bytes
from pellucid.playground.session import Session
from pellucid.playground.setups import read_setup
from pellucid.playground.tables import table_of_text
from playground.nasty import DEEP, OWN, RAW, SETUP, changed
from terminal import invoke

LONGEST = 1000  # characters of a message
COMMANDS = [
    {"type": "setup", "id": 1, "setup": SETUP},
    {"type": "setup", "setup": {**SETUP, "data": {"name": "own"}}, "dataset": {
        "name": "own", "task": "binary", "columns": [{"name": "a"}], "n": 4, "classes": ["0", "1"],
        "X": np.arange(4.0), "Y": np.array([0.0, 1.0, 0.0, 1.0])}},
    {"type": "jump", "step": 3, "id": 1}, {"type": "run", "until": 10, "pace": 5}, {"type": "pause"},
    {"type": "edit", "index": 0, "value": 1.0}, {"type": "undo"}, {"type": "ack", "frame": 1},
    {"type": "data", "name": "t.csv", "text": "a,b\n1,2\n3,4\n", "target": "b", "id": 9},
    {"type": "ask", "what": "accuracy"}, {"type": "ask", "what": "trace", "row": 1},
    {"type": "ask", "what": "python"},
    {"type": "ask", "what": "doctor"}, {"type": "hello", "version": 1, "token": "x"},
]  # fmt: skip
ANSWER = {
    "step": 3,
    "row": 3,
    "quantity": "W",
    "block": 0,
    "i": 1,
    "j": 1,
    "digits": 3,
    "answer": "1",
    "right": True,
}
HAND_IN = {
    "format": "pellucid hand-in",
    "version": 1,
    "name": "A",
    "setup": SETUP,
    "answers": [ANSWER, ANSWER],
}


def refused_by_name(work, given):
    said = ""
    try:
        work(given)
    except PellucidError as error:
        said = str(error)
    assert len(said) <= LONGEST
    assert "\x1b" not in said


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of a table's first looks
@pytest.mark.parametrize("n", [150, pytest.param(5000, marks=pytest.mark.slow)])
def test_changed_documents_are_read_or_refused_by_name(n, rng):
    for _ in range(n):
        most = int(rng.integers(1, 4))
        refused_by_name(read_setup, changed(SETUP, rng, most))
        for table in (OWN, RAW):
            made = changed(table, rng, most)
            refused_by_name(encode, made)
            refused_by_name(read_setup, {**SETUP, "data": made})


@pytest.mark.parametrize("n", [100, pytest.param(3000, marks=pytest.mark.slow)])
def test_changed_commands_leave_a_session_that_answers(n, rng):
    for _ in range(n):
        session = Session()
        session.receive({"type": "setup", "setup": SETUP})
        for _ in range(3):
            command = COMMANDS[int(rng.integers(len(COMMANDS)))]
            plain = {key: value for key, value in command.items() if key != "dataset"}
            made = changed(plain, rng, int(rng.integers(1, 3)))
            if "dataset" in command:
                made["dataset"] = changed(command["dataset"], rng, int(rng.integers(0, 3)))
            messages = session.receive(made)
            for _ in range(20):
                messages += session.work(0.001)
            for message in messages:
                as_bytes(message)  # can be sent
                assert message["type"] != "error" or len(message["message"]) <= LONGEST
                assert message.get("code") != "fault", message
        session.receive({"type": "pause"})  # on the way to step 2⁵³, for instance
        session.receive({"type": "setup", "setup": SETUP})
        while session.is_busy:
            session.work()
        assert session.receive({"type": "jump", "step": 0})[-1]["step"] == 0


@pytest.mark.parametrize("n", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_changed_hand_in_files_are_checked_or_refused_by_name(n, rng, tmp_path):
    path = tmp_path / "hand-in.json"
    for _ in range(n):
        table = [SETUP["data"], OWN, RAW][int(rng.integers(3))]
        made = changed({**HAND_IN, "setup": {**SETUP, "data": table}}, rng, int(rng.integers(1, 4)))
        path.write_text(json.dumps(made))
        with suppress(DataError):
            for answer in check_file(path).answers:
                assert not answer.is_forged or answer.claimed


@pytest.mark.parametrize("value", [10**400, -(10**400), "1e400", DEEP])
def test_numbers_beyond_all_floats_are_refused_where_numbers_are_read(value):
    table = {**OWN, "rows": [[1, "x", 0], [value, "y", 1], [3, "x", 1], [2, "z", 0]]}
    if value is DEEP:
        with pytest.raises(PellucidError, match="nothing within a cell"):
            encode(table)
    else:
        found = encode(table)
        assert np.isfinite(found.X).all()
    session = Session()
    session.receive({"type": "setup", "setup": SETUP})
    for command in ({"type": "edit", "index": 0, "value": value}, {"type": "jump", "step": value}):
        (said,) = session.receive(command)
        assert (said["type"], said["code"]) == ("error", "refused")


def test_what_json_calls_infinite_is_no_number_of_a_table():
    rows = json.loads('[[1, "x", 0], [1e999, "y", 1], [3, "x", 1], [4, "x", 1], [5, "x", 1], [2, "z", 0]]')
    found = encode({**OWN, "rows": rows})
    assert np.isfinite(found.X).all()
    assert [(cell["row"], cell["column"]) for cell in found.more["refused"]] == [(2, "a")]


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    text = b'{"type":"pause","type":"undo"}'
    with pytest.raises(PellucidError, match="does not hold JSON"):
        decode(len(text).to_bytes(4, "little") + text)
    path = tmp_path / "hand-in.json"
    path.write_text(json.dumps(HAND_IN)[:-1] + ', "answers": []}')
    with pytest.raises(DataError, match="is not a hand-in file"):
        check_file(path)


def test_a_text_with_half_a_character_is_read_as_a_browser_sends_it():
    assert table_of_text("t", "a\ud800,b\n1,2\n3,4\n")["columns"] == ["a\ufffd", "b"]


@pytest.mark.parametrize(
    ("network", "batch_size", "n"),
    [
        ([600_000], 10_000, 300),
        ([1000, 1000], 2**53, 20_000),
        ([400_000], 300, 300),
        pytest.param([64], 2**53, 200_000, marks=pytest.mark.slow),
    ],
)
def test_a_step_that_would_fill_the_memory_is_refused(network, batch_size, n):
    data = {
        "task": "binary", "n": n, "columns": [], "classes": ["0", "1"], "X": np.zeros(n), "Y": np.zeros(n)
    }  # fmt: skip
    setup = {"data": {"name": "own"}, "network": {"hidden": network}, "batch_size": batch_size}
    fits = network == [64]
    found = Session().receive({"type": "setup", "setup": setup, "dataset": data})[0]
    assert found["type"] == ("state" if fits else "error")
    assert fits or "Choose smaller" in found["message"]


def test_what_waits_is_not_larger_than_a_message_may_be():
    session = Session()
    session.receive({"type": "setup", "setup": SETUP})
    session.receive({"type": "jump", "step": 10**9})
    said = [session.receive({"type": "data", "text": "a"}, MOST_BYTES // 3) for _ in range(5)]
    assert [len(each) for each in said] == [0, 0, 0, 1, 1]
    assert "Too many commands wait" in said[-1][0]["message"]


def test_a_fault_of_ours_is_answered_without_its_text_and_ends_nothing(monkeypatch):
    session = Session()
    session.receive({"type": "setup", "setup": SETUP})

    def fails(*_):
        raise RuntimeError("/srv/somebody/secret.csv")

    monkeypatch.setattr(session.course, "approach", fails)
    session.receive({"type": "jump", "step": 5, "id": 7})
    (said,) = session.work()
    assert (said["type"], said["code"], said["id"]) == ("error", "fault", 7)
    assert "secret" not in said["message"]
    assert not session.is_busy
    monkeypatch.setattr(session.course, "turn", fails)
    (said,) = session.receive({"type": "jump", "step": 0, "id": 8})
    assert (said["code"], said["id"]) == ("fault", 8)
    assert session.receive({"type": "pause"})[0]["type"] == "state"


# ---- hand-in files -----------------------------------------------------------------------------------------


def handed_in(tmp_path, *answers, setup=SETUP):
    path = tmp_path / "hand-in.json"
    path.write_text(json.dumps({**HAND_IN, "setup": setup, "answers": answers}))
    return path


@pytest.mark.parametrize("digits", ["digits", "byHand"])
def test_an_answer_with_too_few_digits_cannot_be_right(digits, tmp_path):
    with pytest.raises(DataError, match=rf"'answers.{digits}' must be a whole number in 3..12; got 0"):
        check_file(handed_in(tmp_path, {**ANSWER, digits: 0, "answer": "0"}))


@pytest.mark.parametrize(
    ("weight", "right", "wrong"),
    [(1.2e-7, "1.20e-7", "0"), (123456789.0, "1.23e8", "1.24e8"), (0.25, "0.25", "0.251"), (-0.5, "−0,5", "0.5"),
     (10.0, "10", "1_0"), (3.0, " 3 ", "٣")],
)  # fmt: skip
def test_python_judges_a_guess_as_the_page_does(weight, right, wrong, tmp_path):
    """Small and large numbers are shown in e-notation, and judged by its digits."""
    setup = {**SETUP, "edits": [{"step": 0, "index": 0, "value": weight}]}
    asked = {"step": 0, "quantity": "parameter", "block": 0, "i": 0, "j": 0, "digits": 3}
    path = handed_in(tmp_path, {**asked, "answer": right}, {**asked, "answer": wrong}, setup=setup)
    assert [answer.is_right for answer in check_file(path).answers] == [True, False]


@pytest.mark.thorough
def test_a_file_that_would_keep_a_teacher_waiting_is_refused(tmp_path):
    setup = {**SETUP, "network": {"hidden": [1000, 1000]}, "batch_size": 100}
    with pytest.raises(DataError, match="take too long"):
        check_file(handed_in(tmp_path, {**ANSWER, "step": 1_000_000}, setup=setup))


def test_steps_there_and_back_are_made_once(tmp_path, monkeypatch):
    from pellucid.playground.course import Course

    jumps, jump = [], Course.jump
    monkeypatch.setattr(Course, "jump", lambda course, step: (jumps.append(step), jump(course, step)))
    steps = [40, 0, 30, 10]
    found = check_file(handed_in(tmp_path, *({**ANSWER, "step": step} for step in steps)))
    assert jumps == sorted(steps)
    assert [int(re.search(r"\d+", answer.question)[0]) for answer in found.answers] == steps


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_what_is_not_a_plain_file_is_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero", tmp_path):
        with pytest.raises(DataError, match="is not a file"):
            check_file(path)


def test_names_and_answers_do_not_steer_the_terminal(tmp_path):
    path = handed_in(tmp_path, {**ANSWER, "answer": "\x1b[2J[red]9"})
    path.write_text(path.read_text().replace('"name": "A"', '"name": "\\u001b]0;x\\u0007"'))
    for more in ([], ["--json"]):
        said = invoke("playground", "--check", path, *more)
        assert "\x1b" not in said.stdout + said.stderr
        assert "\x07" not in said.stdout + said.stderr
        assert said.exit_code == 1  # forged


def test_dataset_names_and_classes_are_texts():
    data = {"task": "binary", "n": 2, "classes": [DEEP], "X": np.zeros(2), "Y": np.zeros(2)}
    with pytest.raises(PellucidError, match=r"'dataset.classes' must be a list of texts"):
        dataset_of(data)
