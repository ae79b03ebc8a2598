"""The page's sentences are those of ``Trace.explain``, and each factor opens the calculation of its number."""

import re

import numpy as np
import pytest

from calculations import RECORDS, case_of, places_of, random_trace
from pellucid.core import ACTIVATIONS, LOSSES
from pellucid.explain.profiles import NOTATIONS, get_notation

HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
KINDS = [
    {"residual": True},
    {"residual": "activation"},
    {"normalization": "batch_norm"},
    {"normalization": "batch_norm", "training": True, "weighted": True},
    {"normalization": "layer_norm"},
    {"residual": ["activation", True], "normalization": "layer_norm"},
    {"dropout": 0.4, "residual": True},
]
DESCRIBE = f"""{RECORDS}
return records.map((record, i) => whats[i].map((what) => {{
  const {{ value, text }} = calculation.describe(record, what, {{ precision, factor }});
  return [value, text];
}}));
"""


def explained(t, what, **options):
    """Return the value and the text of ``Trace.explain`` for what ``describe`` is given."""
    place = {key: index for key, index in what.items() if key != "quantity"}
    said = t.explain(what["quantity"], **place, **options)
    return said.value, said.text


def same(node, traces, precision=3, notation="pellucid", **options) -> None:
    """Assert that every sentence of some traces is the same on the page."""
    cases, whats = [case_of(t, **options) for t in traces], [places_of(t) for t in traces]
    factor = get_notation(notation).factor(traces[0].loss_function)
    told = node(DESCRIBE, cases=cases, whats=whats, precision=precision, factor=factor)
    for t, of_trace, found in zip(traces, whats, told, strict=True):
        for what, (value, text) in zip(of_trace, found, strict=True):
            expected, sentence = explained(t, what, precision=precision, notation=notation)
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-13, err_msg=str(what))
            assert agree(text, sentence), (what, text, sentence)


def agree(text, sentence):
    """Return whether two sentences are equal, but for numbers that are no number but rounding (1e-16 for 0)."""
    small = re.compile(r"−?\d\.\d*e−(1[5-9]|[2-9]\d)|(?<![\d.])0\.0+(?!\d)")
    return text == sentence or small.sub("0", text) == small.sub("0", sentence)


@pytest.mark.few("logistic", "relu", "selu", "gelu", "mish")
@pytest.mark.parametrize("activation", HIDDEN)
def test_sentences_of_every_activation(node, activation) -> None:
    rate = 1e-9 if activation == "exp" else 0.05  # a chain of exponentials is steep
    given = {"activation": activation, "learning_rate": rate}
    same(node, [random_trace(seed, [3, 3, 2, 2], n=1 + 2 * seed, **given) for seed in (0, 1)])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.few("squared_error", "poisson", "tweedie", "log_loss")
def test_sentences_of_every_loss_on_every_output(node, loss) -> None:
    given = {"l1": 0.01, "l2": 0.2, "weighted": True}
    outputs = LOSSES[loss].output_activations()
    same(node, [random_trace(2, [2, 3, 2], loss, output_activation=a, **given) for a in outputs], precision=6)


@pytest.mark.parametrize("kinds", KINDS, ids=str)
def test_sentences_of_every_kind_of_layer(node, kinds) -> None:
    same(node, [random_trace(3, [3, 3, 3, 2], **kinds)])


@pytest.mark.parametrize("notation", NOTATIONS)
def test_sentences_at_the_scale_of_every_notation(node, notation) -> None:
    same(node, [random_trace(4, [2, 2, 1], l2=0.1)], notation=notation)
    same(node, [random_trace(4, [2, 2, 1], "log_loss", output_activation="logistic")], notation=notation)


@pytest.mark.slow
def test_many_terms_and_samples_are_summed_up(node) -> None:
    same(node, [random_trace(5, [40, 15, 2], n=14, activation="tanh")], precision=2)


def random_network(seed: int) -> dict:
    """Return a network of any depth, width, functions, loss and kinds of layer that the page can train."""
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(0, 4))
    sizes = [int(rng.integers(1, 6)) for _ in range(depth + 2)]
    loss = str(rng.choice(list(LOSSES)))
    output = str(rng.choice(LOSSES[loss].output_activations()))
    if output == "softmax":
        sizes[-1] = max(sizes[-1], 2)
    hidden = [name for name in HIDDEN if name != "exp"]
    kinds = {
        "residual": [["activation", False][int(rng.integers(2))] for _ in range(depth)] or False,
        "normalization": [[None, "layer_norm"][int(rng.integers(2))] for _ in range(depth)] or None,
        "activation": [str(name) for name in rng.choice(hidden, depth)] or "tanh",
    }
    options = {"n": int(rng.integers(1, 5)), "weighted": bool(rng.integers(2)), "learning_rate": 1e-3}
    return {"seed": seed, "sizes": sizes, "loss": loss, "output_activation": output, **kinds, **options}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_sentences_of_random_networks(node, notation) -> None:
    """Every number of networks of any depth, width and kind, in every notation."""
    start = 100 * list(NOTATIONS).index(notation)
    for seed in range(start, start + 3):
        same(node, [random_trace(**random_network(seed))], precision=4, notation=notation)
