"""``ensemble="shared"``: members inside one network, which see one split and vote like any others."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import make_scorer, mean_absolute_error

from pellucid import load, save
from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from persistence.forgery import forge

QUICK: dict[str, Any] = {"max_iter": 8, "hidden_layer_sizes": (16,), "random_state": 0, "ensemble": "shared"}
N = 120


@pytest.fixture
def table() -> pd.DataFrame:
    """Return numbers with missing values, few categories and many."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "size": rng.normal(size=N),
            "near": rng.choice(["sea", "lake", "town"], N),
            "street": rng.choice([f"street {i}" for i in range(11)], N),
        }
    )
    X.loc[::9, "size"] = np.nan
    return X


def _targets(kind: str, table: pd.DataFrame) -> Any:
    size = table["size"].fillna(0.0).to_numpy()
    return {
        "classes": table["near"].to_numpy(),
        "labels": np.c_[size > 0, table["near"] == "sea"].astype(int),
        "numbers": size + (table["near"] == "sea"),
        "several numbers": np.c_[size, -100.0 * size],
        "quantiles": 3.0 * size,
    }[kind]


def _model(kind: str, **options: Any) -> Any:
    cls = TabularClassifier if kind in ("classes", "labels") else TabularRegressor
    more = {"loss": "quantile"} if kind == "quantiles" else {}
    return cls(**{**QUICK, **more, **options})


KINDS = ["classes", "labels", "numbers", "several numbers", "quantiles"]


@pytest.mark.parametrize("kind", KINDS)
def test_members_vote_and_differ(kind: str, table: pd.DataFrame, tmp_path: Path) -> None:
    """One network with all members inside; predictions are their mean, in the range of y; a file keeps it all."""
    model = _model(kind, n_members=4, linear=False).fit(table, _targets(kind, table))
    (member,) = model.members_
    votes = member.votes(model.encode(table))

    assert model.network_.n_members == 4
    assert (votes.shape[0], votes.shape[1]) == (4, N)
    said = model.predict_proba(table) if kind in ("classes", "labels") else model.predict(table)
    mean = member.targets.decode(model.network_.predict(model.encode(table)))
    if kind != "quantiles":
        np.testing.assert_allclose(said, mean.reshape(said.shape), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(model.spread(table), votes.std(axis=0).reshape(said.shape), rtol=1e-12)
    if kind in ("classes", "labels"):
        np.testing.assert_allclose(said, votes.mean(axis=0), rtol=1e-5)
    assert (model.spread(table) > 0.0).mean() > 0.9
    save(model, tmp_path / "model")
    back = load(tmp_path / "model")
    assert back.get_params() == model.get_params()
    np.testing.assert_array_equal(back.predict(table), model.predict(table))
    np.testing.assert_array_equal(back.spread(table), model.spread(table))


@pytest.mark.parametrize("preset", ["default", "fast", "realmlp-td", "realmlp-td-s"])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_it_learns(kind: str, preset: str, table: pd.DataFrame) -> None:
    """Every preset; "auto" are eight members."""
    y = _targets(kind, table)
    model = _model(kind, preset=preset, max_iter=60).fit(table, y)

    assert model.network_.n_members == 8
    assert model.score(table, y) > 0.9


def test_the_same_seed_gives_the_same_model(table: pd.DataFrame) -> None:
    """However often, and through a clone."""
    y = _targets("numbers", table)
    model = _model("numbers", n_members=3).fit(table, y)

    np.testing.assert_array_equal(clone(model).fit(table, y).predict(table), model.predict(table))


def test_engines_agree(table: pd.DataFrame) -> None:
    """The compiled engine learns what the reference does, to float32's rounding through few epochs."""
    pytest.importorskip("numba")
    y = _targets("numbers", table)
    found = [
        _model("numbers", max_iter=3, engine=e).fit(table, y).predict(table)
        for e in ("compiled", "reference")
    ]

    np.testing.assert_allclose(found[0], found[1], rtol=0.0, atol=1e-2)


def test_a_scorer_and_weights(table: pd.DataFrame) -> None:
    """The mean is what a scorer sees of the held-out rows, and what is predicted."""
    y, out = _targets("numbers", table), np.arange(N) % 4 == 0
    scorer = make_scorer(mean_absolute_error, greater_is_better=False)
    model = _model("numbers", scoring=scorer, linear=False).fit(
        table[~out], y[~out], np.arange((~out).sum()) % 3, validation_data=(table[out], y[out])
    )
    best = max(row["validation_score"] for row in model.history_)

    assert -mean_absolute_error(y[out], model.predict(table[out])) == pytest.approx(best, rel=1e-5)


def test_a_file_from_before_is_of_independent_members(table: pd.DataFrame, tmp_path: Path) -> None:
    """Each member is a network of its own if the file does not say how members are trained, as in old files."""
    y, path = _targets("numbers", table), tmp_path / "model"
    model = _model("numbers", ensemble="independent", n_members=2).fit(table, y)
    save(model, path)
    forge(path, lambda header, tensors: header["parameters"]["items"].remove(["ensemble", "independent"]))

    assert load(path).ensemble == "independent"
    np.testing.assert_array_equal(load(path).predict(table), model.predict(table))


def test_what_is_refused(table: pd.DataFrame) -> None:
    """Other names, and sparse tables."""
    with pytest.raises(ParameterError, match=r"'ensemble' must be 'independent' or 'shared'; got 'both'"):
        TabularRegressor(**{**QUICK, "ensemble": "both"}).fit(table, np.arange(N))
    with pytest.raises(
        ParameterError, match=r"ensemble='shared' does not take sparse tables: pass X\.toarray\(\)"
    ):
        TabularRegressor(**QUICK).fit(sparse.random_array((N, 5), density=0.5, rng=0), np.arange(N))
