"""The page's network is the library's: its first parameters, its signals, its loss, its gradients."""

import re
from typing import Any

import numpy as np
import pytest

from pellucid.core import ACTIVATIONS, INITIALIZERS, LOSSES, forward
from pellucid.core.layers import NORMALIZATIONS
from playground.setups import Case, case, dataset, network_of, problem_of

PASSES = """
const kernel = await load("kernel/index.js");
return cases.map(({ setup, dataset, theta, training }) => {
  const net = kernel.makeNet(setup, dataset);
  const [X, Y, parameters] = [dataset.X, dataset.Y, theta].map((values) => Float64Array.from(values));
  const weights = dataset.weights && Float64Array.from(dataset.weights);
  const state = kernel.startState(net);
  const signals = kernel.forward(net, parameters, X, dataset.n, { training, weights, state });
  const loss = kernel.lossOf(net, parameters, signals, Y, dataset.n, setup, weights);
  const { deltas, gradient } = kernel.backward(net, parameters, signals, Y, dataset.n, setup, weights);
  return { Z: signals.Z, A: signals.A, ...loss, deltas, gradient, state };
});
"""


@pytest.mark.parametrize("name", INITIALIZERS)
def test_first_parameters_have_the_librarys_bits(javascript: Any, name: str) -> None:
    """The same seed gives the same network, from the smallest to one with thousands of draws."""
    cases = [
        case(
            dataset("multiclass", d=4, outputs=3),
            hidden=hidden,
            network={"initializer": given, "activation": [activation]},
        )
        for hidden, given, activation in (
            ([], name, "tanh"),
            ([7, 4], name, "logistic"),
            ([40, 60], [name, 0.5], "relu"),
        )
    ]
    found = javascript(
        """
        const { makeNet, initialParameters } = await load("kernel/index.js");
        return cases.map(({ setup, dataset }) => initialParameters(makeNet(setup, dataset), setup));
        """,
        cases=[each.given for each in cases],
    )

    exact = name != "orthogonal"  # whose QR decomposition is LAPACK's in Python
    for each, theta in zip(cases, found, strict=True):
        np.testing.assert_allclose(
            theta, network_of(each)[0].parameters, rtol=0.0, atol=0.0 if exact else 1e-13
        )


def assert_passes_agree(javascript: Any, cases: list[Case], *, training: bool = False) -> None:
    """Assert that signals, loss, sensitivities and gradient of every case are those of the core."""
    problems = [problem_of(each)[0] for each in cases]
    for problem in problems:  # biases of 0 would hide a fault
        network = problem.objective.network
        network.parameters += np.random.default_rng(1).normal(0.0, 0.3, network.n_parameters)
    given = [
        each.given | {"theta": problem.objective.network.parameters, "training": training}
        for each, problem in zip(cases, problems, strict=True)
    ]

    for problem, found in zip(problems, javascript(PASSES, cases=given), strict=True):
        network = problem.objective.network
        expected = problem.objective.value_and_gradient(
            problem.X, problem.Y, problem.sample_weight, training=training, state=network.state
        )
        passed = forward(
            network,
            problem.X,
            training=training,
            sample_weight=problem.sample_weight,
            state=network.state.copy(),
        )
        assert found["data"] == pytest.approx(expected.loss, rel=1e-13)
        assert found["penalty"] == pytest.approx(expected.penalty, rel=1e-13)
        for name, arrays in (("Z", passed.zs), ("A", passed.activations), ("deltas", expected.deltas)):
            for mine, own in zip(found[name], arrays, strict=True):
                np.testing.assert_allclose(mine, own.ravel(), rtol=1e-12, atol=1e-14, err_msg=name)
        np.testing.assert_allclose(found["gradient"], expected.flat, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found["state"], network.state, rtol=1e-12, atol=1e-14)


HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
PAIRS = [(loss, output) for loss, row in LOSSES.items() for output in row.output_activations()]


def test_gradients_of_every_activation(javascript: Any) -> None:
    """Each row of the table in hidden blocks, with penalties and weights of rows."""
    data = dataset("multilabel", n=9, d=3, outputs=2, weighted=True)

    assert_passes_agree(
        javascript,
        [case(data, hidden=[4, 3], network={"activation": [name]}, l1=0.02, l2=0.3) for name in HIDDEN],
    )


def test_gradients_of_every_loss_on_every_output(javascript: Any) -> None:
    """Each pair that the library accepts, fused or by the chain rule."""
    data = dataset("multiclass", n=9, d=3, outputs=3)

    assert_passes_agree(
        javascript, [case(data, loss=loss, network={"output_activation": out}) for loss, out in PAIRS]
    )


