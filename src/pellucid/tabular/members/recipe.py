"""Recipe: a table of settings that need no tuning, and the network that they define."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

import numpy as np

from pellucid.core import Network
from pellucid.core.data_driven import start_from_data
from pellucid.core.layers import InputLayer, Lookup, Periodic, Scale
from pellucid.exceptions import ParameterError
from pellucid.tabular.encoding.encoder import TableEncoder

__all__ = ["RECIPES", "Recipe", "build_network", "encoder_of", "epochs_of_as_many_steps", "get_recipe"]


ROW_VISITS = 850_000
EPOCHS = 12, 256
# Fewer rows are trained in smaller batches and fewer epochs: rows up to which, rows per step, share of epochs.
STEPS = {
    "classes": ((1_600, 16, 0.25), (30_000, 128, 0.5)),
    "numbers": ((1_600, 16, 0.25), (8_000, 128, 0.5)),
}
ROWS_PER_PERIOD, FREQUENCY_SCALES = 4000, (0.1, 8.0)


@dataclass(frozen=True)
class Recipe:
    """Architecture and training options of a network for a table.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units per hidden layer.
    activation : str
        Of the hidden layers.
    learning_rate_init : float or None
        The rate of Adam where its schedule is 1; weights learn at 1/√n_in of it. None: for classes .04, half of it
        if there are few rows.
    embedding_width : int
        Numbers per numeric column, the column itself among them; 1 for no embedding.
    n_frequencies : int
        Waves per numeric column.
    max_waves : int
        Waves in all: if there are many columns each has fewer, but at least 4.
    frequency_scale : float or None
        The standard deviation of their frequencies at first, in periods per unit. None: one period per 4,000 rows,
        at least 0.1 and at most 8, since many rows show finer steps than few.
    max_one_hot : int
        A categorical column of more categories is looked up in a table of numbers that are learned.
    lookup_width : int
        The number of learned numbers per category.
    n_inside : int
        The number of members that share weights inside each network; 1 for a plain one.
    parametric : bool
        True if hidden units learn how far they bend.
    from_data : bool
        True if weights and biases start from the data, see :func:`pellucid.core.start_from_data`; else they are
        normal, and the last layer is 0.
    dropout, weight_decay : float
        They fall to 0 along a cosine in the second half.
    label_smoothing : float or None
        The share of each target that goes to all classes alike. None: .02, and 20 rows' worth if there are more
        than 1,000.
    beta_2 : float
        Of Adam.
    n_epochs : int or None
        Epochs. None: as many as make ``row_visits``, at least 12 and at most 256; a quarter or half of them where
        ``batch_size`` depends on the rows.
    row_visits : int
        Rows seen in all epochs together.
    batch_size : int or None
        Rows per step. None: 16, 128 or 256, the more rows the more.
    schedule, regularization_schedule : str
        The courses of the learning rate, and of dropout and weight decay.
    rate_factors : dict of str to float
        Factors on the learning rate by group of parameters.
    """

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "selu"
    learning_rate_init: float | None = None
    embedding_width: int = 4
    n_frequencies: int = 32
    max_waves: int = 512
    frequency_scale: float | None = None
    max_one_hot: int = 8
    lookup_width: int = 8
    n_inside: int = 1
    parametric: bool = True
    from_data: bool = True
    dropout: float = 0.05
    weight_decay: float = 0.02
    label_smoothing: float | None = None
    beta_2: float = 0.95
    n_epochs: int | None = None
    row_visits: int = ROW_VISITS
    batch_size: int | None = 256
    schedule: str = "coslog"
    regularization_schedule: str = "flat_cosine"
    rate_factors: Mapping[str, float] = field(
        default_factory=lambda: {"biases": 0.1, "scale": 6.0, "embedding": 0.1, "slope": 0.1}
    )


# Holzmüller, Grinsztajn and Steinwart (2024), arXiv:2407.04491: "realmlp-td" and "realmlp-td-s" to the letter, but
# that weight decay acts only on weights. The differences of "default" and "fast", and their effects, are in
# docs/decisions/0008-the-recipe.md.
_TD = Recipe(
    hidden_layer_sizes=(256, 256, 256), dropout=0.15, frequency_scale=0.1, n_frequencies=16, max_waves=2**31,
    learning_rate_init=0.04, label_smoothing=0.1, n_epochs=256,
)  # fmt: skip
_TD_S = replace(
    _TD, embedding_width=1, max_one_hot=2**31, parametric=False, from_data=False, dropout=0.0, weight_decay=0.0,
    rate_factors={"scale": 6.0, "biases": 0.1},
)  # fmt: skip
_DEFAULT = Recipe(batch_size=None)
_FAST = replace(_DEFAULT, n_frequencies=16, row_visits=ROW_VISITS // 2)
_NUMBERS: dict[str, Any] = {"activation": "mish", "learning_rate_init": 0.2, "label_smoothing": 0.0}
RECIPES: dict[tuple[str, str], Recipe] = {
    ("default", "classes"): _DEFAULT,
    ("default", "numbers"): replace(_DEFAULT, **_NUMBERS),
    ("best", "classes"): _DEFAULT,  # the first of those in portfolio.py
    ("best", "numbers"): replace(_DEFAULT, **_NUMBERS),
    ("fast", "classes"): _FAST,
    ("fast", "numbers"): replace(_FAST, **_NUMBERS),
    ("realmlp-td", "classes"): _TD,
    ("realmlp-td", "numbers"): replace(_TD, **_NUMBERS),
    ("realmlp-td-s", "classes"): _TD_S,
    ("realmlp-td-s", "numbers"): replace(_TD_S, **{**_NUMBERS, "learning_rate_init": 0.07}),
}


def get_recipe(
    preset: str,
    task: str,
    n_rows: int,
    n_members: int = 1,
    *,
    n_repeated: int | None = None,
    **settings: Any,
) -> Recipe:
    """Return the recipe of a preset for a number of rows, with some settings replaced.

    Parameters
    ----------
    preset : {"default", "best", "fast", "realmlp-td", "realmlp-td-s"}
        The name of the preset.
    task : {"classes", "numbers"}
        The kind of targets.
    n_rows : int
        The rows to learn from.
    n_members : int, default=1
        The number of members. One of several sees its rows half as often: the mean does not overfit as each does,
        and gains less by their last epochs.
    n_repeated : int, default=None
        The number of rows when each is repeated as often as its weight says; None for n_rows. The recipe
        is that of the repeated rows, with as many steps.
    **settings : object
        Fields of :class:`Recipe`; those that are None keep the recipe's value.

    Returns
    -------
    Recipe
        The recipe; nothing in it depends on the rows any more.

    Raises
    ------
    ParameterError
        If there is no such preset.

    Examples
    --------
    >>> get_recipe("default", "numbers", 13_000).n_epochs, get_recipe("default", "numbers", 200).n_epochs
    (65, 64)
    """
    if (preset, task) not in RECIPES:
        raise ParameterError(
            f"'preset' must be one of {list(dict.fromkeys(name for name, _ in RECIPES))}; got {preset!r}."
        )
    given = {name: value for name, value in settings.items() if value is not None}
    recipe = replace(RECIPES[preset, task], **given)
    visits = recipe.row_visits / (1 if n_members == 1 else 2)
    count = n_rows if n_repeated is None else n_repeated
    epochs = int(np.clip(round(visits / count), *EPOCHS))
    batch_size = recipe.batch_size
    if batch_size is None:
        few = (each[1:] for each in STEPS[task] if count <= each[0] and recipe.n_epochs is None)
        batch_size, share = next(few, (256, 1.0))
        epochs = round(share * epochs)
    if count != n_rows:
        epochs = int(np.clip(epochs_of_as_many_steps(epochs, n_rows, count, batch_size), *EPOCHS))
    scale = float(np.clip(count / ROWS_PER_PERIOD, *FREQUENCY_SCALES))
    return replace(
        recipe,
        learning_rate_init=recipe.learning_rate_init or _rate_for_classes(count),
        label_smoothing=min(0.02, 20.0 / count) if recipe.label_smoothing is None else recipe.label_smoothing,
        n_epochs=recipe.n_epochs or epochs,
        batch_size=batch_size,
        frequency_scale=recipe.frequency_scale or scale,
    )


def epochs_of_as_many_steps(epochs: int, n_rows: int, n_repeated: int, batch_size: int) -> int:
    """Return the number of epochs in which rows take as many steps as repeated rows do in the given epochs."""
    return round(epochs * ceil(n_repeated / batch_size) / ceil(n_rows / batch_size))


def _rate_for_classes(n_rows: int) -> float:
    """Return .04 from 4,000 rows on, and less down to half of it at 1,000: few rows are memorized quickly."""
    return 0.04 * float(np.clip(np.sqrt(n_rows / 4000.0), 0.5, 1.0))


def build_network(
    recipe: Recipe,
    encoder: TableEncoder,
    n_outputs: int,
    output_activation: str,
    X: np.ndarray,
    rng: np.random.Generator,
    *,
    sample_weight: np.ndarray | None = None,
) -> Network:
    """Return the network that a recipe defines, before training.

    Parameters
    ----------
    recipe : Recipe
        The recipe.
    encoder : TableEncoder
        Fitted; says what the columns of ``X`` are.
    n_outputs : int
        Outputs.
    output_activation : str
        Of the last layer.
    X : ndarray of shape (n_rows, n_columns)
        The encoded training rows, in float32 or float64, from which weights and biases start.
    rng : numpy.random.Generator
        The source of all random numbers.
    sample_weight : ndarray of shape (n_rows,), optional
        Weights of the rows.

    Returns
    -------
    Network
        In the dtype of ``X``.
    """
    network = Network(
        [X.shape[1], *recipe.hidden_layer_sizes, n_outputs],
        activation=recipe.activation,
        output_activation=output_activation,
        input_layers=[] if encoder.is_sparse_ else _input_layers(recipe, encoder),
        dropout=recipe.dropout,
        parametric=recipe.parametric,
        parametrization="ntk",
        n_members=recipe.n_inside,
        initializer="lecun_normal",
        dtype=X.dtype,
        random_state=rng,
    )
    if recipe.from_data and not encoder.is_sparse_:
        start_from_data(network, X, rng, sample_weight=sample_weight)
    else:
        for b in network.biases:
            b[...] = rng.normal(size=b.shape)
        network.weights[-1][...] = 0.0
        network.biases[-1][...] = 0.0
    return network


def _input_layers(recipe: Recipe, encoder: TableEncoder) -> list[InputLayer]:
    """Return the embeddings of categories and of numbers, if there are such columns, and the scaling layer."""
    layers: list[InputLayer] = []
    n_numeric, n_plain, n_codes = encoder.n_numeric_, encoder.n_plain_, encoder.cardinalities_
    if n_codes:
        layers.append(Lookup(n_numeric + n_plain, n_codes, recipe.lookup_width))
        n_plain += recipe.lookup_width * len(n_codes)
    if n_numeric and recipe.embedding_width > 1:
        assert recipe.frequency_scale is not None
        n_waves = min(recipe.n_frequencies, max(4, recipe.max_waves // n_numeric))
        layers.append(Periodic(n_numeric, n_plain, n_waves, recipe.embedding_width, recipe.frequency_scale))
    width = layers[-1].n_out if layers else n_numeric + n_plain
    return [*layers, Scale(width)]


def encoder_of(estimator: Any, recipe: Recipe) -> TableEncoder:
    """Return the unfitted encoder of an estimator for tables.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        With the options of its encoder.
    recipe : Recipe
        With the number of categories up to which each gets a column.

    Returns
    -------
    TableEncoder
        Not fitted.
    """
    return TableEncoder(
        estimator.categorical_features,
        text_columns=estimator.text_columns,
        max_one_hot=recipe.max_one_hot,
        decimal=estimator.decimal,
        dates=estimator.dates,
        sentinels=estimator.sentinels,
    )
