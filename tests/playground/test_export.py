"""The exported program makes the run of the page, and prints its loss."""

import re

import numpy as np
import pytest

from pellucid.engines import get_engine
from pellucid.playground.datasets import Dataset
from pellucid.playground.errors import SetupError
from pellucid.playground.export import MOST_NUMBERS, program
from pellucid.playground.setups import read_setup
from playground.talking import Page

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
        "loss_options": {"level": 0.8}, "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "schedule": {"name": "one_cycle", "horizon": 30},
    },
}  # fmt: skip


def printed(text, capsys):
    exec(compile(text, "exported", "exec"), {"__name__": "__main__"})
    step, loss = re.fullmatch(r"loss after step (\d+): (\S+)\n", capsys.readouterr().out).groups()
    return int(step), float(loss)


@pytest.mark.parametrize("name", SETUPS)
def test_the_program_prints_the_loss_of_the_page(name, capsys):
    page = Page()
    page.state("setup", setup=SETUPS[name])
    page.state("jump", step=55)
    page.state("edit", index=1, value=-0.75)
    page.state("jump", step=20)
    page.state("edit", index=0, value=0.5)
    page.state("jump", step=90)
    loss = page.send("ask", what="accuracy")[0]["loss"]
    step, told = printed(page.send("ask", what="python")[0]["text"], capsys)
    assert step == 90
    assert told == pytest.approx(loss, abs=5e-7)


def test_an_edit_after_the_position_is_not_made(capsys):
    page = Page(engine=get_engine("reference"))
    page.state("setup", setup={})
    page.state("jump", step=50)
    page.state("edit", index=3, value=100.0)
    page.state("jump", step=30)
    text = page.send("ask", what="python")[0]["text"]
    assert "by hand" not in text
    assert printed(text, capsys)[0] == 30


def test_own_data_are_written_with_every_digit(capsys):
    rng = np.random.default_rng(0)
    data = {"name": "own", "task": "regression", "n": 20, "X": rng.normal(size=60), "Y": rng.normal(size=20),
            "weights": rng.uniform(0.5, 1.5, 20)}  # fmt: skip
    page = Page()
    page.state("setup", setup={"data": {"name": "own"}, "loss": "squared_error"}, dataset=data)
    page.state("jump", step=40)
    loss = page.send("ask", what="accuracy")[0]["loss"]
    assert printed(page.send("ask", what="python")[0]["text"], capsys)[1] == pytest.approx(loss, abs=5e-7)


def test_names_in_own_data_are_no_code():
    evil = '"""); import os; os.abort() #'
    data = Dataset(evil, "binary", ({"name": evil},), np.zeros((2, 1)), np.array([[0.0], [1.0]]), (evil, "b"))
    assert "abort" not in program(read_setup({"data": {"name": "own", "title": evil}}), data, [], 0)


def test_large_own_data_are_refused():
    data = Dataset("own", "regression", (), np.zeros((MOST_NUMBERS, 1)), np.zeros((MOST_NUMBERS, 1)))
    with pytest.raises(
        SetupError, match="a program holds up to 100,000 numbers of own data; these are 200,000"
    ):
        program(read_setup({"data": {"name": "own"}}), data, [], 0)
