"""``pellucid explain``: a sentence and a table for each row, and the same in JSON."""

import json

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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Choose the row to explain with --row"),
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
