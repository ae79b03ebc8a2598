"""Modules that an import leaves unloaded. The contracts of `make check` hold who may import whom."""

import subprocess
import sys

import pytest

ELSEWHERE = {"jax", "llvmlite", "matplotlib", "numba", "polars", "typer"}
ESTIMATORS = "from pellucid import *; import pellucid.plotting; MLPClassifier(engine='compiled')"


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("import pellucid.core", ELSEWHERE | {"rich", "sklearn"}),
        ("import pellucid", ELSEWHERE | {"rich", "sklearn"}),
        # Estimators need scikit-learn, which loads Rich. A fit loads Numba, a drawing matplotlib.
        (ESTIMATORS, ELSEWHERE),
    ],
)
def test_an_import_leaves_these_unloaded(statement: str, banned: set[str]) -> None:
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)

    assert set(loaded.stdout.split()) & banned == set()
