"""The parameters of ``TabularClassifier`` and ``TabularRegressor``, as rows of one table."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from pellucid.core.checks import is_whole
from pellucid.engines import ENGINES
from pellucid.tabular.members.recipe import RECIPES
from pellucid.tabular.output_range import range_of
from pellucid.tabular.settings import (
    ENCODER_SETTINGS,
    READING_SETTINGS,
    TEXT_COLUMNS,
    Setting,
    is_real,
    one_of,
    quoted,
)

__all__ = ["LOSSES", "SETTINGS", "choices_of", "settings_of"]

PRESETS = tuple(dict.fromkeys(name for name, _ in RECIPES))
LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson", "tweedie")


def _are_sizes(value: Any) -> bool:
    return value is None or all(is_whole(n, 1) for n in np.atleast_1d(value).tolist())


def _are_levels(value: Any) -> bool:
    levels = np.atleast_1d(value).tolist()
    are_shares = bool(levels) and all(is_real(q) and 0.0 < q < 1.0 for q in levels)
    return are_shares and levels == sorted(set(levels))


def _is_range(value: Any) -> bool:
    if value is None:
        return True
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if not is_pair or not all(each is None or (is_real(each) and each == each) for each in value):
        return False
    low, high = range_of(value)
    return low < high


def _is_count_or_none(value: Any) -> bool:
    return value is None or is_whole(value, 1)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "preset", f'{quoted(PRESETS)}, default="default"',
        '``"default"`` is the full recipe; ``"fast"`` is smaller and shorter; ``"best"`` tries many recipes in '
        "``time_budget`` (60 s by default) and mixes the best of them; see ``tried_``. The others are "
        "exactly those of [1]_.",
        f"be one of {list(PRESETS)}", one_of(*PRESETS), choices=PRESETS,
    ),
    Setting(
        "loss", f'{quoted(LOSSES)}, default="squared_error"',
        "The loss to minimize. Predictions are, in this order, means, medians, between the two, quantiles, means "
        "of counts, and means of amounts that are often 0 (``\"tweedie\"``, variance ∝ mean^1.5).",
        f"be one of {list(LOSSES)}", one_of(*LOSSES), only="numbers", choices=LOSSES,
    ),
    Setting(
        "quantiles", "float or tuple of float, default=(0.1, 0.5, 0.9)",
        'The levels for ``loss="quantile"``, increasing and in (0, 1). Predicted quantiles do not '
        "cross [3]_.",
        "increase and lie in (0, 1), such as (0.1, 0.5, 0.9)", _are_levels,
        only="numbers", beside=("loss", "quantile"),
    ),
    Setting(
        "huber_delta", "float, default=1.0",
        "The error at which ``loss=\"huber\"`` turns from squared to linear, in standard deviations of y.",
        "be a number > 0", lambda value: is_real(value) and value > 0.0,
        only="numbers", beside=("loss", "huber"),
    ),
    Setting(
        "n_members", 'int or "auto", default="auto"',
        'The number of networks to average, >= 1, each holding out a different part of the rows. ``"auto"``: 5 '
        "with the default preset, so that every row is used in training, else 1. The preset fast trains 5 briefly "
        "if there are at most 2,000 rows, unless ``max_iter`` or ``batch_size`` is given.",
        "be a whole number >= 1, or 'auto'", lambda value: is_whole(value, 1) or one_of("auto")(value),
    ),
    Setting(
        "ensemble", '{"independent", "shared"}, default="independent"',
        "Train each member as a separate network, or all members inside one network, in which they share the "
        'hidden weights and hold out the same rows [2]_. ``n_members="auto"`` then means 8. '
        "Dense tables only.",
        "be 'independent' or 'shared'", one_of("independent", "shared"), choices=("independent", "shared"),
    ),
    replace(ENCODER_SETTINGS[0], name="categorical_features"),
    TEXT_COLUMNS,
    *READING_SETTINGS,
    Setting(
        "hidden_layer_sizes", "int or tuple of int, default=None",
        "Units per hidden layer. Here and in the next parameters, None means the recipe's value.",
        "be whole numbers >= 1, or None", _are_sizes,
    ),
    Setting("activation", "str, default=None", "The activation of the hidden layers."),
    Setting(
        "learning_rate_init", "float, default=None",
        "The highest learning rate, > 0.",
        "be a number > 0, or None", lambda value: value is None or (is_real(value) and 0.0 < value < inf),
    ),
    Setting(
        "max_iter", "int, default=None",
        "The number of epochs, over which the schedules run.",
        "be a whole number >= 1, or None", _is_count_or_none,
    ),
    Setting(
        "batch_size", "int, default=None",
        "Rows per step. None: 16, 128 or 256, by the number of rows, with the presets default, best and fast; "
        "else 256.",
        "be a whole number >= 1, or None", _is_count_or_none,
    ),
    Setting(
        "dropout", "float, default=None",
        "The initial dropout rate, in [0, 1).",
        "be a number >= 0 and < 1, or None",
        lambda value: value is None or (is_real(value) and 0.0 <= value < 1.0),
    ),
    Setting(
        "weight_decay", "float, default=None",
        "The decoupled weight decay, >= 0.",
        "be a number >= 0, or None", lambda value: value is None or (is_real(value) and 0.0 <= value < inf),
    ),
    Setting(
        "label_smoothing", "float, default=None",
        "The fraction of each target that is spread evenly over all classes, in [0, 1).",
        "lie in [0, 1)", lambda value: value is None or (is_real(value) and 0.0 <= value < 1.0), only="classes",
    ),
    Setting(
        "linear", '"auto" or bool, default="auto"',
        "True adds a linear model to the networks: ridge, logistic or Poisson regression on the encoded "
        "columns. Held-out rows decide its share of the prediction. Other losses do not use it. "
        '``"auto"``: True for the presets default, best and fast.',
        "be 'auto', True or False", lambda value: isinstance(value, bool | np.bool_) or one_of("auto")(value),
    ),
    Setting(
        "monotonic_cst", "dict, array-like of shape (n_columns,) or None, default=None",
        "Numeric columns whose increase must never lower (1) or never raise (-1) the probability of the second of "
        "two classes, or of each label: a dict by name or position, or one of -1, 0 and 1 for each column. "
        "Networks then have ``leaky_relu`` units [3]_.",
        only="classes",
    ),
    Setting(
        "monotonic_cst", "dict, array-like of shape (n_columns,) or None, default=None",
        "Numeric columns whose increase must never lower (1) or never raise (-1) predictions: a dict by name or "
        "position, or one of -1, 0 and 1 for each column. Networks then have ``leaky_relu`` units [4]_.",
        only="numbers",
    ),
    Setting(
        "output_range", "(float or None, float or None) or None, default=None",
        "The range of y, such as (0, None) for y >= 0: predictions and intervals are clipped to it.",
        "be (low, high) with low < high, None for no bound, such as (0, None)", _is_range, only="numbers",
    ),
    Setting(
        "class_weight", 'dict, list of dict, "balanced" or None, default=None',
        "Finite class weights >= 0 for training, multiplied by ``sample_weight``. A class missing from a dict "
        "has weight 1; multi-label targets take one dict per label.",
        only="classes",
    ),
    Setting(
        "scoring", "str, callable or None, default=None",
        "The score that chooses the best epoch on held-out rows: any scikit-learn scorer. None: the log loss.",
        only="classes",
    ),
    Setting(
        "scoring", "str, callable or None, default=None",
        "The score that chooses the best epoch on held-out rows: any scikit-learn scorer. None: the loss of "
        "predictions clipped to the range of y.",
        only="numbers",
    ),
    Setting(
        "validation", '{"random", "time"}, default="random"',
        "The rows to hold out: a random fold, stratified by class for classifiers, or the last rows.",
        "be 'random' or 'time'", one_of("random", "time"), choices=("random", "time"),
    ),
    Setting(
        "validation_fraction", "float, default=0.2",
        "The fraction of rows to hold out, in (0, 0.5].",
        "lie in (0, 0.5]", lambda value: is_real(value) and 0.0 < value <= 0.5,
    ),
    Setting(
        "calibrate", "bool, default=False",
        "True to calibrate probabilities with the temperature that maximizes the likelihood of held-out rows.",
        "be True or False", lambda value: isinstance(value, bool | np.bool_), only="classes",
    ),
    Setting(
        "coverage_by", "str, int or None, default=None",
        "A categorical column, by name or position. The coverage of intervals and sets then holds in each of its "
        "categories that has enough held-out rows. None: it holds on average over all rows.",
        "be a column of X, by name or position, or None",
        lambda value: value is None or isinstance(value, str) or is_whole(value, -inf),
    ),
    Setting(
        "time_budget", "float, default=None",
        "The time limit of ``fit`` in seconds, from reading the table to evaluating the members. Schedules "
        "adapt to it; members that could not start are left out, with a warning. Reading the table "
        "and one step of one member always happen.",
        "be a number of seconds > 0, or None for no limit",
        lambda value: value is None or (is_real(value) and 0.0 < value < inf),
    ),
    Setting(
        "n_trials", "int, default=None",
        'The most networks that the preset "best" trains, one per recipe and fold; at least ``n_members``. '
        "Without a ``time_budget``, an integer ``random_state`` then gives the same model each time.",
        "be a whole number >= 1, or None", _is_count_or_none, beside=("preset", "best"),
    ),
    Setting(
        "random_state", "int, RandomState, Generator or None, default=None",
        "Seed of all random numbers; an integer gives the same model each time. None draws a seed from NumPy's "
        "global state.",
    ),
    Setting(
        "verbose", 'bool or "progress", default=False',
        "True prints a line per epoch and member; ``\"progress\"`` shows one bar with the time left.",
        "be True, False or 'progress'", lambda value: isinstance(value, bool) or one_of("progress")(value),
    ),
    Setting(
        "engine", f'{quoted(("auto", *ENGINES))}, default="auto"',
        "The engine that executes the steps.",
        f"be 'auto' or one of {sorted(ENGINES)}", one_of("auto", *ENGINES), choices=("auto", *ENGINES),
    ),
    Setting(
        "n_threads", "int, default=None",
        "The largest number of threads in a fit; None for all processors.",
        "be a whole number >= 1, or None", _is_count_or_none,
    ),
    Setting(
        "warm_start", "bool, default=False",
        "True to continue: a fit that was saved by a :class:`pellucid.Checkpoint` or ended by Ctrl-C, on the same "
        "data; or the networks of a finished fit, on new rows with the same columns or with other training "
        "parameters.",
    ),
)  # fmt: skip


def settings_of(task: str) -> tuple[Setting, ...]:
    """Return the rows of the estimator of ``"classes"`` or ``"numbers"``."""
    return tuple(row for row in SETTINGS if row.only in ("", task))


def choices_of(name: str) -> tuple[str, ...]:
    """Return the names that a parameter accepts, for the command line."""
    return next(row.choices for row in SETTINGS if row.name == name)
