"""Messages count one thing in the singular."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from pellucid import MLPRegressor, Network, diagnose, drift, export
from pellucid.constructions import logic_network
from pellucid.exceptions import PellucidError
from pellucid.host.counted import agreeing, counted
from pellucid.plotting import NetworkDisplay
from pellucid.tabular import TableEncoder, TabularRegressor
from tabular.conftest import QUICK

X = np.arange(20.0)[:, None]
Y = np.arange(20.0)
BAD = np.where(X == 3.0, np.inf, X)


def _tables() -> Any:
    X = pd.DataFrame({"a": np.arange(60.0), "kind": ["u", "v", "w"] * 20})
    return X, TabularRegressor("fast", coverage_by="kind", **QUICK).fit(X, X["a"])


def _unseen() -> Any:
    X, model = _tables()
    return model.predict_interval(X[:2].assign(kind=["u", "z"]))


CALLS: dict[str, Callable[[], Any]] = {
    "an infinity": lambda: MLPRegressor().fit(BAD, Y),
    "an infinity in a sparse table": lambda: TabularRegressor("fast", **QUICK).fit(sparse.csr_array(BAD), Y),
    "a missing target": lambda: MLPRegressor().fit(X, np.where(Y == 3.0, np.nan, Y)),
    "a masked target": lambda: MLPRegressor().fit(X, np.ma.masked_equal(Y, 3.0)),
    "rows of X and y": lambda: TabularRegressor("fast", **QUICK).fit(X[:1], Y),
    "rows to be judged by": lambda: TabularRegressor("fast", **QUICK).fit(X, Y, validation_data=(X[:1], Y)),
    "a category that nobody held out": _unseen,
    "a target more": lambda: _tables()[1].set_params(warm_start=True).fit(_tables()[0], np.ones((60, 2))),
    "a target that a loss does not take": lambda: MLPRegressor(loss="poisson").fit(X, Y - 0.5),
}


@pytest.mark.parametrize("call", CALLS)
def test_one_thing_is_counted_in_the_singular(call: str, recwarn: pytest.WarningsRecorder) -> None:
    """The number 1 is named, and no plural follows."""
    said = ""
    try:
        CALLS[call]()
    except Exception as error:  # of whichever kind: what it says is asked here
        said = str(error)
    said = " ".join([said, *(str(warning.message) for warning in recwarn)])

    assert re.search(r"\b1 (such )?(entry|row|value|target)\b", said), said
    assert not re.search(r"\b1 (such )?(entries|rows|values|targets)\b", said), said


def _error(call: Callable[[], Any]) -> str:
    with pytest.raises(PellucidError) as caught:
        call()
    return str(caught.value)


def _small(**options: Any) -> TabularRegressor:
    return TabularRegressor("fast", **QUICK | {"n_members": 1, "max_iter": 1}, **options).fit(X, Y)


SMALLEST = Network([1, 1], random_state=0)
TEXTS: dict[str, Callable[[], str]] = {
    "a truth table that lacks a row": lambda: _error(lambda: logic_network({(0,): 1})),
    "a row of a diagnosis": lambda: str(diagnose(SMALLEST, [[1.0]], [[2.0]])),
    "a row of drift": lambda: str(drift(_small(), X[:1])),
    "a network that goes on": lambda: _error(
        lambda: _small(warm_start=True).set_params(n_members=2).fit(X, Y)
    ),
    "an input of a residual block": lambda: _error(lambda: Network([1, 2, 1], residual=[True])),
    "an input of a drawing": lambda: NetworkDisplay.from_network(SMALLEST).to_svg(),
    "a sparse column": lambda: TableEncoder().fit(sparse.csr_array(np.eye(3)[:, :2] * [1.0, 0.0])).notes_[0],
}


@pytest.mark.parametrize("text", TEXTS)
def test_texts_count_one_thing_in_the_singular(text: str) -> None:
    said = TEXTS[text]()
    assert re.search(r"(?<![\d.])1 (of \d+ columns is|[a-z]+[^s\W])\b", said), said
    assert not re.search(r"(?<![\d.])1 (other |more |distinct )?[a-z]+(?<!s)s\b", said.replace("1 is", "")), (
        said
    )


def test_an_input_of_a_card(tmp_path: Path) -> None:
    export(MLPRegressor(max_iter=300, tol=1.0).fit(X, Y), tmp_path / "card.md")
    assert "1 number, without names." in (tmp_path / "card.md").read_text(encoding="utf-8")


def test_words_that_agree() -> None:
    assert [f"{counted(n, 'row')} {agreeing(n)}" for n in (0, 1, 2)] == [
        "0 rows are",
        "1 row is",
        "2 rows are",
    ]
