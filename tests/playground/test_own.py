"""Own tables are encoded as the page encodes them, and cells that do not fit are named."""

import json

import numpy as np
import pytest

from pellucid.playground.datasets import EXAMPLES, example, examples_json
from pellucid.playground.errors import SetupError
from pellucid.playground.own import encode

TABLES = {
    "numbers": {
        "columns": ["a", "b", "y"],
        "rows": [["1.5", 2, "0.25"], ["-2e3", 3.5, "1"], [".5", None, "7"], ["4", "?", "-1"], ["5", "6", "2.5"]],
        "target": "y",
    },
    "categories": {
        "columns": ["color", "size", "ok"],
        "rows": [["red", "s", "yes"], ["blue", "m", "no"], ["red", "l", "yes"], ["green", "", "no"],
                 ["red", "m", ""]],
        "target": "ok",
    },
    "bad cells": {
        "columns": ["x", "y"],
        "rows": [["1", "a"], ["2", "b"], ["3", "c"], ["oops", "a"], ["5", "b"], ["6", None], ["1e200", "c"],
                 *([str(i), "b"] for i in range(8, 13))],
        "target": "y",
    },
    "decimal commas": {
        "columns": ["x", "y"],
        "rows": [["1,5", "0"], ["2,25", "1"], ["-3", "1"], ["1.5", "0"], ["7", "1"], ["8", "0"]],
        "target": "y", "decimal": ",",
    },
    "classes of integers": {
        "columns": ["x", "z", "y"],
        "rows": [[i * 0.37, "same", i % 3] for i in range(12)],
        "target": "y",
    },
    "integers as numbers": {
        "columns": ["x", "y"], "rows": [[i, i % 4] for i in range(9)], "target": "y", "task": "regression",
    },
    "letters beyond the first plane": {
        "columns": ["x", "y"], "rows": [[1, "\U0001f600"], [2, "\uffee"], [3, "a"], [4, "é"]], "target": "y",
    },
    "chosen columns": {
        "columns": ["a", "b", "c", "y"], "rows": [[i, i * i, -i, i % 2] for i in range(6)], "target": "y",
        "use": ["c", "a"],
    },
    "several numbers": {
        "columns": ["a", "u", "v"],
        "rows": [[str(i), str(i * i % 7), f"{i}.5"] for i in range(8)] + [["9", "?", "1"]],
        "target": ["v", "u"],
    },
    "labels": {
        "columns": ["a", "u", "v"], "rows": [[i, "yes" if i % 2 else "no", i % 3 // 2] for i in range(9)],
        "target": ["u", "v"],
    },
    "raw with text": {
        "columns": ["a", "color", "same", "y"], "raw": True, "target": "y",
        "rows": [["10", "red", "3", "1.5"], ["-2", "blue", "3", "7.5"], ["", "red", "3", "2.25"],
                 ["4", "blue", "3", "?"]],
    },
    "raw, two targets of one row": {
        "columns": ["x", "u", "v"], "rows": [[0.3, 1, 0]], "target": ["u", "v"], "raw": True, "task": "multilabel",
    },
    "raw": {
        "columns": ["x1", "x2", "t"], "rows": [[0.1, 0.2, 1], [0.3, -0.4, 0]], "target": "t", "task": "binary",
        "classes": ["0", "1"], "raw": True,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.whole
def test_the_page_encodes_the_same_numbers(name, node):
    table = {"name": "own", **TABLES[name]}
    ours = encode(table)
    theirs = node("const { encode } = await load('data/datasets.js'); return encode(table);", table=table)
    assert (ours.task, list(ours.classes)) == (theirs["task"], theirs["classes"] or [])
    assert [column["name"] for column in ours.columns] == [column["name"] for column in theirs["columns"]]
    np.testing.assert_allclose(ours.X.ravel(), theirs["X"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(ours.Y.ravel(), theirs["Y"], rtol=0, atol=1e-15)
    assert [scale["name"] for scale in ours.more["targets"]] == [scale["name"] for scale in theirs["targets"]]
    for mine, other in zip(ours.more["targets"], theirs["targets"], strict=True):
        assert (mine["mean"], mine["scale"]) == pytest.approx((other["mean"], other["scale"]), rel=1e-14)
        assert mine.get("values") == other.get("values")
    where = ("row", "column", "text", "why")
    refused = [{key: cell[key] for key in where} for cell in theirs.get("refused") or []]
    assert sorted(map(str, ours.more["refused"])) == sorted(map(str, refused))


def test_bad_and_missing_cells_are_named():
    found = encode(TABLES["bad cells"])
    cells = {(cell["row"], cell["column"], cell["why"]) for cell in found.more["refused"]}
    assert cells == {(4, "x", "number"), (7, "x", "number"), (6, "y", "target")}
    assert len(found.X) == 11
    assert np.isfinite(found.X).all()
    assert [column["name"] for column in found.columns] == ["x", "x ?"]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"target": "z"}, "data.target"),
        ({"rows": []}, "data"),
        ({"rows": [["1"]]}, "data.rows"),
        ({"rows": [["1", ""], ["2", "?"]]}, "data.target"),
        ({"rows": [["1", "a"], ["2", "a"]]}, "data.target"),
        (
            {
                "columns": ["x", "y", "z"],
                "rows": [["1", "a", "1"], ["2", "b", "2.5"], ["3", "a", "3"]],
                "target": ["y", "z"],
            },
            "data.target",
        ),
        ({"target": []}, "data.target"),
        ({"raw": "yes"}, "data.raw"),
        ({"rows": [["1", "a"], ["1", "b"]]}, "data.use"),
        ({"use": []}, "data.use"),
        ({"columns": None}, "data"),
        ({"columns": ["x", "y"], "rows": [[str(i), f"w{i}"] for i in range(40)]}, "data.target"),
    ],
)
@pytest.mark.whole
def test_a_table_from_which_nothing_can_be_learned_is_refused(change, parameter):
    good = {"columns": ["x", "y"], "rows": [["1", "a"], ["2", "b"]], "target": "y"}
    assert encode(good).task == "binary"
    with pytest.raises(SetupError) as refused:
        encode({**good, **change})
    assert refused.value.parameter == parameter


# ---- the examples -------------------------------------------------------------------------------------------


def test_the_page_carries_the_examples_of_python(node):
    from playground.conftest import SOURCES

    assert (SOURCES / "data" / "examples.json").read_text() == examples_json()
    code = """
    const { provide, datasetOf } = await load('data/datasets.js');
    provide(list);
    return list.map(({ name }) => datasetOf({ name }));
    """
    for theirs in node(code, list=json.loads(examples_json())):
        ours = example(theirs["name"])
        assert (ours.task, list(ours.classes)) == (theirs["task"], theirs["classes"] or [])
        np.testing.assert_array_equal(ours.X.ravel(), theirs["X"])
        np.testing.assert_array_equal(ours.Y.ravel(), theirs["Y"])
        assert [column["name"] for column in ours.columns] == [column["name"] for column in theirs["columns"]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short_and_cannot_be_written(name):
    data = example(name)
    if name != "digits":
        np.testing.assert_array_equal(data.X, data.X.round(3))
    assert not data.X.flags.writeable
    assert example(name) is data
    assert len(data.columns) == data.X.shape[1]


def test_there_is_no_other_example():
    with pytest.raises(SetupError, match=r"'data.name' must be one of moons, xor, .*; got 'mnist'"):
        example("mnist")
