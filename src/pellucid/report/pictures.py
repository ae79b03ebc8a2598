"""Pictures of a model, with a caption and the numbers of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.metrics import confusion_matrix
from sklearn.utils import _safe_indexing

from pellucid.exceptions import PellucidError
from pellucid.plotting import (
    AttributionsDisplay,
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionBoundaryDisplay,
    GradientFlowDisplay,
    ImportanceDisplay,
    LearningCurvesDisplay,
    ResidualsDisplay,
    SignalHistogramsDisplay,
    UnitHealthDisplay,
)
from pellucid.plotting.subject import as_subject, labels
from pellucid.report.markup import Child, details, element, paragraph, table
from pellucid.report.material import Material
from pellucid.report.svg import inline_svg

__all__ = ["PICTURES", "Picture", "pictures"]

MOST_COLUMNS = 64  # columns that are permuted and explained
MOST_ROWS = 2000  # rows in histograms and boundaries; more look the same


@dataclass(frozen=True)
class Picture:
    """One row of the table of pictures.

    Parameters
    ----------
    name : str
        Its heading.
    caption : str
        A guide to reading it.
    make : callable
        ``make(material)`` returns the display, or None if there is nothing to show.
    on_paper : bool
        True if it keeps a white background in the dark scheme.
    heads : int
        Number of columns of its table that name the row.
    of_judged : bool
        True if it shows evaluation rows, not training rows.
    of_rows : bool
        True if it shows rows at all.
    """

    name: str
    caption: str
    make: Callable[[Material], Any]
    on_paper: bool = False
    heads: int = 1
    of_judged: bool = False
    of_rows: bool = True


def pictures(material: Material) -> list[Child]:
    """Return every picture that suits a model, each with its numbers.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    figures = []
    for picture in PICTURES:
        if picture.of_rows and not len(material.examination.rows):
            continue
        try:
            display = picture.make(material)
        except PellucidError as error:
            figures.append(element("figure", element("h3", picture.name), paragraph(f"Not shown. {error}")))
            continue
        if display is not None:
            figures.append(_figure(picture, display, material))
    return figures or [paragraph("There is no row to show: none has finite numbers and a weight over 0.")]


def _figure(picture: Picture, display: Any, material: Material) -> Child:
    of = f" Of {material.judged[2]}." if picture.of_judged else ""
    key = picture.name.lower().replace(" ", "-")
    rows = display.table()
    return element(
        "figure",
        element("h3", picture.name),
        inline_svg(display, key, f"{picture.name}. {picture.caption}{of}", on_paper=picture.on_paper),
        element("figcaption", picture.caption + of),
        details(
            f"The numbers of this picture: {picture.name.lower()}",
            table(rows, picture.name, heads=picture.heads),
        ),
    )


def _learning_curves(material: Material) -> Any:
    return (
        LearningCurvesDisplay.from_record(material.record)
        if material.record and material.has_epochs
        else None
    )


def _gradient_flow(material: Material) -> Any:
    if material.record is not None and not material.record.is_empty:
        return GradientFlowDisplay.from_record(material.record)
    seen = material.examination.vitals
    if seen is None:
        return None
    delta, gradient = (
        np.array([[getattr(layer, name) for layer in seen.layers]]) for name in ("rms_delta", "rms_gradient")
    )
    names = (*(str(k) for k in range(len(seen.layers) - 1)), "output")
    return GradientFlowDisplay(np.array([np.nan]), delta, gradient, names)


def _signal_histograms(material: Material) -> Any:
    X, y = _some(material)
    if material.is_for_tables:
        seen = material.examination
        few = np.sort(np.random.default_rng(0).permutation(len(seen.rows))[:MOST_ROWS])
        return SignalHistogramsDisplay.from_network(seen.model, seen.X[few], seen.Y[few], loss=seen.loss.loss)
    if material.is_estimator:
        return SignalHistogramsDisplay.from_estimator(material.model, X, y)
    return SignalHistogramsDisplay.from_network(material.model, X, y, loss=material.loss)


def _unit_health(material: Material) -> Any:
    seen, network = material.examination.vitals, material.examination.network
    if seen is None or network.n_blocks == 1:
        return None
    rates = ("on", "active", "saturated_low", "saturated_high")
    on, active, low, high = (tuple(getattr(layer, rate) for layer in seen.layers[:-1]) for rate in rates)
    return UnitHealthDisplay(on, active, low, high, tuple(a.name for a in network.activation))


def _confusion(material: Material) -> Any:
    X, y, _ = material.judged
    if material.is_estimator:
        exclusive = material.is_classifier and np.asarray(y).ndim == 1
        return ConfusionDisplay.from_estimator(material.model, X, y) if exclusive else None
    subject = as_subject(material.model, material.loss)
    raw = subject.raw(X)
    classes, codes = labels(subject, y, len(raw), 0)
    if not classes or (len(classes) == 2 and subject.network.layer_sizes[-1] > 1 and subject.classes):
        return None
    outputs = subject.outputs(raw)
    predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
    return ConfusionDisplay(confusion_matrix(codes, predicted, labels=range(len(classes))), classes)


