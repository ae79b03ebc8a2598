"""Reading of Parquet files in parts: the rows of a piece, in memory that row groups do not determine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")
import pyarrow as pa
import pyarrow.parquet as pq

from pellucid.tabular import ParquetSource
from pellucid.tabular.parquet.parquet_files import footer, pieces_of, read_rows_of

POOL = pa.proxy_memory_pool(pa.default_memory_pool())  # outlives what is allocated in it


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """Return a file with one row group of 64 columns, 16 MB."""
    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=32_000) for i in range(64)}
    pq.write_table(pa.table(columns).replace_schema_metadata({"about": "rows"}), tmp_path / "1.parquet")
    return tmp_path / "1.parquet"


def test_columns_that_are_read_a_few_at_a_time_are_those_of_the_file(wide: Path) -> None:
    names = [f"x{i}" for i in range(63, -1, -1)]
    for piece in pieces_of(str(wide), footer(str(wide))[1], 0, 20_000):
        assert read_rows_of(piece, names).equals(
            pq.read_table(wide, columns=names).select(names).slice(piece.start, piece.n_rows),
            check_metadata=True,
        )


def test_the_memory_for_a_piece_is_that_of_its_rows_and_not_of_its_row_group(wide: Path) -> None:
    usual = pa.default_memory_pool()
    piece = pieces_of(str(wide), footer(str(wide))[1], 0, 500)[3]
    pa.set_memory_pool(POOL)
    try:
        read_rows_of(piece, [f"x{i}" for i in range(64)])
    finally:
        pa.set_memory_pool(usual)
    assert POOL.max_memory() < 12e6  # all columns at a time: 17 MB


def test_a_source_with_other_memory_for_rows_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version whose libraries take another part of the memory must not continue a training."""
    pq.write_table(pa.table({"a": [1.0, 2.0], "y": [0.0, 1.0]}), tmp_path / "1.parquet")
    source = ParquetSource(tmp_path, "y", memory="600MB")
    before = source.digest
    monkeypatch.setattr("pellucid.tabular.parquet.parquet_source.LIBRARIES", 10**6)
    assert source.digest != before
