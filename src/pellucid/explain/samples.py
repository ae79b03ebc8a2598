"""The samples of a trace: checked, and as the network of a model sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.checks import as_numbers, as_weights, check_strength, is_whole
from pellucid.core.inputs import checked_csr
from pellucid.core.layers import Activate
from pellucid.core.losses import Loss
from pellucid.core.network import Network
from pellucid.core.penalties import l2_of_batch
from pellucid.core.single_member import single_member
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import counted

if TYPE_CHECKING:
    from pellucid.estimators import Prepared

__all__ = ["samples_of"]

Array = NDArray[np.floating]


def samples_of(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    *,
    loss: str | Loss | None,
    l1: float | None,
    l2: float | None,
    member: int | str = 0,
) -> Prepared:
    """Check the samples to trace, and return them as the network sees them.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model.
    x, y : array-like
        One sample (``x`` of one dimension) or several, as the model takes them.
    sample_weight, loss, l1, l2, member
        As for :func:`pellucid.trace`.

    Returns
    -------
    Prepared
        Dense, with the samples as one batch: ``l2`` includes ``alpha`` over the sum of their weights.
    """
    from pellucid.estimators import Prepared, preparation_of

    if y is None:
        raise DataError(
            "'y' must hold the target of each sample, because the backward pass starts at the loss; got None. If "
            "it is unknown, give the model's prediction."
        )
    is_tabular = hasattr(model, "encoder_")
    single = not hasattr(x, "columns") and np.ndim(x) <= 1
    if single:
        x = _as_row(np.array(x, dtype=object) if is_tabular and isinstance(x, list | tuple) else x)
    if np.ndim(y) == 0 or single:
        y = _as_rows_of_targets(y)
    if isinstance(model, Network):
        x = _check_numbers(model, x, single=single)
    else:
        _check_estimator(model)
    place, inside = _place_of(model, member)
    how = preparation_of(model, loss=loss, member=place)
    shared = how.network.n_members
    if shared > 1:
        how.network = single_member(how.network, inside)
    _check_layers(how.network)
    rows = how.rows(x)
    X, Y = how.inputs(rows), how.targets(y)
    l1 = check_strength("l1", how.l1 if l1 is None else l1)
    l2, alpha = (how.l2, how.alpha) if l2 is None else (check_strength("l2", l2), 0.0)
    _check_parameters(how.network)
    if len(Y) != X.shape[0] or len(Y) == 0:
        raise DataError(
            f"'x' and 'y' must have the same number of rows, at least one; got {X.shape[0]} and {len(Y)}."
        )
    weight = as_weights(sample_weight, len(Y), np.float64)
    weight = np.ones(len(Y)) if weight is None else weight
    return Prepared(
        how.network, X.toarray() if hasattr(X, "toarray") else X, Y, weight, how.loss,
        l1, l2_of_batch(l2, alpha, float(weight.sum())), np.arange(len(Y)),
        feature_names=how.feature_names, output_names=how.output_names,
        input_mean=how.input_mean, input_scale=how.input_scale,
        target_mean=how.target_mean, target_scale=how.target_scale,
        categories=how.categories, remarks=(*how.remarks(X), *_on_sharing(inside, shared)),
        encoding=how.encoding(rows),
    )  # fmt: skip


def _place_of(model: Any, member: int | str) -> tuple[int | str, int]:
    """Return the network that holds a member, and the member's place in it."""
    networks = [each.network for each in getattr(model, "members_", ())]
    has_linear = getattr(model, "linear_", None) is not None
    if isinstance(member, str) and member == "linear" and has_linear:
        return member, 0
    counts = [network.n_members for network in networks]
    counts = counts or [model.n_members if isinstance(model, Network) else 1]
    places = [(k, inside) for k, count in enumerate(counts) for inside in range(count)]
    if not is_whole(member, 0, len(places) - 1):
        linear = " or 'linear'" * has_linear
        raise ParameterError(f"'member' must be in 0..{len(places) - 1}{linear}; got {member!r}.")
    return places[int(member)]


def _on_sharing(inside: int, shared: int) -> tuple[str, ...]:
    if shared == 1:
        return ()
    return (
        f"This is member {inside} of {shared} that share weights; its factors of the inputs are a scaling layer. "
        "In training, the gradient of shared weights is the mean over the members, and that of everything else "
        f"has a share of 1/{shared}.",
    )


def _as_row(x: Any) -> Any:
    """Return one sample as a table of one row, which keeps the names of a pandas Series."""
    if hasattr(x, "toarray"):
        flat = x.ndim == 1
        x = checked_csr(x.tocoo().reshape(1, -1) if flat else x, "x").toarray()
        x = x[0] if flat else x
    return x.to_frame().T if hasattr(x, "to_frame") and hasattr(x, "index") else np.atleast_1d(x)[None]


def _as_rows_of_targets(y: Any) -> Any:
    """Return the target of one sample: one number or class, or one row of several."""
    target = np.asarray(y)
    return target.reshape(1) if target.size == 1 else target[None]


def _check_numbers(network: Network, X: Any, *, single: bool) -> Array:
    """Check samples for a bare network, and return them in float64."""
    X = checked_csr(X, "x").toarray() if hasattr(X, "toarray") else as_numbers("x", X, np.float64)
    if single and X.shape[1] != network.layer_sizes[0]:
        raise DataError(
            f"'x' must hold {counted(network.layer_sizes[0], 'number')}, one per input; got {X.shape[1]}."
        )
    X = network.check_inputs(X)
    if not np.isfinite(X).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(X))[0])
        raise DataError(f"'x' must be finite; x{list(at)} is {X[at]}. Correct it, or leave the row out.")
    return np.asarray(X, np.float64)


def _check_estimator(model: Any) -> None:
    if not hasattr(model, "__pellucid_preparation__"):
        raise ParameterError(
            "trace takes a pellucid.Network or a fitted MLPClassifier, MLPRegressor, Perceptron, "
            f"TabularClassifier or TabularRegressor of pellucid; got {type(model).__name__}. {_advice(model)}"
        )


def _advice(model: Any) -> str:
    """Return advice on how to trace the object that was given."""
    if hasattr(model, "named_steps"):
        return "For a pipeline, trace its last step, model[-1], on model[:-1].transform(x)."
    if hasattr(model, "best_estimator_"):
        return "For a search, trace its best_estimator_."
    return "Convert a scikit-learn model with MLPClassifier.from_sklearn or MLPRegressor.from_sklearn."


def _check_layers(network: Network) -> None:
    """Raise a ParameterError if there is a layer that a trace has no equations for."""
    special = [*network.layers[: network.a_positions[0]], *(network.layers[at] for at in network.z_positions)]
    unknown = [layer for layer in special if layer.worked() is None and type(layer) is not Activate]
    if unknown:
        raise ParameterError(
            "'model' must have only layers that define worked(), their calculation number by number; got "
            f"{', '.join(type(layer).__name__ for layer in unknown)} too. "
            "Every value of it is in pellucid.core.forward(network, X).run.values, every derivative in "
            "network.gradients(X, y), and pellucid.core.check_gradients(network, X, y) checks them."
        )


def _check_parameters(network: Network) -> None:
    """Raise a ParameterError that says where a weight or bias is not finite."""
    for name, arrays in (("weights", network.weights), ("biases", network.biases)):
        for k, array in enumerate(arrays):
            if not np.isfinite(array).all():
                at = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
                raise ParameterError(
                    f"The network's parameters must be finite; {name}[{k}]{at} is {array[tuple(at)]}."
                )
