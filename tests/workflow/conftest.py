"""An empty folder that a test stands in."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test stands in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
