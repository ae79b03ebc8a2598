"""Unusable input: a sentence that helps, the right exit code, and nothing written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pellucid.cli.flags import as_typed

SMALL = ("--model", "mlp", "--hidden", "4", "--epochs", "2")
ROWS = "".join(f"{i},{i % 7},{'u' if i % 2 else 'v'}\n" for i in range(40))
GOOD = "a,b,y\n" + ROWS

TABLES = {
    "a missing value": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,,"), ("'b': 1 of 40", "row 7")),
    "not a number": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,nan,"), ("'b': 1 of 40", "row 7")),
    "infinity": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,-inf,"), ("'b'", "-inf", "row 7")),
    "too large to square": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,1e200,"), ("'b'", "1e+200", "row 7")),
    "a missing target": ("a,b,y\n" + ROWS.replace("\n6,6,v", "\n6,6,"), ("'y'", "missing", "row 7")),
    "a marked missing target": ("a,b,y\n" + ROWS.replace("\n6,6,v", "\n6,6,NA"), ("'NA' in row 7",)),
    "text in a numeric column": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,six,"), ("'b'", "'six'", "row 7")),
    "a column of text": ("a,b,y\n" + ROWS.replace(",", ",t", 40), ("'b'", "text", "--drop b")),
    "dates": ("a,b,y\n" + ROWS.replace("\n6,6,", "\n6,2020-01-01,"), ("'b'", "2020-01-01", "row 7")),
    "one class": ("a,b,y\n" + ROWS.replace("u\n", "v\n"), ("'v' in every row", "--target")),
    "a header only": ("a,b,y\n", ("column names and no rows",)),
    "nothing": ("", ("is empty",)),
    "blank lines": ("\n \n\n", ("is empty",)),
    "one row": ("a,b,y\n1,2,3\n", ("1 row",)),
    "too few to hold out": ("a,b,y\n1,2,3\n2,3,4\n", ("2 rows", "--test-fraction")),
    "two columns of one name": ("a,a,y\n" + ROWS, ("more than one column named 'a'",)),
    "a column without a name": (",b,y\n" + ROWS, ("Column 1", "--drop ''")),
    "no header": (
        GOOD.partition("\n")[2].replace("0,0", "0.5,1.5", 1),
        ("no column 'y'", "look like values"),
    ),
    "a row too long": ("a,b,y\n1,2,3\n1,2,3,4\n", ("Line 3 has 4 fields",)),
    "decimal commas": ("a;b;y\n" + "".join(f"{i};1;{i},5\n" for i in range(40)), ("decimals with a point",)),
    "a number and a word": (
        "a,y\n" + "".join(f"{i},{'?' if i == 6 else i}\n" for i in range(40)),
        ("'?' in row 7",),
    ),
    "no target": ("a,b,c\n" + ROWS, ("no column 'y'", "'a', 'b', 'c'")),
    "no input": ("y\n" + "1\n2\n" * 20, ("no column left to learn from",)),
    "Latin 1": (GOOD.replace("a,", "ä,", 1).encode("latin-1"), ("not UTF-8", "line 1")),
    "zero bytes": (b"a\0,y\n", ("zero bytes",)),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_that_cannot_be_used_is_refused(pellucid, folder, kind):
    """The error names the column, row or line, the exit code is 1, and no file appears."""
    content, parts = TABLES[kind]
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = pellucid("train", "t.csv", "--target", "y", *SMALL, "--checkpoint", "c")

    assert ran.code == 1, ran.out
    assert ran.err.startswith("Error: ")
    for part in parts:
        assert part in ran.err
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("weight", [lambda i: i % 2, lambda i: int(i == 39)], ids=["a class", "a row"])
def test_one_class_that_counts_is_one_class(pellucid, folder, weight):
    """There is nothing to learn if every training row of the other class has weight 0."""
    Path("t.csv").write_text("w,a,y\n" + "".join(f"{weight(i)},{i},{i % 2}\n" for i in range(40)))
    ran = pellucid("train", "t.csv", "--target", "y", "--weight", "w", "--test-fraction", "0", *SMALL)

    assert ran.code == 1
    assert "one class of 'y'" in ran.err
    assert list(folder.iterdir()) == [folder / "t.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_a_pipe_does_not_hang(pellucid):
    """A named pipe, which may never end, is refused unread."""
    os.mkfifo("t.csv")
    assert "is not a regular file" in pellucid("train", "t.csv", "--target", "y").err


OPTIONS = {
    ("--hidden", "0"): ("--hidden", "[1, inf)"),
    ("--hidden", "8,0"): ("--hidden", "'8,0'"),
    ("--hidden", "many"): ("--hidden", "'many'"),
    ("--epochs", "0"): ("--epochs", "[1, inf)"),
    ("--activation", "rleu"): ("'relu'", "tanh"),
    ("--solver", "adm"): ("'adam'", "lbfgs"),
    ("--schedule", "cosin"): ("'cosine'",),
    ("--dropout", "1"): ("--dropout", "1.0)"),
    ("--dropout", "0.1,0.1,0.1"): ("--dropout must be one value or one per hidden layer",),
    ("--learning-rate", "nan"): ("--learning-rate", "'nan'"),
    ("--test-fraction", "1.5"): ("--test-fraction", "0.99"),
    ("--seed", "-1"): ("--seed",),
    ("--task", "guess"): ("classification or regression",),
    ("--dtype", "float16"): ("float32, float64",),
    ("--target", "y", "--id", "y"): ("--target and --id",),
    ("--weight", "y", "--id", "y"): ("--id and --weight",),
    ("--every", "2"): ("--checkpoint",),
    ("--quantile", "0.9"): ("--quantile does not apply to classification",),
    ("--task", "regression", "--target", "a", "--drop", "y", "--quantile", "0.9"): ("--loss quantile",),
    ("--task", "regression", "--target", "a", "--drop", "y", "--label-smoothing", "0.1"): (
        "--label-smoothing",
    ),
    ("--solver", "lbfgs", "--schedule", "cosine"): ("--schedule has no effect with --solver lbfgs",),
    ("--beta-1", "0.8", "--solver", "sgd"): ("--beta-1 has no effect without --solver adam",),
    ("--model", "mlp", "--scoring", "accuracy"): ("--early-stopping",),
    ("--scoring", "r2", "--early-stopping"): ("--scoring r2",),
    ("--class-weight", "w=2"): ("no class 'w'", "'u', 'v'"),
    ("--class-weight", "u=-2"): ("--class-weight u=-2",),
    ("--schedule-options", "evry=2"): ("--schedule-options", "evry"),
    ("--output-activation", "tanh"): ("--output-activation", "softmax"),
    ("--out", "t.csv", "--force"): ("is an input of this command",),
    ("--nonsense",): ("--nonsense",),
    ("another.csv",): ("another.csv",),
}


@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_an_option_that_is_not_accepted_is_refused(pellucid, folder, words):
    """The error names the option and what it takes, the exit code is 2, and no file appears."""
    path = folder / "t.csv"
    path.write_text(GOOD)
    target = () if "--target" in words else ("--target", "y")
    ran = pellucid("train", "t.csv", *target, "--epochs", "2", *words)

    said = " ".join(ran.err.replace("│", " ").split())
    assert ran.code == 2, ran.out
    for part in OPTIONS[words]:
        assert part in said
    assert list(folder.iterdir()) == [path]
    assert path.read_text() == GOOD


PLACES = {
    ("train", "digit"): "'digits'",
    ("train", "absent.csv"): "no file 'absent.csv'",
    ("train", "."): "is a folder",
    ("train", "model.py"): "no file",
    ("train", "iris", "--out", "absent/m"): "no folder 'absent'",
    ("train", "iris", "--out", "."): "is a folder",
    ("train", "iris", "--checkpoint", "absent/c"): "no folder 'absent'",
    ("train", "iris", "--target", "petal"): "no column 'petal'",
    ("predict", "absent", "iris"): "no model file 'absent'",
    ("evaluate", "absent", "iris"): "no model file 'absent'",
}


@pytest.mark.parametrize("words", PLACES, ids=" ".join)
def test_what_is_not_there_is_named(pellucid, folder, words):
    """A file, folder or column that is absent is named, the exit code is 1, and no file appears."""
    ran = pellucid(*words)

    assert ran.code == 1
    assert PLACES[words] in ran.err
    assert list(folder.iterdir()) == []


def test_a_column_that_is_called_like_a_parameter_keeps_its_name(pellucid):
    """Only the library's own messages are turned into options: a column sample_weight stays one."""
    assert "'sample_weight'" in pellucid("train", "iris", "--target", "sample_weight").err


