"""The rows that a model does worst on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing

from pellucid.report.markup import Child, details, number, paragraph, table
from pellucid.report.material import Material
from pellucid.tabular.reading.table import read_table

__all__ = ["worst_rows"]

Array = NDArray[np.floating]
WORST = 10
STRIKING = 3  # inputs of a row that are named


def worst_rows(material: Material) -> list[Child]:
    """Return the rows with the highest loss: their targets, predictions and inputs.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section; nothing if no loss is known.
    """
    examination = material.examination
    if examination.vitals is None:
        return []
    losses = examination.vitals.losses
    worst = np.argsort(-losses, kind="stable")[:WORST]
    raw = examination.raw[examination.rows]
    inputs = np.asarray(raw[worst].toarray() if hasattr(raw, "toarray") else raw[worst])
    deviations = _deviations(raw, inputs)
    if material.is_for_tables and (n_codes := len(material.model.encoder_.cardinalities_)):
        deviations[:, -n_codes:] = 0.0  # codes of categories are numbers without a distance
    true, said = np.asarray(material.y)[worst], _predicted(material, worst)
    names = [material.row_name(examination.rows[i]) for i in worst]
    rows = [
        {"row": name, "loss": float(losses[i]), "true": _words(true[at])}
        | {column: values[at] for column, values in said.items()}
        | {"farthest from the mean": _striking(material, inputs[at], deviations[at])}
        for at, (i, name) in enumerate(zip(worst, names, strict=True))
    ]
    share = float(losses[worst].sum() / losses.sum()) if losses.sum() > 0.0 else 0.0
    values = [
        {"input": feature} | {f"row {name}": _words(cells[at]) for at, name in enumerate(names)}
        for feature, cells in _cells(material, worst, inputs).items()
    ]
    return [
        paragraph(
            f"The {len(worst)} training rows with the highest loss, which account for {share:.0%} of the total. "
            "Check whether they are mislabeled, mistyped, or of a rare kind. Rows are "
            + ("counted from 0." if isinstance(material.row_names, range) else "named as in the data.")
        ),
        table(rows, "Worst rows; σ is the standard deviation of an input over all rows"),
        details("All inputs of these rows", table(values, "Inputs of the worst rows")),
    ]


def _predicted(material: Material, worst: NDArray[np.intp]) -> dict[str, list[Any]]:
    assert material.examination.seen is not None
    outputs = material.examination.seen.outputs[worst]
    if not material.is_estimator:
        return {"output": [_words(row) for row in outputs]}
    model, network = material.model, material.examination.network
    if material.is_for_tables:
        outputs = model.members_[0].targets.decode(outputs)
    if not material.is_classifier:
        if getattr(model, "target_mean_", None) is not None:
            outputs = outputs * model.target_scale_ + model.target_mean_
        return {"predicted": [_words(row) for row in outputs]}
    classes = [str(label) for label in model.classes_]
    if outputs.shape[1] == 1 and len(classes) == 2:
        outputs = np.hstack([1.0 - outputs, outputs])
    elif not network.output_activation.range.simplex:
        return {
            "predicted": [
                ", ".join(c for c, p in zip(classes, row, strict=True) if p > 0.5) for row in outputs
            ]
        }
    codes = {label: code for code, label in enumerate(model.classes_.tolist())}
    true = [codes.get(label) for label in np.asarray(material.y)[worst].tolist()]
    return {
        "predicted": [classes[row.argmax()] for row in outputs],
        "its probability": [float(row.max()) for row in outputs],
        "probability of the true one": [
            None if c is None else float(row[c]) for row, c in zip(outputs, true, strict=True)
        ],
    }


def _deviations(raw: Any, inputs: Array) -> Array:
    """Return how many standard deviations the inputs of some rows are from the mean of all."""
    mean = np.asarray(raw.mean(axis=0)).ravel()
    square = raw.multiply(raw) if hasattr(raw, "multiply") else raw * raw
    sigma = np.sqrt(np.maximum(np.asarray(square.mean(axis=0)).ravel() - mean**2, 0.0))
    return np.asarray((inputs - mean) / np.where(sigma > 0.0, sigma, np.inf))


def _striking(material: Material, values: Array, deviations: Array) -> str:
    """Return the inputs that stand out; for a table without their values, which are not those of its cells."""
    names, is_own = material.feature_names, not material.is_for_tables
    chosen = np.argsort(-np.abs(deviations), kind="stable")[:STRIKING]
    return "; ".join(
        names[j] + f" = {number(float(values[j]))}" * is_own + f" ({_signed(deviations[j])} σ)"
        for j in chosen
        if is_own or deviations[j] != 0.0
    )


def _cells(material: Material, worst: NDArray[np.intp], inputs: Array) -> dict[str, Any]:
    """Return the cells of some rows in each column, as the user gave them."""
    if not material.is_for_tables or issparse(material.X):
        return dict(zip(material.feature_names, inputs.T, strict=True))
    table = read_table(_safe_indexing(material.X, worst))
    names = table.names or [f"x{j}" for j in range(len(table.columns))]
    cells = {name: table.cells(j).values for j, name in enumerate(names)}
    return {name: c.astype("M8[s]").astype(str) if c.dtype.kind == "M" else c for name, c in cells.items()}


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _words(value: Any) -> Any:
    """Return a target or a prediction: a single label or number unchanged, several as a text."""
    items = np.atleast_1d(value).tolist()
    if len(items) == 1:
        return str(items[0]) if isinstance(items[0], bool) else items[0]
    return ", ".join(number(item) for item in items[:8]) + ", …" * (len(items) > 8)
