"""Beginnings of the page: the data and the setup that it opens with, and a file that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.files import replace_file
from pellucid.playground.boot import page_with
from pellucid.playground.datasets import EXAMPLES
from pellucid.playground.errors import SetupError
from pellucid.playground.own import encode
from pellucid.playground.setups import FIRST, read_setup
from pellucid.playground.tables import check_size, own_table, table_of_file

__all__ = ["beginning", "save_page"]


def beginning(
    data: Any = None,
    *,
    target: str | None = None,
    example: str | None = None,
    setup: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the page starts with.

    Parameters
    ----------
    data : str, Path or data frame, optional
        A table to open: a file, a set that comes with scikit-learn, or a data frame.
    target : str, optional
        The column to predict. Default: the one that the set names, else the last.
    example : str, optional
        A built-in example in place of data, by its name in :data:`pellucid.playground.datasets.EXAMPLES`.
    setup : dict, optional
        Parts of a setup other than data: network, loss, optimizer and so on.

    Returns
    -------
    dict
        Boot data: ``setup``, complete and accepted.

    Raises
    ------
    ParameterError, DataError
        If an option or the data is not accepted; the message says what is.
    """
    if data is not None and example is not None:
        raise ParameterError("Give either data or an example, not both.")
    if target is not None and data is None:
        raise ParameterError("target is a column of data; give data too.")
    if example is not None and example not in EXAMPLES:
        raise ParameterError(f"'example' must be one of {', '.join(EXAMPLES)}; got {example!r}.")
    parts = dict(setup or {})
    try:
        if data is not None:
            parts["data"] = _table(data, target)
        elif example is not None:
            parts["data"] = {"name": example}
        whole = {**FIRST, **parts}
        read = read_setup(whole)
        if "loss" not in parts:
            is_own = read.data.get("name") == "own"
            task = encode(read.data).task if is_own else _task_of(str(read.data.get("name")))
            whole["loss"] = "squared_error" if task == "regression" else "log_loss"
    except SetupError as error:
        kind = DataError if error.parameter.startswith("data") else ParameterError
        raise kind(str(error)) from error
    return {"setup": whole}


def save_page(
    path: str | Path,
    data: Any = None,
    *,
    target: str | None = None,
    example: str | None = None,
    setup: Mapping[str, Any] | None = None,
) -> None:
    """Save the page as a file that works offline, without Python: it trains small networks itself.

    Parameters
    ----------
    path : str or Path
        The file, whose name should end in ``.html``; a file of this name is replaced.
    data : str, Path or data frame, optional
        A table to open: a file, a set that comes with scikit-learn, or a data frame. Its rows become part
        of the file.
    target : str, optional
        The column to predict. Default: the one that the set names, else the last.
    example : str, optional
        A built-in example in place of data, such as ``"moons"`` or ``"digits"``.
    setup : dict, optional
        Parts of a setup other than data: network, loss, optimizer and so on.

    Raises
    ------
    ParameterError, DataError
        If an option or the data is not accepted.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pellucid.playground import save_page
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_page(Path(folder, "moons.html"), example="moons")
    ...     Path(folder, "moons.html").read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    boot = {**beginning(data, target=target, example=example, setup=setup), "door": "file"}
    replace_file(path, page_with(boot).encode())


def _task_of(name: str) -> str:
    return {0: "regression", 2: "binary"}.get(len(EXAMPLES[name].classes), "multiclass")


def _table(data: Any, target: str | None) -> dict[str, Any]:
    if isinstance(data, str | Path):
        return table_of_file(str(data), target)
    import narwhals as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise ParameterError(
            f"'data' must be the name of a file, or a data frame; got {type(data).__name__}."
        ) from error
    check_size(len(frame), len(frame.columns))
    return own_table("data frame", list(map(str, frame.columns)), list(frame.iter_rows()), [], target)
