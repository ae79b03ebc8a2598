"""``pellucid predict``: a model's answers as a table."""

from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid import Perceptron, load, save

SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "3")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_predictions_are_the_models_own(pellucid, classifier, people, suffix):
    """The file has the id as written, zeros in front included, and the model's prediction of each row."""
    out = Path(f"answers.{suffix}")
    assert pellucid("predict", classifier, "people.csv", "--out", out).code == 0
    answers = pl.read_csv(out, infer_schema=False) if suffix == "csv" else pl.read_parquet(out)

    assert answers.columns == ["key", "prediction"]
    assert answers["key"].to_list() == people["key"].to_list()
    assert answers["prediction"].to_list() == load(classifier).predict(people.select("a", "b")).tolist()


def test_numbers_lose_nothing_on_their_way(pellucid, regressor, people):
    """A regression's predictions come back from CSV to the last bit, and agree with JSON."""
    ran = pellucid("predict", regressor, "people.csv")
    own = load(regressor).predict(people.select("a", "b"))

    assert np.array_equal(pl.read_csv(StringIO(ran.out))["prediction"].to_numpy().astype(own.dtype), own)
    listed = pellucid("predict", regressor, "people.csv", "--json").json["predictions"]
    assert [row["prediction"] for row in listed] == own.tolist()


def test_probabilities_are_named_by_class(pellucid, classifier, people):
    """With --proba each class has a column, and the columns are the model's own."""
    ran = pellucid("predict", classifier, "people.csv", "--proba")
    answers = pl.read_csv(StringIO(ran.out))

    expected = load(classifier).predict_proba(people.select("a", "b"))
    np.testing.assert_allclose(
        answers.select("probability_ja", "probability_nein").to_numpy(), expected, rtol=1e-12
    )


def test_columns_go_by_name(pellucid, classifier, people):
    """The order of columns does not matter, and one too many is noted and left."""
    people.select("b", extra=pl.col("a") * 9, key="key", a="a").write_csv("new.csv")
    straight, mixed = (
        pellucid("predict", classifier, "people.csv"),
        pellucid("predict", classifier, "new.csv"),
    )

    assert straight.out == mixed.out
    assert "'extra'" in mixed.err


def test_a_missing_column_is_named(pellucid, classifier, people):
    """A table that lacks an input is refused by the input's name, and nothing is written."""
    people.drop("b").write_csv("new.csv")
    ran = pellucid("predict", classifier, "new.csv", "--out", "answers.csv")

    assert ran.code == 1
    assert "'b'" in ran.err
    assert not Path("answers.csv").exists()


def test_an_absent_id_is_noted(pellucid, classifier, people):
    """Without the id of training there are predictions all the same; one asked for by name must be there."""
    people.drop("key").write_csv("new.csv")
    assert pl.read_csv(StringIO(pellucid("predict", classifier, "new.csv").out)).columns == ["prediction"]
    assert "'key'" in pellucid("predict", classifier, "new.csv").err
    assert pellucid("predict", classifier, "new.csv", "--id", "key").code == 1


def test_a_file_is_not_written_over(pellucid, classifier):
    """An existing file stays unless --force is given; the input file stays in any case."""
    Path("answers.csv").write_text("precious")
    assert pellucid("predict", classifier, "people.csv", "--out", "answers.csv").code == 1
    assert Path("answers.csv").read_text() == "precious"
    before = Path("people.csv").read_bytes()
    assert pellucid("predict", classifier, "people.csv", "--out", "people.csv", "--force").code == 2
    assert Path("people.csv").read_bytes() == before
    assert pellucid("predict", classifier, "people.csv", "--out", "answers.csv", "--force").code == 0


def test_predictions_need_no_target(pellucid, classifier, people):
    """A table without the target is predicted like one with it."""
    people.drop("kind", "price", "w").write_csv("new.csv")
    assert pellucid("predict", classifier, "new.csv").out == pellucid("predict", classifier, "people.csv").out


def test_probabilities_of_numbers_are_refused(pellucid, regressor):
    """--proba goes with classes only."""
    ran = pellucid("predict", regressor, "people.csv", "--proba")

    assert ran.code == 2
    assert "--proba applies to classification" in ran.err


def test_an_ending_that_no_table_has_is_refused(pellucid, classifier):
    """--out names the two endings that it takes."""
    ran = pellucid("predict", classifier, "people.csv", "--out", "answers.xlsx")

    assert ran.code == 2
    assert ".csv or .parquet" in ran.err


def test_probabilities_of_a_perceptron_are_refused(pellucid, people):
    """A saved perceptron predicts classes; it has no probabilities, and the command says so."""
    inputs = people.select("a", "b").to_numpy()
    save(Perceptron(max_iter=2000, random_state=0).fit(inputs, inputs[:, 0] > 0), "perceptron")
    people.select("a", "b").write_csv("inputs.csv")

    ran = pellucid("predict", "perceptron", "inputs.csv", "--proba")
    assert ran.code == 2
    assert "The model in perceptron, Perceptron, does not predict probabilities" in " ".join(ran.err.split())
