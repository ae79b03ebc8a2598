"""Tables with text, dates and missing values: trained, judged, used and described by the command line."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from pellucid import MLPClassifier, MLPRegressor, load
from pellucid.tabular import TabularClassifier, TabularRegressor

QUICK = ("--epochs", "2", "--hidden", "8", "--members", "1")


@pytest.fixture
def houses(rng: np.random.Generator) -> pl.DataFrame:
    """A hundred and twenty rows in houses.csv: numbers, text, a date, missing values, two targets."""
    n = 120
    area, town = rng.uniform(30, 200, n).round(1), rng.integers(0, 3, n)
    frame = pl.DataFrame(
        {
            "key": [f"h{i}" for i in range(n)],
            "area": [None if i % 10 == 3 else float(a) for i, a in enumerate(area)],
            "town": [("Ur", "Uruk", None)[k] for k in town],
            "built": [f"20{i % 20:02d}-0{1 + i % 9}-15" for i in range(n)],
            "owner": (np.arange(n) // 6).tolist(),
            "w": rng.integers(1, 3, n),
            "price": (area * 10 + town).round(2),
            "sold": np.where(area + rng.normal(0, 30, n) > 115, "yes", "no").tolist(),
        }
    )
    frame.write_csv("houses.csv")
    return frame


def words_for(target, *more):
    other = {"price": "sold", "sold": "price"}[target]
    return ("train", "houses.csv", "--target", target, "--drop", other, "--id", "key", *QUICK, *more)


@pytest.fixture
def priced(trained, houses):
    """A model of the prices in houses.csv."""
    return trained(*words_for("price")[1:], "--out", "houses-model.safetensors")


@pytest.fixture
def sold(trained, houses):
    """A model of what was sold in houses.csv."""
    return trained(*words_for("sold")[1:], "--out", "houses-model.safetensors")


def test_columns_of_every_kind_are_shown_and_learned(pellucid, houses):
    ran = pellucid(*words_for("price"))

    assert ran.code == 0, ran.err
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert "numbers" in lines["area"]
    assert "text" in lines["town"]
    assert "dates" in lines["built"]
    assert "month" in lines["built"]
    model = load("houses-model.safetensors")
    assert isinstance(model, TabularRegressor)
    assert model.feature_names_in_.tolist() == ["area", "town", "built", "owner", "w"]


def test_columns_are_plain_data_too(pellucid, houses):
    found = pellucid(*words_for("price"), "--test-fraction", "0", "--json").json

    columns = {row["name"]: row for row in found["columns"]}
    assert columns["town"]["kind"] == "categorical"
    assert columns["town"]["missing"] == houses["town"].null_count()
    assert columns["area"]["missing"] == 12
    assert columns["built"]["kind"] == "date"
    assert found["estimator"] == "tabular"


def test_scores_of_classes_are_those_of_the_saved_model(pellucid, houses, sold):
    """Accuracy, log loss and AUC on all rows are those of its probabilities, by scikit-learn."""
    found = pellucid("evaluate", "houses-model.safetensors", "houses.csv", "--json").json
    answers = pellucid("predict", "houses-model.safetensors", "houses.csv", "--proba", "--json").json[
        "predictions"
    ]
    p, truth = np.array([row["probability_yes"] for row in answers]), (houses["sold"] == "yes").to_numpy()

    assert found["auc"] == pytest.approx(roc_auc_score(truth, p))
    assert found["log_loss"] == pytest.approx(log_loss(truth, p), rel=1e-5)
    assert found["accuracy"] == pytest.approx(np.mean((p > 0.5) == truth))


def test_the_held_out_rows_are_found_again(pellucid, houses):
    trained = pellucid(*words_for("price"), "--json").json
    again = pellucid("evaluate", trained["model"], "houses.csv", "--held-out", "--json").json

    assert again["rmse"] == pytest.approx(trained["held_out"]["rmse"])
    assert again["rows"] == 30


def test_new_rows_may_lack_values_and_bring_unknown_ones(pellucid, houses):
    """A file of few rows is read as the model learned its columns, whatever they look like in it."""
    pellucid(*words_for("price", "--categorical", "owner"))
    Path("new.csv").write_text("town,area,owner,built,w,key\nNippur,NA,99,2030-01-01,1,a\n7,,,,1,b\n")
    ran = pellucid("predict", "houses-model.safetensors", "new.csv", "--json")

    assert ran.code == 0, ran.err
    assert np.isfinite([row["prediction"] for row in ran.json["predictions"]]).all()


def test_free_text_is_read_as_such(pellucid, houses):
    """--text reads a column by its n-grams, also where a new file holds numbers there; info shows it."""
    ran = pellucid(*words_for("price", "--text", "town", "--json"))

    assert ran.code == 0, ran.err
    assert next(row for row in ran.json["columns"] if row["name"] == "town")["kind"] == "text"
    Path("new.csv").write_text("town,area,owner,built,w,key\n4711,50,3,2011-02-15,1,a\n")
    assert pellucid("predict", "houses-model.safetensors", "new.csv").code == 0
    assert "free text" in pellucid("info", "houses-model.safetensors").out
    assert "'twon', which --text names" in pellucid(*words_for("price", "--text", "twon", "--force")).err


def test_intervals_are_those_of_the_model(pellucid, houses, priced):
    """Every prediction lies in its interval; classes have sets, which hold the predicted one."""
    rows = pellucid("predict", "houses-model.safetensors", "houses.csv", "--interval", "0.8", "--json").json
    model = load("houses-model.safetensors")

    assert rows["columns"] == ["key", "prediction", "lower", "upper"]
    assert all(row["lower"] <= row["prediction"] <= row["upper"] for row in rows["predictions"])
    X = houses.select("area", "town", pl.col("built").str.to_datetime("%Y-%m-%d"), "owner", "w")
    expected = model.predict_interval(X, 0.8)
    assert [[row["lower"], row["upper"]] for row in rows["predictions"]] == [
        pytest.approx(list(ends)) for ends in expected
    ]
    pellucid(*words_for("sold"), "--force")
    rows = pellucid("predict", "houses-model.safetensors", "houses.csv", "--interval", "0.8", "--json").json
    assert rows["columns"] == ["key", "prediction", "set"]
    assert all(str(row["prediction"]) in row["set"].split("|") for row in rows["predictions"])


def test_a_column_that_changed_is_named(pellucid, houses, priced):
    houses.with_columns(area=pl.lit("large")).write_csv("new.csv")
    ran = pellucid("predict", "houses-model.safetensors", "new.csv")

    assert ran.code == 1
    for part in ("'area'", "'large'", "row 1", "numbers"):
        assert part in ran.err


def test_a_column_that_is_mostly_numbers_is_asked_about(pellucid, houses):
    """A word among numbers is no category by chance; the advice works as it stands."""
    text = houses["area"].cast(pl.String).to_list()
    text[4] = "huge"
    houses.with_columns(area=pl.Series(text)).write_csv("houses.csv")
    ran = pellucid(*words_for("price"))

    assert ran.code == 1
    for part in ("'area'", "'huge'", "row 5", "--numeric area", "--categorical area", "--drop area"):
        assert part in ran.err
    found = pellucid(*words_for("price", "--numeric", "area", "--test-fraction", "0"), "--json").json
    assert next(row for row in found["columns"] if row["name"] == "area")["missing"] == 13
    assert pellucid("predict", found["model"], "houses.csv").code == 0


def test_an_infinity_is_named_by_its_row_in_the_file(pellucid, houses):
    houses.with_columns(area=pl.when(pl.col("key") == "h7").then(np.inf).otherwise("area")).write_csv(
        "houses.csv"
    )
    ran = pellucid(*words_for("price"))

    assert ran.code == 1
    assert "'area'" in ran.err
    assert "row 8" in ran.err


def test_codes_with_leading_zeros_stay_text(pellucid):
    rows = "".join(f"{i % 4:03d},{i}\n" for i in range(40))
    Path("t.csv").write_text("code,y\n" + rows)
    found = pellucid("train", "t.csv", "--target", "y", *QUICK, "--json").json

    assert found["columns"][0]["kind"] == "categorical"


def test_groups_are_held_out_together(pellucid, houses):
    """The held-out rows of whole groups are found again, and are as many as whole groups have."""
    found = pellucid(*words_for("price", "--group", "owner"), "--json").json

    assert found["held_out"]["rows"] % 6 == 0
    assert "owner" not in [row["name"] for row in found["columns"]]
    again = pellucid("evaluate", found["model"], "houses.csv", "--held-out", "--json").json
    assert again["rmse"] == pytest.approx(found["held_out"]["rmse"])


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--group", "owner"), ("--time", "built")])
def test_the_search_is_judged_as_one_training_is(pellucid, houses, words):
    """With whole groups, or the last rows, held out; the model records how its folds were made."""
    short = ("--preset", "best", "--trials", "8", "--members", "2")
    found = pellucid(*words_for("price", *words, *short), "--json").json
    again = pellucid("evaluate", found["model"], "houses.csv", "--held-out", "--json").json
    model = load(found["model"])

    assert again["rmse"] == pytest.approx(found["held_out"]["rmse"])
    assert model.validation == ("time" if "--time" in words else "random")
    groups = model.conformal_groups_
    assert (groups is not None) == ("--group" in words)
    if groups is not None:
        assert np.bincount(groups).tolist() == [6] * len(np.unique(groups))


def test_the_last_rows_in_time_are_held_out(pellucid, houses):
    ran = pellucid(*words_for("price", "--time", "built"))
    late = houses.sort("built", maintain_order=True)[-30:]
    late.write_csv("late.csv")
    held = pellucid("evaluate", "houses-model.safetensors", "houses.csv", "--held-out", "--json").json

    assert "the last by 'built'" in ran.out
    assert load("houses-model.safetensors").validation == "time"
    assert held["rmse"] == pytest.approx(
        pellucid("evaluate", "houses-model.safetensors", "late.csv", "--json").json["rmse"]
    )


def test_packed_files_are_read(pellucid, houses):
    """A .gz of the file is the file."""
    with gzip.open("houses.csv.gz", "wb") as file:
        file.write(Path("houses.csv").read_bytes())
    words = words_for("price")
    plain = pellucid(*words, "--json").json
    packed = pellucid("train", "houses.csv.gz", *words[2:], "--json").json

    assert packed["held_out"] == plain["held_out"]
    assert packed["model"] == "houses-model.safetensors"
    Path("half.csv.gz").write_bytes(Path("houses.csv.gz").read_bytes()[:200])
    assert "not a complete gzip file" in pellucid("evaluate", packed["model"], "half.csv.gz").err


def test_options_reach_the_estimator(pellucid, houses):
    words = ("--preset", "fast", "--calibrate", "--time-budget", "30", "--seed", "4", "--learning-rate", "0.01",
             "--scoring", "loss", "--categorical", "owner")  # fmt: skip
    assert pellucid(*words_for("sold", *words)).code == 0
    model = load("houses-model.safetensors")

    wanted = {"preset": "fast", "calibrate": True, "time_budget": 30.0, "random_state": 4, "n_members": 1,
              "learning_rate_init": 0.01, "scoring": "neg_log_loss", "max_iter": 2}  # fmt: skip
    assert {name: model.get_params()[name] for name in wanted} == wanted
    assert list(model.categorical_features) == ["owner"]


def test_a_quantile_is_one_of_the_quantiles(pellucid, houses):
    assert pellucid(*words_for("price", "--loss", "quantile", "--quantile", "0.9")).code == 0
    assert tuple(load("houses-model.safetensors").quantiles) == (0.9,)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("iris",), MLPClassifier),
        (("diabetes",), MLPRegressor),
        (("iris", "--preset", "fast"), TabularClassifier),
        pytest.param(("iris", "--model", "tabular"), TabularClassifier, marks=pytest.mark.slow),
        pytest.param(("iris", "--members", "2"), TabularClassifier, marks=pytest.mark.slow),
        (("plain.csv", "--target", "target"), TabularClassifier),
        pytest.param(
            ("plain.csv", "--target", "target", "--dropout", "0.1"), TabularClassifier, marks=pytest.mark.slow
        ),
        (("plain.csv", "--target", "target", "--solver", "adam"), MLPClassifier),
        (("plain.csv", "--target", "target", "--dropout", "0.1,"), MLPClassifier),
        (("plain.csv", "--target", "target", "--checkpoint", "c"), MLPClassifier),
        pytest.param(
            ("plain.csv", "--target", "target", "--model", "mlp"), MLPClassifier, marks=pytest.mark.slow
        ),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_the_rule_that_chooses_the_model(pellucid, words, kind):
    """Files are for tabular, bundled sets for mlp, and an option that one of them has alone decides."""
    pl.DataFrame({"a": range(60), "target": ["u", "v", "w"] * 20}).write_csv("plain.csv")
    ran = pellucid("train", *words, "--epochs", "1", "--hidden", "4", "--out", "m")

    assert ran.code == 0, ran.err
    assert type(load("m")) is kind


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "mlp", "--preset", "fast"), "--model mlp has no --preset"),
        (("--model", "tabular", "--solver", "sgd"), "--model tabular has no --solver"),
        (("--members", "2", "--batch-norm"), "--batch-norm, as given here, is for --model mlp"),
        (("--calibrate",), "--calibrate does not apply to regression"),
        (("--group", "owner", "--time", "built"), "--group and --time"),
        (("--group", "owner", "--drop", "owner"), "--group and --drop"),
        (("--preset", "slow"), "default"),
        (("--quantile", "0.9"), "--loss quantile"),
    ],
)
def test_options_that_contradict_each_other_are_refused(pellucid, houses, words, said):
    ran = pellucid("train", "houses.csv", "--target", "price", "--drop", "sold", *words)

    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", " ").split())
    assert not Path("houses-model.safetensors").exists()


def test_an_mlp_says_that_tables_have_an_estimator(pellucid, houses):
    ran = pellucid("train", "houses.csv", "--target", "price", "--model", "mlp")

    assert ran.code == 1
    assert "--model tabular" in ran.err


def test_the_suggestions_of_a_table_work(pellucid, houses):
    for command in pellucid(*words_for("sold"), "--json").json["next"]:
        ran = pellucid(*command.split()[1:])
        assert ran.code == 0, f"{command}: {ran.err}"


def test_info_describes_the_columns(pellucid, sold):
    ran, found = (pellucid("info", "houses-model.safetensors", *w) for w in ((), ("--json",)))

    assert "TabularClassifier" in ran.out
    assert "town" in ran.out
    assert found.json["class"] == "TabularClassifier"
    assert [row["name"] for row in found.json["columns"]] == ["area", "town", "built", "owner", "w"]
    assert found.json["classes"] == ["no", "yes"]


def test_the_doctor_speaks_of_the_users_columns(pellucid, sold):
    """It looks at the network on encoded rows; what was set by hand and may be the cause is to be left out."""
    found = pellucid("diagnose", "houses-model.safetensors", "houses.csv", "--json")

    assert found.code == 0, found.err
    assert found.json["validation_rows"] == 30
    changes = found.json["changes"]
    assert all(change["after"] is None and change["before"] is not None for change in changes)
    assert {change["option"] for change in changes} == {"without --epochs", "without --hidden"}


def test_a_trace_begins_with_the_cells(pellucid, sold):
    """Dates and texts, as the command reads them."""
    ran = pellucid("trace", "--model", "houses-model.safetensors", "--row", "1")

    assert ran.code == 0
    assert "area" in ran.out
    assert "town" in ran.out
