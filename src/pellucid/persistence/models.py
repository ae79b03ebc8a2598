"""Saving and loading of a network or a fitted estimator in one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.core import Activation, Initializer, Loss, Network
from pellucid.estimators import MLPClassifier, MLPRegressor, Perceptron
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.container import FORMAT_VERSION, Tensors, naming, read, write
from pellucid.persistence.estimators import LATER, is_history_row, pack_estimator, unpack_estimator
from pellucid.persistence.fields import Check, check_fields, of_type, whole
from pellucid.persistence.history import Row, recall
from pellucid.persistence.networks import pack_network, unpack_network
from pellucid.persistence.perceptrons import pack_perceptron, unpack_perceptron
from pellucid.persistence.tables import pack_table_estimator, unpack_table_estimator
from pellucid.persistence.values import Custom, decode, encode
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.members.standing import TableTraining
from pellucid.version import __version__

__all__ = ["load", "read_header", "save", "write_model"]

Kind = tuple[type, Callable[..., tuple[dict[str, Any], Tensors]], Callable[..., Any]]


def _unpack_network(cls: type, header: dict[str, Any], tensors: Tensors, custom: Custom) -> Network:
    network = unpack_network(header.pop("network"), tensors, custom)
    check_fields(header, {}, "The rest of a network's header")
    return network


KINDS: tuple[Kind, ...] = (
    (MLPClassifier, pack_estimator, unpack_estimator),
    (MLPRegressor, pack_estimator, unpack_estimator),
    (Network, pack_network, _unpack_network),
    (Perceptron, pack_perceptron, unpack_perceptron),
    (TabularClassifier, pack_table_estimator, unpack_table_estimator),
    (TabularRegressor, pack_table_estimator, unpack_table_estimator),
)
CLASSES: dict[str, Kind] = {row[0].__name__: row for row in KINDS}
COMMON: dict[str, Check] = {
    "class": of_type(str),
    "format_version": whole(1),
    "pellucid_version": of_type(str),
    "notes": lambda value: type(value) is dict and value.get("$") == "dict",
}


def save(model: Any, path: str | os.PathLike[str], *, notes: Mapping[str, Any] | None = None) -> None:
    """Save a network or a fitted estimator in one safetensors file.

    The file holds everything needed to predict and to continue training, and no training data. It
    runs no code when loaded. A custom activation or loss is stored by name. A model whose weights or
    statistics contain NaN or infinity is not saved.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model to save.
    path : path
        The path of the file. It is replaced in one step: after a crash, either the old or the new file is there.
    notes : dict, optional
        Anything that JSON can hold, for :func:`pellucid.persistence.read_header`.

    Raises
    ------
    ParameterError
        If the model, or one of its parameters, cannot be saved. Nothing is written then.

    See Also
    --------
    load : The counterpart.

    Examples
    --------
    >>> import os, tempfile
    >>> from pellucid import Network, load, save
    >>> net = Network([2, 3, 1], random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(net, os.path.join(folder, "net.safetensors"))
    ...     same = load(os.path.join(folder, "net.safetensors"))
    >>> bool((same.parameters == net.parameters).all())
    True
    """
    write_model(model, path, notes or {})


def write_model(
    model: Any, path: str | os.PathLike[str], notes: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> None:
    """Save a model with ``more`` in its header, which :func:`load` must recognize."""
    name = type(model).__name__
    cls, pack, _ = CLASSES.get(name, (None, None, None))
    if pack is None or cls is not type(model):
        raise ParameterError(f"save takes one of {sorted(CLASSES)}; got {name}.")
    header, tensors = pack(model)
    header |= {
        "class": name,
        "format_version": FORMAT_VERSION,
        "pellucid_version": __version__,
        "notes": encode(dict(notes), "notes"),
        **(more or {}),
    }
    write(path, header, tensors)


def load(path: str | os.PathLike[str], *, custom: Mapping[str, Any] | None = None) -> Any:
    """Load a model written by :func:`save`, without running any code from the file.

    Parameters
    ----------
    path : path
        The file.
    custom : dict, optional
        Custom activations, losses and initializers by name, if the model uses any.

    Returns
    -------
    Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model. With ``warm_start=True`` an MLP continues training as if it had never stopped, and so does a
        tabular estimator from a checkpoint.

    Raises
    ------
    ModelFileError
        If the file is truncated, altered, foreign, of a newer version, uses something that ``custom``
        does not contain, holds values that no model can have, such as NaN among its weights, or would take more
        memory than 32 MB and 18 times its size.
    ParameterError
        If an entry of ``custom`` is not an activation, loss or initializer.

    See Also
    --------
    save : The counterpart.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid import Network, load, save
    >>> net = Network([2, 3, 1], random_state=0)
    >>> with TemporaryDirectory() as folder:
    ...     save(net, f"{folder}/net.safetensors")
    ...     again = load(f"{folder}/net.safetensors")
    >>> bool((again.parameters == net.parameters).all())
    True
    """
    custom = _check_custom(custom)
    header, tensors = read(path)
    with naming(path):
        return _unpack(path, header, tensors, custom)[0]


def _unpack(
    path: str | os.PathLike[str], header: dict[str, Any], tensors: Tensors, custom: Custom
) -> tuple[Any, dict[str, list[Row]]]:
    """Return the model that a header describes, and the rows that are stored next to it.

    The header and the tensors are used up.
    """
    if header["class"] not in CLASSES:
        raise ModelFileError(f"It holds a {header['class']!r}, which this version of pellucid does not know.")
    cls, _, unpack = CLASSES[header["class"]]
    common = {name: header.pop(name) for name in COMMON}
    check_fields(common, COMMON, "The header")
    earlier = recall(path, header.pop("history_files", None))
    model = unpack(cls, header, tensors, custom)
    if tensors:
        raise ModelFileError(f"It holds the tensors {sorted(tensors)}, which the model does not have.")
    _join(model, earlier)
    return model, earlier


def _join(model: Any, earlier: dict[str, list[Row]]) -> None:
    """Put the rows stored next to a checkpoint before those stored in it."""
    training = None if isinstance(model, Network | Perceptron) else model.to_plain()["training"]
    if isinstance(training, TableTraining):
        histories = {str(place): there.member.history for place, there in training.standings.items()}
    else:
        histories = {} if training is None else {"": training.history}
    for part, rows in earlier.items():
        if part not in histories or not all(map(is_history_row, rows)):
            raise ModelFileError("The first rows of its history do not match it.")
        histories[part][:0] = rows


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the metadata of a model file, after the checks of :func:`load`.

    An activation or loss of your own is known by its name only, so that it need not be passed.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict
        ``class``, ``format_version``, ``pellucid_version``, ``notes``, ``network`` (sizes and options); for
        estimators also ``parameters``, ``classes``, ``feature_names``, ``history``, ``n_iter``; for those of
        tables ``networks``, ``members`` with their histories, and ``encoder`` with the columns.

    Raises
    ------
    ModelFileError
        As :func:`load`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid import Network, save
    >>> from pellucid.persistence import read_header
    >>> with TemporaryDirectory() as folder:
    ...     save(Network([2, 3, 1], random_state=0), f"{folder}/net.safetensors", notes={"by": "me"})
    ...     header = read_header(f"{folder}/net.safetensors")
    >>> header["class"], header["network"]["layer_sizes"], header["notes"]
    ('Network', [2, 3, 1], {'by': 'me'})
    """
    header, tensors = read(path)
    with naming(path):
        _, earlier = _unpack(path, dict(header), tensors, None)
        header.pop("history_files", None)
        training = header.pop("training", None)
        told = {key: decode(value, None) for key, value in header.items()}
        if "parameters" in told:
            told["parameters"] = LATER.get(told["class"], {}) | told["parameters"]
        for part, rows in earlier.items():
            record = told["members"][training["places"].index(int(part))] if part else told
            record["history"] = [*rows, *record["history"]]
        return told


def _check_custom(custom: Mapping[str, Any] | None) -> dict[str, Any]:
    """Refuse options that no file can have."""
    for name, row in (custom or {}).items():
        if not isinstance(row, Activation | Loss | Initializer):
            raise ParameterError(
                f"custom[{name!r}] must be an Activation, a Loss or an Initializer of pellucid.core; got {row!r}."
            )
    return dict(custom or {})
