"""``pellucid diagnose``: findings in words, options to try, and a page."""

import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from pellucid import diagnose, load
from pellucid.report.markup import element

SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "3")


@pytest.fixture
def unscaled(trained):
    """A model of breast cancer's columns as they are, whose largest are a thousand times the others."""
    words = ("breast_cancer", "--no-standardize", "--hidden", "16", "--epochs", "5", "--seed", "3")
    return trained(*words, "--out", "breast_cancer-model.safetensors")


def test_the_findings_are_those_of_python_on_the_training_rows(pellucid, unscaled):
    """The codes, the measures and their order are what diagnose says of the rows that training saw."""
    found = pellucid("diagnose", unscaled, "breast_cancer", "--json").json

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    names = load_breast_cancer().target_names[y]
    train, test = train_test_split(np.arange(len(y)), test_size=143, random_state=3, stratify=names)
    train, test = np.sort(train), np.sort(test)
    own = diagnose(load(unscaled), X.iloc[train], names[train], X.iloc[test], names[test])

    assert found["n_rows"] == 426
    assert found["validation_rows"] == 143
    assert [f["code"] for f in found["findings"]] == [f.code for f in own]
    assert "unscaled-input" in own.codes
    assert found["findings"][0]["measured"] == pytest.approx(dict(own[0].measured))
    severities = [f["severity"] for f in found["findings"]]
    assert severities == sorted(severities, reverse=True)


def test_it_is_readable_at_80_columns_and_names_options(pellucid, unscaled):
    """No line but a command is wider than 80, sign is a symbol and a word, and no Python is quoted."""
    ran = pellucid("diagnose", unscaled, "breast_cancer")
    told, _, commands = ran.out.partition("What next")

    assert ran.code == 0
    assert max(len(line.rstrip()) for line in told.splitlines()[1:]) <= 80
    assert re.search(r"1\. ✖ serious  unscaled-input", told)
    assert "--standardize" in told
    assert "standardize=True" not in told
    assert "pellucid train breast_cancer" in commands.replace("\n", "")


@pytest.mark.parametrize(
    ("source", "options"),
    [
        pytest.param("breast_cancer", "--no-standardize --hidden 16 --epochs 5 --seed 3", marks=pytest.mark.slow),
        ("big.csv", "--target kind --id key --weight w --drop price --no-standardize --hidden 4,4 --epochs 4 "
                    "--class-weight ja=2,nein=1 --test-fraction 0.2"),
        ("big.csv", "--target price --id key --drop kind --drop w --no-standardize --hidden 5 --dropout 0 "
                    "--solver lbfgs --epochs 20"),
    ],
)  # fmt: skip
def test_the_suggested_training_is_the_mended_one(pellucid, people, source, options):
    """The command that is suggested trains an estimator with the very parameters that mend returns."""
    people.with_columns(pl.col("a") * 1000.0).write_csv("big.csv")
    assert pellucid("train", source, *options.split(), "--out", "m.safetensors").code == 0
    found = pellucid("diagnose", "m.safetensors", source, "--json").json
    command = next(c for c in found["next"] if shlex.split(c)[1] == "train")
    ran = pellucid(*shlex.split(command)[1:])
    assert ran.code == 0, ran.err

    model = load("m.safetensors")
    before, after = model.get_params(), load("m-mended.safetensors").get_params()
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert changed == {change["parameter"] for change in found["changes"]}
    again = pellucid("diagnose", "m-mended.safetensors", source, "--json").json
    assert found["findings"][0]["code"] not in [
        f["code"] for f in again["findings"] if f["level"] == "serious"
    ]


