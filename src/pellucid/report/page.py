"""Report: one HTML page that needs only a browser."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element

from numpy.typing import ArrayLike

from pellucid.core import Loss
from pellucid.diagnostics import Diagnosis
from pellucid.host.files import replace_file
from pellucid.recording import Record
from pellucid.report.epochs import history
from pellucid.report.findings import checked, findings, next_steps
from pellucid.report.markup import as_html, element, paragraph
from pellucid.report.material import Material, gather
from pellucid.report.pictures import pictures
from pellucid.report.summary import summary
from pellucid.report.worst_rows import worst_rows
from pellucid.version import __version__

__all__ = ["report"]

# Nothing may be loaded, even by mistake: styles and pictures are in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
SECTIONS = {
    "Summary": summary,
    "Findings": findings,
    "First remedies to try": next_steps,
    "Pictures": pictures,
    "History": history,
    "Worst rows": worst_rows,
    "Rules checked": checked,
}


def report(
    model: Any,
    X: Any,
    y: Any,
    path: str | os.PathLike[str],
    *,
    X_val: Any = None,
    y_val: Any = None,
    record: Record | None = None,
    sample_weight: ArrayLike | None = None,
    loss: str | Loss | None = None,
    row_names: Sequence[Any] | None = None,
    title: str | None = None,
) -> Diagnosis:
    """Write a page about a model and its training: the findings, the pictures with their numbers, the worst rows.

    The page is one file without scripts. It loads nothing, so it can be mailed, printed, and read offline, on a
    phone, in a light or a dark scheme.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor
        A network, or a fitted estimator; it is not changed. For an estimator for tables, findings, worst rows and
        pictures of the inside show the network of the first member; scores are those of all members.
    X : array-like of shape (n_rows, n_features)
        The training data as the model takes it.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    path : path
        The file to write; an existing one is replaced atomically.
    X_val : array-like of shape (n_rows, n_features), optional
        Rows not used in training. Confusion, residuals and calibration are computed on them.
    y_val : array-like of shape (n_rows,) or (n_rows, n_outputs), optional
        The targets of these rows.
    record : Record, optional
        The record that a :class:`pellucid.recording.Recorder` kept of the training.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows of X.
    loss : str or Loss, optional
        For a network whose loss is not the canonical one of its output activation.
    row_names : sequence, optional
        Names of the rows of X. Default: the index of a pandas frame, or numbers from 0.
    title : str, optional
        The title of the page.

    Returns
    -------
    Diagnosis
        The findings, as :func:`pellucid.diagnose` returns them.

    Raises
    ------
    ParameterError, DataError
        If the model is not a pellucid model or not fitted, the data does not fit it, or the record is that of
        another network. Nothing is then written.

    See Also
    --------
    pellucid.diagnose : The findings alone.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.report import report
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     found = report(model, X, y, Path(folder, "iris.html"))
    ...     "<h2>Findings</h2>" in Path(folder, "iris.html").read_text(encoding="utf-8")
    True
    """
    material = gather(
        model, X, y, X_val, y_val, record=record, sample_weight=sample_weight, loss=loss, row_names=row_names
    )
    page = _page(title or f"{material.diagnosis.subject}: report", material)
    replace_file(path, f"<!DOCTYPE html>\n{as_html(page)}\n".encode())
    return material.diagnosis


def _page(title: str, material: Material) -> Element:
    sections, links = [], []
    for name, section in SECTIONS.items():
        content = section(material)
        if content:
            key = name.lower().replace(" ", "-")
            sections.append(element("section", element("h2", name), content, id=key))
            links.append(element("li", element("a", name, href=f"#{key}")))
    style = files("pellucid.report").joinpath("page.css").read_text(encoding="utf-8")
    return element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("link", rel="icon", href="data:,"),
            element("title", title),
            element("style", style),
        ),
        element(
            "body",
            element(
                "header", element("h1", title), element("nav", element("ul", links), aria_label="Sections")
            ),
            element("main", sections),
            element(
                "footer",
                paragraph(f"Made by pellucid {__version__}. This page loads nothing and runs nothing."),
            ),
        ),
        lang="en",
    )
