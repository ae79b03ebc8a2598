"""Modules that an import leaves unloaded. The contracts of `make check` hold who may import whom."""

import json
import subprocess
import sys

import pytest

ELSEWHERE = {"jax", "llvmlite", "matplotlib", "numba", "polars", "typer"}
ESTIMATORS = "from pellucid import *; import pellucid.plotting; MLPClassifier(engine='compiled')"
# One after the other, in one process.
BANNED = {
    "import pellucid.core": ELSEWHERE | {"rich", "sklearn"},
    "import pellucid": ELSEWHERE | {"rich", "sklearn"},
    # Estimators need scikit-learn, which loads Rich. A fit loads Numba, a drawing matplotlib.
    ESTIMATORS: ELSEWHERE,
    # A command loads a report or a drawing where it is asked for one; cli/test_start.py runs some.
    "from pellucid.cli.app import app": {"matplotlib", "numba", "pellucid.report"},
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """Return the modules that there are after each of the statements."""
    lines = ["import json, sys", "loaded = {}"]
    for statement in BANNED:
        lines += [statement, f"loaded[{statement!r}] = list(sys.modules)"]
    program = "\n".join([*lines, "print(json.dumps(loaded))"])
    said = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[str]] = json.loads(said.stdout)
    return found


@pytest.mark.parametrize("statement", BANNED)
def test_an_import_leaves_these_unloaded(statement: str, loaded: dict[str, list[str]]) -> None:
    assert "pellucid" in loaded[statement]
    assert set(loaded[statement]) & BANNED[statement] == set()
