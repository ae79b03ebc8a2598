"""``pellucid evaluate``: the scores of a saved model."""

import numpy as np
import polars as pl
import pytest

from pellucid import load

SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "3")


@pytest.mark.parametrize("source", ["iris", "diabetes", "people.csv"])
def test_the_held_out_rows_are_those_of_training(pellucid, people, source):
    """With --held-out the rows and the scores are to the last digit those that training reported."""
    roles = ("--target", "kind", "--id", "key", "--weight", "w") if source == "people.csv" else ()
    trained = pellucid("train", source, *roles, *SMALL, "--seed", "3", "--out", "m", "--json").json
    judged = pellucid("evaluate", "m", source, "--held-out", "--json").json

    assert trained["held_out"].items() <= judged.items()


def test_the_accuracy_is_the_models_own(pellucid, classifier, people):
    """On all rows of new data, the accuracy is the weighted share that the model predicts right."""
    new = people.reverse()
    new.write_csv("new.csv")
    found = pellucid("evaluate", classifier, "new.csv", "--json").json

    right = load(classifier).predict(new.select("a", "b")) == new["kind"].to_numpy()
    assert found["rows"] == 60
    assert found["accuracy"] == pytest.approx(np.average(right, weights=new["w"]))


def test_rows_that_the_model_has_learned_from_are_pointed_out(pellucid, classifier):
    """Judging by the training rows gives a note that the scores flatter."""
    ran = pellucid("evaluate", classifier, "people.csv")

    assert ran.code == 0
    assert "--held-out" in ran.err


def test_other_data_has_no_held_out_rows(pellucid, classifier, people):
    """With one value changed, --held-out is refused: these are not the rows of training."""
    people.with_columns(a=pl.col("a") + (pl.int_range(60) == 4)).write_csv("other.csv")
    ran = pellucid("evaluate", classifier, "other.csv", "--held-out")

    assert ran.code == 1
    assert "Some values differ" in ran.err


def test_unlabelled_data_cannot_be_judged(pellucid, classifier, people):
    """Without the target the error names it and what the table has."""
    people.drop("kind").write_csv("unlabelled.csv")
    ran = pellucid("evaluate", classifier, "unlabelled.csv")

    assert ran.code == 1
    assert "no column 'kind'" in ran.err
    assert "'price'" in ran.err


def test_a_class_that_the_model_does_not_know_is_a_mistake(pellucid, classifier, people):
    """New classes count as mistakes, with a note and a row of their own in the confusion table."""
    people.with_columns(kind=pl.when(pl.int_range(60) < 6).then(pl.lit("neu")).otherwise("kind")).write_csv(
        "new.csv"
    )
    found = pellucid("evaluate", classifier, "new.csv", "--json").json

    assert found["confusion"]["classes"] == ["ja", "nein", "neu"]
    assert any("'neu'" in note for note in found["notes"])


def test_a_column_without_one_known_class_is_refused(pellucid, classifier):
    """The column is the wrong one if no row has a known class."""
    ran = pellucid("evaluate", classifier, "people.csv", "--target", "price")

    assert ran.code == 1
    assert "'ja', 'nein'" in ran.err


def test_a_model_without_held_out_rows_says_so(pellucid, people):
    """After --test-fraction 0 nothing was held out."""
    pellucid(
        "train", "people.csv", "--target", "kind", "--id", "key", "--test-fraction", "0", "--out", "m", *SMALL
    )
    ran = pellucid("evaluate", "m", "people.csv", "--held-out")

    assert ran.code == 1
    assert "--test-fraction 0" in ran.err
