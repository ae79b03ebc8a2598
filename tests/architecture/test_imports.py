"""What an import does not load. Who may import whom is held by the contracts of `make check`."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("package", "banned"),
    [
        ("pellucid.core", {"matplotlib", "polars", "rich", "sklearn", "typer"}),
        ("pellucid", {"jax", "matplotlib", "polars", "typer"}),  # scikit-learn itself loads Rich.
    ],
)
def test_an_import_leaves_these_unloaded(package: str, banned: set[str]) -> None:
    program = f"import sys, {package}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout

    assert set(loaded.split()) & banned == set()