@pytest.mark.parametrize("training", [False, True])
def test_gradients_of_every_kind_of_layer(javascript: Any, training: bool) -> None:
    """Normalizations and residual connections, alone and together, in training and in prediction."""
    data = dataset("regression", n=9, d=3, outputs=2, weighted=True)
    options: list[dict[str, Any]] = [{"normalization": name} for name in NORMALIZATIONS]
    options += [{"residual": kind} for kind in (True, "activation", [True, False, "activation"])]
    options += [{"normalization": name, "residual": [True, "activation", True]} for name in NORMALIZATIONS]

    cases = [case(data, hidden=[3, 4, 4], network=each) for each in options]
    assert_passes_agree(javascript, cases, training=training)


@pytest.mark.parametrize(
    ("change", "parameter", "message"),
    [
        (
            {"network": {"activation": ["swish"]}},
            "network.activation",
            "must be one of identity, .*; got swish",
        ),
        ({"network": {"activation": ["softmax"]}}, "network.activation", "is for outputs only"),
        (
            {"network": {"activation": ["tanh", "relu"]}},
            "network.activation",
            "one per hidden layer, here 1; got 2",
        ),
        (
            {"network": {"activation": ["constructor"]}},
            "network.activation",
            "must be one of .*; got constructor",
        ),
        (
            {"network": {"initializer": "__proto__"}},
            "network.initializer",
            "must be one of .*; got __proto__",
        ),
        ({"loss": "toString"}, "loss", "must be one of .*; got toString"),
        ({"loss_options": {"toString": 1.0}}, "loss_options", "are none; got toString"),
        ({"optimizer": {"options": []}}, "optimizer.options", r"must be an object; got \[\]"),
        ({"network": {"hidden": "12"}}, "network.hidden", 'whole numbers >= 1; got "12"'),
        ({"edits": [None]}, "edits", "must be an object; got null"),
        ({"edits": [{"step": 0, "index": 99, "value": 1}]}, "index", "'index' must be in 0..20; got 99"),
        ({"hidden": [0]}, "network.hidden", r"whole numbers >= 1; got \[0\]"),
        (
            {"network": {"output_activation": "softmax"}},
            "network.output_activation",
            "needs at least 2 outputs",
        ),
        (
            {"network": {"output_activation": "tanh"}},
            "network.output_activation",
            "Use one of logistic, softmax",
        ),
        ({"network": {"dropout": 1.0}}, "network.dropout", r"lie in \[0, 1\); got 1"),
        (
            {"network": {"normalization": "group"}},
            "network.normalization",
            "null or one of batch_norm, layer_norm",
        ),
        ({"network": {"residual": "twice"}}, "network.residual", 'true, false or "activation"; got twice'),
        ({"network": {"initializer": "ones"}}, "network.initializer", "must be one of zeros, .*; got ones"),
        ({"loss": "hinge"}, "loss", "'loss' must be one of squared_error, .*; got hinge"),
        ({"loss_options": {"delta": 1.0}}, "loss_options", "loss_options of log_loss are none; got delta"),
        ({"optimizer": {"name": "lbfgs"}}, "optimizer.name", "must be one of sgd, .*; got lbfgs"),
        ({"optimizer": {"learning_rate": 0.0}}, "optimizer.learning_rate", "must be a number > 0; got 0"),
        (
            {"optimizer": {"options": {"beta_1": 1.0}}},
            "optimizer.options.beta_1",
            r"a number in \[0, 1\); got 1",
        ),
        ({"schedule": {"name": "linear"}}, "schedule.name", "must be one of constant, .*; got linear"),
        ({"l2": -1.0}, "l2", "'l2' must be a number >= 0; got -1"),
        ({"batch_size": 0}, "batch_size", "a whole number >= 1; got 0"),
        ({"seed": -1}, "seed", "a whole number >= 0; got -1"),
    ],
)
def test_an_error_names_the_part_of_the_setup(
    node: Any, change: dict[str, Any], parameter: str, message: str
) -> None:
    """The message has what is accepted and what came, and names the place in the setup."""
    said = node(
        """
        const { Run, KernelError } = await load("kernel/index.js");
        try { new Run(setup, dataset); } catch (error) {
          return [error instanceof KernelError, error.parameter, error.message];
        }
        return null;
        """,
        **case(dataset(n=12), **change).given,
    )  # fmt: skip

    assert said[:2] == [True, parameter]
    assert re.search(message, said[2])
