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

# What is planted: the contract that must break, the file, and the lines that it gets.
PLANTED = {
    "no import from a room above": (
        "A room imports only from the rooms below it",
        "core/brief.py",
        "from pellucid.training import stopping",
    ),
    "no private module of another room": (
        "A private module is imported in its own room only",
        "plotting/style.py",
        "from pellucid.estimators._base import BaseMLP",
    ),
    "not inside a function either": (
        "A private module is imported in its own room only",
        "diagnostics/rules.py",
        "def f():\n    from pellucid.tabular._base import BaseTabular",
    ),
    "no circle of files": (
        "No circle of files within a room",
        "diagnostics/constant.py",
        "from pellucid.diagnostics import examination",
    ),
    "no library but NumPy and SciPy in the mathematics": (
        "The mathematics needs NumPy and SciPy only",
        "core/brief.py",
        "import sklearn",
    ),
    "no renderer below the record of a trace": (
        "A trace: record, layout, renderers apart from each other, facade",
        "explain/words.py",
        "from pellucid.explain import html",
    ),
    "no renderer beside a renderer": (
        "A trace: record, layout, renderers apart from each other, facade",
        "explain/latex.py",
        "from pellucid.explain import html",
    ),
    "no reader of files below the workflow": (
        "Only the workflow reads files of tables",
        "tabular/comparison.py",
        "import polars",
    ),
    "no reader of files in the command line": (
        "Only the workflow reads files of tables",
        "cli/predict.py",
        "def f():\n    import polars",
    ),
    "no parser of arguments in the workflow": (
        "Only the command line parses arguments",
        "workflow/opening.py",
        "import typer",
    ),
    "no figure in the doctor": (
        "Only the displays draw",
        "diagnostics/rules.py",
        "def f():\n    from matplotlib import pyplot",
    ),
    "no socket in a session of the page": (
        "Only the server of the page opens sockets, only its widget is one",
        "playground/session.py",
        "import websockets",
    ),
    "no widget in the server": (
        "Only the server of the page opens sockets, only its widget is one",
        "playground/server.py",
        "import anywidget",
    ),
    "no service in the command line": (
        "Only the service answers over HTTP",
        "cli/serve.py",
        "def f():\n    import uvicorn",
    ),
    "no service in the page's server": (
        "Only the service answers over HTTP",
        "playground/server.py",
        "from starlette.applications import Starlette",
    ),
    "no console in a table of the recorder": (
        "Rich is for the console, the tables of a trace and the command line",
        "recording/measuring_vitals.py",
        "from rich.table import Table",
    ),
}


def test_every_contract_has_a_violation_that_is_planted() -> None:
    assert {contract for contract, _, _ in PLANTED.values()} == CONTRACTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "pellucid", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_breaks_its_contract(what: str, folder: Path) -> None:
    contract, file, lines = PLANTED[what]
    path = folder / "pellucid" / file
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{lines}\n", encoding="utf-8")
    try:
        assert contract in broken(folder)
    finally:
        path.write_text(text, encoding="utf-8")


def broken(folder: Path) -> list[str]:
    """Return the names of the contracts that the package in a folder breaks."""
    command = [
        sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()",
        str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo",
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    found = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 1, found.stdout + found.stderr
    return [line.split(" BROKEN")[0] for line in found.stdout.splitlines() if " BROKEN" in line]
