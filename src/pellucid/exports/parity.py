"""Parity reports: comparison of an export with the model on the same rows before the export is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exports.program import Program
from pellucid.host.counted import counted

__all__ = ["ParityReport", "compared"]

Array = NDArray[Any]
FLOAT32 = float(np.finfo(np.float32).max)
TIE = 1e-5  # a label may differ where its probability is as close as this to the largest


@dataclass(frozen=True)
class ParityReport:
    """Comparison of an export with the model on the same rows.

    Parameters
    ----------
    target : str
        The kind of export.
    runtime : str
        The runtime; empty if none is installed and the comparison was skipped.
    n_rows : int
        The number of rows that both predicted.
    rows : {"given", "made"}
        Their origin: the user, or the summaries of columns that the model holds.
    differences : dict of str to float
        The largest difference of each output; in units of the output's largest size.
    n_labels_differ, n_ties : int
        Labels that differ, and those among them that are ties: their probability is within 1e-5 of the largest.
    tolerance : float
        The largest difference that passes.
    reasons : tuple of str
        Explanations of differences.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid import Network, export
    >>> with TemporaryDirectory() as folder:
    ...     report = export(Network([2, 3, 1], random_state=0), f"{folder}/net.py")
    >>> report.passed, report.target
    (True, 'python')
    """

    target: str
    runtime: str
    n_rows: int
    rows: str
    differences: dict[str, float]
    n_labels_differ: int
    n_ties: int
    tolerance: float
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True if it was compared, no output differs by more than the tolerance, and labels only in ties."""
        return (
            bool(self.runtime)
            and self.n_labels_differ <= self.n_ties
            and all(d <= self.tolerance for d in self.differences.values())
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values.

        Returns
        -------
        dict
            Its fields, with ``passed``.
        """
        return {**asdict(self), "passed": self.passed}

    def __str__(self) -> str:
        if not self.runtime:
            return f"{self.target}: not compared. {' '.join(self.reasons)}"
        largest = (
            ", ".join(f"{name} {value:.2g}" for name, value in self.differences.items()) or "labels only"
        )
        verdict = "agrees" if self.passed else "DIFFERS"
        rows = counted(self.n_rows, f"{self.rows} row")
        lines = [f"{self.target}: {verdict} with the model on {rows} ({self.runtime})"]
        lines += [f"  largest difference: {largest} (allowed: {self.tolerance:g})"]
        lines += [f"  labels that differ: {self.n_labels_differ}, of which ties: {self.n_ties}"]
        return "\n".join([*lines, *(f"  {reason}" for reason in self.reasons)])


def compared(
    program: Program,
    expected: Mapping[str, Array],
    found: Mapping[str, Array],
    *,
    target: str,
    runtime: str,
    rows: str,
    tolerance: float,
    reasons: tuple[str, ...] = (),
) -> ParityReport:
    """Compare the outputs of an export with those of the model.

    Parameters
    ----------
    program : Program
        The program.
    expected, found : mapping of str to ndarray
        Outputs by name, of the model and of the export.
    target, runtime, rows, tolerance, reasons
        Fields of the report.

    Returns
    -------
    ParityReport
        The report.
    """
    differences: dict[str, float] = {}
    n_rows, n_differ, n_ties = len(next(iter(expected.values()))), 0, 0
    for name, values in expected.items():
        right = np.asarray(values)
        got = _shaped(found.get(name), right.shape)
        if got is None:
            shape = "is missing" if name not in found else f"has the shape {np.shape(found[name])}"
            reasons = (*reasons, f"The output {name!r} {shape}; the model's has {right.shape}.")
        if name == "label":
            differ = np.ones(n_rows, bool) if got is None else _by_row(got != right)
            n_differ = int(differ.sum())
            n_ties = 0 if got is None else int((differ & _are_ties(program, expected, got, right)).sum())
        else:
            differences[name] = (
                np.inf if got is None else _largest(got.astype(np.float64), right.astype(np.float64))
            )
    return ParityReport(target, runtime, n_rows, rows, differences, n_differ, n_ties, tolerance, reasons)


def _shaped(values: Any, shape: tuple[int, ...]) -> Array | None:
    """Return values in a shape that differs by axes of length 1 at most, or None."""
    if values is None:
        return None
    got = np.asarray(values)
    is_alike = got.shape[:1] == shape[:1] and [n for n in got.shape[1:] if n != 1] == [
        n for n in shape[1:] if n != 1
    ]
    return got.reshape(shape) if is_alike else None


def _by_row(differ: Array) -> Array:
    return np.asarray(differ.reshape(len(differ), -1).any(axis=1))


def _largest(got: Array, right: Array) -> float:
    if not right.size:
        return 0.0
    is_beyond = (
        np.abs(right) > FLOAT32
    )  # a network in float32 may reach infinity, for example exp on made rows
    both = (
        (got == right)
        | (np.isnan(got) & np.isnan(right))
        | (is_beyond & (np.abs(got) > FLOAT32) & ((got < 0) == (right < 0)))
    )
    finite = np.abs(right[~is_beyond & ~np.isnan(right)])
    scale = float(finite.max()) if finite.size and finite.any() else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.where(both, 0.0, np.abs(got - right) / scale)
    return float(np.max(np.where(np.isnan(off), np.inf, off)))


def _are_ties(program: Program, expected: Mapping[str, Array], got: Array, right: Array) -> Array:
    """Return the rows with different labels that are as likely as those of the model, up to rounding."""
    shown = expected.get("probabilities", expected.get("decision"))
    assert shown is not None
    if program.task == "labels":
        return ~_by_row((got != right) & ~(np.abs(shown - 0.5) <= TIE))
    if shown.ndim == 1:
        return np.asarray(np.abs(shown) <= TIE)
    places = {label: place for place, label in enumerate(program.classes)}
    likely = [
        (at >= 0) & (shown.max(axis=1) - shown[np.arange(len(shown)), at] <= TIE)
        for at in (np.array([places.get(label, -1) for label in labels.tolist()]) for labels in (got, right))
    ]
    return np.asarray(likely[0] & likely[1])
