"""Exercises of many kinds for the tests, and an independent calculation of them, number by number."""

import math
from itertools import product

import numpy as np

from pellucid.courses import KINDS, Exercise, exercise
from pellucid.explain import NOTATIONS

NETWORKS = ["2-3-1", "2-2-1", "1-2-1", "3-2-1", "2-2-2", "2-2-2-1", "2-3-2", "2-1"]
UNITS = [
    ("relu", None, None), ("logistic", None, None), ("tanh", None, None), ("identity", None, None),
    ("logistic", "logistic", "squared"), ("tanh", "tanh", "squared"), ("relu", "relu", "squared"),
    ("tanh", "identity", "squared"), ("logistic", "softmax", "log"),
]  # fmt: skip
OF_NETWORKS = [name for name, kind in KINDS.items() if kind.is_network]


def drawn(i: int, kind: str | None = None) -> Exercise:
    """Return exercise number i: networks, units, kinds, notations and numbers of samples take turns."""
    rng = np.random.default_rng([3, i])
    activation, output, loss = UNITS[i % len(UNITS)]
    sizes = str(rng.choice([s for s in NETWORKS if output != "softmax" or s[-1] != "1"]))
    return exercise(
        sizes,
        kind=kind or str(rng.choice(OF_NETWORKS)),
        activation=activation,
        output_activation=output,
        loss=loss,
        notation=list(NOTATIONS)[i % len(NOTATIONS)],
        n_samples=int(rng.choice([1, 1, 2, 3])),
        has_biases=bool(rng.random() < 0.8),
        seed=i,
    )


def of_kind(kind: str, seed: int) -> Exercise:
    """Return an exercise of any kind, its notation drawn too."""
    return exercise(kind=kind, seed=seed, notation=list(NOTATIONS)[seed % len(NOTATIONS)])


PHI = {
    "identity": (lambda z: z, lambda z: 1.0),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0.0)),
    "logistic": (lambda z: 1 / (1 + math.exp(-z)), lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2),
}


class Independent:
    """The network of an exercise in plain loops over units, with no code of the library."""

    def __init__(self, made: Exercise) -> None:
        spec, data = made.spec, made.data
        self.sizes, self.loss_name = spec.sizes, spec.loss
        self.names = [spec.activation] * (len(spec.sizes) - 2) + [spec.output_activation]
        self.X, self.Y = data["X"], data["Y"]
        self.M = [np.array(data[f"M{k}"]) for k in range(len(spec.sizes) - 1)]
        self.factor = NOTATIONS[spec.notation].squared_error if spec.loss == "squared_error" else 1.0
        self.n, self.rate, self.has_biases = spec.n_samples, spec.learning_rate, spec.has_biases

    def forward(self, x: list[float]) -> tuple[list[list[float]], list[list[float]]]:
        signals, outputs = [], [list(x)]
        for k, name in enumerate(self.names):
            M, a = self.M[k], outputs[-1]
            z = [M[0, j] + sum(a[i] * M[i + 1, j] for i in range(len(a))) for j in range(M.shape[1])]
            signals.append(z)
            if name == "softmax":
                total = sum(math.exp(value) for value in z)
                outputs.append([math.exp(value) / total for value in z])
            else:
                outputs.append([PHI[name][0](value) for value in z])
        return signals, outputs

    def sample_loss(self, p: list[float], y: list[float]) -> float:
        if self.loss_name == "squared_error":
            return sum(0.5 * self.factor * (pi - yi) ** 2 for pi, yi in zip(p, y, strict=True))
        if self.names[-1] == "softmax":
            return -sum(yi * math.log(pi) for pi, yi in zip(p, y, strict=True))
        return -sum(yi * math.log(pi) + (1 - yi) * math.log(1 - pi) for pi, yi in zip(p, y, strict=True))

    def loss(self) -> float:
        return (
            sum(self.sample_loss(self.forward(x)[1][-1], y) for x, y in zip(self.X, self.Y, strict=True))
            / self.n
        )

    def run(self) -> dict[str, np.ndarray]:
        """Return what the steps of the library are named after."""
        found: dict[str, list] = {}
        gradients = [np.zeros(M.shape) for M in self.M]
        last = len(self.M)
        for x, y in zip(self.X, self.Y, strict=True):
            signals, outputs = self.forward(x)
            found.setdefault("losses", []).append([self.sample_loss(outputs[-1], y)])
            for k in range(last):
                found.setdefault(f"z{k + 1}", []).append(signals[k])
                found.setdefault(f"a{k + 1}", []).append(outputs[k + 1])
            delta: list[float] = []
            for k in range(last, 0, -1):
                z, name = signals[k - 1], self.names[k - 1]
                if k == last and self.loss_name == "log_loss":
                    delta = [(p - t) / self.n for p, t in zip(outputs[-1], y, strict=True)]
                elif k == last:
                    delta = [
                        self.factor * (p - t) / self.n * PHI[name][1](s)
                        for p, t, s in zip(outputs[-1], y, z, strict=True)
                    ]
                else:
                    M = self.M[k]
                    delta = [
                        PHI[name][1](z[i]) * sum(M[i + 1, j] * delta[j] for j in range(M.shape[1]))
                        for i in range(len(z))
                    ]
                found.setdefault(f"delta{k}", []).append(delta)
                for i, j in product(range(len(outputs[k - 1]) + 1), range(len(delta))):
                    gradients[k - 1][i, j] += (1.0 if i == 0 else outputs[k - 1][i - 1]) * delta[j]
        arrays = {name: np.array(rows) for name, rows in found.items()}
        arrays["loss"] = arrays["losses"].mean(0, keepdims=True)
        for k, gradient in enumerate(gradients):
            arrays[f"grad{k}"] = gradient
            arrays[f"new{k}"] = self.M[k] - self.rate * gradient
            if not self.has_biases:
                arrays[f"new{k}"][0] = self.M[k][0]
        return arrays

    def differences(self, k: int, h: float = 1e-5) -> np.ndarray:
        """Return the gradient of block k by central differences of the loss."""
        found = np.zeros(self.M[k].shape)
        for place in np.ndindex(*found.shape):
            kept = self.M[k][place]
            self.M[k][place] = kept + h
            above = self.loss()
            self.M[k][place] = kept - h
            below = self.loss()
            self.M[k][place] = kept
            found[place] = (above - below) / (2 * h)
        return found
