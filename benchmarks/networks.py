"""The networks that are measured: sizes, data, start, order of the rows, floating-point operations, floors."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

RATE = 1e-3  # Adam's, for all


@dataclass(frozen=True)
class Case:
    """A network with its batch size, and how much training one measurement takes."""

    sizes: tuple[int, ...]
    batch: int
    steps: int
    epochs: int
    dtype: str = "float32"
    activation: str = "relu"

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"

    @property
    def rows(self) -> int:
        return self.batch * self.steps

    @property
    def flops(self) -> int:
        """Floating-point operations of a step: the first layer has no sensitivity of its input to compute."""
        first, *others = [n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        return (4 * first + 6 * sum(others)) * self.batch


TINY, DIGITS, DIGITS_200, IMAGES, TABLE, WIDE = CASES = (
    Case((2, 8, 2), 16, 128, 8),
    Case((64, 100, 10), 32, 56, 10),
    Case((64, 100, 10), 200, 20, 10),
    Case((784, 256, 128, 10), 128, 40, 2),
    Case((54, 256, 256, 256, 7), 256, 32, 2),
    Case((784, 1024, 1024, 10), 256, 10, 1),
)

# What the project asks of itself: the time of the peer over ours, training, float32, Adam, relu, 2 cores.
FLOORS = {
    TINY.name: {"scikit-learn": 60, "PyTorch": 80, "JAX": 6},
    DIGITS.name: {"scikit-learn": 20, "PyTorch": 18, "JAX": 4},
    DIGITS_200.name: {"scikit-learn": 7, "PyTorch": 4.5, "JAX": 2.5},
    IMAGES.name: {"scikit-learn": 4, "PyTorch": 2, "JAX": 1.1},
    TABLE.name: {"scikit-learn": 3.5, "PyTorch": 1.4, "JAX": 1.3},
    WIDE.name: {"scikit-learn": 3, "PyTorch": 1.3, "JAX": 1.0},
}
FLOPS_FLOORS = {TABLE.name: 0.50, WIDE.name: 0.75}  # of the rate of a float32 1024³ product


@lru_cache(maxsize=4)
def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs in the case's dtype and integer classes that a linear teacher gave them, with noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(case.rows, case.sizes[0])).astype(case.dtype)
    teacher = rng.normal(size=(case.sizes[0], case.sizes[-1]))
    scores = X @ teacher.astype(case.dtype) / np.sqrt(case.sizes[0])
    return X, (scores + 0.3 * rng.gumbel(size=scores.shape)).argmax(axis=1)


@lru_cache(maxsize=4)
def start(case: Case) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the initial (W, b) of each layer."""
    rng = np.random.default_rng(1)
    layers = []
    for n_in, n_out in pairwise(case.sizes):
        bound = np.sqrt(6 / (n_in + n_out))
        W, b = rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)
        layers.append((W.astype(case.dtype), b.astype(case.dtype)))
    return layers


@lru_cache(maxsize=4)
def orders(case: Case) -> list[np.ndarray]:
    """Return the order of the rows in each epoch."""
    rng = np.random.default_rng(2)
    return [rng.permutation(case.rows) for _ in range(case.epochs)]


def loss(case: Case, weights: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the mean cross-entropy over the data in float64, the same code for all."""
    X, y = data(case)
    a = X.astype(np.float64)
    for W, b in weights:
        z = a @ W.astype(np.float64) + b
        a = np.maximum(z, 0) if case.activation == "relu" else np.tanh(z)
    z -= z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean())