@pytest.mark.slow
def test_rows_are_called_as_in_the_file(pellucid, rng):
    """Mislabeled rows are named by the identifier, or by their number from 1 below the names of the columns."""
    n, wrong = 200, [3, 20, 50, 77, 90, 110, 140, 171]
    X = rng.normal(size=(n, 2)) + np.repeat([[4.0, 0.0], [-4.0, 0.0]], n // 2, axis=0)
    kind = np.where(X[:, 0] > 0, "right", "left")
    kind[wrong] = np.where(kind[wrong] == "right", "left", "right")
    frame = pl.DataFrame(
        {"key": [f"r{i}" for i in range(n)], "a": X[:, 0], "b": X[:, 1], "kind": kind.tolist()}
    )
    frame.write_csv("sides.csv")
    words = ("--model", "mlp", "--target", "kind", "--test-fraction", "0", "--hidden", "8", "--epochs", "5")
    pellucid("train", "sides.csv", *words, "--id", "key", "--out", "named")
    pellucid("train", "sides.csv", *words, "--drop", "key", "--out", "plain")

    for model, expected in (("named", {f"r{i}" for i in wrong}), ("plain", {i + 1 for i in wrong})):
        found = pellucid("diagnose", model, "sides.csv", "--json").json
        noise = next(f for f in found["findings"] if f["code"] == "label-noise")
        assert len(noise["where"]["rows"]) > 3
        assert set(noise["where"]["rows"]) <= expected
        assert pellucid("diagnose", model, "sides.csv").code == 0
        first = re.search(r"rows (\w+)", noise["summary"].partition("first:")[2])
        assert first is not None
        assert first[1] in {str(row) for row in expected}


def test_a_report_is_written_and_not_over_another(pellucid, classifier, monkeypatch):
    """--report writes the page; a second time it asks for --force; the data is never written over."""
    monkeypatch.setattr("pellucid.report.pictures.inline_svg", lambda *_, **__: element("svg"))  # quickly
    ran = pellucid("diagnose", classifier, "people.csv", "--report", "out.html", "--json")
    page = Path("out.html").read_text(encoding="utf-8")
    again = pellucid("diagnose", classifier, "people.csv", "--report", "out.html")
    over = pellucid("diagnose", classifier, "people.csv", "--report", "people.csv", "--force")

    assert ran.json["report"] == "out.html"
    assert all(finding["code"] in page for finding in ran.json["findings"])
    assert again.code == 1
    assert "--force" in again.err
    assert over.code == 2


def test_other_tables(pellucid, classifier, people):
    """A table of its own for validation is used; new data is examined whole, with a note; unknown classes go."""
    people[:20].write_csv("held.csv")
    people.reverse().with_columns(
        kind=pl.when(pl.int_range(60) < 6).then(pl.lit("neu")).otherwise("kind")
    ).write_csv("new.csv")
    held = pellucid("diagnose", classifier, "people.csv", "--validation", "held.csv", "--json").json
    new = pellucid("diagnose", classifier, "new.csv", "--json").json

    assert held["validation_rows"] == 20
    assert held["n_rows"] <= 45  # rows of weight 0 are left out
    assert new["validation_rows"] is None
    assert any("not the table" in note for note in new["notes"])
    assert any("'neu'" in note for note in new["notes"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("diagnose", "none.safetensors", "people.csv"), 1, "no model file"),
        (("diagnose", "MODEL", "none.csv"), 1, "no file"),
        (("diagnose", "MODEL", "iris"), 1, "'kind'"),
        (("diagnose", "MODEL", "people.csv", "--validation", "empty.csv"), 1, "no rows"),
        (("diagnose", "MODEL", "people.csv", "--report", "no/where.html"), 1, "no folder"),
        (("diagnose", "MODEL", "people.csv", "--target", "price"), 1, "ja"),
    ],
)
def test_bad_input_is_one_sentence(pellucid, classifier, words, code, said):
    """Missing and unfitting files are named on standard error, and nothing is printed."""
    Path("empty.csv").write_text("key,a,b,w,kind,price\n")
    ran = pellucid(*(classifier if word == "MODEL" else word for word in words))

    assert ran.code == code
    assert said in ran.err
    assert ran.out == ""
