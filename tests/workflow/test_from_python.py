"""The steps of the command line, called from Python: plain data, nothing printed, errors that name arguments."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid import TabularRegressor, load
from pellucid.exceptions import DataError, ParameterError
from pellucid.workflow import (
    Dialect,
    Listener,
    Roles,
    compare_file,
    evaluate_file,
    examined_rows,
    predict_file,
    read_table,
    train_file,
)

QUICK = {"n_members": 1, "max_iter": 3, "hidden_layer_sizes": (8,)}
PRICE = Roles(target="price", identifier="key", drop=["kind"])


@pytest.fixture
def homes(rng: np.random.Generator) -> pl.DataFrame:
    """Sixty rows in homes.csv: an id, two inputs, a class and a number."""
    a, b = rng.normal(size=(2, 60))
    kind = np.where(a + b > 0, "ja", "nein").tolist()
    names = [f"k{i}" for i in range(60)]
    frame = pl.DataFrame({"key": names, "a": a, "b": b, "kind": kind, "price": 2 * a - b})
    frame.write_csv("homes.csv")
    return frame


def test_a_file_is_trained_judged_and_predicted(
    homes: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scores are those of the saved model on the rows that it held out, and nothing is printed."""
    trained = train_file("homes.csv", PRICE, out="m.st", **QUICK)
    judged = evaluate_file("m.st", "homes.csv", held_out=True)
    answers = predict_file("m.st", "homes.csv", out="p.csv")

    assert isinstance(trained.model, TabularRegressor)
    assert trained.held_out is not None
    assert judged.scores == trained.held_out
    assert (judged.n_rows, trained.training["rows"]) == (15, 45)
    assert answers.frame["prediction"].to_list() == load("m.st").predict(homes.select("a", "b")).tolist()
    assert pl.read_csv("p.csv").columns == ["key", "prediction"]
    assert capsys.readouterr().out == ""


def test_a_target_alone_is_enough(homes: pl.DataFrame) -> None:
    homes.select("a", "b", "price").write_csv("homes.csv")
    trained = train_file("homes.csv", "price", model="mlp", max_iter=2, hidden_layer_sizes=(4,))

    assert trained.path == Path("homes-model.safetensors")
    assert trained.origin.task == "regression"
    assert trained.n_parameters == 17


def test_a_training_goes_on(homes: pl.DataFrame) -> None:
    first = train_file(
        "homes.csv", PRICE, model="mlp", checkpoint="c.st", out="m.st", max_iter=2, hidden_layer_sizes=(4,)
    )
    second = train_file("homes.csv", resume="c.st", out="n.st", max_iter=5)

    assert [len(first.model.history_), len(second.model.history_)] == [2, 5]


def test_a_search_goes_on_with_more_networks(homes: pl.DataFrame) -> None:
    """From the checkpoint of one that has ended; an MLP has no such limit."""
    options = {"preset": "best", "n_members": 2, "max_iter": 2, "hidden_layer_sizes": (4,)}
    first = train_file("homes.csv", PRICE, checkpoint="c.st", out="m.st", n_trials=4, **options)
    second = train_file("homes.csv", resume="c.st", out="n.st", n_trials=12)
    before, after = ({row["recipe"]: row for row in each.model.tried_} for each in (first, second))

    assert len(after) > len(before)
    assert after["default"]["seconds"] == before["default"]["seconds"]  # it was not trained again
    train_file(
        "homes.csv", PRICE, model="mlp", checkpoint="d.st", out="o.st", max_iter=2, hidden_layer_sizes=(4,)
    )
    with pytest.raises(ParameterError, match="'n_trials' is for estimators for tables"):
        train_file("homes.csv", resume="d.st", out="p.st", n_trials=12)


