"""Exercises with numbers of their own: worksheet, solution, and check of answers."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.network import Network
from pellucid.courses.examples import get_example
from pellucid.courses.exercises.answers import read_answers
from pellucid.courses.exercises.kinds import KINDS, get_kind
from pellucid.courses.exercises.marking import Marks, mark
from pellucid.courses.exercises.problem import Problem
from pellucid.courses.exercises.sheet import Sheet, sheet_of
from pellucid.courses.exercises.sheet_html import set_html
from pellucid.courses.exercises.sheet_json import set_json
from pellucid.courses.exercises.sheet_latex import set_latex
from pellucid.courses.exercises.sheet_markdown import set_markdown
from pellucid.courses.exercises.spec import Spec, check_between, check_sizes
from pellucid.exceptions import ParameterError

__all__ = ["FORMATS", "Exercise", "class_set", "exercise", "exercise_from_example"]

Array = NDArray[np.floating]
MOST_VARIANTS = 500
FORMATS: dict[str, tuple[str, Callable[[Sheet], str]]] = {
    "html": (".html", set_html),
    "latex": (".tex", set_latex),
    "markdown": (".md", set_markdown),
    "json": (".json", set_json),
}
"""The formats of sheets: the suffix of a file, and the renderer."""


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise: its options and its numbers, from which everything else follows.

    Parameters
    ----------
    spec : Spec
        The options.
    data : dict
        The numbers, as JSON holds them.

    Examples
    --------
    >>> from pellucid.courses import exercise
    >>> made = exercise("2-2-1", kind="loss", seed=7)
    >>> made.check(made.solution).points == made.check(made.by_hand).points == made.problem.n_entries
    True
    """

    spec: Spec
    data: Mapping[str, Any]

    @cached_property
    def problem(self) -> Problem:
        """Givens and blanks of the sheet, and the calculation between them."""
        return get_kind(self.spec.kind).build(self.spec, self.data)

    @cached_property
    def identifier(self) -> str:
        """A name made from the options and numbers, such as ``"backward-2-3-1-5f21ac"``."""
        plain = json.dumps([asdict(self.spec), dict(self.data)], sort_keys=True)
        return f"{self.spec.kind}-{self.spec.network}-{hashlib.sha256(plain.encode()).hexdigest()[:6]}"

    @property
    def solution(self) -> dict[str, Array]:
        """The exact results by the keys of the fields, in the shapes of the sheet."""
        return self.problem.solution()

    @property
    def by_hand(self) -> dict[str, Array]:
        """The results rounded after every step to the decimals of the sheet."""
        return self.problem.solution(by_hand=True)

    def sheet(self, *, solution: bool = False) -> Sheet:
        """Return the sheet as plain data.

        Parameters
        ----------
        solution : bool, default=False
            True to fill in the answers.

        Returns
        -------
        Sheet
            The worksheet, or the solution sheet.
        """
        return sheet_of(self.problem, self.identifier, solution=solution)

    def to_html(self, *, solution: bool = False) -> str:
        """Return the sheet as a self-contained page of HTML.

        Parameters
        ----------
        solution : bool, default=False
            True to fill in the answers.

        Returns
        -------
        str
            HTML.
        """
        return set_html(self.sheet(solution=solution))

    def to_latex(self, *, solution: bool = False) -> str:
        r"""Return the sheet in LaTeX, ready to compile; it needs only ``amsmath``.

        Parameters
        ----------
        solution : bool, default=False
            True to fill in the answers.

        Returns
        -------
        str
            LaTeX.
        """
        return set_latex(self.sheet(solution=solution))

    def to_markdown(self, *, solution: bool = False) -> str:
        """Return the sheet in Markdown.

        Parameters
        ----------
        solution : bool, default=False
            True to fill in the answers.

        Returns
        -------
        str
            Markdown with tables.
        """
        return set_markdown(self.sheet(solution=solution))

    def to_json(self, *, solution: bool = False) -> str:
        """Return the sheet as JSON; blanks are null.

        Parameters
        ----------
        solution : bool, default=False
            True to fill in the answers.

        Returns
        -------
        str
            JSON.
        """
        return set_json(self.sheet(solution=solution))

    def answer_form(self) -> str:
        """Return a CSV form for the answers: a row for each entry, its value empty.

        Returns
        -------
        str
            With the columns ``entry`` and ``value``, and rows for the exercise and the student.
        """
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerows([("entry", "value"), ("exercise", self.identifier), ("student", "")])
        rows.writerows((entry, "") for field in self.problem.fields for entry in field.entries)
        return text.getvalue()

    def check(self, answers: Mapping[str, Any], *, student: str = "") -> Marks:
        """Mark answers; exact ones and those rounded on the way are right.

        Parameters
        ----------
        answers : dict
            By the keys of fields, numbers or nested lists in the shape on the sheet; or by entry, such as
            ``"delta1[2]"``. Missing entries get no points.
        student : str, default=""
            The name of the student.

        Returns
        -------
        Marks
            A mark for every entry, and the slips by name; its text is the feedback.

        Raises
        ------
        DataError
            If a key is unknown or an array has another shape.
        """
        return mark(self.problem, read_answers(self.problem, answers), self.identifier, student)

    def __repr__(self) -> str:
        return f"<{self.problem.title}: {self.identifier}>"


