"""The contracts of the house can fail: each one, when what it forbids is planted in a copy of the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pellucid.__file__).parent

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
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_breaks_its_contract(what: str, tmp_path: Path) -> None:
    contract, file, lines = PLANTED[what]
    shutil.copytree(PACKAGE, tmp_path / "pellucid", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "pellucid" / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")

    assert contract in broken(tmp_path)


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
