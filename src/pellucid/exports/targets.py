"""Kinds of export: one row each, from a program to the bytes of its files and to their predictions."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.exports.c_source import c_source
from pellucid.exports.card import card_files
from pellucid.exports.onnx_graph import encoder_model, onnx_model
from pellucid.exports.program import Program
from pellucid.exports.python_source import numpy_source, row_source
from pellucid.exports.runtimes import run_c, run_onnx, run_python, run_rows
from pellucid.host.files import is_stream

__all__ = ["TARGETS", "Made", "Target", "paths_of", "target_of"]

Array = NDArray[Any]
N_SELF_TEST = 32
FEWEST, ROW_BY_ROW = 5, 20_000_000  # rows, and products that the standard library computes in seconds


@dataclass(frozen=True)
class Made:
    """Files of an export before they are written.

    Parameters
    ----------
    files : dict of str to bytes
        Contents by suffix: ``{".h": …, ".c": …}``.
    run : callable or None, default=None
        From inputs of the program to outputs and the name of the runtime, or None if nothing can run it.
    reasons : tuple of str, default=()
        Explanations of differences.
    most_rows : int or None, default=None
        The number of rows that it predicts in seconds, if this is small.
    """

    files: dict[str, bytes]
    run: Callable[[Mapping[str, Array]], tuple[dict[str, Array], str] | None] | None = None
    reasons: tuple[str, ...] = ()
    most_rows: int | None = None


@dataclass(frozen=True)
class Target:
    """A kind of export.

    Parameters
    ----------
    name : str
        Its name in ``to=...``.
    suffix : str
        The suffix of the path that it is written to.
    says : str
        A line that describes it.
    make : callable
        ``make(program, stem, rows, expected, **options)`` returns :class:`Made`.
    tolerance : float
        The largest difference that passes.
    options : tuple of str, default=()
        The options that it takes.
    beside : tuple of str, default=()
        The suffixes of files written next to it.
    others : tuple of str, default=()
        Other suffixes of the path, each another format.
    of_model : bool, default=False
        True if it describes the model and does not predict: ``make(model, path, **options)``.
    """

    name: str
    suffix: str
    says: str
    make: Callable[..., Made]
    tolerance: float
    options: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    of_model: bool = False


def target_of(to: str | None, path: Path) -> Target:
    """Return the kind of export that a name or the suffix of a path selects.

    Parameters
    ----------
    to : str or None
        A name in :data:`TARGETS`.
    path : Path
        Its suffix decides if there is no name.

    Returns
    -------
    Target
        The kind.

    Raises
    ------
    ParameterError
        If there is no such kind.
    """
    if to is None:
        found = next(
            (row for row in TARGETS.values() if path.suffix.lower() in (row.suffix, *row.others)), None
        )
        if found is None:
            suffixes = ", ".join(f"{row.suffix} ({row.name})" for row in TARGETS.values())
            raise ParameterError(
                f"'path' must end in one of {suffixes}, unless to='onnx' or another kind is given; got "
                f"{path.name!r}."
            )
        return found
    if to not in TARGETS:
        raise ParameterError(f"'to' must be one of {list(TARGETS)}; got {to!r}.")
    return TARGETS[to]


def paths_of(target: Target, path: Path) -> dict[str, Path]:
    """Return the path of each file of an export.

    Parameters
    ----------
    target : Target
        The kind of export.
    path : Path
        The path that the user names.

    Returns
    -------
    dict of str to Path
        Paths by suffix.

    Raises
    ------
    ParameterError
        If a second file would have the name of this one.
    """
    if target.beside and (path.suffix.lower() in target.beside or not path.name or is_stream(path)):
        beside = " and ".join(target.beside)
        raise ParameterError(
            f"'path' must be a file whose name does not end in {beside}, since {target.name!r} writes a second "
            f"file that does; got {str(path)!r}."
        )
    return {target.suffix: path, **{suffix: path.with_suffix(suffix) for suffix in target.beside}}


def _onnx(
    program: Program, stem: str, rows: Any, expected: Any, *, part: str = "model", inputs: str = "auto"
) -> Made:
    model = onnx_model(program, part=part, inputs=inputs)
    import onnx

    onnx.checker.check_model(model, full_check=True)
    reasons = (
        "ONNX computes the network in float32, the model in the precision of its input.",
        "A graph cannot refuse infinity or new columns, and text must be written as in its metadata.",
    )

    def run(given: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
        if part == "model":
            return run_onnx(model, program, given)
        encoded, _ = run_onnx(encoder_model(program), program, given)
        found, runtime = run_onnx(model, program, encoded)
        return _with_classes(program, found), runtime

    return Made({".onnx": model.SerializeToString()}, run, reasons)


def _python(program: Program, stem: str, rows: Any, expected: Any, *, standard_library: bool = False) -> Made:
    source = row_source(program) if standard_library else numpy_source(program)
    run = run_rows if standard_library else run_python
    cost = program.n_parameters * (len(program.variants[0].drawn) if program.variants else 1)
    most = max(FEWEST, ROW_BY_ROW // max(1, cost)) if standard_library else None
    return Made({".py": source.encode()}, lambda given: run(source, program, given), most_rows=most)


def _c(program: Program, stem: str, rows: Any, expected: Any) -> Made:
    few = {name: values[:N_SELF_TEST] for name, values in rows.items()}
    wanted = {name: _numbered(program, name, values[:N_SELF_TEST]) for name, values in expected.items()}
    header, source = c_source(program, stem, rows=few, expected=wanted)

    def run(given: Mapping[str, Array]) -> tuple[dict[str, Array], str] | None:
        found = run_c(header, source, program, given, stem)
        return found and (_with_classes(program, found[0]), found[1])

    return Made({".h": header.encode(), ".c": source.encode()}, run, ("C computes in float32.",))


def _with_classes(program: Program, outputs: dict[str, Array]) -> dict[str, Array]:
    """Return outputs with classes in place of their numbers."""
    if program.task != "classes":
        return outputs
    return {**outputs, "label": np.array(program.classes)[outputs["label"].ravel()]}


def _numbered(program: Program, name: str, values: Any) -> Any:
    if name != "label" or program.task != "classes":
        return values
    places = {label: place for place, label in enumerate(program.classes)}
    return np.array([places[label] for label in np.asarray(values).tolist()], np.int64)


def _card(model: Any, path: Path, **options: Any) -> Made:
    return Made(card_files(model, path.suffix.lower(), **{"name": path.stem, **options}))


def _weights(program: Program, stem: str, rows: Any, expected: Any) -> Made:
    """Write the parameters of all networks by name."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(program.arrays)
    np.savez_compressed(buffer, **arrays)
    return Made({".npz": buffer.getvalue()})


TARGETS = {
    row.name: row
    for row in (
        Target(
            "onnx",
            ".onnx",
            "one graph of standard operators, with the preprocessing",
            _onnx,
            1e-5,
            ("part", "inputs"),
        ),
        Target("c", ".c", "C99 without dependencies: a header and a source", _c, 1e-5, beside=(".h",)),
        Target(
            "python",
            ".py",
            "one file that needs only NumPy, or nothing",
            _python,
            1e-5,
            ("standard_library",),
        ),
        Target("numpy-weights", ".npz", "the arrays alone", _weights, 0.0),
        Target(
            "card",
            ".md",
            "a model card in Markdown or .html",
            _card,
            0.0,
            ("notes", "findings", "name", "description", "license", "license_link", "limits"),
            others=(".html",),
            of_model=True,
        ),
    )
}
