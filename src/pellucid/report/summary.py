"""Summary: the model, its training data, and its scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score, root_mean_squared_error

from pellucid.diagnostics.fit_rules import held_loss
from pellucid.host.counted import counted
from pellucid.report.markup import Child, facts, number, paragraph, table, text
from pellucid.report.material import Material

__all__ = ["summary"]

Array = NDArray[Any]
MOST_CLASSES = 12


def summary(material: Material) -> list[Child]:
    """Return the verdict, the facts and the scores.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    return [paragraph(material.diagnosis.summary(), class_="verdict"), _facts(material), _scores(material)]


def _facts(material: Material) -> Child:
    examination, network = material.examination, material.examination.network
    names = (*(a.name for a in network.activation), network.output_activation.name)
    n_given, n_used = examination.raw.shape[0], len(examination.rows)
    left_out = (
        ""
        if n_used == n_given
        else f" of {n_given:,} given (the others hold NaN or infinity, or have weight 0)"
    )
    held = (
        ""
        if examination.validation is None
        else f"; {counted(len(examination.validation.Y), 'validation row')}"
    )
    extras = ["dropout"] if any(layer.is_random for layer in network.layers) else []
    extras += dict.fromkeys(layer.label for layer in network.normalizations if layer is not None)
    return facts(
        {
            "Data": f"{counted(n_used, 'row')}{left_out}, {counted(network.layer_sizes[0], 'input')}{held}",
            "Target": _target(material),
            "Network": f"{' → '.join(f'{n:,}' for n in network.layer_sizes)} units; {', '.join(names)}"
            + "".join(f"; {extra}" for extra in extras),
            "Parameters": f"{network.n_parameters:,}, {network.n_parameters / max(n_used, 1):.3g} per row",
            "Loss": examination.loss.loss.name.replace("_", " "),
            "Training": _training(material),
            "Examined": f"network 1 of {len(material.model.members_)}; scores are those of all together"
            if material.is_for_tables
            else None,
            "Model": text(" ".join(str(material.model).split())) if material.is_estimator else None,
        }
    )


def _target(material: Material) -> str | None:
    y = np.asarray(material.y)
    if y.ndim != 1 or not len(y):
        return None if not len(y) else counted(y.shape[1], "target")
    if material.is_classifier or not (material.is_estimator or y.dtype.kind == "f"):
        classes, counts = np.unique(y, return_counts=True)
        listed = ", ".join(f"{c} ({n:,})" for c, n in zip(classes[:MOST_CLASSES], counts, strict=False))
        return f"{len(classes)} classes: {listed}" + ", …" * (len(classes) > MOST_CLASSES)
    return f"numbers from {number(y.min())} to {number(y.max())}, mean {number(y.mean())}"


def _training(material: Material) -> str | None:
    record = material.record
    if record is None or not material.has_epochs:
        return None
    n = int(record.history["epoch"][-1])
    size = f", batches of {record.batch_size}" if record.batch_size else ""
    end = f"; {record.message or record.reason}" if record.reason else ""
    return f"{counted(n, 'epoch')} of {record.optimizer or 'training'}{size}{end}"


def _scores(material: Material) -> Child:
    """Return losses and scores side by side with those of the best guess without inputs."""
    examination = material.examination
    if examination.vitals is None:
        return paragraph("There is no score: not all numbers of the network are finite on these rows.")
    weight = examination.weight
    rows = [{"rows": "training", "how many": len(examination.rows), "mean loss": examination.vitals.loss}]
    rows[0] |= _measured(material, material.X, material.y, weight)
    if examination.validation is not None:
        held = {
            "rows": "validation",
            "how many": len(examination.validation.Y),
            "mean loss": held_loss(examination),
        }
        rows.append(held | _measured(material, material.X_val, np.asarray(material.y_val), None))
    guess, caption = _guess(material, weight), "Scores"
    if guess is not None:
        caption += ", and those of the best constant prediction"
        name, found = guess
        rows.append({"rows": name, "how many": len(examination.rows), "mean loss": None} | found)
    return table(rows, caption)


def _measured(material: Material, X: Any, y: Any, weight: Array | None) -> dict[str, float]:
    if not material.is_estimator:
        return {}
    return _measures(material, np.asarray(y), material.model.predict(X), weight)


def _measures(material: Material, y: Array, predicted: Array, weight: Array | None) -> dict[str, float]:
    measures: dict[str, Callable[..., float]] = (
        {"accuracy": accuracy_score}
        if material.is_classifier
        else {"RMSE": root_mean_squared_error, "MAE": mean_absolute_error, "R²": r2_score}
    )
    if len(y) < 2:
        measures.pop("R²", None)
    return {name: float(measure(y, predicted, sample_weight=weight)) for name, measure in measures.items()}


def _guess(material: Material, weight: Array) -> tuple[str, dict[str, float]] | None:
    y = np.asarray(material.y)
    if not material.is_estimator or y.ndim != 1:
        return None
    if material.is_classifier:
        classes, codes = np.unique(y, return_inverse=True)
        value = classes[np.bincount(codes, weights=weight).argmax()]
        return f"always {value}", _measures(material, y, np.full(len(y), value), weight)
    value = float(np.average(y, weights=weight))
    return f"always {number(value)}", _measures(material, y, np.full(len(y), value), weight)
