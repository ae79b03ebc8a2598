"""Network and sample in a small JSON file, such as those of an exercise typed by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Network
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Exercise", "read_weights"]

REQUIRED = ("weights", "x", "y")
OPTIONAL = ("biases", "activation", "output_activation", "loss")
EXAMPLE = (
    '{"weights": [[[0.5], [-1.0]]], "biases": [[0.1]], "output_activation": "logistic", "x": [1, 2], "y": 1}'
)


@dataclass(frozen=True)
class Exercise:
    """Contents of a weights file.

    Parameters
    ----------
    network : Network
        The network.
    x, y : Any
        One sample and its target, or several.
    loss : str or None
        The loss, where the file names one.
    """

    network: Network
    x: Any
    y: Any
    loss: str | None


def read_weights(path: Path) -> Exercise:
    """Read the network and the sample of a file.

    Parameters
    ----------
    path : Path
        A JSON file.

    Returns
    -------
    Exercise
        Its contents.

    Raises
    ------
    DataError
        If there is no such file, it is not JSON (with the position), or its arrays do not fit together.
    """
    given = _read(path)
    matrices = [_matrix(path, f"weights[{k}]", rows) for k, rows in enumerate(given["weights"])]
    for k, (W, following) in enumerate(pairwise(matrices)):
        if W.shape[1] != following.shape[0]:
            raise DataError(
                f"{path}: weights[{k}] has shape {W.shape} and weights[{k + 1}] has shape {following.shape}. "
                f"Weights have a row per input and a column per unit, so that the {W.shape[1]} columns of "
                f"the one must be the rows of the other, which has {following.shape[0]}."
                + (" The transposed matrices would fit." if _fit([M.T for M in matrices]) else "")
            )
    sizes = [len(matrices[0]), *(W.shape[1] for W in matrices)]
    biases = given.get("biases") or [[0.0] * n for n in sizes[1:]]
    for k, (b, W) in enumerate(zip(biases, matrices, strict=False)):
        if _shape(b) != (W.shape[1],):
            raise DataError(
                f"{path}: weights[{k}] has shape {W.shape} and biases[{k}] has {_shape_in_words(b)}. There "
                f"must be one bias per column of the weights: {W.shape[1]}."
            )
    if _shape(given["x"])[-1:] != (sizes[0],):
        raise DataError(
            f"{path}: weights[0] has shape {matrices[0].shape} and x has {_shape_in_words(given['x'])}. x "
            f"must have one number per row of the first weights: {sizes[0]}."
        )
    options = {name: given[name] for name in ("activation", "output_activation") if name in given}
    try:
        network = Network(sizes, weights=matrices, biases=biases, **options)
    except ParameterError as error:
        raise DataError(f"{path}: {error}") from error
    return Exercise(network, given["x"], given["y"], given.get("loss"))


def _read(path: Path) -> dict[str, Any]:
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():  # a pipe would wait, a device never ends
            raise DataError(f"{path} is not a regular file.")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"There is no file {str(path)!r}. Example: {EXAMPLE}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        said = f"{path} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        line = (text.splitlines() or [""])[min(error.lineno, text.count("\n") + 1) - 1]
        start = max(0, error.colno - 40)
        pointed = f"\n  {line[start : start + 70]}\n  {' ' * (error.colno - 1 - start)}^"
        raise DataError(said + pointed) from error
    except ValueError as error:  # a number of thousands of digits
        raise DataError(f"{path} cannot be read as JSON: {error}.") from error
    except RecursionError:
        raise DataError(f"{path}: its lists are nested too deeply; weights have three levels.") from None
    if not isinstance(given, dict):
        raise DataError(f"{path} must hold one JSON object, such as {EXAMPLE}")
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        raise DataError(f"{path} lacks {', '.join(map(repr, missing))}. Example: {EXAMPLE}")
    known = (*REQUIRED, *OPTIONAL)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise DataError(f"{path}: {name!r} is not a known field.{meant} There are: {', '.join(known)}.")
    n_blocks = len(given["weights"]) if isinstance(given["weights"], list) else 0
    if not n_blocks:
        raise DataError(
            f"{path}: 'weights' must be a list with a matrix per block; got {_short(given['weights'])}."
        )
    biases = given.get("biases")
    if biases is not None and (not isinstance(biases, list) or len(biases) != n_blocks):
        raise DataError(
            f"{path}: 'biases' must be a list with a list of numbers per block, here {n_blocks}; got "
            f"{_short(biases)}."
        )
    return given


def _matrix(path: Path, name: str, rows: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        matrix = np.array(rows, dtype=np.float64)
    except (OverflowError, TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.ndim != 2 or not matrix.size:
        raise DataError(
            f"{path}: {name!r} must be a matrix, a list of rows of the same length, one row per input; got "
            f"{_short(rows)}."
        )
    return matrix


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _shape(numbers: Any) -> tuple[int, ...]:
    """Return the shape of nested lists, or an empty one if their rows differ in length."""
    try:
        return np.shape(numbers)
    except ValueError:
        return ()


def _shape_in_words(numbers: Any) -> str:
    uneven = isinstance(numbers, list) and not _shape(numbers)
    return "rows of different lengths" if uneven else f"shape {_shape(numbers)}"


def _fit(matrices: list[np.ndarray[Any, np.dtype[np.float64]]]) -> bool:
    return all(W.shape[1] == following.shape[0] for W, following in pairwise(matrices))
