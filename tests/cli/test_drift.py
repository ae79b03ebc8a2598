"""The command ``pellucid drift``."""

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def model(pellucid, rng: np.random.Generator) -> str:
    """A model of houses in a file, and tables of new ones."""
    n = 200
    houses = pl.DataFrame({"area": rng.normal(size=n), "kind": rng.choice(["flat", "house"], n)})
    houses.with_columns(price=2.0 * pl.col("area")).write_csv("houses.csv")
    houses.with_columns(area=pl.col("area") + 2.0).write_csv("new.csv")
    ran = pellucid("train", "houses.csv", "--target", "price", "--epochs", "2", "--members", "1")
    assert ran.code == 0, ran.err
    return "houses-model.safetensors"


@pytest.mark.thorough
def test_a_table_of_verdicts(pellucid, model: str) -> None:
    same, new = (pellucid("drift", model, data, "--json") for data in ("houses.csv", "new.csv"))
    assert same.code == new.code == 0
    assert same.json["level"] == "stable"
    assert {one["name"]: one["level"] for one in new.json["columns"]} == {"area": "major", "kind": "stable"}
    shown = pellucid("drift", model, "new.csv")
    assert "major" in shown.out
    assert "differs from that in fit" in shown.out


def test_exit_code_where_it_is_asked_for(pellucid, model: str) -> None:
    assert pellucid("drift", model, "new.csv", "--fail-on", "major").code == 1
    assert pellucid("drift", model, "houses.csv", "--fail-on", "moderate").code == 0
    assert pellucid("drift", model, "new.csv", "--fail-on", "worse").code == 2


def test_a_model_of_the_mlp_estimators(pellucid) -> None:
    """A bundled data set is learned by them; its own rows are stable."""
    ran = pellucid("train", "iris", "--epochs", "3", "--out", "iris.safetensors")
    assert ran.code == 0, ran.err
    found = pellucid("drift", "iris.safetensors", "iris", "--json")
    assert found.code == 0, found.err
    assert {one["level"] for one in found.json["columns"]} == {"stable"}
    assert len(found.json["columns"]) == 4
