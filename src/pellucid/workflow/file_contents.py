"""Contents of a model file, described from its header: layers, options, history, origin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pellucid import Network, load
from pellucid.persistence import read_header
from pellucid.persistence.networks import unpack_architecture
from pellucid.workflow.columns_found import columns_data
from pellucid.workflow.layer_tables import LayerTable, arrows, layers_of
from pellucid.workflow.origin import Origin
from pellucid.workflow.parameters_chosen import different_parameters
from pellucid.workflow.trained import check_is_file
from pellucid.workflow.tried_recipes import n_networks_text

__all__ = ["NetworkFile", "TabularFile", "describe_file", "excerpt", "excerpt_texts"]

LOSS, SCORE = "validation_loss", "validation_score"
MEASURES = ("loss", LOSS, SCORE, "learning_rate", "gradient_norm")
TABLES = ("TabularClassifier", "TabularRegressor")


@dataclass(frozen=True)
class NetworkFile:
    """Contents of a file with a network or an MLP estimator; no code of it runs.

    Parameters
    ----------
    path : Path
        The file.
    header : dict
        Its header.
    origin : Origin or None
        Its data and task, if ``pellucid train`` wrote it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid import Network, save
    >>> from pellucid.workflow import describe_file
    >>> with TemporaryDirectory() as folder:
    ...     save(Network([2, 3, 1]), f"{folder}/net.safetensors")
    ...     found = describe_file(f"{folder}/net.safetensors")
    >>> type(found).__name__, found.layers.n_parameters, found.layers.cost.forward
    ('NetworkFile', 13, 13)
    """

    path: Path
    header: dict[str, Any]
    origin: Origin | None

    @cached_property
    def layers(self) -> LayerTable:
        """The layers, in order.

        A custom activation appears under its name; its function does not matter here.
        """
        architecture, dtype = unpack_architecture(self.header["network"])
        network = Network.from_architecture(architecture, initializer="zeros", dtype=dtype)
        return layers_of(network)

    @property
    def headlines(self) -> list[str]:
        """Class, size and versions, in two lines."""
        network = self.header["network"]
        size = (
            f"{arrows(network['layer_sizes'])}, {self.layers.n_parameters:,} parameters in {network['dtype']}"
        )
        return _headlines(self.path, self.header, size)

    @property
    def options(self) -> dict[str, Any]:
        """The estimator's options that differ from its defaults."""
        return different_parameters(self.header["class"], self.header.get("parameters") or {})

    @property
    def history(self) -> list[dict[str, Any]]:
        """A dict for each epoch."""
        return self.header.get("history") or []

    def to_dict(self) -> dict[str, Any]:
        """Return the contents as plain data.

        Returns
        -------
        dict
            The layers, their cost, the parameters of the estimator, its history and origin.
        """
        header, sizes = self.header, self.header["network"]["layer_sizes"]
        return {
            **_versions(self.path, header),
            "layer_sizes": sizes,
            "dtype": header["network"]["dtype"],
            **self.layers.to_dict(),
            "parameters": header.get("parameters"),
            "classes": header.get("classes"),
            "n_features": header.get("n_features", sizes[0]),
            "feature_names": header.get("feature_names"),
            **_training(self.history, self.origin),
        }


