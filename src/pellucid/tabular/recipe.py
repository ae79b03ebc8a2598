"""The recipe: one table of settings that hold untuned, and the network that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pellucid.core import Network
from pellucid.core.data_driven import start_from_data
from pellucid.core.layers import InputLayer, Lookup, Periodic, Scale
from pellucid.exceptions import ParameterError
from pellucid.tabular.encoder import TableEncoder

__all__ = ["RECIPES", "Recipe", "build_network", "get_recipe"]


@dataclass(frozen=True)
class Recipe:
    """How a network for a table is built and trained.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units per hidden layer.
    activation : str
        Of the hidden layers.
    learning_rate_init : float
        The rate of Adam where its schedule is 1; weights learn at 1/√n_in of it.
    embedding_width : int
        Numbers per numeric column, the column itself among them; 1 for no embedding.
    n_frequencies : int
        Waves per numeric column.
    frequency_scale : float
        The standard deviation of their frequencies at first.
    max_one_hot : int
        A categorical column of more categories is looked up in a table of numbers that are learned.
    lookup_width : int
        How many numbers per category.
    parametric : bool
        Whether hidden units learn how far they bend.
    from_data : bool
        Whether weights and biases start from the data, see :func:`pellucid.core.start_from_data`; else they are
        normal, and the last layer is 0.
    dropout, weight_decay, label_smoothing : float
        The first two fall to 0 along a cosine in the second half.
    beta_2 : float
        Of Adam.
    n_epochs, batch_size : int
        Epochs, and rows per step.
    schedule, regularization_schedule : str
        The courses of the learning rate, and of dropout and weight decay.
    rate_factors : dict of str to float
        Factors on the learning rate by group of parameters.
    """

    hidden_layer_sizes: tuple[int, ...] = (256, 256, 256)
    activation: str = "selu"
    learning_rate_init: float = 0.04
    embedding_width: int = 4
    n_frequencies: int = 16
    frequency_scale: float = 0.1
    max_one_hot: int = 8
    lookup_width: int = 8
    parametric: bool = True
    from_data: bool = True
    dropout: float = 0.15
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    beta_2: float = 0.95
    n_epochs: int = 256
    batch_size: int = 256
    schedule: str = "coslog"
    regularization_schedule: str = "flat_cosine"
    rate_factors: Mapping[str, float] = field(
        default_factory=lambda: {"biases": 0.1, "scale": 6.0, "embedding": 0.1, "slope": 0.1}
    )


# Holzmüller, Grinsztajn and Steinwart (2024), arXiv:2407.04491: RealMLP-TD ("default") and RealMLP-TD-S ("fast").
_FAST = Recipe(
    embedding_width=1,
    max_one_hot=2**31,
    parametric=False,
    from_data=False,
    dropout=0.0,
    weight_decay=0.0,
    rate_factors={"scale": 6.0, "biases": 0.1},
)
RECIPES: dict[tuple[str, str], Recipe] = {
    ("default", "classes"): Recipe(),
    ("default", "numbers"): Recipe(activation="mish", learning_rate_init=0.2, label_smoothing=0.0),
    ("fast", "classes"): _FAST,
    ("fast", "numbers"): Recipe(
        **{**_FAST.__dict__, "activation": "mish", "learning_rate_init": 0.07, "label_smoothing": 0.0}
    ),
}


def get_recipe(preset: str, task: str, **settings: object) -> Recipe:
    """Return the recipe of a preset, with some settings replaced.

    Parameters
    ----------
    preset : {"default", "fast"}
        Which one.
    task : {"classes", "numbers"}
        What the targets are.
    **settings : object
        Fields of :class:`Recipe`; those that are None keep the recipe's value.

    Returns
    -------
    Recipe
        The recipe.

    Raises
    ------
    ParameterError
        If there is no such preset.

    Examples
    --------
    >>> get_recipe("fast", "classes", n_epochs=10, dropout=None).n_epochs
    10
    """
    if (preset, task) not in RECIPES:
        raise ParameterError(
            f"preset must be one of {sorted({name for name, _ in RECIPES})}; got {preset!r}."
        )
    given = {name: value for name, value in settings.items() if value is not None}
    return Recipe(**{**RECIPES[preset, task].__dict__, **given})


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
    """Return the network that a recipe asks for, before training.

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
        Where all numbers come from.
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
        initializer="lecun_normal",
        dtype=X.dtype,
        random_state=rng,
    )
    if recipe.from_data and not encoder.is_sparse_:
        start_from_data(network, X, rng, sample_weight=sample_weight)
    else:
        for b in network.biases:
            b[...] = rng.normal(size=b.shape)
        network.matrices[-1][...] = 0.0
    return network


def _input_layers(recipe: Recipe, encoder: TableEncoder) -> list[InputLayer]:
    """Return the embeddings of categories and of numbers, where there are such columns, and the scaling layer."""
    layers: list[InputLayer] = []
    n_numeric, n_plain, n_codes = encoder.n_numeric_, encoder.n_plain_, encoder.cardinalities_
    if n_codes:
        layers.append(Lookup(n_numeric + n_plain, n_codes, recipe.lookup_width))
        n_plain += recipe.lookup_width * len(n_codes)
    if n_numeric and recipe.embedding_width > 1:
        layers.append(
            Periodic(n_numeric, n_plain, recipe.n_frequencies, recipe.embedding_width, recipe.frequency_scale)
        )
    width = layers[-1].n_out if layers else n_numeric + n_plain
    return [*layers, Scale(width)]
