"""JAX: an epoch is one scan, compiled, with donated buffers; Adam is written out."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.networks import RATE, Case, data, start

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def scores(activation, layers, X):
    for W, b in layers[:-1]:
        X = activation(X @ W + b)
    W, b = layers[-1]
    return X @ W + b


def one_minus_power(beta, t):
    """Return 1 - beta**t, exact to the last bits in float32 too."""
    return -jnp.expm1(t * math.log(beta))


def adam(layers, gradient, m, v, t):
    m = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, m, gradient)
    v = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, v, gradient)
    rate, correction = RATE / one_minus_power(BETA_1, t), 1 / one_minus_power(BETA_2, t)
    layers = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(correction * v) + EPSILON), layers, m, v)
    return layers, m, v


@partial(jax.jit, static_argnames=("activation", "batch"), donate_argnames=("state",))
def epoch(state, order, X, Y, *, activation, batch):
    def loss(layers, X, Y):
        return -(Y * jax.nn.log_softmax(scores(activation, layers, X))).sum(axis=1).mean()

    def step(state, rows):
        layers, m, v, t = state
        value, gradient = jax.value_and_grad(loss)(layers, X[rows], Y[rows])
        return (*adam(layers, gradient, m, v, t + 1), t + 1), value

    return jax.lax.scan(step, state, order.reshape(-1, batch))


class Trainer:
    """The state of training, and a call of the compiled epoch for each order."""

    def __init__(self, case: Case) -> None:
        jax.config.update("jax_enable_x64", case.dtype == "float64")
        X, y = data(case)
        self.case, self.X, self.Y = case, jnp.asarray(X), jnp.eye(case.sizes[-1], dtype=case.dtype)[y]

    def begin(self, weights) -> None:
        layers = [(jnp.array(W), jnp.array(b)) for W, b in weights]
        m, v = (jax.tree.map(jnp.zeros_like, layers) for _ in range(2))
        self.state = (layers, m, v, jnp.zeros((), self.case.dtype))

    def run(self, orders) -> None:
        activation = ACTIVATIONS[self.case.activation]
        for order in orders:
            rows = order.astype(np.int32)
            self.state, _ = epoch(
                self.state, rows, self.X, self.Y, activation=activation, batch=self.case.batch
            )
        jax.block_until_ready(self.state)

    def weights(self):
        return [(np.asarray(W), np.asarray(b)) for W, b in self.state[0]]


def predictors(case: Case):
    layers = [(jnp.array(W), jnp.array(b)) for W, b in start(case)]
    activation = ACTIVATIONS[case.activation]
    probabilities = jax.jit(lambda layers, X: jax.nn.softmax(scores(activation, layers, X)))

    def predict(X: np.ndarray) -> np.ndarray:
        return np.asarray(probabilities(layers, X))

    return predict, predict
