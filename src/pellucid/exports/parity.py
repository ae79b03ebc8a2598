"""Parity reports: an export predicts the same rows as the model, and what differs is counted before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exports.program import Program

__all__ = ["ParityReport", "compared"]

Array = NDArray[Any]
TIE = 1e-5  # a label may differ where the two largest probabilities are as close as this


@dataclass(frozen=True)
class ParityReport:
    """Comparison of an export with the model on the same rows.

    Parameters
    ----------
    target : str
        The kind of export.
    runtime : str
        The runtime; empty if nothing that could is installed, and the comparison was left out.
    n_rows : int
        The rows that both predicted.
    rows : {"given", "made"}
        Their origin: the user, or the summaries of columns that the model holds.
    differences : dict of str to float
        The largest difference of each output; in units of the output's largest size.
    n_labels_differ, n_ties : int
        Labels that differ, and those of them that are ties: the two largest probabilities are within 1e-5.
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
        """True if no output differs by more than the tolerance, and labels only in ties."""
        return self.n_labels_differ <= self.n_ties and all(
            d <= self.tolerance for d in self.differences.values()
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
        lines = [
            f"{self.target}: {verdict} with the model on {self.n_rows:,} {self.rows} rows ({self.runtime})"
        ]
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
        Of the report.

    Returns
    -------
    ParityReport
        The report.
    """
    differences, n_differ, n_ties = {}, 0, 0
    for name, right in expected.items():
        got, right = np.asarray(found[name]), np.asarray(right)
        if name == "label":
            differ = (got.reshape(right.shape) != right).reshape(len(right), -1).any(axis=1)
            n_differ, n_ties = int(differ.sum()), int((differ & _near_a_tie(program, expected)).sum())
            continue
        differences[name] = _largest(got.reshape(right.shape).astype(np.float64), right.astype(np.float64))
    n_rows = len(next(iter(expected.values())))
    return ParityReport(target, runtime, n_rows, rows, differences, n_differ, n_ties, tolerance, reasons)


def _largest(got: Array, right: Array) -> float:
    if not right.size:
        return 0.0
    both = (got == right) | (np.isnan(got) & np.isnan(right))
    finite = np.abs(right[np.isfinite(right)])
    scale = float(finite.max()) if finite.size and finite.any() else 1.0
    off = np.where(both, 0.0, np.abs(got - right) / scale)
    return float(np.max(np.nan_to_num(off, nan=np.inf)))


def _near_a_tie(program: Program, expected: Mapping[str, Array]) -> Array:
    shown = expected.get("probabilities", expected.get("decision"))
    assert shown is not None
    if program.task == "labels":
        return np.asarray((np.abs(shown - 0.5) <= TIE).any(axis=1))
    if shown.ndim == 1:
        return np.asarray(np.abs(shown) <= TIE)
    best = np.sort(shown, axis=1)
    return np.asarray(best[:, -1] - best[:, -2] <= TIE)
