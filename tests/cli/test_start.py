"""Start of the command: what a request for help or for the version does not need is not loaded.

Displays, the doctor and the report are loaded only where they are asked for.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from click.testing import CliRunner

import pellucid
from pellucid.cli.help_pages import help_app, read_pages
from terminal import invoke

LATE = ("matplotlib", "pellucid.diagnostics", "pellucid.plotting", "pellucid.report")
CODE = """
import sys
from pellucid.cli.app import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("LOADED", code, *sys.modules, file=sys.stderr)
"""


def loaded(*words: object) -> list[str]:
    """Return which of the late modules a command has loaded."""
    command = [sys.executable, "-c", CODE, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, *modules = done.stderr.rpartition("LOADED ")[2].split()
    assert code == "0", done.stderr
    return [name for name in LATE if name in modules]


RECORDER = Path(__file__).parents[2] / ".ci" / "record_help.py"
PAGES = [["--help"], *([name, "--help"] for name in read_pages())]
HELP = """
import sys
from pellucid.cli import main
for name in ["", *sys.argv[1:]]:
    sys.argv = ["pellucid", *name.split(), "--help"]
    try:
        main()
    except SystemExit as end:
        assert not end.code
print("LOADED", *sys.modules)
"""
HEAVY = {"jax", "matplotlib", "narwhals", "numba", "numpy", "pandas", "polars", "scipy", "sklearn"}


def test_help_loads_no_library_of_numbers():
    """A process that shows the page of every command has imported none of them."""
    command = [sys.executable, "-c", HELP, *read_pages()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown, _, loaded_modules = done.stdout.rpartition("LOADED ")
    modules = set(loaded_modules.split())

    assert shown.count("Usage: ") == len(PAGES)
    assert "typer" in modules
    assert modules & HEAVY == set()


def test_the_recorded_options_are_those_of_the_commands():
    recorder = runpy.run_path(str(RECORDER))
    recorded = recorder["FILE"].read_text("utf-8")

    assert recorded == recorder["pages"](), "The options have changed: run `make help-pages`."


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_a_recorded_page_is_that_of_the_command(words):
    recorded = CliRunner().invoke(typer.main.get_command(help_app(words)), words)

    assert recorded.exit_code == 0
    assert recorded.output == invoke(*words).output


@pytest.mark.parametrize(
    "words", [["trian", "--help"], ["train", "data.csv", "--help"], ["train", "data.csv"], ["--version"]]
)
def test_other_words_are_for_the_commands_themselves(words):
    assert help_app(words) is None


@pytest.mark.parametrize("words", [["train", "data.csv", "--help"], ["train", "data.csv"], ["--version"]])
def test_commands_need_no_recorded_pages(words, monkeypatch):
    monkeypatch.delattr("pellucid.cli.help_pages.read_pages")

    assert help_app(words) is None


@pytest.mark.slow
def test_predicting_loads_none_of_them(classifier, people):
    assert loaded("predict", classifier, "people.csv") == []
    assert loaded("evaluate", classifier, "people.csv") == []


@pytest.mark.slow
def test_diagnosing_loads_the_doctor(classifier, people):
    assert "pellucid.diagnostics" in loaded("diagnose", classifier, "people.csv")


@pytest.mark.parametrize("module", ["pellucid", "pellucid.cli"])
def test_the_version_loads_nothing(module):
    """``python -m`` is the command, and --version answers before anything heavy is imported."""
    command = [sys.executable, "-X", "importtime", "-m", module, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    roots = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}

    assert done.stdout == f"pellucid {pellucid.__version__}\n"
    assert "pellucid" in roots
    assert not roots & {"numpy", "scipy", "sklearn", "numba", "polars", "pandas", "typer", "rich", "narwhals"}
