"""Every door opens the same page; only what it starts with differs."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.exceptions import DataError, ParameterError, PellucidError
from pellucid.playground import boot as boot_module
from pellucid.playground import save_page
from pellucid.playground.boot import built_page, page_with
from pellucid.playground.doors import beginning
from pellucid.playground.setups import read_setup

BOOT = re.compile(r'(<script type="application/json" id="boot">)(.*?)(</script>)')


def boot_of(page):
    return json.loads(BOOT.search(page)[2])


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text("rooms,near,price\n3,sea,100.5\n4,lake,\n5,sea,250\n")
    return path


def test_a_saved_page_is_the_built_page_but_for_its_boot_data(tmp_path, table):
    path = tmp_path / "page.html"
    save_page(path, table, target="price")
    page = path.read_text(encoding="utf-8")
    assert BOOT.sub(r"\1{}\3", page) == built_page()
    setup = boot_of(page)["setup"]
    assert setup["data"]["rows"] == [[3, "sea", 100.5], [4, "lake", None], [5, "sea", 250.0]]
    assert (setup["data"]["target"], setup["loss"]) == ("price", "squared_error")
    assert read_setup(setup).data["title"] == "houses"


NAMES = {
    "end": "</script><script>alert(1)</script>", "comment": "<!--<script>", "line": "\u2028", "entity": "&lt;",
    "quotes": "'\"\\", "surrogate": "\ud800", "cdata": "]]>", "zero": "\0",
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.whole
def test_names_in_the_data_cannot_leave_their_script_element(kind):
    name = NAMES[kind]
    table = {
        "name": "own",
        "columns": [name, "y"],
        "rows": [[name, 1], ["b", 0]],
        "target": "y",
        "title": name,
    }
    page = page_with({"setup": {"data": table}})
    assert boot_of(page)["setup"]["data"]["columns"] == [name, "y"]
    inside = BOOT.search(page)[2]
    assert inside.isascii()
    assert not set("<>&") & set(inside)
    assert page.count("</script>") == built_page().count("</script>")


def test_a_page_without_its_places_is_not_served(monkeypatch):
    for broken in ("<html></html>", built_page().replace('id="boot"', 'id="other"')):
        monkeypatch.setattr(boot_module, "built_page", lambda page=broken: page)
        with pytest.raises(PellucidError, match="install pellucid again"):
            page_with({})


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_data_frame_is_opened_as_it_is(kind):
    frame = kind({"a": [1.5, np.inf, 3.0], "b": ["x", None, "z"], "ok": [True, False, True]})
    data = beginning(frame, target="ok")["setup"]["data"]
    assert data["rows"] == [[1.5, "x", "true"], [None, None, "false"], [3.0, "z", "true"]]


@pytest.mark.parametrize(
    ("options", "loss"),
    [
        ({}, "log_loss"),
        ({"example": "sine"}, "squared_error"),
        ({"example": "digits"}, "log_loss"),
        ({"data": "diabetes"}, "squared_error"),
        ({"data": "iris"}, "log_loss"),
        ({"example": "sine", "setup": {"loss": "huber", "seed": 4}}, "huber"),
    ],
)
@pytest.mark.whole
def test_the_loss_follows_the_task_unless_it_is_given(options, loss):
    assert beginning(**options)["setup"]["loss"] == loss


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"example": "mnist"}, ParameterError, "'example' must be one of moons, .*; got 'mnist'"),
        ({"example": "moons", "data": "iris"}, ParameterError, "either data or an example"),
        ({"target": "y"}, ParameterError, "give data too"),
        ({"data": "nowhere.csv"}, DataError, "There is no file"),
        ({"data": "iris", "target": "color"}, DataError, "'data.target' must be one of the columns sepal"),
        ({"data": 7}, ParameterError, "'data' must be the name of a file, or a data frame; got int"),
        ({"setup": {"seed": "a"}}, ParameterError, "'seed' must be a whole number"),
        ({"data": pd.DataFrame({"a": [1], "b": [2]})}, DataError, "1 different values"),
        ({"data": pd.DataFrame(np.zeros((2, 1001)))}, DataError, "up to 1,000 columns; the table has 1,001"),
    ],
)
@pytest.mark.whole
def test_what_cannot_be_opened_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        beginning(**options)
