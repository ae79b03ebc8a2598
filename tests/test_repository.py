"""Committed files are sources that work on any machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INDEX = r"https?://\S*(?:pypi|pythonhosted|anaconda|npmjs|debian)\.|--(?:extra-)?index-url"
MACHINE_PATH = r"(?<![\w.])/(?:work|root|home|Users)/\w|file:/{3}"
TOP = {  # what the repository's root holds; a new file there gets its name here
    *(".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md"),
    *("benchmarks", "constraints.txt", "docs", "page", "pyproject.toml", "src", "tests"),
}
FORBIDDEN = re.compile(f"{INDEX}|{MACHINE_PATH}")


def committed_files() -> list[Path]:
    """Return the files that git knows of."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name]


def test_no_committed_file_names_an_index_or_a_machine_path() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in committed_files()
        if path.is_file()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]

    assert found == []


def test_no_committed_file_is_a_product() -> None:
    """A file that a command writes into the current folder (a picture, an export, a program) is not a source."""
    paths = [path for path in committed_files() if path.is_file()]

    assert {path.relative_to(ROOT).parts[0] for path in paths} <= TOP
    assert [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if path.relative_to(ROOT).parts[0] not in {"docs", "tests"} and b"\0" in path.read_bytes()[:8192]
    ] == []
