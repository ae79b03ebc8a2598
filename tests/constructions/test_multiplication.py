"""Gates: the errors and numbers of TABLE.md, section C and B5; derivatives against SymPy; refusals."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from pellucid.constructions import (
    error_law,
    largest_derivative_at,
    multiplication_gate,
    nth_derivative,
    polynomial_network,
    product_gate,
    product_network,
)
from pellucid.core import ACTIVATIONS, Activation
from pellucid.exceptions import ParameterError

SQUARE = Activation("square", lambda z: z * z, lambda z, a: 2.0 * z)
SCALES = (1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5)
# Section C: bias, σ''(b), μ at λ = 0.1, the largest errors at SCALES.
GATES = {
    "logistic": (np.log(2 + np.sqrt(3)), -0.09623, -259.81,
                 (0.28, 3.0e-2, 3.3e-3, 3.0e-4, 3.3e-5, 3.3e-7, 1.0e-7, 9.7e-6)),
    "tanh": (np.arctanh(1 / np.sqrt(3)), -0.76980, -32.476,
             (0.66, 0.11, 1.3e-2, 1.2e-3, 1.3e-4, 1.3e-6, 1.8e-8, 9.0e-7)),
    "softplus": (0.0, 0.25, 100.0, (0.13, 1.5e-2, 1.7e-3, 1.5e-4, 1.7e-5, 1.7e-7, 4.2e-8, 4.0e-6)),
    "exp": (0.0, 1.0, 25.0, (0.38, 3.0e-2, 3.3e-3, 3.0e-4, 3.3e-5, 3.3e-7, 1.4e-8, 1.5e-6)),
}  # fmt: skip


@pytest.mark.parametrize("name", GATES)
def test_the_gate_has_the_numbers_of_section_c(name):
    bias, curvature, mu, errors = GATES[name]

    gate = product_gate(name, scale=0.1)
    measured = error_law(name, scales=SCALES).measured

    assert gate.bias == pytest.approx(bias, abs=1e-15)
    assert gate.curvature == pytest.approx(curvature, rel=1e-4)
    assert gate.mu == pytest.approx(mu, rel=2e-5)
    for scale, expected, found in zip(SCALES, errors, measured, strict=True):
        if scale >= 1e-3:  # what Taylor's series leaves out: two digits
            assert found == pytest.approx(expected, rel=0.05), scale
        else:  # rounding: its size, which hangs on the order of additions
            assert expected / 2.5 < found < expected * 1.5, scale


@pytest.mark.parametrize("scale", SCALES)
def test_the_square_multiplies_exactly(scale):
    gate = product_gate(SQUARE, scale=scale)

    assert (gate.bias, gate.curvature) == (0.0, pytest.approx(2.0, rel=1e-15))
    assert product_gate(SQUARE, scale=0.1).mu == pytest.approx(12.5, rel=1e-14)
    assert error_law(SQUARE, scales=[scale]).best_error < 1e-15


@pytest.mark.parametrize(
    ("name", "dtype", "best_scale", "best_error"),
    [("logistic", "float64", 2.5e-4, 2.7e-8), ("tanh", "float64", 1e-4, 1.8e-8),
     ("softplus", "float64", 2.5e-4, 1.3e-8), ("logistic", "float32", 0.03, 7.1e-4)],
)  # fmt: skip
def test_there_is_a_best_scale_for_each_precision(name, dtype, best_scale, best_error):
    law = error_law(name, dtype=dtype)
    gate = product_gate(name, dtype=dtype)

    assert law.best_scale == pytest.approx(best_scale, rel=0.7)
    assert law.best_error < 1.05 * best_error
    assert gate.scale == pytest.approx(best_scale, rel=0.7)
    assert error_law(name, dtype=dtype, scales=[gate.scale]).best_error < 1.5 * best_error
    assert ((law.measured < 2 * law.expected) & (law.measured > law.expected / 3)).all()
    assert gate.network.dtype == dtype


@pytest.mark.parametrize("activation", [*ACTIVATIONS.values(), SQUARE], ids=lambda a: a.name)
@pytest.mark.parametrize("n_factors", [1, 2, 3, 4])
def test_each_activation_multiplies_or_says_why_not(activation, n_factors):
    straight = activation.name in {"identity", "step", "sign", "relu", "leaky_relu"}
    flat = activation.name in {"step", "sign"}
    square_is_too_short = activation is SQUARE and n_factors > 2
    if flat or (straight and n_factors > 1) or square_is_too_short or activation.pullback:
        with pytest.raises(ParameterError, match=r"cannot multiply|element-wise"):
            product_gate(activation, n_factors)
        return

    law = error_law(activation, n_factors=n_factors, scales=[product_gate(activation, n_factors).scale])

    assert law.best_error < (1e-10, 3e-8, 2e-6, 4e-5)[n_factors - 1]


FORMULAS = {
    "logistic": "1 / (1 + exp(-z))",
    "tanh": "tanh(z)",
    "softplus": "log(1 + exp(z))",
    "gelu": "z * (1 + erf(z / sqrt(2))) / 2",
    "silu": "z / (1 + exp(-z))",
    "mish": "z * tanh(log(1 + exp(z)))",
    "exp": "exp(z)",
}


@cache
def derivative(name: str, n: int) -> Any:
    """Return SymPy's n-th derivative of an activation."""
    sympy = pytest.importorskip("sympy")
    return sympy.diff(sympy.sympify(FORMULAS[name]), "z", n)


