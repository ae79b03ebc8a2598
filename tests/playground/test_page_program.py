"""The program that the page writes makes its run, and prints its loss; nothing in a table becomes code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.playground.datasets import example
from playground.driving import at_step, exported, opened, opens, press, run_of
from playground.test_two_engines import full

SETUPS = {
    "first visit": {},
    "many options": {
        "data": {"name": "iris"},
        "network": {"hidden": [5, 5], "activation": ["relu", "tanh"], "dropout": [0.1, 0.2],
                    "residual": [False, True],
                    "normalization": ["layer_norm", None], "initializer": ["he_normal", 0.5],
                    "output_activation": "softmax"},
        "l1": 1e-4, "l2": 1e-3, "batch_size": 32, "max_grad_norm": 1.0, "seed": 7, "shuffle": False,
        "optimizer": {"name": "adamw", "learning_rate": 0.01, "options": {"beta_1": 0.8}, "weight_decay": 0.05},
        "schedule": {"name": "step", "options": {"every": 3, "factor": 0.7}},
    },
    "no hidden layer, another loss": {
        "data": {"name": "x_squared"}, "network": {"hidden": [], "activation": []}, "loss": "quantile",
        "loss_options": {"level": 0.8}, "optimizer": {"name": "sgd", "learning_rate": 0.1, "options": {}},
        "schedule": {"name": "one_cycle", "options": {}, "horizon": 30},
    },
    "perceptron": {
        "data": {"name": "blobs"}, "loss": "perceptron", "batch_size": 1, "shuffle": False,
        "network": {"hidden": [], "activation": [], "output_activation": "identity", "initializer": "zeros"},
        "optimizer": {"name": "sgd", "learning_rate": 1, "options": {}},
    },
}  # fmt: skip
WRITES = """
const { program } = await load("data/program.js");
const { Run } = await load("kernel/index.js");
const run = new Run(setup, data);
run.jump(step);
return { text: program(setup, data, run.net, step), theta: run.theta };
"""


def as_own(X: np.ndarray, Y: np.ndarray, task: str) -> dict[str, Any]:
    return {"name": "own", "task": task, "n": len(X), "d": X.shape[1], "outputs": Y.shape[1], "X": X.ravel(),
            "Y": Y.ravel(), "weights": None}  # fmt: skip


def run_program(text: str) -> dict[str, Any]:
    made: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "exported", "exec"), made)
    return made


@pytest.mark.thorough
@pytest.mark.parametrize("name", SETUPS)
@pytest.mark.whole
def test_the_program_ends_with_the_parameters_of_the_page(node: Any, name: str, capsys: Any) -> None:
    edits = [{"step": 55, "index": 1, "value": -0.75}, {"step": 20, "index": 0, "value": 0.5},
             {"step": 91, "index": 1, "value": 7.125}]  # fmt: skip
    setup = {**full({"data": {"name": "moons"}, **SETUPS[name]}), "edits": edits}
    data = example(setup["data"]["name"])
    dataset = {**as_own(data.X, data.Y, data.task), "name": data.name}
    found = node(WRITES, setup=setup, data=dataset, step=90)
    made = run_program(found["text"])
    assert "7.125" not in found["text"]
    np.testing.assert_allclose(made["network"].parameters, found["theta"], rtol=0, atol=1e-12)
    loss = made["objective"].data_loss(data.X, data.Y)
    assert capsys.readouterr().out == f"loss after step 90: {loss:.6f}\n"


def test_own_data_are_written_with_every_digit(node: Any, rng: np.random.Generator) -> None:
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    setup = full({"data": {"name": "own"}, "loss": "squared_error"})
    found = node(WRITES, setup=setup, data=as_own(X, Y, "regression"), step=40)
    made = run_program(found["text"])
    np.testing.assert_array_equal(made["X"], X)
    np.testing.assert_array_equal(made["Y"], Y)
    np.testing.assert_allclose(made["network"].parameters, found["theta"], rtol=0, atol=1e-12)


def test_names_in_own_data_are_no_code(node: Any) -> None:
    evil = '"""); import os; os.abort() #'
    data = {**as_own(np.zeros((2, 1)), np.array([[0.0], [1.0]]), "binary"), "title": evil,
            "columns": [{"name": evil}], "classes": [evil, "b"]}  # fmt: skip
    setup = full({"data": {"name": "own", "title": evil, "target": evil}})
    assert "abort" not in node(WRITES, setup=setup, data=data, step=0)["text"]


@pytest.mark.slow
def test_many_own_data_are_read_from_the_exported_run(
    node: Any, rng: np.random.Generator, tmp_path: Path, monkeypatch: Any
) -> None:
    table = {"name": "own", "columns": ["a", "b", "y"], "target": "y", "task": "regression",
             "rows": rng.normal(size=(40_000, 3)).round(3).tolist()}  # fmt: skip
    setup = full({"data": table, "loss": "squared_error", "batch_size": 4000})
    code = "const { encode } = await load('data/datasets.js'); const data = encode(setup.data);" + WRITES
    found = node(code, setup=setup, step=3)
    monkeypatch.chdir(tmp_path)
    Path("run.json").write_text(json.dumps({"setup": setup}))
    made = run_program(found["text"])
    np.testing.assert_allclose(made["network"].parameters, found["theta"], rtol=0, atol=1e-12)


@pytest.mark.slow
def test_a_file_without_python_writes_the_program(page: Any, built: Path, tmp_path: Path) -> None:
    """Own data, a typed method, five steps: the program of the file alone ends with its parameters."""
    opened(page, built)
    opens(page, "\n".join(["u;v;kind", *(f"{k % 7},5;{k % 5};{'ab'[k % 2]}" for k in range(30))]))
    page.get_by_label("Optimizer").select_option("momentum")
    press(page, ".", 5)
    at_step(page, 5)
    run = run_of(page)
    program = tmp_path / "run.py"
    tail = "\nimport json; print(json.dumps(network.parameters.tolist()))\n"
    program.write_text(exported(page, "Python program") + tail, encoding="utf-8")
    said = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout
    assert said.startswith("loss after step 5: ")
    np.testing.assert_allclose(json.loads(said.splitlines()[1]), run["parameters"], rtol=0, atol=1e-12)
