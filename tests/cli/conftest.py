"""An empty folder, small tables in it, and the command itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from terminal import invoke

SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "3")


@dataclass
class Ran:
    """Output of a command, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test stands in, before a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def pellucid(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command with some words; an exception that it did not turn into a sentence comes through."""
    monkeypatch.setattr("sys.argv", ["pellucid"])  # however pytest itself was called

    def run(*words: object) -> Ran:
        result = invoke(*words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def people(rng: np.random.Generator, folder: Path) -> pl.DataFrame:
    """Sixty rows in people.csv: an id, two inputs, a weight, a class in words, and a number."""
    a, b = rng.normal(size=(2, 60))
    frame = pl.DataFrame(
        {
            "key": [f"{i:03d}" for i in range(60)],
            "a": a,
            "b": b,
            "w": rng.integers(0, 3, 60),
            "kind": np.where(a + b > 0, "ja", "nein").tolist(),
            "price": 2 * a - b,
        }
    )
    frame.write_csv("people.csv")
    return frame


@pytest.fixture(scope="session")
def kept() -> dict[tuple[object, ...], bytes]:
    """Model files of this session, by the words of the command that trained them."""
    return {}


@pytest.fixture
def trained(pellucid: Command, kept: dict[tuple[object, ...], bytes]) -> Callable[..., Path]:
    """Train with some words, of which --out FILE are the last; what was trained before is only written again.

    It is for tables that are the same in every test.
    """

    def train(*words: object) -> Path:
        path = Path(str(words[-1]))
        if words in kept:
            path.write_bytes(kept[words])
        else:
            ran = pellucid("train", *words)
            assert ran.code == 0, ran.err
            kept[words] = path.read_bytes()
        return path

    return train


@pytest.fixture
def classifier(people: pl.DataFrame, trained: Callable[..., Path]) -> Path:
    """A model of people.csv's classes, with the id and the weights."""
    words = ("--target", "kind", "--id", "key", "--weight", "w", "--drop", "price")
    return trained("people.csv", *words, *SMALL, "--out", "kind.model")


@pytest.fixture
def regressor(people: pl.DataFrame, trained: Callable[..., Path]) -> Path:
    """A model of people.csv's numbers."""
    words = ("--target", "price", "--id", "key", "--drop", "kind", "--drop", "w")
    return trained("people.csv", *words, *SMALL, "--out", "price.model")
