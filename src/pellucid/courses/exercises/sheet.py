"""A sheet as plain data, blank or solved, which every renderer takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.problem import Field, Given, Problem
from pellucid.courses.exercises.ranges import is_short

__all__ = ["Item", "Sheet", "sheet_of"]

Array = NDArray[np.floating]
Texts = tuple[tuple[str, ...], ...]
FEW = 45  # entries that leave room for formulas on the page


@dataclass(frozen=True)
class Item:
    """Table on a sheet.

    Parameters
    ----------
    symbol, caption : str
        The name in the notation, and in words.
    cells : tuple of tuples of str
        Row by row; empty texts are blanks to fill in.
    rows, columns : tuple of str
        Labels.
    key : str, default=""
        Its name in a file of answers; empty for what is given.
    tag : str, default=""
        The name of the line.
    hand : tuple of tuples of str, default=()
        The numbers rounded on the way; empty texts where they do not differ, or where all are given.
    """

    symbol: str
    caption: str
    cells: Texts
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    key: str = ""
    tag: str = ""
    hand: Texts = ()


@dataclass(frozen=True)
class Sheet:
    """Sheet of an exercise.

    Parameters
    ----------
    title, identifier : str
        The first line, and the name of the exercise.
    is_solution : bool
        False for the blank one.
    task : tuple of str
        Sentences.
    given, asked : tuple of Item
        Tables with numbers, and those to fill in.
    formulas : tuple of str
        Equations; none on a blank sheet.
    """

    title: str
    identifier: str
    is_solution: bool
    task: tuple[str, ...]
    given: tuple[Item, ...]
    asked: tuple[Item, ...]
    formulas: tuple[str, ...]


def sheet_of(problem: Problem, identifier: str, *, solution: bool) -> Sheet:
    """Return the blank sheet of a problem, or the one with its solution.

    Parameters
    ----------
    problem : Problem
        The exercise.
    identifier : str
        Its name.
    solution : bool
        True to fill in the answers.

    Returns
    -------
    Sheet
        The sheet.
    """
    given = tuple(
        Item(g.symbol, g.caption, _texts(g.array, g.decimals), *_labels(g), tag=g.tag) for g in problem.given
    )
    exact, hand = problem.solution(), problem.solution(by_hand=True)
    digits = problem.calculation.digits
    asked = []
    for field in problem.fields:
        decimals = digits if field.decimals is None else field.decimals
        cells: Texts = tuple(("",) * field.shape[1] for _ in range(field.shape[0]))
        rounded: Texts = ()
        if solution:
            cells = _texts(exact[field.key], None if _is_exact(problem, field) else decimals)
            rounded = _texts(hand[field.key], None if _is_exact(problem, field) else decimals)
            rounded = tuple(tuple(h if h != c else "" for h, c in zip(*pair, strict=True))
                            for pair in zip(rounded, cells, strict=True))  # fmt: skip
            rounded = rounded if any(map(any, rounded)) else ()
        labels = (field.rows, field.columns) if field.shape != (1, 1) else ((), ())
        asked.append(Item(field.symbol, field.caption, cells, *labels, field.key, hand=rounded))
    task = (*problem.task, *_how(problem, digits))
    if any(item.hand for item in asked):
        task = (*task, "In parentheses: the result if every step is rounded, where it differs.")
    # The solution of a large exercise fills the page.
    formulas = problem.formulas if solution and problem.n_entries <= FEW else ()
    many = next((f for f in problem.fields if f.shape != (1, 1)), None)
    if not solution and many is not None:
        task = (
            *task,
            f"In a file of answers an entry is named by its key and labels, such as {many.entries[-1]}.",
        )
    return Sheet(problem.title, identifier, solution, task, given, tuple(asked), formulas)


def _labels(given: Given) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (given.rows, given.columns) if given.array.size > 1 else ((), ())


def _how(problem: Problem, digits: int) -> tuple[str, ...]:
    if problem.judge is not None or not digits:
        return ()
    if all(_is_exact(problem, field) for field in problem.fields):
        return ("All results are short numbers: write them down exactly.",)
    return (f"Write every result with {digits} decimals. Rounded results may be used in later steps.",)


def _is_exact(problem: Problem, field: Field) -> bool:
    """Return whether all steps of an exercise have short results, so that none is rounded."""
    calculation = problem.calculation
    del field
    return all(bool(is_short(calculation.exact[f.step], calculation.digits).all()) for f in problem.fields)


def _texts(array: Array, decimals: int | None) -> Texts:
    return tuple(tuple(write(float(value), decimals) for value in row) for row in array)


def write(value: float, decimals: int | None) -> str:
    """Return a number with the given decimals, or as its shortest exact text.

    Parameters
    ----------
    value : float
        The number.
    decimals : int or None
        None for the shortest text.

    Returns
    -------
    str
        With a hyphen for minus; never minus zero.

    Examples
    --------
    >>> write(-0.0001, 3), write(-2.50, None)
    ('0.000', '-2.5')
    """
    if decimals is None:
        return np.format_float_positional(round(value, 10) + 0.0, trim="-")
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text
