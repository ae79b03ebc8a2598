"""``pellucid explain``: a sentence and a table for each row, and the same in JSON."""

import json

import numpy as np
import polars as pl
import pytest

from cli.conftest import folder, pellucid  # noqa: F401  fixtures


def test_rows_are_explained(pellucid) -> None:  # noqa: F811
    """Contributions and the background's mean add up to what `predict` answers for the row."""
    pellucid("train", "diabetes", "--model", "tabular", "--preset", "fast", "--epochs", "2", "--out", "m.st")
    shown = pellucid("explain", "m.st", "diabetes", "--row", "17")
    found = json.loads(pellucid("explain", "m.st", "diabetes", "--row", "17", "--row", "3", "--json").out)
    told = json.loads(pellucid("predict", "m.st", "diabetes", "--json").out)["predictions"]

    assert shown.code == 0
    assert shown.out.startswith("Row 17: The prediction is ")
    assert "mean of the background" in shown.out
    assert [row["row"] for row in found["rows"]] == [17, 3]
    for row in found["rows"]:
        total = row["background_mean"] + sum(line["contribution"] for line in row["contributions"])
        assert total == pytest.approx(next(iter(told[row["row"] - 1].values())), abs=0.1)
        sizes = [abs(line["contribution"]) for line in row["contributions"]]
        assert sizes == sorted(sizes, reverse=True)


def test_a_model_is_explained_by_the_importance_of_columns(pellucid) -> None:  # noqa: F811
    """Permuting a column that decides costs most, groups come together, and the score is that of `evaluate`."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=200), rng.normal(size=200)
    frame = pl.DataFrame(
        {"a": a, "twin": 2.0 * a + 1e-3 * b, "b": b, "c": rng.normal(size=200), "y": 3.0 * a + b}
    )
    frame.write_csv("t.csv")
    pellucid("train", "t.csv", "--target", "y", "--preset", "fast", "--epochs", "30", "--out", "m.st")
    shown = pellucid("explain", "m.st", "t.csv")
    found = pellucid("explain", "m.st", "t.csv", "--json").json
    judged = pellucid("evaluate", "m.st", "t.csv", "--held-out", "--json").json

    assert shown.out.startswith(f"The RMSE on {found['n_rows']} held-out rows is ")
    assert "To permute a + twin raises it by" in " ".join(shown.out.split())
    assert -found["score"] == pytest.approx(judged["rmse"])
    heads = [line["column"] for line in found["importances"] if not line["part of"]]
    assert heads == ["a + twin", "b", "c"]
    assert found["held_out"] is True
    frame.head(50).write_csv("new.csv")
    other = pellucid("explain", "m.st", "new.csv", "--json").json
    assert (other["held_out"], other["n_rows"]) == (False, 50)


@pytest.mark.slow
def test_the_importance_for_classes_is_in_log_loss(pellucid) -> None:  # noqa: F811
    """Rows of classes that the model does not know are left out, with a note."""
    pellucid("train", "iris", "--model", "tabular", "--preset", "fast", "--epochs", "2", "--out", "m.st")
    found = pellucid("explain", "m.st", "iris", "--json").json
    assert (found["scoring"], found["held_out"]) == ("neg_log_loss", True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--log-odds"], "Choose the row to explain with --row"),
        (["--row", "443"], "diabetes has rows 1 to 442; got --row 443"),
        (["--row", "1", "--class", "rich"], "--class must be one of ['prediction']; got 'rich'"),
        (["--row", "1", "--log-odds"], "needs the probabilities of a classifier"),
    ],
)
def test_what_cannot_be_explained(pellucid, words: list[str], message: str) -> None:  # noqa: F811
    pellucid("train", "diabetes", "--model", "tabular", "--preset", "fast", "--epochs", "1", "--out", "m.st")
    ran = pellucid("explain", "m.st", "diabetes", *words)

    assert ran.code != 0
    assert message in " ".join(ran.err.split())
