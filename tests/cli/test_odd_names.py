"""Names of columns, classes, rows and files are data in whatever a command prints, in its errors too."""

import json
import os
import shlex
import sys
import unicodedata
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cli.conftest import SMALL, Command
from pellucid.cli.printing import shell
from pellucid.host.command_streams import make_python_visible
from pellucid.report.markup import element

ODD = {
    "title and clear": "\x1b]0;PWNED\x07\x1b[2J\x1b[31m",
    "C1": "\x9b31m\x85\x7f",
    "direction": "\u202etxt\u2066x\u200f",
    "zero width": "a\u200bb\ufeff\u2060\u200dc",
    "lines": "a\nError: b\r\u2028c\td",
    "markup": "[bold red]x[/][link=http://x]y[/] :warning: \\[/]",
    "TeX": r"\input{x}_{q}^{r}$%&#~^^5c",
    "HTML": "<script>alert(1)</script>&amp;\"'",
    "shell": "; rm -rf x; $(x) `x` 'x'",
    "formula": "=1+1",
    "option": "--json",
    "index": "x_{1}^{2}",
}


def assert_harmless(text: str) -> None:
    """Nothing in it controls a terminal or is hidden in it."""
    assert {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} <= {"\n"}


@pytest.fixture
def odd(folder: Path, rng: Any) -> tuple[str, str]:
    """A table with an input, classes and a name of its file as odd as can be; its source and its target."""
    every = "".join(name for kind, name in ODD.items() if kind not in ("HTML", "shell"))
    frame = {f"{name}{i}": rng.normal(size=60) for i, name in enumerate(ODD.values())}
    target, source = f"y{every}", "t\x1b[31m\u202e_{q} $x.csv"
    frame[target] = [f"u{every}", "[/]", "=1+1"] * 20
    frame["=id"] = [f"+{i}\x1b[2J\u202e" for i in range(60)]
    pl.DataFrame(frame).write_csv(source)
    return source, target


