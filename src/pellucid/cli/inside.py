"""What the doctor sees of an estimator for tables: the network of its first member, on encoded rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.cli.choice import is_shared
from pellucid.cli.examples import Examples
from pellucid.cli.judge import Trained
from pellucid.cli.target import CLASSIFICATION

if TYPE_CHECKING:
    from pellucid.diagnostics import Diagnosis

__all__ = ["examine_inside"]


def examine_inside(
    trained: Trained, examples: Examples, held: Examples | None, page: Path | None, **about: Any
) -> Diagnosis:
    """Return what is wrong with the network inside, speaking of the user's columns.

    Parameters
    ----------
    trained : Trained
        An estimator for tables.
    examples, held : Examples
        The rows of training, and those to judge by.
    page : Path or None
        Where to write a report.
    **about : object
        Title and names of rows, for the report.

    Returns
    -------
    Diagnosis
        Its remedies are options that estimators for tables understand.
    """
    from pellucid.diagnostics.doctor import ask
    from pellucid.diagnostics.gathering import examine

    model: Any = trained.model
    X, y = _encoded(trained, examples)
    X_val, y_val = (None, None) if held is None else _encoded(trained, held)
    given: dict[str, Any] = {
        "sample_weight": examples.weight,
        "loss": model.members_[0].targets.loss,
    }
    if page is not None:
        from pellucid.report import report

        report(model.network_, X, y, page, X_val=X_val, y_val=y_val, **given, **about)
    classes = tuple(map(str, model.classes_)) if trained.task == CLASSIFICATION else ()
    seen = examine(model.network_, X, y, X_val, y_val, **given)
    found = ask(replace(seen, feature_names=model.encoder_.names_, output_names=classes))
    return replace(
        found,
        findings=tuple(
            replace(f, parameters={k: v for k, v in f.parameters.items() if is_shared(k, v)})
            for f in found.findings
        ),
    )


def _encoded(trained: Trained, examples: Examples) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return rows as the network takes them, and what its outputs are compared with."""
    model: Any = trained.model
    if trained.task == CLASSIFICATION:
        examples = examples[np.flatnonzero(np.isin(examples.y, model.classes_))]
        return model.encode(examples.inputs), np.searchsorted(model.classes_, examples.y)
    targets = model.members_[0].targets
    return model.encode(examples.inputs), targets.encode(examples.y[:, None], np.float64)
