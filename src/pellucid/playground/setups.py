"""Setups: the data, the network and the method of a run, as JSON that pages, links and files hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.core import ACTIVATIONS, INITIALIZERS, LOSSES, Network, Objective, get_loss
from pellucid.core.layers import NORMALIZATIONS
from pellucid.core.perceptron_rule import PERCEPTRON
from pellucid.engines import Engine, Problem, get_engine
from pellucid.estimators.parameters import PARAMETERS
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, get_schedule
from pellucid.playground.course import Edit
from pellucid.playground.datasets import EXAMPLES, Dataset
from pellucid.playground.errors import SetupError, about
from pellucid.playground.parts import (
    flag,
    known,
    mapping,
    name_of,
    number,
    one_or_each,
    options,
    shown,
    whole,
)  # fmt: skip
from pellucid.training import Plan, Stepper, TrainingState

__all__ = ["FIRST", "MOST_PARAMETERS", "STEP_LOSSES", "VERSION", "Setup", "read_setup"]

VERSION = 1
MOST_LAYERS, MOST_PARAMETERS, MOST_EDITS = 64, 2_000_000, 10_000
MOST_SIGNALS, MOST_WORK = 20_000_000, 2_000_000_000  # of a step: rows times units, rows times parameters
HORIZON = 200  # epochs that a schedule with a horizon spans, as max_iter of the estimators

FIRST: Mapping[str, Any] = {
    "version": VERSION,
    "data": {"name": "moons"},
    "network": {
        "hidden": [6], "activation": ["tanh"], "output_activation": None, "initializer": None,
        "dropout": 0, "normalization": None, "residual": False,
    },
    "loss": "log_loss", "loss_options": {}, "l1": 0, "l2": 0,
    "optimizer": {"name": "adam", "learning_rate": 0.03, "options": {}, "weight_decay": None},
    "schedule": {"name": "constant", "options": {}, "horizon": HORIZON},
    "batch_size": 10, "max_grad_norm": None, "shuffle": True, "seed": 0, "edits": [],
}  # fmt: skip
"""The setup of a first visit, with every part."""

STEP_LOSSES = {**LOSSES, PERCEPTRON.name: PERCEPTRON}
"""The losses of the page by name: those of the library, and the criterion of the perceptron."""

STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]


@dataclass(frozen=True)
class Setup:
    """A setup that was read: every part is accepted by itself.

    Parameters
    ----------
    data : dict
        ``{"name": ...}`` of an example, or an own table.
    hidden : list of int
        The widths of the hidden layers.
    activation, dropout, normalization, residual : list
        Of the hidden layers, one each.
    output_activation : str or None
        Of the last block; None is the one that suits task and loss.
    initializer : str or (str, float)
        The rule by which first values are drawn.
    loss : str
        The loss, with its options in ``loss_options``.
    l1, l2 : float
        The strengths of the penalties.
    optimizer : str
        The method, with its options in ``optimizer_options``.
    learning_rate : float
        The initial rate.
    weight_decay : float
        Decoupled weight decay.
    schedule : str
        The course of the rate, with its options in ``schedule_options``.
    horizon : int
        The epochs that a schedule with a horizon spans.
    batch_size : int
        Rows per step.
    max_grad_norm : float or None
        The longest gradient.
    shuffle : bool
        True to reorder the rows each epoch.
    seed : int
        Draws first values, orders of rows and dropped units.
    edits : list of Edit
        Parameters set by hand.
    """

    data: dict[str, Any]
    hidden: list[int]
    activation: list[str]
    output_activation: str | None
    initializer: Any
    dropout: list[float]
    normalization: list[str | None]
    residual: Any
    loss: str
    loss_options: dict[str, float]
    l1: float
    l2: float
    optimizer: str
    learning_rate: float
    optimizer_options: dict[str, float]
    weight_decay: float
    schedule: str
    schedule_options: dict[str, float]
    horizon: int
    batch_size: int
    max_grad_norm: float | None
    shuffle: bool
    seed: int
    edits: list[Edit] = field(default_factory=list)

    def output_for(self, task: str) -> str:
        """Return the activation of the last block for a task."""
        if self.output_activation is not None:
            return self.output_activation
        usual = {"multiclass": "softmax", "binary": "logistic", "multilabel": "logistic"}
        return usual.get(task) or STEP_LOSSES[self.loss].canonical[0]

    def generator(self) -> np.random.Generator:
        """Return the generator of the run: that of an estimator with ``random_state=seed``."""
        rng = np.random.default_rng(self.seed)
        rng.integers(2**31)  # where an estimator draws the seed of its validation split
        return rng

    def stepper(self, dataset: Dataset, engine: Engine | None = None) -> Stepper:
        """Return the training before its first step.

        Parameters
        ----------
        dataset : Dataset
            The data.
        engine : Engine, optional
            The engine. Default: the fastest one that runs here.

        Returns
        -------
        Stepper
            In float64.

        Raises
        ------
        SetupError
            If the parts do not fit each other or the data; it names the part.
        """
        sizes = [dataset.X.shape[1], *self.hidden, dataset.Y.shape[1]]
        n_parameters = sum((n + 1) * m for n, m in pairwise(sizes))
        if n_parameters > MOST_PARAMETERS:
            raise SetupError(
                "network.hidden",
                f"network.hidden: a network may have {MOST_PARAMETERS:,} parameters; this one has "
                f"{n_parameters:,}. Choose smaller layers.",
            )
        batch_size = min(self.batch_size, len(dataset.Y))
        if batch_size * sum(sizes) > MOST_SIGNALS or batch_size * n_parameters > MOST_WORK:
            raise SetupError(
                "batch_size",
                f"batch_size: {batch_size:,} rows a step are too many for a network of {sum(sizes):,} units and "
                f"{n_parameters:,} parameters. Choose smaller batches or layers.",
            )
        rng = self.generator()
        with about("network"):
            network = Network(
                sizes,
                activation=self.activation or "tanh",
                output_activation=self.output_for(dataset.task),
                initializer=self.initializer,
                dropout=self.dropout or 0.0,
                normalization=self.normalization or None,
                residual=self.residual,
                random_state=rng,
            )
        with about("loss"):
            loss = get_loss(STEP_LOSSES[self.loss], **self.loss_options).on(network.output_activation)
        outside = ~loss.form.targets.contains(dataset.Y)
        if outside.any():
            raise SetupError(
                "loss",
                f"loss: {self.loss} accepts targets in {loss.form.targets}; the data have "
                f"{dataset.Y[outside][0]:g}. Choose another loss.",
            )
        row = OPTIMIZERS[self.optimizer]
        if network.mixes_rows and batch_size < 2:
            raise SetupError(
                "batch_size",
                "'batch_size' must be at least 2 with batch_norm, since a row standardized by itself is 0; got 1.",
            )
        problem = Problem(
            Objective(network, loss, self.l1, self.l2),
            dataset.X, dataset.Y, dataset.weights, batch_size,
            row, row.resolve(self.optimizer_options), self.weight_decay, self.max_grad_norm,
        )  # fmt: skip
        with about("schedule.options"):
            schedule = get_schedule(self.schedule, **self.schedule_options)
        state = TrainingState(row.start(network.n_parameters), rng, self.horizon)
        plan = Plan(self.horizon, self.learning_rate, schedule, self.shuffle)
        return Stepper(problem, state, plan, engine or get_engine())


def read_setup(plain: Any) -> Setup:
    """Read a setup; parts that are left out are those of :data:`FIRST`.

    Parameters
    ----------
    plain : dict
        As JSON holds it.

    Returns
    -------
    Setup
        The setup.

    Raises
    ------
    SetupError
        If a part is unknown or not accepted; it names the part.

    Examples
    --------
    >>> from pellucid.playground.setups import read_setup
    >>> read_setup({"network": {"hidden": [8, 4]}, "seed": 3}).hidden
    [8, 4]
    """
    given = {**FIRST, **known("", plain, FIRST)}
    if given["version"] != VERSION:
        raise SetupError(
            "version", f"'version' must be {VERSION}; got {shown(given['version'])}. Update pellucid."
        )
    network = {**FIRST["network"], **known("network", given["network"], FIRST["network"])}
    optimizer = {**FIRST["optimizer"], **known("optimizer", given["optimizer"], FIRST["optimizer"])}
    schedule = {**FIRST["schedule"], **known("schedule", given["schedule"], FIRST["schedule"])}
    hidden = network["hidden"]
    if not isinstance(hidden, list) or len(hidden) > MOST_LAYERS:
        raise SetupError("network.hidden", f"'network.hidden' must be a list of up to {MOST_LAYERS} widths.")
    hidden = [whole("network.hidden", width, 1) for width in hidden]
    method = name_of("optimizer.name", optimizer["name"], STEPWISE)
    decay, norm = optimizer["weight_decay"], given["max_grad_norm"]
    return Setup(
        data=_data(given["data"]),
        hidden=hidden,
        **_of_network(network, len(hidden)),
        loss=name_of("loss", given["loss"], STEP_LOSSES),
        loss_options=options("loss_options", given["loss_options"]),
        l1=_strength("l1", given["l1"]),
        l2=_strength("l2", given["l2"]),
        optimizer=method,
        learning_rate=number(
            "optimizer.learning_rate", optimizer["learning_rate"], "a number > 0", lambda rate: rate > 0.0
        ),
        optimizer_options=_optimizer_options(method, optimizer["options"]),
        weight_decay=OPTIMIZERS[method].weight_decay
        if decay is None
        else _strength("optimizer.weight_decay", decay),
        schedule=name_of("schedule.name", schedule["name"], SCHEDULES),
        schedule_options=options("schedule.options", schedule["options"]),
        horizon=whole("schedule.horizon", schedule["horizon"], 1),
        batch_size=whole("batch_size", given["batch_size"], 1),
        max_grad_norm=None
        if norm is None
        else number("max_grad_norm", norm, "null or a number > 0", lambda longest: longest > 0.0),
        shuffle=flag("shuffle", given["shuffle"]),
        seed=whole("seed", given["seed"], 0),
        edits=_edits(given["edits"]),
    )


def _data(given: Any) -> dict[str, Any]:
    data = mapping("data", given)
    name_of("data.name", data.get("name"), [*EXAMPLES, "own"])
    return data


def _of_network(network: Mapping[str, Any], n: int) -> dict[str, Any]:
    hidden = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
    output, residual = network["output_activation"], network["residual"]

    def name_or_none(where: str, value: Any) -> str | None:
        return None if value is None else name_of(where, value, NORMALIZATIONS)

    def share(where: str, value: Any) -> float:
        return number(where, value, "a number in [0, 1)", lambda rate: 0.0 <= rate < 1.0)

    def kind(where: str, value: Any) -> Any:
        if isinstance(value, bool) or value == "activation":
            return value
        raise SetupError(where, f"'{where}' must be true, false or 'activation'; got {shown(value)}.")

    kinds = one_or_each("network.residual", residual, n, kind)
    return {
        "activation": one_or_each(
            "network.activation", network["activation"], n, lambda where, value: name_of(where, value, hidden)
        ),
        "output_activation": None
        if output is None
        else name_of("network.output_activation", output, ACTIVATIONS),
        "initializer": _initializer(network["initializer"]),
        "dropout": one_or_each("network.dropout", network["dropout"], n, share),
        "normalization": one_or_each("network.normalization", network["normalization"], n, name_or_none),
        # one for all is looked at by width; one for each is asked for by name
        "residual": kinds
        if isinstance(residual, list) and len(residual) > 1
        else (kinds[0] if kinds else False),
    }


def _initializer(given: Any) -> Any:
    where = "network.initializer"
    if given is None:
        return "sklearn"
    if isinstance(given, list) and len(given) == 2:
        return name_of(where, given[0], INITIALIZERS), number(where, given[1])
    return name_of(where, given, INITIALIZERS)


def _optimizer_options(method: str, given: Any) -> dict[str, float]:
    found = options("optimizer.options", given)
    with about("optimizer.options"):
        OPTIMIZERS[method].resolve(found)
    for name, value in found.items():
        accepted = [each for row in PARAMETERS if row.name == name for each in row.accepted]
        for interval in accepted:
            if isinstance(interval, Interval) and not interval.is_satisfied_by(value):
                where = f"optimizer.options.{name}"
                raise SetupError(where, f"'{where}' must be {interval}; got {value!r}.")
    return found


def _strength(where: str, value: Any) -> float:
    return number(where, value, "a number >= 0", lambda strength: strength >= 0.0)


def _edits(given: Any) -> list[Edit]:
    if not isinstance(given, list) or len(given) > MOST_EDITS:
        raise SetupError("edits", f"'edits' must be a list of up to {MOST_EDITS} edits.")
    found = []
    for each in given:
        edit = known("edits", each, ("step", "index", "value"))
        if len(edit) < 3:
            raise SetupError("edits", f"An edit has step, index and value; got {shown(each)}.")
        found.append(
            Edit(
                whole("edits.step", edit["step"], 0),
                whole("edits.index", edit["index"], 0),
                number("edits.value", edit["value"]),
            )
        )
    return found