def test_a_comparison_takes_dates_and_the_decimal_mark(homes: pl.DataFrame) -> None:
    """They are those of the command line: commas are decimals where that is said."""
    text = homes.select("a", "b", "price").write_csv(separator=";").replace(".", ",")
    Path("homes.csv").write_text(text, encoding="utf-8")
    dialect = Dialect(decimal=",", separator=";")
    compared = compare_file(
        "homes.csv", Roles(target="price", dates="dmy"), models=["linear"], n_splits=2, dialect=dialect
    )

    assert compared.origin.task == "regression"
    assert compared.found["models"][0]["mean"] < 0.1
    assert compared.table.frame.dtypes == [pl.Float64] * 3


def test_the_rows_of_training_are_found_again(homes: pl.DataFrame) -> None:
    train_file("homes.csv", PRICE, out="m.st", **QUICK)
    rows = examined_rows("m.st", "homes.csv")

    assert rows.held is not None
    assert (len(rows.examples), len(rows.held)) == (45, 15)
    assert set(rows.names) < set(homes["key"])
    assert list(rows.data) == ["X", "y", "X_val", "y_val", "sample_weight"]


def test_a_listener_hears_the_steps_in_order(homes: pl.DataFrame) -> None:
    class Ear(Listener):
        def task(self, *said: object) -> None:
            heard.append("task")

        def planned(self, plan: object) -> None:
            heard.append("planned")

        def note(self, text: str) -> None:
            super().note(text)
            heard.append("note")

    heard: list[str] = []
    homes.with_columns(pl.lit(None).alias("empty")).write_csv("homes.csv")
    trained = train_file("homes.csv", PRICE, out="m.st", listener=Ear(), **QUICK)

    assert heard[:2] == ["task", "planned"]
    assert heard.count("note") == len(trained.notes)
    assert any("empty" in note for note in trained.notes)


@pytest.mark.parametrize(
    ("roles", "options", "said"),
    [
        (None, {}, "Name with 'target' the column"),
        ("prize", {}, "no column 'prize', which 'target' names. Did you mean 'price'?"),
        (Roles(target="price", drop=["price"]), {}, "given as 'target' and 'drop'"),
        ("price", {"model": "tabular", "solver": "lbfgs"}, "model='tabular' has no 'solver'"),
        ("price", {"n_member": 3}, "no parameter 'n_member'. Did you mean 'n_members'?"),
        ("price", {"preset": "fastest"}, "'preset' must be one of default, best, fast"),
        ("price", {"model": "forest"}, "'model' must be one of tabular, mlp; got 'forest'"),
        ("price", {"every": 2}, "'every' sets how often 'checkpoint' saves"),
        ("kind", {"loss": "huber"}, "'loss' does not apply to classification"),
        ("kind", {"model": "mlp"}, r"leave columns out with drop=\['key'\]"),
    ],
)  # fmt: skip
def test_errors_name_arguments(
    homes: pl.DataFrame, roles: object, options: dict[str, object], said: str
) -> None:
    with pytest.raises((DataError, ParameterError), match=said) as raised:
        train_file("homes.csv", roles, **options)  # type: ignore[arg-type]
    assert "--" not in str(raised.value)
    assert not list(Path().glob("*.safetensors"))


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"drop": "kind"}, "'drop' must be a list of columns; got 'kind'"),
        ({"task": "ranking"}, "'task' must be one of classification, regression"),
        ({"dates": "dd/mm"}, "'dates' must be one of"),
        ({"test_fraction": 1.0}, r"'test_fraction' must lie in \[0, 1\)"),
    ],
)
def test_roles_are_checked(said: dict[str, object], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        Roles(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "value"), [("decimal", ";"), ("separator", "ab")])
def test_a_dialect_is_checked(name: str, value: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}' must be one"):
        Dialect(**{name: value})


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(DataError, match=r"There is no file 'nothing\.csv'"):
        read_table("nothing.csv")


def test_without_polars_the_extra_is_named() -> None:
    code = "import sys; sys.modules['polars'] = None\nimport pellucid.workflow"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert 'pip install "pellucid[cli]"' in ran.stderr
