"""The commands that README, guide and help show: each of them works."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cli.conftest import folder, pellucid  # noqa: F401  fixtures
from pellucid.playground.server import PageServer

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "command-line.md",
    *sorted((ROOT / "docs" / "guide").glob("*.md")),
]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ORDER = [
    "train",
    "compare",
    "evaluate",
    "predict",
    "explain",
    "info",
    "trace",
    "logic",
    "diagnose",
    "export",
    "drift",
    "playground",
    "exercise",
    "check",
    "plan-cluster",
]


@pytest.mark.parametrize("left_out", ["compare", pytest.param("", marks=pytest.mark.slow)])
def test_every_command_that_is_shown_works(
    pellucid,  # noqa: F811
    left_out: str,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a folder with the tables that they name, the commands of the pages and of every --help succeed."""
    houses = pl.DataFrame(
        {"house_id": range(80), "area": rng.normal(size=80), "rooms": rng.integers(1, 9, 80)}
    )
    houses = houses.with_columns(price=2.0 * pl.col("area") + pl.col("rooms"))
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    monkeypatch.setattr("pellucid.playground.server.PageServer.wait", PageServer.close)
    about = {"format": "pellucid hand-in", "version": 1, "setup": {}, "answers": []}
    Path("hand-in.json").write_text(json.dumps(about), encoding="utf-8")
    Path("handed-in").mkdir()
    for name in ("answers.csv", "handed-in/ada.csv"):
        Path(name).write_text("entry,value\nstudent,Ada\n", encoding="utf-8")
    for name in ("houses.csv", "new-houses.csv", "new.csv"):
        houses.write_csv(name)
    Path("big").mkdir()
    houses.write_parquet("big/1.parquet")
    shown = [line for page in PAGES for language, block in FENCED.findall(page.read_text(encoding="utf-8"))
             if not language for line in block.splitlines()]  # fmt: skip
    shown += [line.strip() for name in ORDER for line in pellucid(name, "--help").out.splitlines()]
    commands = dict.fromkeys(line.partition(" > ")[0] for line in shown if line.startswith("pellucid "))
    assert {shlex.split(command)[1] for command in commands} == set(ORDER)

    for command in sorted(commands, key=lambda command: ORDER.index(shlex.split(command)[1])):
        words = shlex.split(command)[1:]
        if words[0] == left_out:
            continue
        if words[0] == "drift":  # which takes a model for tables; one of the pages wrote an MLP of this name
            pellucid(
                "train", "houses.csv", "--target", "price", "--epochs", "2", "--out", words[1], "--force"
            )
        quickly = words[0] == "train" and not {"--epochs", "--resume"} & set(words)
        few = {
            "compare": ["--time-budget", "0.3", "--seeds", "1"],
            "exercise": ["--force"],
            "check": ["--force"],
        }.get(words[0], [])
        ran = pellucid(*words, *(["--epochs", "2"] if quickly else few))
        assert ran.code == 0, f"{command}: {ran.err}"
