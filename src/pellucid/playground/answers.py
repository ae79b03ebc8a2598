"""Answers of Python to a page that asks: scores, a trace, the doctor's findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import forward
from pellucid.core.losses import Loss
from pellucid.core.structure import Structure
from pellucid.diagnostics import diagnose
from pellucid.explain import trace
from pellucid.playground.course import Course
from pellucid.playground.datasets import Dataset
from pellucid.playground.parts import name_of, whole
from pellucid.playground.protocol import plain
from pellucid.playground.setups import MOST_SIGNALS, Setup

__all__ = ["QUESTIONS", "answer", "scores"]


def answer(asked: Mapping[str, Any], setup: Setup, dataset: Dataset, course: Course) -> dict[str, Any]:
    """Answer what a page asks about a course as it is now.

    Parameters
    ----------
    asked : dict
        ``what``, a name of :data:`QUESTIONS`; for a trace the ``row``.
    setup : Setup
        The setup.
    dataset : Dataset
        Its data.
    course : Course
        The training.

    Returns
    -------
    dict
        ``what`` with the answer.

    Raises
    ------
    SetupError
        If there is no such question.
    """
    what = name_of("what", asked.get("what"), QUESTIONS)
    return {"what": what, "step": course.step, **QUESTIONS[what](asked, setup, dataset, course)}


def scores(dataset: Dataset, course: Course) -> dict[str, Any]:
    """Return the loss of all rows at the parameters as they are, and how good the predictions are.

    Parameters
    ----------
    dataset : Dataset
        The data.
    course : Course
        The training.

    Returns
    -------
    dict
        ``loss``, ``objective``, and ``accuracy`` (of labels: the share of rows with all of them right) or ``r2``.
    """
    problem = course.stepper.problem
    objective, Y, w = problem.objective, dataset.Y, dataset.weights
    with np.errstate(all="ignore"):
        scores, outputs = _passed(course.stepper.network, dataset.X)
        loss = objective.mean_loss(scores, outputs, Y, w)
        W = [course.parameters[part] for part in course.stepper.network.penalized]
        penalty = sum(objective.l1 * np.abs(each).sum() + 0.5 * objective.l2 * (each**2).sum() for each in W)
    found = {"loss": loss, "objective": loss + float(penalty)}
    if dataset.task == "regression":
        errors = np.average((Y - outputs) ** 2, axis=0, weights=w)
        spread = np.average((Y - np.average(Y, axis=0, weights=w)) ** 2, axis=0, weights=w)
        r2 = float(np.mean(1.0 - errors / spread)) if (spread > 0.0).all() else None
        return {**found, "r2": r2}
    if dataset.task == "multiclass":
        right = outputs.argmax(axis=1) == Y.argmax(axis=1)
    else:
        right = ((outputs > _threshold(course)) == (Y > 0.5)).all(axis=1)
    return {**found, "accuracy": float(np.average(right, weights=w))}


def _passed(network: Structure, X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores and outputs of all rows, few enough of them at a time that their signals fit in memory."""
    n = max(1, MOST_SIGNALS // sum(network.layer_sizes))
    passed = (forward(network, X[at : at + n]) for at in range(0, len(X), n))
    scores, outputs = zip(*((each.scores, each.outputs) for each in passed), strict=True)
    return np.concatenate(scores), np.concatenate(outputs)


def _threshold(course: Course) -> float:
    return 0.0 if course.stepper.network.output_activation.range.low < 0.0 else 0.5


def _accuracy(asked: Mapping[str, Any], setup: Setup, dataset: Dataset, course: Course) -> dict[str, Any]:
    return scores(dataset, course)


def _trace(asked: Mapping[str, Any], setup: Setup, dataset: Dataset, course: Course) -> dict[str, Any]:
    row = whole("row", asked.get("row"), 0, len(dataset.Y) - 1)
    made = trace(
        course.stepper.network, dataset.X[[row]], dataset.Y[[row]], loss=_loss(course),
        l1=setup.l1, l2=setup.l2, learning_rate=setup.learning_rate,
    )  # fmt: skip
    return {"row": row, "trace": plain(made.to_dict())}


def _doctor(asked: Mapping[str, Any], setup: Setup, dataset: Dataset, course: Course) -> dict[str, Any]:
    found = diagnose(
        course.stepper.network, dataset.X, dataset.Y, sample_weight=dataset.weights, loss=_loss(course)
    )
    return {"findings": [plain(finding.to_dict()) for finding in found]}


def _loss(course: Course) -> Loss:
    return course.stepper.problem.objective.loss.loss


QUESTIONS = {"accuracy": _accuracy, "doctor": _doctor, "trace": _trace}
"""The questions by name."""