def exercise(
    sizes: str | Sequence[int] | None = None,
    *,
    kind: str = "backward",
    activation: str | None = None,
    output_activation: str | None = None,
    loss: str | None = None,
    notation: str = "pellucid",
    seed: int = 0,
    variant: int = 1,
    digits: int | None = None,
    n_samples: int | None = None,
    learning_rate: float = 0.5,
    has_biases: bool | None = None,
) -> Exercise:
    """Draw an exercise with short weights and data, away from kinks and saturation, in which slips show.

    With ReLU or identity units and a squared error, all exact results are short numbers.

    Parameters
    ----------
    sizes : str or sequence of int, optional
        Units of every layer, inputs first: ``"2-3-1"`` or ``(2, 3, 1)``. Default: ``"2-3-1"``, or what suits
        the kind.
    kind : str, default="backward"
        A key of :data:`KINDS`.
    activation : {"identity", "relu", "logistic", "tanh"}, optional
        Activation of the hidden units. Default: logistic, or what suits the kind.
    output_activation : {"identity", "relu", "logistic", "tanh", "softmax"}, optional
        Default: what suits the loss.
    loss : {"squared", "log"}, optional
        Default: squared for identity and ReLU units, else log. The notation says whether the squared error
        has the factor ½.
    notation : str, default="pellucid"
        A key of :data:`pellucid.explain.NOTATIONS`.
    seed : int, default=0
        The same seed gives the same exercise.
    variant : int, default=1
        Number of a variant with the same options.
    digits : int, optional
        The decimals that the sheet asks for. Default: 3, or what suits the kind.
    n_samples : int, optional
        Number of samples, up to 4. Default: 1, or what suits the kind.
    learning_rate : float, default=0.5
        Learning rate of the step, for ``kind="update"``.
    has_biases : bool, optional
        False for a network without biases. Default: True, or what suits the kind.

    Returns
    -------
    Exercise
        Worksheet, solution and check.

    Raises
    ------
    ParameterError
        If an option is not accepted, or does not suit the kind.

    Examples
    --------
    >>> from pellucid.courses import exercise
    >>> made = exercise("2-3-1", kind="backward", activation="relu", loss="squared", notation="iowa", seed=7)
    >>> answers = {key: array.copy() for key, array in made.solution.items()}
    >>> answers["delta2"] = -answers["delta2"]
    >>> print(made.check({"delta2": answers["delta2"]}).slips)
    {'delta2': 'sign'}
    """
    defaults = get_kind(kind).defaults
    hidden = activation or defaults.get("activation", "logistic")
    units = _as_sizes(sizes if sizes is not None else defaults.get("sizes", (2, 3, 1)))
    if loss is None and output_activation is None:
        loss = "squared" if hidden in ("relu", "identity") else "log"
    if output_activation is None:
        last = "softmax" if len(units) > 1 and units[-1] > 1 else "logistic"
        output_activation = "identity" if loss in ("squared", "squared_error") else last
    if loss is None:
        loss = "log" if output_activation in ("logistic", "softmax") else "squared"
    chosen: dict[str, Any] = {
        "digits": digits if digits is not None else defaults.get("digits", 3),
        "n_samples": n_samples if n_samples is not None else defaults.get("n_samples", 1),
        "has_biases": has_biases if has_biases is not None else defaults.get("has_biases", True),
    }
    spec = Spec(kind, units, hidden, output_activation, loss, notation, learning_rate=learning_rate, **chosen)
    check_between("seed", seed, 0, 10**9)
    check_between("variant", variant, 1, MOST_VARIANTS)
    return Exercise(spec, KINDS[kind].draw(spec, np.random.default_rng([seed, variant])))


