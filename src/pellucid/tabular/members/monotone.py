"""Predictions that never fall where a column rises: networks with fixed signs of some weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.checks import is_whole
from pellucid.core.layers import Dense, Periodic, Run, Scale
from pellucid.exceptions import ParameterError
from pellucid.tabular.called_columns import check_has_one_meaning
from pellucid.tabular.encoding.encoder import TableEncoder

__all__ = [
    "RISING",
    "as_rising_columns",
    "bounds_of",
    "check_monotone",
    "is_constrained",
    "signs_of",
    "signs_of_encoded",
    "start_within",
]

Array = NDArray[Any]
ROWS = 2048
RISING = ("identity", "relu", "leaky_relu")  # activations that never fall, even in the last bit
NUMBERS = ("numeric", "duration")


def check_monotone(estimator: Any) -> None:
    """Refuse options with which predictions would not be monotone.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        With ``monotonic_cst``.

    Raises
    ------
    ParameterError
        If there is one.
    """
    if not is_constrained(estimator.monotonic_cst):
        return
    advice = "beside 'monotonic_cst'"
    if estimator.activation not in (None, *RISING):
        raise ParameterError(
            f"'activation' must be None or one of {list(RISING)} {advice}; got {estimator.activation!r}."
        )
    if estimator.ensemble == "shared":
        raise ParameterError(f"'ensemble' must be 'independent' {advice}; got 'shared'.")


def is_constrained(constraints: Any) -> bool:
    """Return whether the user requests monotone predictions in some column."""
    if constraints is None:
        return False
    signs = constraints.values() if isinstance(constraints, Mapping) else np.ravel(constraints)
    return any(sign != 0 for sign in signs)


def signs_of(constraints: Any, encoder: TableEncoder) -> dict[int, int]:
    """Return the constrained columns of a table by position, each with +1 or -1.

    Parameters
    ----------
    constraints : dict, array-like of int or None
        The user's: by name or position, or one for each column.
    encoder : TableEncoder
        Fitted.

    Returns
    -------
    dict of int to int
        Empty without constraints.

    Raises
    ------
    ParameterError
        If a column is not there or does not hold numbers, or a constraint is not -1, 0 or 1.
    """
    if constraints is None:
        return {}
    names = [column.name for column in encoder.columns_]
    is_by_name = isinstance(constraints, Mapping)
    if not is_by_name:
        given = np.asarray(constraints).tolist()
        if not isinstance(given, list) or len(given) != len(names):
            raise ParameterError(
                f"'monotonic_cst' must hold one of -1, 0 and 1 for each of the {len(names)} columns, or be a dict "
                f"by name; got {constraints!r}."
            )
        constraints = dict(enumerate(given))
    found = {}
    for key, sign in constraints.items():
        if is_by_name:
            check_has_one_meaning("monotonic_cst", key, names)
        if key in names:
            position = names.index(key)
        elif is_whole(key, -len(names)) and key < len(names):
            position = key % len(names)
        else:
            raise ParameterError(f"'monotonic_cst' names the column {key!r}, and X has {names}.")
        if sign not in (-1, 0, 1):
            raise ParameterError(f"'monotonic_cst' must be -1, 0 or 1 for {key!r}; got {sign!r}.")
        column = encoder.columns_[position]
        if sign and column.features and column.kind not in NUMBERS:
            raise ParameterError(
                f"'monotonic_cst' must name columns of numbers; {column.name!r} is {column.kind}."
            )
        if sign and column.features:
            found[position] = int(sign)
    return found


def as_rising_columns(encoder: TableEncoder, signs: dict[int, int]) -> None:
    """Exclude the constrained columns of a fitted encoder from those that become waves, which rise and fall."""
    columns = list(encoder.columns_)
    for position in signs:
        features = columns[position].features
        rising = [replace(each, group="rising") if each.suffix == "" else each for each in features]
        columns[position] = replace(columns[position], features=tuple(rising))
    encoder.columns_ = tuple(columns)


def bounds_of(network: Network, encoder: TableEncoder, signs: dict[int, int]) -> tuple[Array, Array]:
    r"""Return the bounds on a network's parameters under which it is monotone.

    Half of the units of each hidden block are free: they receive neither constrained columns nor units that do.
    The others have a sign, +1 and -1 in turn. A weight from a constrained input of sign s to a unit of sign t has
    the sign s t, one from a unit of sign t to one of sign u has t u, and one to an output t. All others are free.
    Since activations are increasing, the output rises wherever s x rises. For two classes, the second score has
    the sign 1 and the first -1.

    Parameters
    ----------
    network : Network
        Of dense blocks with rising activations.
    encoder : TableEncoder
        Fitted; says which inputs a column becomes.
    signs : dict of int to int
        Of :func:`signs_of`.

    Returns
    -------
    low, high : ndarray of shape (n_parameters,)
        The bounds, infinite where there is none.

    References
    ----------
    H. Daniels, M. Velikova (2010), Monotone and partially monotone neural networks, IEEE Trans. Neural Networks
    21, 906-917. Units of both signs: D. Runje, S. Shankaranarayana (2023), Constrained monotonic neural networks,
    ICML.
    """
    low = np.full(network.n_parameters, -np.inf, network.dtype)
    high = -low
    lows, highs = network.parameter_views(low), network.parameter_views(high)
    below = _signs_of_inputs(network, encoder, signs)
    blocks = [k for k, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    for k, layer in enumerate(network.layers):
        if isinstance(layer, Scale):
            lows[k]["factors"][below != 0] = 0.0
        elif isinstance(layer, Dense):
            n = layer.n_out
            above = _signs_of_outputs(network) if k == blocks[-1] else _signs_of_units(n)
            wanted = below[:, None] * above
            hears_nothing = (below[:, None] != 0) & (above == 0)
            lows[k]["weights"][(wanted > 0) | hears_nothing] = 0.0
            highs[k]["weights"][(wanted < 0) | hears_nothing] = 0.0
            below = above
    return low, high


def _signs_of_units(n: int) -> Array:
    """Return 0 for free units, and +1 and -1 in turn for the others; one of each sign comes first."""
    signs = np.array([1, -1, 0, 0])[np.arange(n) % 4]
    return signs


def _signs_of_outputs(network: Network) -> Array:
    """Return the signs with which scores rise: -1 and 1 for two classes, else 1 for each."""
    is_pair = network.output_activation.range.simplex
    return np.array([-1, 1]) if is_pair else np.ones(network.layer_sizes[-1], int)


def signs_of_encoded(encoder: TableEncoder, signs: dict[int, int]) -> Array:
    """Return the sign of each encoded column that is not a code: 0 where it is free."""
    columns = [
        [signs.get(position, 0) if feature.group == "rising" else 0 for feature in column.features]
        for position, column in enumerate(encoder.columns_)
    ]
    return np.array(encoder.in_order(columns))[: encoder.n_numeric_ + encoder.n_plain_]


def _signs_of_inputs(network: Network, encoder: TableEncoder, signs: dict[int, int]) -> Array:
    """Return the sign of each input of the first block: 0 where it is free."""
    found = signs_of_encoded(encoder, signs)
    waves = [layer for layer in network.layers if isinstance(layer, Periodic)]
    width = waves[0].width if waves else 1
    plain = found[encoder.n_numeric_ :]
    first = np.concatenate([np.zeros(encoder.n_numeric_ * width, int), plain])
    return np.concatenate([first, np.zeros(network.widths[0] - len(first), int)])


def start_within(network: Network, bounds: tuple[Array, Array], X: Array, rng: np.random.Generator) -> None:
    """Redraw the weights within their bounds, so that signals vary by 1 and are 0 at a row.

    Parameters
    ----------
    network : Network
        Its dense layers get new numbers, in place.
    bounds : (ndarray, ndarray)
        Of :func:`bounds_of`.
    X : ndarray of shape (n_rows, n_columns)
        The encoded training rows.
    rng : numpy.random.Generator
        The source of random numbers.
    """
    lows, highs = (network.parameter_views(bound) for bound in bounds)
    parameters, state = network.parameter_views(network.parameters), network.state_views(network.state)
    run = Run(training=False, values=[X[:: -(-len(X) // ROWS)]])
    for layer, p, s, low, high in zip(network.layers, parameters, state, lows, highs, strict=True):
        a = run.values[-1]
        if isinstance(layer, Dense):
            W = rng.normal(size=p["weights"].shape)
            W = np.where(low["weights"] == 0.0, np.abs(W), np.where(high["weights"] == 0.0, -np.abs(W), W))
            W[(low["weights"] == 0.0) & (high["weights"] == 0.0)] = 0.0
            z = a.astype(np.float64) @ W
            spread = np.maximum(z.std(axis=0), 1e-6 * (1.0 + np.abs(z).max()))
            p["weights"][...] = W / spread
            p["biases"][...] = -z[rng.integers(len(z), size=layer.n_out), np.arange(layer.n_out)] / spread
        run.values.append(layer.forward(a, p, s, run)[0])
