"""``pellucid train``: what it writes, what it says, what it chooses."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid import MLPClassifier, MLPRegressor, load
from pellucid.cli.flags import FLAGS
from pellucid.cli.model_options import OPTIONS
from pellucid.workflow.fit import NotedCheckpoint

SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "3")


@pytest.mark.thorough
def test_the_digits_are_learned_well(pellucid):
    """Given nothing but its name, at least 97.0 % of the held-out digits are right: what `make demo` shows."""
    ran = pellucid("train", "digits")

    shown = re.search(r"accuracy\s+([\d.]+) %", ran.out)
    assert ran.code == 0
    assert shown
    assert float(shown[1]) >= 97.0
    assert "held out 450" in ran.out
    assert Path("digits-model.safetensors").exists()


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("iris", MLPClassifier),
        ("wine", MLPClassifier),
        ("breast_cancer", MLPClassifier),
        ("diabetes", MLPRegressor),
    ],
)
def test_a_bundled_set_needs_only_its_name(pellucid, name, task):
    """Each set that comes with scikit-learn knows its target, and its target says the task."""
    assert pellucid("train", name, *SMALL).code == 0
    assert isinstance(load(f"{name}-model.safetensors"), task)


def test_a_regression_reports_its_scores_on_rows_that_were_held_out(pellucid, people):
    """RMSE, MAE and R² are those of the saved model on the rows that it did not learn from."""
    ran = pellucid(
        "train", "people.csv", "--target", "price", "--drop", "kind", "--drop", "key", *SMALL, "--json"
    )
    found = ran.json

    model = load(found["model"])
    error = model.predict(people.select("a", "b", "w")) - people["price"].to_numpy()
    every = found["held_out"]["rows"] * found["held_out"]["rmse"] ** 2
    every += found["training"]["rows"] * found["training"]["rmse"] ** 2
    assert (found["held_out"]["rows"], found["training"]["rows"]) == (15, 45)
    assert every == pytest.approx(np.sum(error**2), rel=1e-5)
    assert {"mae", "r2"} <= found["held_out"].keys()


def test_the_confusion_table_counts_every_held_out_row(pellucid, people):
    """The rows of the confusion table add up to the held-out rows, its diagonal to the accuracy."""
    found = pellucid("train", "people.csv", "--target", "kind", "--id", "key", *SMALL, "--json").json[
        "held_out"
    ]

    counts = np.array(found["confusion"]["counts"])
    assert counts.sum() == found["rows"] == 15
    assert found["confusion"]["classes"] == ["ja", "nein"]
    assert np.trace(counts) / counts.sum() == pytest.approx(found["accuracy"])


def test_the_suggested_commands_work(pellucid, people):
    """The suggested next command succeeds as it stands."""
    for command in pellucid("train", "people.csv", "--target", "kind", "--id", "key", *SMALL, "--json").json[
        "next"
    ]:
        name, *words = command.split()
        assert name == "pellucid"
        assert pellucid(*words).code == 0


def test_the_same_seed_gives_the_same_file(pellucid, people):
    """Seed and data settle the model to the last bit; another seed holds out other rows."""

    def train(seed, out):
        words = ("--target", "price", "--drop", "kind", "--drop", "key")
        assert pellucid("train", "people.csv", *words, *SMALL, "--seed", seed, "--out", out).code == 0
        return load(out).network_.parameters

    once, again, other = train(1, "1"), train(1, "1b"), train(2, "2")
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_an_earlier_model_of_the_default_name_is_kept(pellucid):
    """A second run moves the first model aside, and says where."""
    pellucid("train", "iris", *SMALL)
    first = Path("iris-model.safetensors").read_bytes()
    ran = pellucid("train", "iris", *SMALL, "--seed", "1")

    assert Path("iris-model.previous.safetensors").read_bytes() == first
    assert "iris-model.previous.safetensors" in ran.out


def test_weights_are_used(pellucid, people):
    """A row of weight 0 plays no part: its target may be anything."""
    words = (
        "--weight",
        "w",
        "--target",
        "price",
        "--drop",
        "kind",
        "--drop",
        "key",
        "--test-fraction",
        "0",
        *SMALL,
    )
    pellucid("train", "people.csv", *words, "--out", "one")
    people.with_columns(pl.when(pl.col("w") == 0).then(-99.0).otherwise("price").alias("price")).write_csv(
        "other.csv"
    )
    pellucid("train", "other.csv", *words, "--out", "other")

    assert np.array_equal(load("one").network_.parameters, load("other").network_.parameters)


@pytest.mark.parametrize(
    ("content", "task"),
    [
        ("a;y\n" + "1;x\n2;z\n" * 20, "classification"),
        ("\ufeffa,y\n" + "1,x\n2,z\n" * 20, "classification"),
        ("a\ty\r\n" + "1\t0\r\n2\t1\r\n" * 20, "classification"),
        ("größe, y\n" + "1, 0.0\n2, 1.0\n" * 20, "classification"),
        ("a,y\n" + "1,true\n2,False\n" * 20, "classification"),
        ("a,y\r" + "1,u\r2,v\r" * 20, "classification"),
        ("a,y\n" + "1,0.5\n2,1.25\n" * 20, "regression"),
        ("a,y\n" + "".join(f"1,{i}\n" for i in range(40)), "regression"),
    ],
    ids=[
        "semicolon",
        "bom",
        "tabs",
        "unicode",
        "truth values",
        "old line ends",
        "fractions",
        "many integers",
    ],
)
def test_csv_files_of_many_kinds_are_read(pellucid, content, task):
    """Separator, byte-order mark, line ends and spaces are understood, and the target says the task."""
    Path("t.csv").write_bytes(content.encode())
    ran = pellucid("train", "t.csv", "--target", "y", *SMALL, "--json")

    assert ran.code == 0
    assert ran.json["task"] == task
    assert ran.json["layer_sizes"][0] == 1


def test_names_with_brackets_are_shown_as_they_are(pellucid):
    """Markup in the names of files, columns and classes is plain text."""
    Path("[b].csv").write_text("[bold]a,y\n" + "1,[red]\n2,[/]\n" * 20)
    ran = pellucid("train", "[b].csv", "--target", "y", *SMALL)

    assert ran.code == 0
    assert "[red]" in ran.out
    assert "always [/]" in ran.out
    assert "1 input: [bold]a" in pellucid("info", "[b]-model.safetensors").out


def test_parquet_is_csv(pellucid, people):
    """The same table as CSV and as Parquet gives the same model."""
    people.write_parquet("people.parquet")
    words = ("--target", "kind", "--id", "key", *SMALL)
    pellucid("train", "people.csv", *words, "--out", "csv")
    pellucid("train", "people.parquet", *words, "--out", "parquet")

    assert np.array_equal(load("csv").network_.parameters, load("parquet").network_.parameters)


def test_every_parameter_of_the_estimators_is_an_option(pellucid):
    """The help names the option of each parameter, all but three that have another form here."""
    said = pellucid("train", "--help").out

    assert set(FLAGS) - set(OPTIONS) == {"random_state", "verbose", "warm_start"}
    for name in OPTIONS:
        assert FLAGS[name] in said


@pytest.mark.smoke
@pytest.mark.parametrize("command", [(), ("train",), ("evaluate",), ("predict",), ("info",)])
def test_the_help_shows_an_example(pellucid, command):
    """Each help has an example, and fits a terminal of 80 columns."""
    ran = pellucid(*command, "--help")

    assert ran.code == 0
    assert re.search(r"Examples?\s*\n\s*pellucid \w+", ran.out)
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (("--hidden", "4,3"), "hidden_layer_sizes", (4, 3)),
        (("--hidden", "none"), "hidden_layer_sizes", ()),
        (("--activation", "tanh"), "activation", "tanh"),
        (("--no-standardize",), "standardize", False),
        (("--dropout", "0.5"), "dropout", 0.5),
        (("--solver", "adamw", "--weight-decay", "0.1"), "weight_decay", 0.1),
        (("--schedule", "step", "--schedule-options", "every=2,factor=0.5"), "schedule_options",
         {"every": 2, "factor": 0.5}),
        (("--class-weight", "balanced"), "class_weight", "balanced"),
        (("--class-weight", "setosa=3"), "class_weight", {"setosa": 3}),
        (("--max-grad-norm", "1"), "max_grad_norm", 1),
        (("--seed", "7"), "random_state", 7),
        (("--patience", "3"), "n_iter_no_change", 3),
    ],
)  # fmt: skip
def test_an_option_is_the_parameter(pellucid, words, name, value):
    """Options arrive at the estimator."""
    assert pellucid("train", "iris", "--epochs", "2", *words).code == 0
    assert load("iris-model.safetensors").get_params()[name] == value


def test_class_weights_are_named_by_the_class_whatever_its_type(pellucid):
    """Classes that are integers are named in the same way as words."""
    assert pellucid("train", "digits", *SMALL, "--class-weight", "3=2,7=0.5").code == 0
    assert load("digits-model.safetensors").class_weight == {3: 2, 7: 0.5}


def test_a_warning_is_a_note(pellucid):
    """Warnings of the library become a sentence, and an entry of the JSON."""
    words = ("--solver", "lbfgs", "--hidden", "3", "--epochs", "5", "--weight-decay", "0.1")
    assert "--solver lbfgs does not use --weight-decay" in pellucid("train", "iris", *words).err
    assert "--weight-decay" in pellucid("train", "iris", *words, "--json").json["notes"][0]


def test_an_interrupt_keeps_what_was_learned(pellucid, monkeypatch):
    """Ctrl-C during training ends it with a model and a note, and exit code 0."""
    on_fit_task_end = NotedCheckpoint.on_fit_task_end

    def press(self, estimator, context, *, fitted_estimator=None):
        on_fit_task_end(self, estimator, context, fitted_estimator=fitted_estimator)
        if Path("c").exists():
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(NotedCheckpoint, "on_fit_task_end", press)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        ran = pellucid(
            "train", "iris", "--hidden", "4", "--epochs", "60", "--checkpoint", "c", "--every", "20"
        )
    finally:
        signal.signal(signal.SIGINT, before)

    assert ran.code == 0
    assert "interrupted" in ran.err
    assert 20 <= len(load("iris-model.safetensors").history_) < 60


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_of_the_process_keeps_what_was_learned(folder):
    """The same from outside."""
    words = ("train", "iris", "--hidden", "4", "--epochs", "50000", "--checkpoint", "c", "--every", "20")
    process = subprocess.Popen(
        [sys.executable, "-m", "pellucid.cli", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # What a process in the background ignores, its children would ignore too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not os.path.exists("c") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()

    assert process.returncode == 0
    assert "interrupted" in said
    assert len(load("iris-model.safetensors").history_) >= 20


def test_the_search_of_the_best_is_shown(pellucid):
    """Training and info print the recipes with their shares, and the file keeps them."""
    words = ("--preset", "best", "--trials", "8", "--members", "2", "--epochs", "2")
    ran = pellucid("train", "iris", *words)
    told = pellucid("info", "iris-model.safetensors", "--json").json

    assert ran.code == 0
    for out in (ran.out, pellucid("info", "iris-model.safetensors").out):
        assert re.search(r"recipe +folds +all rows +round +seconds +held-out loss +share", out)
        assert re.search(r"default +2 +[12]? +1 ", out)
    assert [row["recipe"] for row in told["tried"]] == [
        row["recipe"] for row in load("iris-model.safetensors").tried_
    ]
    assert sum(row["folds"] for row in told["tried"]) <= 8