@pytest.mark.parametrize("model", ["mlp", "tabular"])
@pytest.mark.few("tabular")
def test_every_command_shows_them(
    odd: tuple[str, str], pellucid: Command, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command succeeds, and prints them without anything that acts, with --json too."""
    # report/test_names.py looks at the pictures, which take longest.
    monkeypatch.setattr("pellucid.report.pictures.inline_svg", lambda *_, **__: element("svg"))
    source, target = odd
    file = "m\x07\u202e\\x_{1}.st"
    small = SMALL[2:] if model == "mlp" else ("--epochs", "2", "--members", "1")
    commands: list[list[object]] = [
        [
            "train",
            source,
            "--target",
            target,
            "--id",
            "=id",
            "--model",
            model,
            "--out",
            file,
            "--force",
            *small,
        ],
        ["info", file],
        ["evaluate", file, source],
        ["diagnose", file, source],
        *([["diagnose", file, source, "--report", "r\x1b.html", "--force"]] if model == "mlp" else []),
        ["predict", file, source, "--proba", "--out", "p\x1b.csv", "--force"],
        ["predict", file, source, "--proba"],
    ]
    for words in commands:
        for more in ([], ["--json"]) if model == "mlp" and "--report" not in words else ([],):
            ran = pellucid(*words, *more)
            assert ran.code == 0, ran.err
            assert_harmless(ran.out)
            assert_harmless(ran.err)
            assert not more or ran.json["command"] == words[0]
    written, given = (pl.read_csv(path, glob=False)["=id"].to_list() for path in ("p\x1b.csv", source))
    assert written == given
    if model == "mlp":
        for kind in ("text", "latex", "html", "json"):
            ran = pellucid("trace", "--model", file, "--row", 1, "--format", kind)
            assert ran.code == 0
            assert_harmless(ran.out)
            assert r"\input{" not in (ran.out if kind == "latex" else "")
            assert "<script>" not in (ran.out if kind == "html" else "")


HIDDEN = "".join(list(ODD.values())[:5])


@pytest.mark.parametrize(
    "name",
    [
        HIDDEN,
        ODD["markup"],
        *(pytest.param(n, marks=pytest.mark.slow) for n in (ODD["TeX"], ODD["HTML"] + ODD["shell"])),
    ],
)
def test_every_error_shows_them(people: pl.DataFrame, pellucid: Command, name: str) -> None:
    """An error that quotes a column, a file, a value or an option is a sentence, and an exit code."""
    file = name.replace("/", "").replace("\0", "")
    for words in (
        ["train", "people.csv", f"--target={name}"],
        ["train", f"no{file}.csv", "--target", "kind"],
        ["train", "people.csv", "--target", "kind", f"--hidden={name}"],
        ["train", "people.csv", "--target", "kind", "--out", f"{file}x/m.st"],
        ["train", "people.csv", f"--bogus{name}"],
        ["predict", f"no{file}", "people.csv"],
        ["info", f"no{file}"],
        ["trace", f"--example={name}"],
        ["trace", "--weights", f"no{file}.json"],
        ["logic", f"a & ({name}"],
        [f"no{name}"],
        [f"--no{name}"],
    ):
        for more in ([], ["--json"]):
            ran = pellucid(*words, *more)
            assert ran.code in (1, 2), words
            assert ran.err
            assert_harmless(ran.out)
            assert_harmless(ran.err)


def test_names_cannot_be_markup(people: pl.DataFrame, pellucid: Command) -> None:
    """A name with what Rich takes for markup, a link or an emoji is printed as it is."""
    name = "[red]x[/][link=u]y[/] :x:"
    people.rename({"a": name}).write_csv("odd.csv")
    words = ("--target", "kind", "--drop", "key", "--drop", "w", "--epochs", "1", "--members", "1")
    ran = pellucid("train", "odd.csv", *words)

    assert ran.code == 0
    assert name in ran.out


def test_suggested_commands_are_one_word_per_name(
    people: pl.DataFrame, pellucid: Command, folder: Path
) -> None:
    """A command that is printed to be pasted names the same files and columns, and runs nothing else."""
    source = "-x; touch pwned; 'a' $(touch pwned)\x1b.csv"
    target = "--kind; touch pwned"
    people.rename({"kind": target}).write_csv(source)
    words = ["--target", target, "--drop", "key", *SMALL, "--json"]
    ran = pellucid("train", f"./{source}", *words)

    assert ran.code == 0, ran.err
    for command in ran.json["next"]:
        script = f"pellucid() {{ printf '%s\\n' \"$@\" >> said; }}; {command}"
        assert os.system(f"bash -c {shlex.quote(script)}") == 0
    said = Path("said").read_text()
    assert f"./{source}\n" in said
    assert not Path("pwned").exists()
    assert shell("info", Path("-x.st")).endswith("info ./-x.st")


def test_formulas_can_be_quoted(odd: tuple[str, str], pellucid: Command) -> None:
    """With --quote-formulas no text of a CSV file begins like a formula; without it texts are as they are."""
    source, target = odd
    train = ["train", source, "--target", target, "--id", "=id", "--out", "m.st", "--json", *SMALL]
    assert pellucid(*train).code == 0
    plain, quoted = "plain.csv", "quoted.csv"
    assert pellucid("predict", "m.st", source, "--out", plain).code == 0
    assert pellucid("predict", "m.st", source, "--out", quoted, "--quote-formulas").code == 0
    before, after = (pl.read_csv(path, infer_schema=False, glob=False) for path in (plain, quoted))

    assert before.columns[0] == "=id"
    assert after.columns[0] == "'=id"
    assert after["'=id"].to_list() == [f"'{name}" for name in before["=id"].to_list()]
    assert after.drop("'=id").columns == before.drop("=id").columns
    assert set(after["prediction"]) <= {
        f"'{name}" if name[0] == "=" else name for name in before["prediction"]
    }
    assert pellucid("predict", "m.st", source, "--quote-formulas").out.startswith("'=id,")


def test_quoting_formulas_is_for_csv(classifier: Path, pellucid: Command) -> None:
    """The option is refused if no CSV is written."""
    for more in (["--json"], ["--out", "p.parquet"]):
        ran = pellucid("predict", classifier, "people.csv", "--quote-formulas", *more)
        assert ran.code == 2
        assert "--quote-formulas applies to CSV only" in " ".join(ran.err.split())


def test_labels_that_utf8_cannot_hold(people: pl.DataFrame, pellucid: Command) -> None:
    """A model with a lone surrogate for a class predicts, as a table and as JSON."""
    from pellucid import MLPClassifier, save

    X = people.select("a", "b")
    y = [("\ud800", "x")[i % 2] for i in range(60)]
    save(MLPClassifier((2,), max_iter=5000, tol=0.1, random_state=0).fit(X, y), "m.st")
    X.write_csv("x.csv")
    ran = pellucid("predict", "m.st", "x.csv", "--proba")

    assert ran.out.startswith("prediction,probability_x,probability_\\ud800\n")
    assert json.loads(pellucid("info", "m.st", "--json").out)["classes"] == ["x", "\ud800"]
    for more in (["--json"], ["--out", "p.csv"], ["--out", "p.parquet"]):
        assert pellucid("predict", "m.st", "x.csv", "--proba", *more).code == 0


def test_python_itself_prints_nothing_that_acts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A traceback and a warning that no command turned into a sentence show what they quote."""
    monkeypatch.setattr("sys.excepthook", sys.excepthook)
    monkeypatch.setattr("warnings.formatwarning", warnings.formatwarning)
    make_python_visible()
    try:
        raise KeyError(ODD["title and clear"]) from ValueError("\x1b[2J\u202e")
    except KeyError:
        sys.excepthook(*sys.exc_info())
    said = capsys.readouterr().err
    said += warnings.formatwarning("\x1b[2J", UserWarning, "a\x1b.py", 1, "")

    assert said.count(r"\x1b[2J") >= 2
    assert_harmless(said)
