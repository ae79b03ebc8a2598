"""Tables in damaged, packed, foreign and hostile files: a sentence, in bounded memory, whatever they hold."""

import datetime
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.exceptions import DataError
from pellucid.workflow.input_files import opening
from pellucid.workflow.input_files.dataset import read_table
from pellucid.workflow.origin import Origin
from pellucid.workflow.table_columns import numbers, plain

DAMAGED = Path(__file__).parent / "damaged"
N = 30
ROWS = "".join(f"{i},{i % 7}.5,u\n" for i in range(N))
TEXT = f"a,b,y\n{ROWS}".encode()


def reads(path: Path) -> pl.DataFrame:
    """Return the table of a file."""
    return read_table(str(path)).frame


# ---- Parquet ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["panic.parquet", "abort.parquet"])
def test_a_file_that_polars_cannot_survive(name: str) -> None:
    """Damage at which Polars panics, or ends its process, is an error that names the file."""
    with pytest.raises(DataError, match=rf"{name} cannot be read as a Parquet file: it is damaged"):
        reads(DAMAGED / name)


@pytest.mark.slow
def test_a_file_that_takes_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unfolds to more memory than its size allows is refused, and the error says how much."""
    pytest.importorskip("resource", reason="memory cannot be limited here")
    pl.DataFrame({"a": pl.repeat(0, 60_000_000, eager=True)}).write_parquet(tmp_path / "bomb.parquet")
    pl.DataFrame({"a": range(N)}).write_parquet(tmp_path / "small.parquet")
    monkeypatch.setattr(opening, "TRIAL_MEMORY", 1000 << 20)

    with pytest.raises(DataError, match=r"bomb\.parquet .*takes more than 1\.1 GB of memory"):
        reads(tmp_path / "bomb.parquet")
    assert reads(tmp_path / "small.parquet").height == N


def test_the_trial_leaves_the_file_at_its_beginning(tmp_path: Path) -> None:
    """A whole file, packed or not, has all its rows."""
    frame = pl.DataFrame({"a": range(N), "b": ["x", None, "z"] * (N // 3)})
    frame.write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.parquet.gz").write_bytes(gzip.compress((tmp_path / "t.parquet").read_bytes()))

    assert reads(tmp_path / "t.parquet").equals(frame)
    assert reads(tmp_path / "t.parquet.gz").equals(frame)


def test_without_a_python_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen program, which has no interpreter to start, still turns a panic into an error."""
    monkeypatch.setattr(opening.sys, "frozen", True, raising=False)

    with pytest.raises(DataError, match=r"panic\.parquet cannot be read"):
        reads(DAMAGED / "panic.parquet")


@pytest.mark.slow
def test_damage_anywhere(tmp_path: Path, rng: np.random.Generator) -> None:
    """A Parquet file with any byte altered is read or refused in a sentence, and this process goes on."""
    frame = pl.DataFrame({"a": rng.normal(size=50), "b": rng.integers(9, size=50), "c": ["u", "vw"] * 25})
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    whole = path.read_bytes()
    n_refused = 0
    for place in rng.integers(len(whole), size=60):
        altered = bytearray(whole)
        altered[place] ^= int(rng.integers(1, 256))
        path.write_bytes(altered)
        try:
            reads(path)
        except DataError as error:
            assert "t.parquet" in str(error)  # noqa: PT017
            n_refused += 1
    assert n_refused > 10


NESTED: dict[str, Any] = {
    "list": pl.Series([[1, 2]] * N),
    "array": pl.Series([[1, 2]] * N, dtype=pl.Array(pl.Int64, 2)),
    "struct": pl.Series([{"a": 1}] * N),
    "binary": pl.Series([b"\xff\0"] * N),
}


@pytest.mark.parametrize("kind", NESTED)
def test_columns_that_no_model_takes(tmp_path: Path, kind: str) -> None:
    """A column of lists, records or bytes is refused by name in every role, and is no matter where it has none."""
    pl.DataFrame({"odd": NESTED[kind], "x": range(N), "y": range(N)}).write_parquet(tmp_path / "t.parquet")
    table = read_table(str(tmp_path / "t.parquet"))
    roles: dict[str, Any] = {"target": "y", "weight": None, "identifier": None, "dropped": []}

    for changed in ({}, {"target": "odd"}, {"weight": "odd"}, {"group": "odd"}, {"time": "odd"}):
        for model in ("mlp", "tabular"):
            asked = Origin(
                "t", task="regression", test_fraction=0.0, seed=0, model=model, **(roles | changed)
            )
            with pytest.raises(DataError, match=r"Column 'odd' .* holds values of type .*drop=\['odd'\]"):
                asked.examples(table)
    with pytest.raises(DataError, match="Column 'odd'"):
        plain(table, "odd")
    kept = Origin("t", task="regression", test_fraction=0.0, seed=0, **(roles | {"dropped": ["odd"]}))
    assert kept.examples(table).inputs.columns == ["x"]


