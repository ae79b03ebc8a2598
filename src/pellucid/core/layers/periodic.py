r"""Periodic embeddings: each numeric input becomes a few waves of it, so that fine steps can be learned."""

from dataclasses import dataclass
from functools import partial
from math import pi
from typing import Any

import numpy as np

from pellucid.core.checks import check_strength, check_whole
from pellucid.core.layers.base import Array, ParameterSpec, Run, Stateless, Views

__all__ = ["Periodic"]


def _normal(scale: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(0.0, scale, shape)


def _uniform(bound: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class Periodic(Stateless):
    r"""The layer that takes each of the first inputs x to :math:`(x, V \cos(2\pi x f + c) + d)`.

    Each numeric input has frequencies f and phases c of its own, and a small matrix V that mixes its waves
    into ``width`` - 1 numbers; the input itself stands before them ("PBLD": periodic, with biases, linear, with
    the input as in a DenseNet). Other inputs pass as they are, behind the embedded ones.

    Parameters
    ----------
    n_numeric : int
        How many inputs, the first ones, are embedded.
    n_plain : int, default=0
        How many inputs follow that pass as they are.
    n_frequencies : int, default=16
        Waves per input.
    width : int, default=4
        Numbers per embedded input, at least 2.
    scale : float, default=0.1
        The standard deviation of the frequencies at first, in periods per unit of the input.

    References
    ----------
    Y. Gorishniy, I. Rubachev, A. Babenko (2022), On embeddings for numerical features, arXiv:2203.05556, section
    3.3; with biases and the input: arXiv:2407.04491, section 3.
    """

    n_numeric: int
    n_plain: int = 0
    n_frequencies: int = 16
    width: int = 4
    scale: float = 0.1

    def __post_init__(self) -> None:
        check_whole("n_numeric", self.n_numeric, 1)
        check_whole("n_plain", self.n_plain, 0)
        check_whole("n_frequencies", self.n_frequencies, 1)
        check_whole("width", self.width, 2)
        check_strength("scale", self.scale)

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return self.n_numeric + self.n_plain

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        return self.n_numeric * self.width + self.n_plain

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare frequencies and phases (n_numeric, n_frequencies), V and d."""
        m, k, n = self.n_numeric, self.n_frequencies, self.width - 1
        bound = partial(_uniform, 1.0 / np.sqrt(k))
        return (
            ParameterSpec("frequencies", (m, k), start=partial(_normal, self.scale), group="embedding"),
            ParameterSpec("phases", (m, k), start=partial(_uniform, pi), group="embedding"),
            ParameterSpec("mixing", (m, n, k), start=bound, group="embedding"),
            ParameterSpec("offsets", (m, n), start=bound, group="embedding"),
        )

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y = (x, V \cos(2\pi x f + c) + d)` per numeric input, then the others."""
        numeric = x[:, : self.n_numeric]
        angles = x.dtype.type(2.0 * pi) * numeric[:, :, None] * p["frequencies"] + p["phases"]
        waves = np.cos(angles)
        embedded = np.empty((len(x), self.n_numeric, self.width), x.dtype)
        embedded[:, :, 0] = numeric
        embedded[:, :, 1:] = np.einsum("imk,mnk->imn", waves, p["mixing"]) + p["offsets"]
        y = np.concatenate(
            [embedded.reshape(len(x), self.n_out - self.n_plain), x[:, self.n_numeric :]], axis=1
        )
        return y, (numeric, waves, np.sin(angles))

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_V = \sum_i u_i \cos_i`, :math:`\nabla_d = \sum_i u_i`; the rest by the angles.

        With :math:`q = -\sin \circ (V^\top u)`: :math:`\nabla_c = \sum_i q_i`,
        :math:`\nabla_f = 2\pi \sum_i x_i q_i`.
        """
        numeric, waves, _ = kept
        u, q = self._split(upstream)[:, :, 1:], self._to_angles(upstream, kept, p)
        g["mixing"][...] = np.einsum("imn,imk->mnk", u, waves)
        g["offsets"][...] = u.sum(axis=0)
        g["phases"][...] = q.sum(axis=0)
        g["frequencies"][...] = q.dtype.type(2.0 * pi) * np.einsum("im,imk->mk", numeric, q)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial x = u_0 + 2\pi\, q f^\top` per numeric input."""
        q = self._to_angles(upstream, kept, p)
        waves = q.dtype.type(2.0 * pi) * np.einsum("imk,mk->im", q, p["frequencies"])
        return np.concatenate(
            [self._split(upstream)[:, :, 0] + waves, upstream[:, self.n_numeric * self.width :]], axis=1
        )

    def _split(self, upstream: Array) -> Array:
        """Return the part of the embedded inputs, of shape (n_samples, n_numeric, width)."""
        return upstream[:, : self.n_numeric * self.width].reshape(len(upstream), self.n_numeric, self.width)

    def _to_angles(self, upstream: Array, kept: Any, p: Views) -> Array:
        """Return ∂J/∂angles."""
        return np.asarray(-kept[2] * np.einsum("imn,mnk->imk", self._split(upstream)[:, :, 1:], p["mixing"]))