def class_set(n_variants: int, sizes: str | Sequence[int] | None = None, **options: Any) -> list[Exercise]:
    """Draw a variant of an exercise for each student.

    Parameters
    ----------
    n_variants : int
        Number of variants, from 1 to 500.
    sizes : str or sequence of int, optional
        As in :func:`exercise`.
    **options : Any
        Options of :func:`exercise` except ``variant``.

    Returns
    -------
    list of Exercise
        Variants 1, 2, …; no two have the same numbers unless there are too few different ones.

    Examples
    --------
    >>> from pellucid.courses import class_set
    >>> len({made.identifier for made in class_set(5, "2-2-1", kind="forward")})
    5
    """
    check_between("n_variants", n_variants, 1, MOST_VARIANTS)
    if "variant" in options:
        raise ParameterError("'variant' must be left out: class_set makes variants 1 to n_variants.")
    return [exercise(sizes, variant=i, **options) for i in range(1, n_variants + 1)]


def exercise_from_example(
    name: str, *, kind: str = "backward", notation: str | None = None, digits: int | None = None
) -> Exercise:
    """Make an exercise from a worked example of a course.

    Parameters
    ----------
    name : str
        A key of :data:`pellucid.courses.EXAMPLES`, of dense layers without residual connections.
    kind : {"forward", "loss", "backward", "update"}, default="backward"
        The kind.
    notation : str, optional
        Default: the course's.
    digits : int, optional
        Default: the decimals that the course works with.

    Returns
    -------
    Exercise
        With the numbers of the example.

    Raises
    ------
    ParameterError
        If the example or the kind does not fit.

    Examples
    --------
    >>> from pellucid.courses import exercise_from_example
    >>> made = exercise_from_example("iowa-grounded")
    >>> made.solution["layer2"].round(3).tolist()
    [[0.512]]
    """
    kinds = [row.name for row in KINDS.values() if row.is_network]
    if kind not in kinds:
        raise ParameterError(f"kind of a worked example must be one of {kinds}; got {kind!r}.")
    example = get_example(name)
    network: Network = example.network()
    trace = example.trace()
    hidden = {activation.name for activation in network.activation} or {"logistic"}
    is_plain = not (any(network.residual) or any(network.dropout) or any(network.batch_norm))
    if len(hidden) > 1 or not is_plain:
        raise ParameterError(f"{name!r} has layers that exercises do not support. Choose another example.")
    loss = trace.loss_function.loss.name.removesuffix("_without_half")
    spec = Spec(
        kind, network.layer_sizes, hidden.pop(), network.output_activation.name, loss,
        notation or example.notation, example.by_hand if digits is None else digits,
        1, example.learning_rate, example.has_biases,
    )  # fmt: skip
    data = {"X": [list(example.x)], "Y": [list(example.y)]}
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        data[f"M{k}"] = np.vstack([b, W]).tolist()
    return Exercise(spec, data)


def _as_sizes(sizes: Any) -> tuple[int, ...]:
    if isinstance(sizes, str):
        parts = sizes.replace(",", "-").split("-")
        if not all(part.strip().isdecimal() and len(part) < 5 for part in parts):
            raise ParameterError(f"'sizes' must be numbers of units such as '2-3-1'; got {sizes!r}.")
        return tuple(int(part) for part in parts)
    try:
        found = tuple(int(n) if isinstance(n, int | np.integer) else n for n in sizes)
    except TypeError:
        found = ()
    check_sizes(found)
    return found