@pytest.mark.parametrize("name", FORMULAS)
def test_higher_derivatives_are_those_of_sympy(name):
    sympy = pytest.importorskip("sympy")
    for n in (1, 2, 3, 4, 5):
        for z in (-1.5, 0.25, 1.31696):
            expected = float(derivative(name, n).subs("z", sympy.Float(z, 40)))
            assert nth_derivative(ACTIVATIONS[name], n, z) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["logistic", "tanh", "gelu", "mish"])
def test_no_other_bias_has_a_larger_second_derivative(name):
    second = pytest.importorskip("sympy").lambdify("z", derivative(name, 2), ["scipy", "numpy"])
    best = largest_derivative_at(ACTIVATIONS[name], 2)

    assert abs(second(best)) >= np.abs(second(np.linspace(-4, 4, 2001))).max() - 1e-9


@pytest.mark.parametrize("name", ["logistic", "tanh"])
def test_without_a_bias_the_logistic_gate_is_refused_since_mu_is_infinite(name):
    with pytest.raises(
        ParameterError, match=r"bias=0 makes μ = 1/\(4 σ′′\(b\) λ²\) infinite.*Leave bias=None for b = "
    ):
        multiplication_gate(name, bias=0.0)


def test_the_relu_bracket_is_what_the_error_says():
    u, v = np.random.default_rng(0).uniform(-1, 1, (2, 100))
    with pytest.raises(ParameterError, match=r"2 λ sign\(uv\) min\(\|u\|, \|v\|\)"):
        multiplication_gate("relu")

    relu, lam = ACTIVATIONS["relu"].value, 0.1
    bracket = relu(lam * (u + v)) + relu(-lam * (u + v)) - relu(lam * (u - v)) - relu(lam * (v - u))

    np.testing.assert_allclose(bracket, 2 * lam * np.sign(u * v) * np.minimum(abs(u), abs(v)), atol=1e-16)