def _residuals(material: Material) -> Any:
    X, y, _ = material.judged
    if material.is_estimator:
        return None if material.is_classifier else ResidualsDisplay.from_estimator(material.model, X, y)
    subject = as_subject(material.model, material.loss)
    raw = subject.raw(X)
    classes, targets = labels(subject, y, len(raw), 0)
    return (
        ResidualsDisplay(targets, subject.outputs(raw)[:, 0]) if not classes and targets is not None else None
    )


def _calibration(material: Material) -> Any:
    X, y, _ = material.judged
    if not material.is_classifier or not hasattr(material.model, "predict_proba") or np.ndim(y) != 1:
        return None
    return CalibrationDisplay.from_estimator(material.model, X, y)


def _importance(material: Material) -> Any:
    X, y, _ = material.judged
    if not material.is_estimator or not _can_be_explained(material, X):
        return None
    rows = np.arange(len(y))[:: -(-len(y) // MOST_ROWS)]
    X, y = _safe_indexing(X, rows), _safe_indexing(y, rows)
    return ImportanceDisplay.from_estimator(material.model, X, y, n_repeats=5)


def _worst_row(material: Material) -> Any:
    examination = material.examination
    if not material.is_estimator or examination.vitals is None or not _can_be_explained(material, material.X):
        return None
    worst = int(np.argmax(examination.vitals.losses))  # among the rows that were examined
    return AttributionsDisplay.from_estimator(material.model, material.X, row=worst, tolerance=1e-3)


def _can_be_explained(material: Material, X: Any) -> bool:
    """Return whether a model has few enough columns for an explanation of each, and smooth predictions."""
    if issparse(X) or not 2 <= int(material.model.n_features_in_) <= MOST_COLUMNS:
        return False
    return not any(a.is_flat for a in material.examination.network.activations)


def _decision_boundary(material: Material) -> Any:
    if material.examination.network.layer_sizes[0] != 2 or material.is_for_tables:
        return None
    X, y = _some(material)
    make = (
        DecisionBoundaryDisplay.from_estimator
        if material.is_estimator
        else DecisionBoundaryDisplay.from_network
    )
    return make(material.model, X, y, resolution=120)


def _some(material: Material) -> tuple[Any, Any]:
    n = len(material.examination.rows)
    if n <= MOST_ROWS:
        return material.X, material.y
    rows = np.sort(np.random.default_rng(0).choice(n, MOST_ROWS, replace=False))
    return _safe_indexing(material.X, rows), _safe_indexing(material.y, rows)


PICTURES: tuple[Picture, ...] = (
    Picture(
        "Learning curves",
        "The loss, epoch by epoch, with validation and learning rate if there are any. A validation loss "
        "that rises while the training loss falls is a sign of overfitting.",
        _learning_curves,
        of_rows=False,
    ),
    Picture(
        "Gradient flow",
        "Size of sensitivities and gradients in each layer. A line that falls to the left shows a gradient "
        "that vanishes in the backward pass; one that rises, a gradient that explodes.",
        _gradient_flow,
        heads=2,
    ),
    Picture(
        "Signal histograms",
        "Signals, activations and sensitivities of every layer, one axis per column. Mass at the ends of an "
        f"activation's range is saturation. Computed on at most {MOST_ROWS:,} rows.",
        _signal_histograms,
        heads=2,
    ),
    Picture(
        "Unit health",
        "A cell for every hidden unit: its shade is the share of rows on which z > 0; a symbol marks an "
        "unit with a problem.",
        _unit_health,
        on_paper=True,
        heads=2,
    ),
    Picture(
        "Confusion",
        "True classes down, predicted classes across. Entries off the diagonal are errors.",
        _confusion,
        on_paper=True,
        of_judged=True,
    ),
    Picture(
        "Residuals",
        "Targets and residuals against predictions. A pattern in the residuals shows something not yet learned.",
        _residuals,
        of_judged=True,
    ),
    Picture(
        "Calibration",
        "Share of predictions that come true, against their predicted probability. Below the diagonal the "
        "model is overconfident.",
        _calibration,
        heads=2,
        of_judged=True,
    ),
    Picture(
        "Importance of columns",
        "Loss of score if the cells of a column are permuted, with the range of five permutations. Squares are "
        "groups of columns that carry the same information, permuted together; their columns are hollow.",
        _importance,
        of_judged=True,
    ),
    Picture(
        "The worst row explained",
        "Contributions of the columns to the prediction for the training row with the highest loss, from the mean "
        "prediction to its own.",
        _worst_row,
    ),
    Picture(
        "Decision boundary",
        "Predictions over the two inputs, with the hidden units' own boundaries as thin numbered lines.",
        _decision_boundary,
        on_paper=True,
        heads=2,
    ),
)
