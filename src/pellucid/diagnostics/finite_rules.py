"""The rule on numbers that are none: NaN and infinity in the data, the parameters, or the signals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.core import Network, forward
from pellucid.core.inputs import StandardizedSparse
from pellucid.diagnostics.examination import Examination, not_finite, numbered, places
from pellucid.diagnostics.finding import Symptom
from pellucid.host.counted import agreeing, counted

__all__ = ["numbers_not_finite"]


def numbers_not_finite(examination: Examination) -> Iterator[Symptom]:
    """Yield where the data, the parameters, or else the signals are not finite."""
    for name, bad in examination.bad.items():
        if bad:
            yield in_data(examination, name, bad)
    network = examination.own
    broken = [k for k in range(network.n_blocks) if not np.isfinite(network.matrices[k]).all()]
    if broken:
        yield in_parameters(examination, network, broken)
    elif len(examination.rows):
        yield from in_signals(examination, network)


def in_data(examination: Examination, name: str, bad: list[tuple[int, int]]) -> Symptom:
    """Return the symptom of entries of the data that are not finite."""
    rows, columns = sorted({row for row, _ in bad}), sorted({column for _, column in bad})
    row, column = bad[0]
    place = examination.column(column) if name == "X" else f"column {column}"
    n_rows = examination.raw.shape[0]
    return Symptom(
        1.0,
        {
            "in": name,
            "rows": rows,
            "columns": columns,
            "names": [examination.feature_names[j] for j in columns]
            if name == "X" and examination.feature_names
            else [],
        },
        {"entries": len(bad), "rows": len(rows), "share of rows": len(rows) / n_rows},
        f"{name} is NaN or infinite in row {row}, {place}"
        + (f", and {counted(len(bad) - 1, 'more time')} ({numbered(rows, 'row')})." if len(bad) > 1 else "."),
        "One such number makes the loss and every gradient of its batch NaN, and, with the next step, every "
        "weight.",
        "Leave these rows out, or impute the missing values, for example with sklearn.impute.SimpleImputer."
        if name == "X"
        else "Leave these rows out.",
    )


def in_parameters(examination: Examination, network: Network, broken: list[int]) -> Symptom:
    """Return the symptom of weights or biases that are not finite."""
    k = broken[0]
    at = np.argwhere(~np.isfinite(network.matrices[k]))
    row, unit = (int(i) for i in at[0])
    entry = f"the bias of unit {unit}" if row == 0 else f"the weight from input {row - 1} to unit {unit}"
    return Symptom(
        1.0,
        {
            "in": "parameters",
            "layer": k,
            "layers": broken,
            "units": sorted({int(unit) for _, unit in at}),
            "inputs": sorted({int(row) - 1 for row, _ in at if row > 0}),
        },
        {"entries": len(at)},
        f"{counted(len(at), 'parameter')} of {examination.layer(k)} {agreeing(len(at))} not finite, first "
        f"{entry}.",
        "Training diverged, or the weights were already damaged: every output that depends on them is NaN.",
        "Train again with a smaller learning rate, standardized inputs and gradient clipping.",
        {"standardize": True, "max_grad_norm": 1.0},
    )


def in_signals(examination: Examination, network: Network) -> Iterator[Symptom]:
    """Yield the first block whose signals overflow though data and parameters are finite."""
    with np.errstate(all="ignore"):
        passed = forward(network, cast(examination.X, network.dtype))
    for k, (z, a) in enumerate(zip(passed.zs, passed.activations[1:], strict=True)):
        bad = places(not_finite(z) | not_finite(a))
        if bad:
            rows = examination.rows[sorted({row for row, _ in bad})]
            units = sorted({unit for _, unit in bad})
            largest = float(np.abs(examination.raw).max())
            yield Symptom(
                1.0,
                {"in": "signals", "layer": k, "rows": rows, "units": units},
                {"entries": len(bad), "largest input": largest},
                f"The signals of {examination.layer(k)} are NaN or infinite on {counted(len(rows), 'row')} "
                f"({numbered(rows, 'row')}; {numbered(units, 'unit')}), although data and parameters are finite.",
                f"The largest input is {largest:.3g}, the largest weight of the layer "
                f"{float(np.abs(network.weights[k]).max()):.3g}: their products are beyond {network.dtype}.",
                "Standardize the inputs, initialize with smaller weights, train with a smaller learning rate.",
                {"standardize": True},
            )
            return


def cast(X: Any, dtype: Any) -> Any:
    """Return inputs in another precision, in which they may overflow."""
    if isinstance(X, StandardizedSparse):
        return StandardizedSparse(X.scaled.astype(dtype), X.shift.astype(dtype))
    with np.errstate(over="ignore"):
        return X.astype(dtype)