NARROWED: dict[str, tuple[pl.Series, Any]] = {
    "128-bit integers": (pl.Series([3, None, 5], dtype=pl.Int128), [3, None, 5]),
    "unsigned ones": (pl.Series([3, None, 5], dtype=pl.UInt128), [3, None, 5]),
    "integers beyond 64 bits": (pl.Series([2**70, None, 5], dtype=pl.Int128), [2.0**70, None, 5.0]),
    "decimals": (pl.Series([Decimal("1.25"), None, Decimal("3.5")]), [1.25, None, 3.5]),
}


@pytest.mark.parametrize("kind", NARROWED)
def test_wide_numbers(tmp_path: Path, kind: str) -> None:
    """Decimals and integers of 128 bits are read as numbers that everything else understands."""
    given, expected = NARROWED[kind]
    pl.DataFrame({"a": given}).write_parquet(tmp_path / "t.parquet")

    found = reads(tmp_path / "t.parquet")["a"]

    assert found.to_list() == expected
    assert found.dtype in (pl.Int64, pl.Float64)


def test_durations(tmp_path: Path) -> None:
    """Durations are inputs for a table model, told apart by its fingerprint, and no target."""
    held = [datetime.timedelta(hours=i % 9) for i in range(N)]
    pl.DataFrame({"d": held, "y": range(N)}).write_parquet(tmp_path / "t.parquet")
    table = read_table(str(tmp_path / "t.parquet"))
    roles: dict[str, Any] = {
        "weight": None,
        "identifier": None,
        "dropped": [],
        "test_fraction": 0.0,
        "seed": 0,
    }
    asked = Origin("t", target="y", task="regression", model="tabular", **roles)

    examples = asked.examples(table)
    assert examples.inputs["d"].to_list() == held
    assert examples.fingerprint != examples[np.arange(N)[::-1]].fingerprint
    with pytest.raises(DataError, match="'d' holds durations"):
        Origin("t", target="d", task="classification", **roles).examples(table)
    with pytest.raises(DataError, match="Duration"):
        numbers(table, ["d"])


# ---- packed files -------------------------------------------------------------------------------------------


def test_a_packed_file_that_fills_the_memory(tmp_path: Path) -> None:
    """A file that unpacks to much more than it has is refused before it is held, and the error says what to do."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a,b\n" + b"1,2\n" * (1 << 25))

    with pytest.raises(DataError, match=r"decompresses to more than .* MB.*gunzip --keep bomb.csv.gz"):
        reads(path)


def test_a_large_ordinary_packed_file(tmp_path: Path, rng: np.random.Generator) -> None:
    """The limit is far from what tables shrink to."""
    text = b"a,b\n" + b"".join(b"%d,%d\n" % tuple(pair) for pair in rng.integers(2, size=(1000, 2)))
    packed = gzip.compress(text)

    assert 3 * len(text) / len(packed) < opening.MOST_TIMES


def test_packed_in_several_parts(tmp_path: Path) -> None:
    """Members one after the other are one text, as gunzip has it."""
    middle = TEXT.index(b"\n5,")
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(TEXT[:middle]) + gzip.compress(TEXT[middle:]))

    assert reads(path).height == N


PACKED_BADLY = {
    "cut": gzip.compress(TEXT)[:-12],
    "cut in its header": gzip.compress(TEXT)[:5],
    "altered": gzip.compress(TEXT)[:30] + b"\xff" * 20 + gzip.compress(TEXT)[50:],
    "plain": TEXT,
    "followed by something else": gzip.compress(TEXT) + b"more",
    "with a wrong sum": gzip.compress(TEXT)[:-8] + b"\0" * 8,
}


@pytest.mark.parametrize("case", PACKED_BADLY)
def test_packed_badly(tmp_path: Path, case: str) -> None:
    """A file that is not one whole gzip file is refused, and nothing of it is taken for the table."""
    (tmp_path / "t.csv.gz").write_bytes(PACKED_BADLY[case])

    with pytest.raises(DataError, match="not a complete gzip file"):
        reads(tmp_path / "t.csv.gz")


def test_packed_twice(tmp_path: Path) -> None:
    """One packing is taken off; what is packed under it is named."""
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(gzip.compress(TEXT)))

    with pytest.raises(DataError, match="not a text file: it is compressed with gzip"):
        reads(tmp_path / "t.csv.gz")


@pytest.mark.parametrize("magic", opening.FOREIGN)
def test_another_kind_of_file_under_the_name_of_a_text(tmp_path: Path, magic: bytes) -> None:
    """The error says what a file is that is not the text its name announces."""
    (tmp_path / "t.csv").write_bytes(magic + b"\0\1\2")

    with pytest.raises(DataError, match=r"t\.csv is not a text file: it is "):
        reads(tmp_path / "t.csv")


def test_the_trial_says_what_polars_says(tmp_path: Path) -> None:
    """Text under the name of a Parquet file gets Polars' own sentence."""
    (tmp_path / "t.parquet").write_bytes(TEXT)

    with pytest.raises(DataError, match=r"cannot be read as a Parquet file: .*PAR1"):
        reads(tmp_path / "t.parquet")
