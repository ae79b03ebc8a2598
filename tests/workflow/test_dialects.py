"""Text files in every dialect, with columns of every kind: the rows and values that their writers meant."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid.tabular.encoding.fitting import read_columns
from pellucid.tabular.reading.columns import LABELED
from pellucid.tabular.reading.identity import category_of
from pellucid.tabular.reading.table import read_table as as_table
from pellucid.workflow.input_files.csvs import read_csv
from pellucid.workflow.input_files.dataset import read_table
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.kinds import KnownColumns, read_kinds
from workflow.dialects import HEADER, KINDS, N_ROWS, WAYS, Kind, Way, written

PAIRS = [(way, kind) for way in WAYS for kind in KINDS]
EPOCH = dt.datetime(1970, 1, 1)


def _number(value: Any) -> float:
    """Return a value as an encoder has it: days, seconds, numbers."""
    if isinstance(value, dt.datetime):
        value = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return (value - EPOCH) / dt.timedelta(days=1)
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days
    return value.total_seconds() if isinstance(value, dt.timedelta) else value


def _check(way: Way, kind: Kind, path: Path) -> None:
    try:
        data = written(way, kind)
    except UnicodeEncodeError:
        return
    path.write_bytes(data)
    dialect = Dialect(**way.options)
    text, _ = read_csv(str(path), data, dialect)
    theirs = pd.read_csv(BytesIO(data), dtype=str, keep_default_na=False, **way.pandas)
    assert text.height == len(theirs) == N_ROWS
    ours = text.fill_null("").to_numpy()
    assert (ours == theirs.fillna("").to_numpy()).all()

    table = read_table(str(path), dialect=dialect)
    frame = read_kinds(table, table.frame.columns, KnownColumns({}))
    assert frame.columns == (HEADER if way.header else ["column_1", "column_2", "column_3"])
    read = {column.position: column for column in read_columns(as_table(frame), set())}[1]
    assert not read.in_doubt
    known = np.arange(N_ROWS) % 8 != 5
    meant = [kind.value(i) for i in np.flatnonzero(known).tolist()]
    assert (read.values.missing() == ~known).all()
    if isinstance(meant[0], bool | str):
        assert read.values.kind in LABELED
        assert [read.values.names[code] for code in read.values.codes[known]] == list(map(category_of, meant))
    else:
        assert read.values.numbers is not None
        np.testing.assert_allclose(
            read.values.numbers[known], list(map(_number, meant)), rtol=1e-12, atol=1e-9
        )


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_dialect(way: Way, tmp_path: Path) -> None:
    """A few kinds of columns are read as pandas reads their text, and as they were meant."""
    start = WAYS.index(way)
    for kind in KINDS[start % 4 :: 8]:
        _check(way, kind, tmp_path / "t.csv")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_column(kind: Kind, tmp_path: Path) -> None:
    """Commas and semicolons change no value."""
    for way in WAYS[:2]:
        _check(way, kind, tmp_path / "t.csv")


@pytest.mark.slow
@pytest.mark.parametrize(("way", "kind"), PAIRS, ids=lambda part: part.name)
def test_every_pair(way: Way, kind: Kind, tmp_path: Path) -> None:
    """Each dialect with each kind of column."""
    _check(way, kind, tmp_path / "t.csv")