@dataclass(frozen=True)
class TabularFile:
    """Contents of a file with an estimator for tables.

    Parameters
    ----------
    path : Path
        The file.
    header : dict
        Its header.
    model : TabularClassifier or TabularRegressor
        The estimator.
    origin : Origin or None
        Its data and task, if ``pellucid train`` wrote it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import describe_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     path = f"{folder}/iris.safetensors"
    ...     trained = train_file("iris", out=path, model="tabular", preset="fast", max_iter=2)
    ...     found = describe_file(path)
    >>> type(found).__name__, found.options["preset"]
    ('TabularFile', 'fast')
    """

    path: Path
    header: dict[str, Any]
    model: Any
    origin: Origin | None

    @property
    def n_parameters(self) -> int:
        """Number of parameters of all networks."""
        return sum(member.network.n_parameters for member in self.model.members_)

    @property
    def headlines(self) -> list[str]:
        """Class, size and versions, in two lines, and a third one about a linear model."""
        model, network = self.model, self.model.network_
        sizes = n_networks_text(model.members_, arrows(network.layer_sizes))
        if network.n_members > 1 and len(model.members_) == 1:
            sizes = f"{network.n_members} members that share weights, each {sizes}"
        size = f"{sizes}, {self.n_parameters:,} parameters in {network.dtype}"
        lines = _headlines(self.path, self.header, size)
        if model.linear_ is not None:
            lines.append(f"a linear model, with {model.linear_.share:.0%} of each prediction")
        return lines

    @property
    def options(self) -> dict[str, Any]:
        """The estimator's options that differ from its defaults."""
        return different_parameters(self.header["class"], self.model.get_params())

    @property
    def history(self) -> list[dict[str, Any]]:
        """A dict for each epoch of the first network."""
        found: list[dict[str, Any]] = self.model.history_
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the contents as plain data.

        Returns
        -------
        dict
            The size of the networks, the parameters of the estimator, its columns, history and origin.
        """
        model, network = self.model, self.model.network_
        parameters = model.get_params()
        return {
            **_versions(self.path, self.header),
            "members": len(model.members_),
            "linear_share": 0.0 if model.linear_ is None else model.linear_.share,
            "layer_sizes": network.layer_sizes,
            "dtype": str(network.dtype),
            "n_parameters": self.n_parameters,
            "parameters": {key: value for key, value in parameters.items() if not callable(value)},
            "classes": getattr(model, "classes_", None),
            "columns": columns_data(model.encoder_),
            "tried": list(model.tried_),
            **_training(self.history, self.origin),
        }


def describe_file(path: str | Path) -> NetworkFile | TabularFile:
    """Describe the contents of a model file.

    Parameters
    ----------
    path : path
        A model file.

    Returns
    -------
    NetworkFile or TabularFile
        Its layers, options, history and origin; ``to_dict`` returns them as plain data.

    Raises
    ------
    DataError
        If there is no such file.
    ModelFileError
        If it is not a model file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import describe_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", hidden_layer_sizes=(8,), max_iter=5)
    ...     found = describe_file(trained.path)
    >>> found.layers.n_parameters, len(found.history), found.origin.target
    (67, 5, 'target')
    """
    path = Path(path)
    check_is_file(path)
    header = read_header(path)
    origin = Origin.of(header, path)
    if header["class"] in TABLES:
        return TabularFile(path, header, load(path), origin)
    return NetworkFile(path, header, origin)


def excerpt(history: list[dict[str, Any]], most: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the informative columns of a history, and some epochs, including the first and the last.

    Parameters
    ----------
    history : list of dict
        A dict for each epoch.
    most : int
        Number of epochs, at least 2.

    Returns
    -------
    columns : list of str
        Names of the measures, without a score that says the same as the loss.
    rows : list of dict
        Epochs, evenly spaced.

    Examples
    --------
    >>> rows = [{"loss": 1 / n, "validation_loss": None, "validation_score": None} for n in range(1, 6)]
    >>> columns, some = excerpt(rows, 3)
    >>> columns, [row["loss"] for row in some]
    (['loss'], [1.0, 0.3333333333333333, 0.2])
    """
    columns = [name for name in MEASURES if any(row.get(name) is not None for row in history)]
    if all(row[LOSS] is None or row[SCORE] == -row[LOSS] for row in history):
        columns = [name for name in columns if name != SCORE]
    places = sorted({round(i * (len(history) - 1) / (most - 1)) for i in range(most)})
    return columns, [history[place] for place in places]


def _headlines(path: Path, header: dict[str, Any], size: str) -> list[str]:
    written = f"written by pellucid {header['pellucid_version']}, file format {header['format_version']}"
    return [f"{path}: {header['class']}, {size}", written]


def _versions(path: Path, header: dict[str, Any]) -> dict[str, Any]:
    return {"model": path, **{name: header[name] for name in ("class", "format_version", "pellucid_version")}}


def _training(history: list[dict[str, Any]], origin: Origin | None) -> dict[str, Any]:
    return {
        "epochs": len(history),
        "history": history,
        "training": None if origin is None else origin.about,
    }


def excerpt_texts(history: list[dict[str, Any]], most: int) -> tuple[list[str], list[list[str]]]:
    """Return an excerpt in words: the names of the measures, and for each epoch its number and values."""
    columns, rows = excerpt(history, most)
    return [name.replace("_", " ") for name in columns], [
        [str(row.get("epoch", "")), *("" if row.get(n) is None else f"{row[n]:.4g}" for n in columns)]
        for row in rows
    ]
