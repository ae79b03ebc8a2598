"""Division of the memory for rows that are read in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.tabular.parquet.parquet_source import ParquetSource

__all__ = ["Budget", "budget_of"]

NUMBER, TEXT = 24, 160  # bytes per cell read: in Arrow, in NumPy and encoded
FEWEST, MOST = 4096, 1 << 17  # rows of the sample of a column
LEAST_DISTINCT, MOST_DISTINCT = 1 << 13, 1 << 16  # values of a column that are counted
PIECES = 32  # at least, per window, so that sorted files are mixed


@dataclass(frozen=True)
class Budget:
    """Numbers of rows that memory holds at a time.

    Parameters
    ----------
    memory : int
        Bytes for rows.
    n_columns, cell_bytes : int
        The inputs, and the bytes of a row while it is read.

    Notes
    -----
    Of the memory a fifth is for the window that the engine learns from, another for the one that
    is read ahead, an eighth for the piece that is being read, and a sixth for the rows that are held out.
    Sketches of columns, a quarter, are gone before the windows come.
    """

    memory: int
    n_columns: int
    cell_bytes: int

    @property
    def piece_rows(self) -> int:
        """Rows read at a time in the first pass."""
        return max(256, self.memory // 8 // self.cell_bytes)

    @property
    def sample_rows(self) -> int:
        """Rows of the sample of each column."""
        return max(FEWEST, min(MOST, self.memory // 4 // (16 * self.n_columns)))

    @property
    def most_distinct(self) -> int:
        """Number of different values of a column that are counted."""
        return max(LEAST_DISTINCT, min(MOST_DISTINCT, self.memory // 8 // (16 * self.n_columns)))

    def window_rows(self, row_bytes: int) -> int:
        """Rows of a window, for encoded rows of the given number of bytes."""
        return max(2048, self.memory // 5 // row_bytes)

    def held_out_rows(self, n_folds: int) -> int:
        """Rows that each of several folds may hold out."""
        return max(512, self.memory // 6 // self.cell_bytes // max(1, n_folds))

    def holds_all(self, n_rows: int, n_members: int) -> bool:
        """Return whether all rows fit, with those that each member learns from."""
        return n_rows * self.cell_bytes * (2 + n_members) <= self.memory


def budget_of(source: ParquetSource) -> Budget:
    """Return the division of the memory of a source.

    Parameters
    ----------
    source : ParquetSource
        The rows.

    Returns
    -------
    Budget
        It depends on the source's memory and columns alone, so that a training goes on with the same windows.
    """
    kinds: list[Any] = [str(source.schema.field(name).type) for name in (*source.columns, *source.targets)]
    cell_bytes = sum(
        TEXT if "string" in kind or "date" in kind or "time" in kind else NUMBER for kind in kinds
    )
    return Budget(source.row_memory, len(source.columns), cell_bytes)
