"""The options of text files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import load

QUICK = ("--epochs", "2", "--hidden", "8", "--members", "1")


@pytest.mark.slow
def test_a_file_is_read_again_as_training_read_it(pellucid: Any, rng: np.random.Generator) -> None:
    """Separator, encoding, decimal mark, comments and the lack of names are kept with the model."""
    rows = "".join(
        f"{i}~{f'{v:.3f}'.replace('.', ',')}~{'é' if i % 2 else 'ü'}\n"
        for i, v in enumerate(rng.normal(size=60))
    )
    Path("t.csv").write_bytes(("% by hand\n" + rows).encode("cp1252"))
    words = ("--separator", "~", "--encoding", "cp1252", "--decimal", ",", "--comment", "%", "--no-header")
    ran = pellucid("train", "t.csv", "--target", "column_3", *words, *QUICK, "--json")
    assert ran.code == 0, ran.err
    again = pellucid("evaluate", ran.json["model"], "t.csv", "--held-out", "--json")

    assert [row["kind"] for row in ran.json["columns"]] == ["numeric", "numeric"]
    assert again.json["rows"] == ran.json["held_out"]["rows"]
    assert set(load(ran.json["model"]).classes_) == {"é", "ü"}
    suggested = pellucid(
        "compare", "t.csv", "--target", "column_3", *words, "--only", "linear", "--seeds", "1"
    )
    for word in ("--separator '~'", "--decimal ,", "--no-header"):
        assert word in suggested.out


@pytest.mark.parametrize("model", ["tabular", "mlp"])
def test_decimal_commas_by_option(pellucid: Any, rng: np.random.Generator, model: str) -> None:
    """With --decimal , inputs and target are numbers for either model, and so they are in a new file."""
    Path("t.csv").write_text("a;y\n" + "".join(f"{i // 7},{i % 7}5;1.{i:03d},5\n" for i in range(80)))
    ran = pellucid(
        "train", "t.csv", "--target", "y", "--decimal", ",", "--model", model, "--epochs", "2", "--json"
    )

    assert ran.code == 0, ran.err
    assert ran.json["task"] == "regression"
    assert pellucid("predict", ran.json["model"], "t.csv").code == 0
    asked = pellucid("train", "t.csv", "--target", "y", "--model", model)
    assert asked.code == 1
    assert "--decimal ," in asked.err


@pytest.mark.parametrize(
    "cell", ["${}.50", "1'{:03d}.5", *(pytest.param(c, marks=pytest.mark.slow) for c in ("{},5", "{} %"))]
)
def test_a_target_written_by_people_is_asked_about(pellucid: Any, cell: str) -> None:
    """It is no class in silence; --task regression reads it."""
    Path("t.csv").write_text("x;y\n" + "".join(f'{i};"{cell.format(i % 20)}"\n' for i in range(80)))
    asked = pellucid("train", "t.csv", "--target", "y", *QUICK)

    assert asked.code == 1
    assert "formatted numbers" in asked.err
    assert "--task regression" in asked.err
    ran = pellucid("train", "t.csv", "--target", "y", "--task", "regression", *QUICK, "--json")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("mark", "good", "task"),
    [
        ("", "ab", "classification"),
        ("NA", ["1.5", "2.25", "7.5"], "regression"),
        pytest.param("?", "ab", "classification", marks=pytest.mark.slow),
        *(
            pytest.param(mark, ["1.5", "2.25", "7.5"], "regression", marks=pytest.mark.slow)
            for mark in ("", "?")
        ),
        pytest.param("NA", "ab", "classification", marks=pytest.mark.slow),
    ],
)
def test_rows_without_a_target_are_left_out_by_option(pellucid: Any, mark: str, good: Any, task: str) -> None:
    """The error names the option; it leaves them out, counted, and the held-out rows are found again."""
    Path("t.csv").write_text(
        "x,y\n" + "".join(f"{i},{mark if i % 20 == 7 else good[i % len(good)]}\n" for i in range(80))
    )
    refused = pellucid("train", "t.csv", "--target", "y", *QUICK)
    assert refused.code == 1
    assert "--drop-missing-target" in refused.err

    ran = pellucid("train", "t.csv", "--target", "y", "--drop-missing-target", *QUICK, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["task"] == task
    assert "without a target that were left out: 4" in " ".join(ran.json["notes"])
    again = pellucid("evaluate", ran.json["model"], "t.csv", "--held-out", "--json")
    assert again.json["rows"] == ran.json["held_out"]["rows"] == 19


def test_days_and_months_by_option(pellucid: Any) -> None:
    """Doubts are noted with the option that settles them; a column of --time is never in doubt."""
    Path("t.csv").write_text("d,y\n" + "".join(f"{1 + i % 9}/{1 + i % 7}/2024,{i}.5\n" for i in range(60)))
    ran = pellucid("train", "t.csv", "--target", "y", *QUICK, "--json")
    settled = pellucid("train", "t.csv", "--target", "y", "--dates", "dmy", "--force", *QUICK, "--json")
    timed = pellucid("train", "t.csv", "--target", "y", "--time", "d", "--force", *QUICK)

    assert "--dates dmy reads it as" in " ".join(ran.json["notes"])
    assert settled.json["columns"][0]["reading"] == "dates (day/month/year)"
    assert "two ways" not in " ".join(settled.json["notes"])
    assert timed.code == 1
    assert "--dates dmy or --dates mdy" in timed.err


def test_rows_in_time_are_in_the_order_of_dates(pellucid: Any) -> None:
    """Dates that text would put in another order hold out the last days."""
    Path("t.csv").write_text(
        "d,y\n" + "".join(f"{1 + i % 12}/28/{2000 + i // 12},{i}.5\n" for i in range(48))
    )
    ran = pellucid("train", "t.csv", "--target", "y", "--time", "d", *QUICK, "--json")
    late = "d,y\n" + "".join(f"{1 + i % 12}/28/{2000 + i // 12},{i}.5\n" for i in range(36, 48))
    Path("late.csv").write_text(late)

    judged = pellucid("evaluate", ran.json["model"], "late.csv", "--json").json
    assert judged["rmse"] == pytest.approx(ran.json["held_out"]["rmse"])


def test_new_files_unlike_the_training_data_are_noted(pellucid: Any) -> None:
    """predict and evaluate say which columns; a cell that cannot be read is missing and named."""
    Path("t.csv").write_text(
        "a,b,y\n" + "".join(f'"{i % 9},{i % 7}5",{"uvw"[i % 3]},{i}.5\n' for i in range(80))
    )
    model = pellucid("train", "t.csv", "--target", "y", *QUICK, "--json").json["model"]
    Path("n.csv").write_text("a,b,y\n" + "".join(f'"{i + 900},5",X,{i}.5\n' for i in range(9)))
    Path("m.csv").write_text('a,b,y\n"1,5",u,1.5\nabc,v,2.5\n')

    for command in ("predict", "evaluate"):
        notes = " ".join(pellucid(command, model, "n.csv", "--json").json["notes"])
        assert "column 'a': all values, from 900.5" in notes
        assert "column 'b': none of its values is a category" in notes
    notes = " ".join(pellucid("predict", model, "m.csv", "--json").json["notes"])
    assert "column 'a': 1 of 2 cells cannot be read as numbers (decimal mark ','), the first 'abc'" in notes
