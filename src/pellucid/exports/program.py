"""Programs: a fitted model as graphs of operations, from the user's columns to labels, probabilities and numbers.

A program has three stages. ``encode`` turns columns into the matrix that the networks take, ``predict`` turns this
into the joined outputs of all members, and ``finish`` into the results of the estimator's methods. Between the
first two, a row with a category that fit did not see may be replaced by variants of it, over which ``predict`` is
averaged (see :mod:`pellucid.tabular.encoding.unseen`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pellucid.estimators import Perceptron, preparation_of
from pellucid.exceptions import ParameterError
from pellucid.exports.far_dates import check_dates
from pellucid.exports.finishing import finish_classes, finish_matrix, finish_numbers, task_of
from pellucid.exports.networks import arrays_of, n_rows_for, recorded_input, recorded_outputs
from pellucid.exports.tape import Node, constant, taped
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.features import Column, code_parts, encode_parts, number_parts
from pellucid.tabular.encoding.unseen import variants_of
from pellucid.tabular.members.member import shares_of
from pellucid.tabular.reading.columns import LABELED

__all__ = ["Graph", "Input", "Program", "Variants", "program_of"]

Array = NDArray[Any]
Recorded = Any  # a Taped array, which NumPy's types do not express

DAY = 86_400_000_000  # microseconds
NO_DATE = np.iinfo(np.int64).min
MISSING_TEXTS = ("", "\x1a", "<missing>", "<no category>")
DATES = ("date", "zoned date")


@dataclass(frozen=True)
class Input:
    """An input of an exported program.

    Parameters
    ----------
    name : str
        The user's name of the column; ``"X"`` for a matrix.
    kind : {"matrix", "number", "boolean", "text", "date"}
        Its values: numbers of float64 with NaN for missing; 0, 1 and NaN; text; microseconds since 1970-01-01
        as int64, in UTC if the column had a time zone.
    width : int, default=1
        The columns of a matrix.
    missing : float, int or str, default=nan
        The stand-in for a missing value.
    categories : tuple of str, default=()
        The known texts.
    low, high : float or None, default=None
        The range of its numbers in fit, rounded outwards.
    names : tuple of str, default=()
        The names of a matrix's columns, if they have any.
    reading : str, default=""
        The way in which text was read as numbers in fit, which the program leaves to the caller.
    unit : str, default=""
        The unit of its numbers: ``"seconds"`` for durations and times of day, ``"UTC"`` for dates with a time
        zone.
    """

    name: str
    kind: str
    width: int = 1
    missing: Any = float("nan")
    categories: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    names: tuple[str, ...] = ()
    reading: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Graph:
    """A stage: named results, as nodes that end in inputs and constants.

    Parameters
    ----------
    outputs : dict of str to Node
        The results.
    n_rows : int
        The number of rows of the tape, a prime that divides no other dimension.
    """

    outputs: dict[str, Node]
    n_rows: int


@dataclass(frozen=True)
class Variants:
    """Values that replace the columns of a category that fit did not see.

    Parameters
    ----------
    at : tuple of int
        Its columns of the encoded matrix.
    none : ndarray of shape (n_columns,)
        Their values without a known category.
    drawn : ndarray of shape (n_variants, n_columns)
        Their values in the variants.
    """

    at: tuple[int, ...]
    none: Array
    drawn: Array


@dataclass(frozen=True)
class Program:
    """A fitted model as graphs.

    Parameters
    ----------
    estimator : str
        The class of the model.
    task : {"classes", "labels", "numbers"}
        Its predictions: one class, any number of labels, numbers.
    inputs : tuple of Input
        The user's columns, or one matrix.
    encode, predict, finish : Graph
        The stages. ``encode`` gives ``"encoded"``; ``predict`` takes it and gives ``"joined"``; ``finish`` takes
        that and gives ``"label"`` (the index of a class, or 0 and 1 per label) with ``"probabilities"``, or
        ``"prediction"``, with ``"quantiles"`` or ``"low"`` and ``"high"`` if there are any.
    variants : tuple of Variants, default=()
        The columns whose unseen categories are averaged over.
    classes : tuple, default=()
        The classes or labels, as Python values.
    names : tuple of str, default=()
        The names of the encoded columns.
    n_members, n_parameters : int
        The number of networks, and of all their parameters.
    coverage : float or None, default=None
        The share of targets that intervals should contain.
    arrays : dict of str to ndarray, default={}
        The parameters of the networks, by member, layer and name: ``"0.2.weights"``, each of the
        shape that it has there.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.exports import program_of
    >>> program = program_of(Network([2, 3, 1], random_state=0))
    >>> program.task, program.n_members, program.n_parameters
    ('numbers', 1, 13)
    """

    estimator: str
    task: str
    inputs: tuple[Input, ...]
    encode: Graph
    predict: Graph
    finish: Graph
    variants: tuple[Variants, ...] = ()
    classes: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    n_members: int = 1
    n_parameters: int = 0
    coverage: float | None = None
    arrays: dict[str, Array] = field(default_factory=dict)


def program_of(model: Any, *, coverage: float | None = None) -> Program:
    """Return a fitted model as a program.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A network or a fitted estimator.
    coverage : float, optional
        The share of targets in (0, 1) that intervals should hold, for a :class:`TabularRegressor`. Default: no
        intervals.

    Returns
    -------
    Program
        Its graphs.

    Raises
    ------
    ParameterError
        If the model is not a pellucid model, or computes something that cannot be written outside Python.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.exports import program_of
    >>> program = program_of(Network([2, 3, 1], random_state=0))
    >>> program.inputs[0].name, list(program.finish.outputs)
    ('X', ['prediction'])
    """
    if coverage is not None and not isinstance(model, TabularRegressor):
        raise ParameterError(
            f"'coverage' must be None for {type(model).__name__}; got {coverage!r}. Only a TabularRegressor has "
            "intervals."
        )
    if isinstance(model, TabularClassifier | TabularRegressor):
        check_is_fitted(model)
        if coverage is not None and model.coverage_by is not None:
            raise ParameterError(
                "'coverage' must be None for a model with 'coverage_by', whose intervals differ between "
                f"categories and are not exported; got {coverage!r}."
            )
        return _of_table(model, coverage)
    return _of_matrix(model)


def _classes(model: Any) -> tuple[Any, ...]:
    """Return the classes as plain values; dates and durations as text in NumPy's format."""
    classes = np.asarray(getattr(model, "classes_", ()))
    return tuple((classes.astype(str) if classes.dtype.kind in "Mm" else classes).tolist())


