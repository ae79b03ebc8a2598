"""``pellucid compare``: the same splits for all, and what it says of them."""

import pytest

ONLY = ("--only", "linear", "--only", "hist")


def test_it_shows_a_table_and_a_verdict(pellucid, people):
    ran = pellucid("compare", "people.csv", "--target", "price", "--id", "key", "--drop", "w", *ONLY)

    assert ran.code == 0, ran.err
    assert "linear model" in ran.out
    assert "HistGradientBoosting" in ran.out
    assert "Means of 3 splits, 48 training rows and 12 test rows" in ran.out
    assert "95 % interval" in ran.out
    assert max(map(len, ran.out.partition("Means")[0].splitlines())) <= 80


def test_a_machine_gets_every_score(pellucid, people):
    """Prices are linear in the inputs, so that the linear model is the best."""
    words = ("--target", "price", "--id", "key", "--drop", "w", "--drop", "kind", "--seeds", "2", "--json")
    found = pellucid("compare", "people.csv", *words, *ONLY).json

    assert found["models"][0]["name"] == "linear"
    assert [len(row["scores"]) for row in found["models"]] == [2, 2]
    assert found["models"][1]["difference"] > 0.0
    assert any("Linear model" in sentence for sentence in found["verdict"])
    assert found["next"] == ["pellucid train people.csv --target price --id key --drop w --drop kind"]


@pytest.mark.slow
def test_ours_is_compared_where_nothing_else_is_said(pellucid, people):
    words = ("--target", "kind", "--id", "key", "--weight", "w", "--drop", "price", "--seeds", "1")
    found = pellucid("compare", "people.csv", *words, "--time-budget", "0.3", "--json").json

    assert {"pellucid", "pellucid-fast", "linear", "hist"} <= {row["name"] for row in found["models"]}
    assert found["failed"] == {}
    assert found["metric"] == "accuracy"


@pytest.mark.parametrize(
    "words", [("--group", "g"), pytest.param(("--time", "key", "--drop", "g"), marks=pytest.mark.slow)]
)
def test_groups_and_times_are_understood(pellucid, people, words):
    people.with_columns(g=people["key"].str.slice(0, 2)).write_csv("people.csv")
    ran = pellucid("compare", "people.csv", "--target", "price", *words, *ONLY, "--seeds", "2")

    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "forest"), "hist"),
        (("--metric", "accuracy"), "rmse"),
        (("--seeds", "0"), "--seeds"),
        (("--test-share", "0.9"), "0.5"),
    ],
)
def test_what_is_not_accepted_is_refused(pellucid, people, words, said):
    ran = pellucid("compare", "people.csv", "--target", "price", *ONLY, *words)

    assert ran.code == 2
    assert said in ran.err


@pytest.mark.slow
def test_the_old_name_of_the_share_still_works_with_a_note(pellucid, people):
    words = ("--target", "price", "--drop", "key", *ONLY, "--seeds", "1", "--json")
    old = pellucid("compare", "people.csv", *words, "--test-share", "0.3").json
    new = pellucid("compare", "people.csv", *words, "--test-fraction", "0.3").json

    assert [old["n_test"], old["models"][0]["scores"]] == [new["n_test"], new["models"][0]["scores"]]
    assert [note for note in old["notes"] if "--test-share" in note]
    assert not [note for note in new["notes"] if "--test-share" in note]
