"""Start of the command: displays, the doctor and the report are loaded only where they are asked for.

The version is said without any library but Python's own.
"""

import subprocess
import sys

import pytest

import pellucid

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


@pytest.mark.parametrize(
    "words",
    [["diagnose", "--help"], *(pytest.param([w], marks=pytest.mark.slow) for w in ("--help", "--version"))],
)
@pytest.mark.slow
def test_help_loads_none_of_them(words):
    assert loaded(*words) == []


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