# ---- models of a matrix -------------------------------------------------------------------------------------


def _of_matrix(model: Any) -> Program:
    how = preparation_of(model)
    network = how.network.copy(np.float32)
    n = n_rows_for([network], [network.layer_sizes[0], len(how.classes) + 1])
    X = recorded_input(n, "X", (network.layer_sizes[0],))
    is_scaled = how.input_mean is not None and how.input_scale is not None
    scaled: Recorded = (X - how.input_mean) / how.input_scale if is_scaled else X
    encoded = Graph({"encoded": scaled.astype(np.float32).node}, n)
    encoded_rows = recorded_input(n, "encoded", (network.layer_sizes[0],), np.float32)
    outputs = recorded_outputs(network, encoded_rows, scores=isinstance(model, Perceptron))
    joined = recorded_input(n, "joined", (network.layer_sizes[-1],))
    names = tuple(how.feature_names)
    return Program(
        type(model).__name__,
        task_of(model),
        (Input("X", "matrix", network.layer_sizes[0], names=names),),
        encoded,
        Graph({"joined": outputs.astype(np.float64).node}, n),
        Graph({name: value.node for name, value in finish_matrix(model, how, joined).items()}, n),
        classes=_classes(model),
        names=names,
        n_parameters=network.n_parameters,
        arrays=arrays_of([network]),
    )


# ---- models of a table --------------------------------------------------------------------------------------


