"""Traces of files: rows of a table through a model, or the network of a weights file; and their pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pellucid.exceptions import ParameterError, PellucidError
from pellucid.explain import Trace, trace
from pellucid.explain.digits import Precision
from pellucid.explain.entries import Document
from pellucid.explain.equations import literal
from pellucid.explain.html import set_html
from pellucid.explain.json_ import set_json
from pellucid.explain.latex import set_latex
from pellucid.explain.text import set_text
from pellucid.host.files import replace_file
from pellucid.workflow.chosen_rows import chosen_rows
from pellucid.workflow.listening import Listener
from pellucid.workflow.weights_file import read_weights
from pellucid.workflow.wording import option

__all__ = ["FORMATS", "PageFormat", "TracedFile", "page_format", "trace_rows", "trace_weights", "write_page"]


@dataclass(frozen=True)
class TracedFile:
    """Trace of a file, with a title and remarks for its page.

    Parameters
    ----------
    trace : Trace
        The calculation.
    title : str
        A line.
    remarks : tuple of str, default=()
        Notes.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import trace_weights
    >>> text = '{"weights": [[[0.5], [-1.0]]], "biases": [[0.1]], "x": [1, 2], "y": 1}'
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "network.json")
    ...     n_written = path.write_text(text)
    ...     found = trace_weights(path)
    >>> found.trace.outputs.round(3).tolist()
    [[-1.4]]
    """

    trace: Trace
    title: str
    remarks: tuple[str, ...] = ()

    def document(
        self,
        notation: str = "pellucid",
        *,
        differences: bool = False,
        by_hand: int | None = None,
        steps: int = 0,
    ) -> Document:
        """Return the calculation in a notation.

        Parameters
        ----------
        notation : str, default="pellucid"
            A name of :data:`pellucid.explain.NOTATIONS`.
        differences : bool, default=False
            True to compare the gradients with finite differences.
        by_hand : int, optional
            Decimals of a second calculation, which is rounded after every operation.
        steps : int, default=0
            Steps of gradient descent whose losses and outputs are listed.

        Returns
        -------
        Document
            The page, for a renderer.
        """
        found = self.trace.document(notation, differences=differences, by_hand=by_hand, steps=steps)
        return replace(found, title=self.title, remarks=(*found.remarks, *self.remarks))


def trace_weights(path: str | Path, *, learning_rate: float = 1.0) -> TracedFile:
    """Trace the network and the sample of a small JSON file, such as those of an exercise.

    Parameters
    ----------
    path : path
        A JSON file with ``weights``, ``x``, ``y``, and optionally ``biases``, ``activation``,
        ``output_activation`` and ``loss``.
    learning_rate : float, default=1.0
        Learning rate of the step.

    Returns
    -------
    TracedFile
        Every number.

    Raises
    ------
    DataError
        If there is no such file, it is not JSON, or its arrays do not fit together.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import trace_weights
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "network.json")
    ...     n_written = path.write_text('{"weights": [[[0.5], [-1.0]]], "x": [1, 2], "y": 1}')
    ...     found = trace_weights(path)
    >>> found.trace.loss
    3.125
    """
    exercise = read_weights(Path(path))
    try:
        found = trace(
            exercise.network, exercise.x, exercise.y, loss=exercise.loss, learning_rate=learning_rate
        )
    except PellucidError as error:
        raise type(error)(f"{path}: {error}") from error
    return TracedFile(found, f"The network of {literal(str(path))}")


def trace_rows(
    model: str | Path,
    rows: Sequence[int],
    *,
    data: str | None = None,
    target: str | None = None,
    learning_rate: float = 1.0,
    member: int | str | None = None,
    listener: Listener | None = None,
) -> TracedFile:
    """Trace rows of a table through the network of a model file.

    Parameters
    ----------
    model : path
        A model file of :func:`train_file`.
    rows : sequence of int
        Their numbers, from 1; several rows form a batch.
    data : str, optional
        The table; that of training by default, if it has not changed.
    target : str, optional
        The column with the true target; that of training by default.
    learning_rate : float, default=1.0
        Learning rate of the step.
    member : int, str or None, default=None
        The network of an estimator for tables that is traced, from 0, or ``"linear"``: its linear model. None for
        the first network.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    TracedFile
        Every number; its remarks are the true targets and the predictions.

    Raises
    ------
    DataError
        If a file cannot be read, or has no such row.
    ParameterError
        If no row is chosen, or the table or its target is unknown.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import trace_rows, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     found = trace_rows(trained.path, [1, 51])
    >>> found.trace.outputs.shape
    (2, 3)
    """
    chosen = chosen_rows(Path(model), list(rows), data, target, listener=listener or Listener())
    column = literal(chosen.target)
    remarks = tuple(
        f"Row {number}: {column} is {literal(str(truth))}, the model predicts {_answer(answer)}."
        for number, truth, answer in zip(rows, chosen.y.tolist(), chosen.predicted.tolist(), strict=True)
    )
    place = int(member or 0) if str(member or 0).isdecimal() else str(member)
    found = trace(chosen.trained.model, chosen.inputs, chosen.y, learning_rate=learning_rate, member=place)
    which = f"Row {rows[0]}" if len(rows) == 1 else f"Rows {', '.join(map(str, rows))}"
    return TracedFile(found, f"{which} of {literal(chosen.source)} through {literal(str(model))}", remarks)


def _answer(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else literal(str(value))


# ---- pages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PageFormat:
    """Form in which a page is written.

    Parameters
    ----------
    name : str
        Its name.
    render : callable
        Return the text of a document.
    suffixes : tuple of str
        The suffixes of its files.
    whole : dict
        Options of a page that is a file of its own.
    """

    name: str
    render: Callable[..., str]
    suffixes: tuple[str, ...]
    whole: dict[str, Any]


FORMATS = {
    row.name: row
    for row in (
        PageFormat("text", set_text, (".txt",), {"width": 100}),
        PageFormat("latex", set_latex, (".tex",), {"standalone": True}),
        PageFormat("html", set_html, (".html", ".htm"), {"standalone": True}),
        PageFormat("json", set_json, (".json",), {}),
    )
}


def page_format(name: str | None, out: Path | None) -> PageFormat:
    """Return the format with a name, or else for a file's suffix, or else text.

    Parameters
    ----------
    name : str or None
        A key of :data:`FORMATS`.
    out : Path or None
        The file to write.

    Returns
    -------
    PageFormat
        The format.

    Raises
    ------
    ParameterError
        If there is no such format, or the suffix is of none.
    """
    if name is None and out is not None:
        of_suffix = {suffix: row for row in FORMATS.values() for suffix in row.suffixes}
        if out.suffix.lower() not in of_suffix:
            raise ParameterError(
                f"{option('out')} must end in one of {', '.join(of_suffix)}, or come with {option('format')}; "
                f"got {out}."
            )
        return of_suffix[out.suffix.lower()]
    if (name or "text") not in FORMATS:
        raise ParameterError(f"{option('format')} must be one of {', '.join(FORMATS)}; got {name!r}.")
    return FORMATS[name or "text"]


def write_page(page: Document, out: Path, kind: PageFormat, *, precision: Precision = 3) -> None:
    """Write a document to a self-contained file atomically.

    Parameters
    ----------
    page : Document
        The page.
    out : Path
        The file.
    kind : PageFormat
        Its format.
    precision : int or "full", default=3
        Decimals.
    """
    replace_file(out, kind.render(page, precision=precision, **kind.whole).encode())