def test_a_model_file_that_is_not_one_is_not_replaced(pellucid):
    """Something else under the default name of the model stays as it is."""
    Path("iris-model.safetensors").write_text("precious")

    assert pellucid("train", "iris", *SMALL).code == 1
    assert Path("iris-model.safetensors").read_text() == "precious"


def test_training_that_diverges_writes_nothing(pellucid, folder):
    """The error says what to try if no epoch ends in finite numbers."""
    ran = pellucid("train", "iris", *SMALL, "--solver", "sgd", "--learning-rate", "1e30")

    assert ran.code == 1
    assert "--learning-rate" in ran.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("words", [("train", "absent.csv"), ("train", "iris", "--hidden", "0"), ("train",)])
def test_machines_get_an_error_as_json(pellucid, words):
    """With --json standard output is one object with the error, and the exit code is not 0."""
    ran = pellucid(*words, "--json")

    assert ran.code in (1, 2)
    assert json.loads(ran.out)["error"]


@pytest.mark.parametrize("absent", [("typer",), ("polars",), ("typer", "polars")])
def test_without_the_extra_the_command_says_what_to_install(absent):
    """The message has the line to paste if Typer or Polars is missing, and the exit code is 2."""
    code = (
        "import importlib.util as u, sys\n"
        "find = u.find_spec\n"
        f"u.find_spec = lambda name, *more: None if name in {absent!r} else find(name, *more)\n"
        f"sys.modules.update(dict.fromkeys({absent!r}))\n"
        "from pellucid.cli import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "train", "iris"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 2
    assert " and ".join(absent) in ran.stderr
    assert 'pip install "pellucid[cli]"' in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("command", "typed", "option"),
    [
        ("train", "--max-iter", "--epochs"),
        ("train", "--hidden_layer_sizes", "--hidden"),
        ("train", "--learning-rate-init", "--learning-rate"),
        ("train", "--n-iter-no-change", "--patience"),
        ("train", "--random-state", "--seed"),
        ("train", "--n-threads", "--threads"),
        ("train", "--n-members", "--members"),
        ("train", "--sample-weight", "--weight"),
        ("train", "--text-columns", "--text"),
        ("predict", "--identifier", "--id"),
        ("compare", "--models", "--only"),
        ("predict", "--random-state", None),
    ],
)
def test_the_name_in_python_leads_to_the_option(pellucid, command, typed, option):
    """Of a command that has no such option none is suggested."""
    ran = pellucid(command, "t.csv", typed, "1")

    assert ran.code == 2
    assert f"No such option: {typed}" in ran.err
    assert (f"(Possible options: {option})" in ran.err) if option else ("Possible" not in ran.err)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("export", "m.st", "--out", "m.xyz"), "--out must end in one of .*--to onnx"),
        (
            ("export", "m.st", "--out", "m.c", "--coverage", "0.9"),
            "--coverage must be None for MLPClassifier",
        ),
        (
            ("explain", "m.st", "iris", "--row", "1", "--class", "rose"),
            r"--class must be one of \['setosa', ",
        ),
        (("logic", ""), "FORMULA must not be empty"),
        (("logic", "a & b", "--bias", "-1"), "--bias must be a number > 0, and --values signs"),
        (("exercise", "2-x-1"), "SIZES must be numbers of units"),
        (("plan-cluster", "1000", "5", "--machines", "3"), "--machines must be an integer"),
        (("plan-cluster", "1000", "5", "--batch-size", "1", "--machines", "4"), "--machines must be at most"),
    ],
)
def test_parameters_are_named_as_they_are_typed(pellucid, folder, words, told):
    """Errors of the library name parameters as in Python; whoever typed an option looks for that."""
    if "m.st" in words:
        pellucid("train", "iris", *SMALL, "--out", "m.st")
    ran = pellucid(*words)

    assert ran.code == 2
    assert re.search(told, " ".join(ran.err.split()))
    assert "np.str_" not in ran.err


def test_what_an_error_got_stays_as_it_is():
    """It may be the name of a column."""
    said = as_typed("'n_members' must be one of ['auto']; got ['sample_weight', 'hidden_layer_sizes'].")

    assert said == "--members must be one of ['auto']; got ['sample_weight', 'hidden_layer_sizes']."
    assert as_typed("'sample_weight' holds text.") == "'sample_weight' holds text."