def test_three_factors_in_one_layer_by_hand():
    gate = product_gate("logistic", 3, bias=0.0, scale=0.05)

    assert gate.network.layer_sizes == (3, 8, 1)
    assert gate.curvature == pytest.approx(-1 / 8, rel=1e-10)
    # At a corner s·u is 3 once and 1 three times with the other sign, so that σ⁽⁵⁾(0) = 1/4 leaves
    # 4 σ⁽⁵⁾ λ⁵ beside 8 σ⁽³⁾ λ³: a share of λ² = 2.5e-3. At a hundred random points it is 1.6e-3.
    assert error_law("logistic", n_factors=3, bias=0.0, scales=[0.05]).best_error == pytest.approx(
        2.5e-3, rel=5e-3
    )
    u = np.random.default_rng(0).uniform(-1, 1, (300, 3))
    assert np.abs(gate.network.predict(u)[:, 0] - u.prod(axis=1)).max() < 2.5e-3


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 9])
def test_a_tree_needs_four_units_a_product_and_one_layer_two_to_the_n(n):
    u = np.random.default_rng(n).uniform(-1, 1, (300, n))
    tree = product_network(n, deep=True)

    assert np.abs(tree.predict(u)[:, 0] - u.prod(axis=1)).max() < 2e-7
    wires = sum(tree.layer_sizes[1:-1]) - 4 * (n - 1)
    assert wires % 2 == 0
    assert 0 <= wires <= 2 * (tree.n_blocks - 2)
    if n <= 6:
        assert product_network(n).layer_sizes == (n, 2**n, 1)


POLYNOMIALS = {
    "legendre": ([0.0, -1.5, 0.0, 2.5], lambda x: (5 * x**3 - 3 * x) / 2),
    "geometric": (np.ones(9), lambda x: sum(x**k for k in range(9))),
    "sixteenth": ([0.0] * 16 + [1.0], lambda x: x**16),
    "straight": ([2.0, -3.0], lambda x: 2 - 3 * x),
    "constant": ([2.0], lambda x: 2 + 0 * x),
    "two variables": ({(2, 1): 3.0, (0, 0): -1.0, (1, 1): 0.5, (0, 3): 0.0},
                      lambda x, y: 3 * x * x * y - 1 + x * y / 2),
    "three": ({(1, 0, 0): 1.0, (1, 1, 1): -2.0, (0, 0, 4): 1.0}, lambda x, y, z: x - 2 * x * y * z + z**4),
}  # fmt: skip


@pytest.mark.parametrize("name", POLYNOMIALS)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "softplus", "exp", SQUARE])
def test_a_polynomial_from_gates(name, activation):
    coefficients, function = POLYNOMIALS[name]
    net = polynomial_network(coefficients, activation=activation)
    x = np.random.default_rng(0).uniform(-1, 1, (300, net.layer_sizes[0]))

    np.testing.assert_allclose(net.predict(x)[:, 0], function(*x.T), atol=1e-6)


def test_shared_products_are_computed_once():
    assert polynomial_network([0, 0, 1]).layer_sizes == (1, 4, 1)
    assert polynomial_network([0.0] * 16 + [1.0]).layer_sizes == (1, 4, 4, 4, 4, 1)  # four squares
    assert polynomial_network([0.0, 1.0]).layer_sizes == (1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: product_gate("logistic", 7), "from 1 to 6"),
        (lambda: product_gate("logistic", 2.5), "got 2.5"),
        (lambda: product_gate("logistic", scale=0.0), "'scale' must be a number > 0"),
        (lambda: product_gate("logistic", scale=1e-200), "μ = .* infinite"),
        (lambda: error_law("tanh", scales=[]), "at least one number"),
        (lambda: error_law("tanh", scales=0.1), "at least one number"),
        (lambda: error_law("tanh", scales=["a"]), "at least one number"),
        (lambda: error_law("tanh", scales=[0.1, 0.0]), "'scale' must be a number > 0"),
        (lambda: polynomial_network([0.0, 0.0, 1e305]), "'coefficients' must be small"),
        (lambda: product_gate("logistic", bias=np.nan), "'bias' must be a finite number"),
        (lambda: product_gate("elu", bias=-0.1), "too near to a kink"),
        (lambda: product_gate("elu", bias=-1.0, scale=0.6), "reach a kink"),
        (lambda: product_network(17, deep=True), "from 1 to 16"),
        (lambda: polynomial_network([]), "a list"),
        (lambda: polynomial_network({(1, 0): 1.0, (1,): 2.0}), "equally many"),
        (lambda: polynomial_network({(-1,): 1.0}), ">= 0"),
        (lambda: polynomial_network({(17,): 1.0}), "at most 16"),
        (lambda: polynomial_network({(1,): np.inf}), "'coefficients' must be finite"),
    ],
    ids=range(18),
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
