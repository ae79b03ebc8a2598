"""Traces for the calculation view: the same pass in Python and, as data, for the page's modules."""

from typing import Any

import numpy as np

from pellucid import Network
from pellucid.core import LOSSES
from pellucid.explain import Trace, trace
from strategies import draw_targets, randomize

RECORDS = """
const { makeNet } = await load('kernel/index.js');
const calculation = await load('calculation/index.js');
const floats = (values) => values === null ? null : Float64Array.from(values.flat());
const recordOf = (c) => {
  const options = { ...c.options, weights: floats(c.options.weights) };
  options.how = { training: c.training, state: floats(c.state) };
  const net = makeNet(c.setup, c.dataset);
  return calculation.record(net, floats(c.theta), floats(c.X), floats(c.Y), c.X.length, options);
};
const records = cases.map(recordOf);
"""
"""JavaScript: `records` from the given `cases`, which :func:`case_of` makes."""


def case_of(t: Trace, **options: Any) -> dict[str, Any]:
    """Return a trace's givens as ``record`` of page/calculation takes them."""
    net = t.network
    residual = list(net.residual)
    normalization = [None if row is None else ROWS[type(row).__name__] for row in net.normalizations[:-1]]
    network = {
        "hidden": list(net.layer_sizes[1:-1]),
        "activation": [a.name for a in net.activation],
        "output_activation": net.output_activation.name,
        "dropout": list(net.dropout),
        "normalization": normalization,
        "residual": residual,
    }
    weights = None if (t.sample_weight == 1.0).all() else t.sample_weight
    loss = t.loss_function.loss
    return {
        "setup": {"network": network, "loss": loss.name, "loss_options": dict(loss.options)},
        "dataset": {"d": net.layer_sizes[0], "outputs": net.layer_sizes[-1], "task": "regression"},
        "theta": net.parameters,
        "state": net.state,
        "training": t.training,
        "X": t.X,
        "Y": t.Y,
        "options": {
            "weights": weights,
            "l1": t.l1,
            "l2": t.l2,
            "learningRate": t.learning_rate,
            "featureNames": list(t.feature_names),
            "outputNames": list(t.output_names),
        }
        | options,
    }


ROWS = {"BatchNorm": "batch_norm", "LayerNorm": "layer_norm"}


def random_trace(
    seed: int,
    sizes: list[int],
    loss: str = "squared_error",
    n: int = 3,
    *,
    weighted: bool = False,
    **given: Any,
) -> Trace:
    """Return a trace of a random network and random samples that its loss takes."""
    rng = np.random.default_rng(seed)
    options = {name: given.pop(name) for name in ("l1", "l2", "learning_rate", "training") if name in given}
    net = randomize(Network(sizes, **given), rng)
    X = rng.normal(size=(n, sizes[0]))
    Y = draw_targets(LOSSES[loss].on(net.output_activation), rng, (n, sizes[-1]))
    w = rng.uniform(0.5, 2.0, n) if weighted else None
    return trace(net, X, Y, loss=loss, sample_weight=w, **{"learning_rate": 0.05, **options})


def places_of(t: Trace) -> list[dict[str, Any]]:
    """Return every number of a trace that has a sentence, as ``describe`` takes it."""
    samples = [None, *range(len(t.X))]
    whats: list[dict[str, Any]] = [{"quantity": "loss", "sample": i} for i in samples]
    whats += [
        {"quantity": "output_gradient", "column": j, "sample": i}
        for j in range(t.Y.shape[1])
        for i in samples
    ]
    for k, block in enumerate(t.blocks):
        n_in, n_out = block.weights.value.shape
        per_unit = ["z", "a", "outputs", "delta", *["slope"] * (block.slope is not None)]
        for column in range(n_out):
            at = {"block": k, "column": column}
            whats += [{"quantity": "b", **at}]
            whats += [{"quantity": q, "row": i, **at} for q in ("W", "updated") for i in range(n_in + 1)]
            whats += [{"quantity": q, "sample": i, **at} for q in per_unit for i in samples]
    return whats