def _of_table(model: Any, coverage: float | None) -> Program:
    encoder: TableEncoder = model.encoder_
    members, path = model.members_, model.linear_
    networks = [member.network for member in [*members, *([] if path is None else [path.member])]]
    variants = tuple(
        Variants(tuple(at), none.astype(np.float32), variants_of(known, shares, number).astype(np.float32))
        for number, (at, none, known, shares) in enumerate(encoder.one_hot_columns())
    )
    spread = None if coverage is None else model.spread_network_
    networks += [] if spread is None else [spread]
    names = tuple(encoder.names_)
    n = n_rows_for(networks, [len(names)])
    taken = [_input_of(column) for column in encoder.columns_]
    read = [_read(n, given) for given in taken]
    encoded = _encoded(encoder, [value for value, _ in read], n)
    X = recorded_input(n, "encoded", (len(names),), np.float32)
    each = [member.targets.decode(recorded_outputs(member.network, X)) for member in members]
    shares = shares_of(members)
    if shares is not None:
        each = [predicted * float(share) for predicted, share in zip(each, shares, strict=True)]
    total = each[0]
    for other in each[1:]:
        total = total + other
    mean = total / float(len(each)) if len(each) > 1 and shares is None else total
    if path is not None:
        linear = path.member.targets.decode(recorded_outputs(path.member.network, X.astype(np.float64)))
        mean = linear * path.share + mean * (1.0 - path.share)
    if spread is not None:  # which the last stage needs besides the predictions
        mean = np.concatenate([mean, recorded_outputs(spread, X.astype(np.float64))], axis=1)
    joined = recorded_input(n, "joined", (mean.shape[1],))
    finished = (
        finish_classes(model, joined)
        if hasattr(model, "classes_")
        else finish_numbers(model, joined, coverage)
    )
    return Program(
        type(model).__name__,
        task_of(model),
        tuple(taken),
        Graph({"encoded": encoded.astype(np.float32).node}, n),
        Graph({"joined": mean.node}, n),
        Graph({name: value.node for name, value in finished.items()}, n),
        variants,
        _classes(model),
        names,
        sum(network.n_members for network in networks),
        sum(network.n_parameters for network in networks),
        coverage,
        arrays_of(networks),
    )


def _input_of(column: Column) -> Input:
    """Return the input that a user's column becomes."""
    if column.kind == "text" and column.features:
        raise ParameterError(
            f"'model' reads column {column.name!r} as free text, and no export computes its n-grams. Fit it "
            "without this column of 'text_columns', or predict in Python."
        )
    reading = "" if column.reading is None else column.reading.kind
    if column.kind == "boolean":
        return Input(column.name, "boolean", reading=reading)
    if column.kind in DATES:
        check_dates("model", column.name, [] if column.low is None else [column.low, column.high])
        unit = "UTC" if column.kind == "zoned date" else ""
        return Input(
            column.name,
            "date",
            missing=int(NO_DATE),
            low=column.low,
            high=column.high,
            reading=reading,
            unit=unit,
        )
    if column.kind in LABELED:
        taken, missing = set(column.categories), MISSING_TEXTS[0]
        for text in MISSING_TEXTS[1:]:
            missing = text if missing in taken else missing
        while missing in taken:
            missing = f"<{missing}>"
        return Input(column.name, "text", missing=missing, categories=column.categories)
    unit = "seconds" if column.kind == "duration" else ""
    return Input(column.name, "number", low=column.low, high=column.high, reading=reading, unit=unit)


def _read(n: int, given: Input) -> tuple[Recorded, Input]:
    """Return an input as the encoder takes it: numbers with NaN for missing, days, or codes with 0 for none."""
    if given.kind == "text":
        codes = np.arange(n) % (len(given.categories) + 1)
        text = Node("input", (), {"name": given.name}, (n,), "str")
        lookup = Node("lookup", (text,), {"keys": given.categories}, (n,), "int64")
        return taped(codes, lookup), given
    if given.kind == "boolean":
        cells = taped(np.arange(n) % 2.0, name=given.name)
        return np.where(np.isnan(cells), 0.0, cells + 1.0).astype(np.int64), given
    if given.kind == "date":
        cells = taped(np.arange(n, dtype=np.int64) * DAY // 3, name=given.name)
        rest = np.remainder(cells, constant(DAY, np.int64))
        whole = (cells - rest).astype(np.float64) / float(DAY)
        days = whole + rest.astype(np.float64) / float(DAY)
        return np.where(cells == constant(NO_DATE, np.int64), np.nan, days), given
    return taped(np.arange(n) + 0.5, name=given.name), given


def _encoded(encoder: TableEncoder, read: list[Recorded], n: int) -> Recorded:
    clip = None if encoder.is_sparse_ else encoder.smooth_clip
    columns: list[list[Any]] = []
    for column, values in zip(encoder.columns_, read, strict=True):
        parts = {}
        if column.features:
            parts = (code_parts if column.kind in LABELED else number_parts)(column, values)
        columns.append(encode_parts(column, parts, clip))
    return np.stack([each.astype(np.float64) for each in encoder.in_order(columns)], axis=1)
