"""History of a training: one row of numbers per epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, overload

__all__ = ["QUANTITIES", "HistoryView", "Row", "history_row"]

Row = dict[str, Any]
QUANTITIES = (
    "epoch", "loss", "penalty", "objective", "validation_loss", "validation_score", "learning_rate",
    "gradient_norm", "seconds",
)  # fmt: skip


def history_row(
    epoch: int,
    *,
    loss: float,
    penalty: float,
    objective: float,
    validation: tuple[float | None, float | None],
    learning_rate: float | None,
    gradient_norm: float,
    seconds: float,
) -> Row:
    """Return the row of an epoch, under the names of :data:`QUANTITIES`.

    Parameters
    ----------
    epoch : int
        Its number since the cold start, from 1.
    loss, penalty, objective : float
        Of the training rows.
    validation : (float or None, float or None)
        The validation loss and the validation score.
    learning_rate : float or None
        The rate of its last step; None for a method without one.
    gradient_norm : float
        The length of the gradient.
    seconds : float
        The duration in seconds.

    Returns
    -------
    dict
        The row.
    """
    values = (epoch, loss, penalty, objective, *validation, learning_rate, gradient_norm, seconds)
    return dict(zip(QUANTITIES, values, strict=True))


class HistoryView(Sequence[Row]):
    """The rows that a list holds now, without a copy, while it continues to grow.

    Parameters
    ----------
    rows : list of dict
        The list; rows are appended to it and none of these is removed.
    """

    def __init__(self, rows: list[Row]) -> None:
        self._rows, self._n = rows, len(rows)

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Row]:
        return islice(self._rows, self._n)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self._rows[i] for i in range(*place.indices(self._n))]
        return self._rows[range(self._n)[place]]
