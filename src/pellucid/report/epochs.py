"""History: the course of training, epoch by epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.report.markup import Child, details, paragraph, table
from pellucid.report.material import Material

__all__ = ["history"]

SEEN = 10  # epochs shown without opening a box


def history(material: Material) -> list[Child]:
    """Return some epochs, a box that opens to all of them, and a recorder's measurements of the layers.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    record = material.record
    if record is None or not material.has_epochs:
        return [
            paragraph(
                "There is no history: pass record=, the record that a pellucid.recording.Recorder kept of the "
                "training."
            )
        ]
    rows = _told(record.history_rows())
    spread = np.unique(np.linspace(0, len(rows) - 1, SEEN).round().astype(int))
    parts = [table([rows[i] for i in spread], "Epochs, evenly spread")]
    if len(rows) > SEEN:
        parts.append(details(f"All {len(rows):,} epochs", table(rows, "Epochs")))
    if not record.is_empty:
        moments = _told(record.to_rows())
        title = f"Measurements of each layer at {record.n_moments} moments"
        parts.append(details(title, table(moments, "Layers at moments of training", heads=3)))
    return parts


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without the columns that hold no number anywhere."""
    names = [name for name in rows[0] if any(row[name] == row[name] for row in rows)]
    return [{name.replace("_", " "): row[name] for name in names} for row in rows]
