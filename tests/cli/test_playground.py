"""`pellucid playground`: saves the page, checks hand-in files, says what it does not take."""

import json

import pytest


def test_the_page_is_saved_once_and_not_over_something(pellucid, tmp_path):
    path = tmp_path / "page.html"
    done = pellucid("playground", "--example", "xor", "--save", str(path))
    assert done.code == 0, done.out + done.err
    assert "xor" in path.read_text()
    assert "exists already" in pellucid("playground", "--save", str(path)).err
    assert pellucid("playground", "--save", str(path), "--force").code == 0


@pytest.mark.thorough
def test_a_forged_answer_is_an_error(pellucid, tmp_path):
    path = tmp_path / "hand-in.json"
    place = {"step": 3, "quantity": "loss", "row": 0, "digits": 3}
    plain = {"format": "pellucid hand-in", "version": 1, "name": "x", "setup": {}, "answers": []}
    path.write_text(json.dumps({**plain, "answers": [{**place, "answer": "99", "right": False}]}))
    done = pellucid("playground", "--check", str(path))
    assert (done.code, "0 of 1 answers" in (done.out + done.err)) == (0, True)
    path.write_text(json.dumps({**plain, "answers": [{**place, "answer": "99", "right": True}]}))
    done = pellucid("playground", "--check", str(path))
    assert (done.code, "FORGED" in (done.out + done.err)) == (1, True)
    found = pellucid("playground", "--check", str(path), "--json").json
    assert found["answers"][0]["forged"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--example", "mnist"], "'example' must be one of"),
        (["iris", "--example", "xor"], "either data or an example"),
        (["--target", "y"], "give data too"),
        (["nowhere.csv"], "There is no file"),
        (["--port", "0"], "an integer from 1"),
        (["--check", "x.json", "--example", "xor"], "takes a hand-in file"),
    ],
)
@pytest.mark.whole
def test_what_is_not_accepted_is_said(pellucid, words, message):
    done = pellucid("playground", "--no-browser", *words)
    assert done.code in (1, 2)
    assert message in " ".join((done.out + done.err).split())
