"""The contracts of the house can fail: each one, when what it forbids is planted in a copy of the package."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pellucid

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pellucid.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}

# What is planted: the contract that must break, the file, the lines that it gets, and the import that is reported.
PLANTED = {
    "no import from a room above": (
        "A room imports only from the rooms below it",
        "core/brief.py",
        "from pellucid.training import stopping",
        "pellucid.core.brief -> pellucid.training.stopping",
    ),
    "no private module of another room": (
        "A private module is imported in its own room only",
        "plotting/style.py",
        "from pellucid.estimators._base import BaseMLP",
        "pellucid.plotting.style -> pellucid.estimators._base",
    ),
    "not inside a function either": (
        "A private module is imported in its own room only",
        "diagnostics/rules.py",
        "def f():\n    from pellucid.tabular._base import BaseTabular",
        "pellucid.diagnostics.rules -> pellucid.tabular._base",
    ),
    "no circle of files": (
        "No circle of files within a room",
        "diagnostics/constant.py",
        "from pellucid.diagnostics import examination",
        ".examination -> .constant",
    ),
    "no library but NumPy and SciPy in the mathematics": (
        "The mathematics needs NumPy and SciPy only",
        "core/brief.py",
        "import sklearn",
        "pellucid.core.brief -> sklearn",
    ),
    "no renderer below the record of a trace": (
        "A trace: record, layout, renderers apart from each other, facade",
        "explain/words.py",
        "from pellucid.explain import html",
        "pellucid.explain.words -> pellucid.explain.html",
    ),
    "no renderer beside a renderer": (
        "A trace: record, layout, renderers apart from each other, facade",
        "explain/latex.py",
        "from pellucid.explain import html",
        "pellucid.explain.latex -> pellucid.explain.html",
    ),
    "no network in the reading of a table": (
        "A table: read, encoded, learned from, searched, streamed, compared",
        "tabular/encoding/encoder.py",
        "from pellucid.tabular.members import member",
        "pellucid.tabular.encoding.encoder -> pellucid.tabular.members.member",
    ),
    "no reader of files below the workflow": (
        "Only the workflow reads files of tables",
        "tabular/comparison.py",
        "import polars",
        "pellucid.tabular.comparison -> polars",
    ),
    "no reader of files in the command line": (
        "Only the workflow reads files of tables",
        "cli/predict.py",
        "def f():\n    import polars",
        "pellucid.cli.predict -> polars",
    ),
    "no parser of arguments in the workflow": (
        "Only the command line parses arguments",
        "workflow/input_files/opening.py",
        "import typer",
        "pellucid.workflow.input_files.opening -> typer",
    ),
    "no figure in the doctor": (
        "Only the displays draw",
        "diagnostics/rules.py",
        "def f():\n    from matplotlib import pyplot",
        "pellucid.diagnostics.rules -> matplotlib",
    ),
    "no socket in a session of the page": (
        "Only the server of the page opens sockets, only its widget is one",
        "playground/session.py",
        "import websockets",
        "pellucid.playground.session -> websockets",
    ),
    "no widget in the server": (
        "Only the server of the page opens sockets, only its widget is one",
        "playground/server.py",
        "import anywidget",
        "pellucid.playground.server -> anywidget",
    ),
    "no service in the command line": (
        "Only the service answers over HTTP",
        "cli/serve.py",
        "def f():\n    import uvicorn",
        "pellucid.cli.serve -> uvicorn",
    ),
    "no service in the page's server": (
        "Only the service answers over HTTP",
        "playground/server.py",
        "from starlette.applications import Starlette",
        "pellucid.playground.server -> starlette",
    ),
    "no console in a table of the recorder": (
        "Rich is for the console, the tables of a trace and the command line",
        "recording/measuring_vitals.py",
        "from rich.table import Table",
        "pellucid.recording.measuring_vitals -> rich",
    ),
}


def test_every_contract_has_a_violation_that_is_planted() -> None:
    assert {contract for contract, *_ in PLANTED.values()} == CONTRACTS


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what is said of each contract that a copy of the package breaks, with everything planted in it."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "pellucid", ignore=shutil.ignore_patterns("__pycache__"))
    for _, file, lines, _ in PLANTED.values():
        with (folder / "pellucid" / file).open("a", encoding="utf-8") as planted:
            planted.write(f"\n{lines}\n")
    command = [
        sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()",
        str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo",
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    found = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 1, found.stdout + found.stderr
    summary, _, details = found.stdout.partition("\nBroken contracts\n")
    names = [line.split(" BROKEN")[0] for line in summary.splitlines() if " BROKEN" in line]
    return {name: details.partition(f"\n{name}\n---")[2].partition("\n---")[0] for name in names}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_breaks_its_contract(what: str, broken: dict[str, str]) -> None:
    contract, _, _, said = PLANTED[what]

    assert f"- {said} (" in broken[contract].replace("-   ", "- ")
