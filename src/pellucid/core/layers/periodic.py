r"""Periodic embeddings: each numeric input becomes a few waves of it, so that fine steps can be learned."""

from dataclasses import dataclass
from functools import partial
from math import pi
from typing import Any

import numpy as np

from pellucid.core.checks import check_strength, check_whole
from pellucid.core.elementary import cos_turn, nearest, sin_turn
from pellucid.core.layers.layer import Array, InputLayer, Loops, ParameterSpec, Run, Views
from pellucid.core.layers.periodic_by_hand import worked_periodic
from pellucid.core.layers.worked import Worked

__all__ = ["Periodic"]

TWO_PI = 2.0 * pi
Sizes = np.ndarray[Any, np.dtype[np.int64]]


def _normal(scale: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(0.0, scale, shape)


def _uniform(bound: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class Periodic(InputLayer):
    r"""The layer that takes each of the first inputs x to :math:`(x, V \cos(2\pi x f + c) + d)`.

    Each numeric input has frequencies f and phases c of its own, and a small matrix V that mixes its waves
    into ``width`` - 1 numbers; the input itself stands before them ("PBLD": periodic, with biases, linear, with
    the input as in a DenseNet). Other inputs pass as they are, behind the embedded ones.

    Parameters
    ----------
    n_numeric : int
        The number of inputs, the first ones, that are embedded.
    n_plain : int, default=0
        The number of inputs after them, which pass unchanged.
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
    is_embedding = True

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

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"periodic {self.n_in} → {self.n_out}"

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
        mixed = np.einsum("imk,mnk->imn", waves, p["mixing"]) + p["offsets"]
        embedded = np.concatenate([numeric[:, :, None], mixed], axis=2)
        embedded = embedded.reshape(len(x), self.n_out - self.n_plain)
        y = np.concatenate([embedded, x[:, self.n_numeric :]], axis=1)
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

    def loops(self) -> Loops:
        """Return both ways wave by wave, each for all rows at once; kept are the cosines."""
        sizes = self.n_numeric, self.n_frequencies, self.width - 1
        n_kept = self.n_numeric * self.n_frequencies + self.width + 2
        return Loops(_forward, _backward, self.n_out, n_kept, sizes)

    def worked(self) -> Worked:
        """Return both ways number by number."""
        return worked_periodic(self.n_numeric, self.n_frequencies, self.width)


# The innermost loops run over the rows, so that they vectorize whatever the numbers of waves and columns. The
# cosines of a wave stand side by side. Behind all of them there is room for one column: its numbers, what is mixed
# from its waves (or the derivatives of that), the derivatives of the angles, and of the numbers.
def _forward(x: Array, p: Array, y: Array, kept: Array, sizes: Sizes) -> None:
    n_rows, n_numeric, n_waves, n_mixed = x.shape[0], sizes[0], sizes[1], sizes[2]
    n = n_numeric * n_waves
    f, c = p[:n].reshape(n_numeric, n_waves), p[n : 2 * n].reshape(n_numeric, n_waves)
    V = p[2 * n : (2 + n_mixed) * n].reshape(n_numeric, n_mixed, n_waves)
    d = p[(2 + n_mixed) * n :].reshape(n_numeric, n_mixed)
    columns = kept.reshape(kept.size // n_rows, n_rows)
    numbers, mixed = columns[n], columns[n + 1 : n + 1 + n_mixed]
    for j in range(n_numeric):
        for i in range(n_rows):
            numbers[i] = x[i, j]
        for m in range(n_mixed):
            for i in range(n_rows):
                mixed[m, i] = d[j, m]
        for q in range(n_waves):
            cosines, frequency, phase = columns[j * n_waves + q], f[j, q], c[j, q] * (1.0 / TWO_PI)
            for i in range(n_rows):
                turn = numbers[i] * frequency + phase
                cosines[i] = cos_turn(turn - nearest(turn))
            for m in range(n_mixed):
                weight = V[j, m, q]
                for i in range(n_rows):
                    mixed[m, i] += weight * cosines[i]
        for i in range(n_rows):
            y[i, j * (n_mixed + 1)] = numbers[i]
            for m in range(n_mixed):
                y[i, j * (n_mixed + 1) + 1 + m] = mixed[m, i]
    for i in range(n_rows):
        for j in range(x.shape[1] - n_numeric):
            y[i, n_numeric * (n_mixed + 1) + j] = x[i, n_numeric + j]


def _backward(
    x: Array, p: Array, g: Array, delta: Array, below: Array, kept: Array, sizes: Sizes, has_below: int
) -> None:
    n_rows, n_numeric, n_waves, n_mixed = x.shape[0], sizes[0], sizes[1], sizes[2]
    n = n_numeric * n_waves
    f, c = p[:n].reshape(n_numeric, n_waves), p[n : 2 * n].reshape(n_numeric, n_waves)
    V = p[2 * n : (2 + n_mixed) * n].reshape(n_numeric, n_mixed, n_waves)
    to_f, to_c = g[:n].reshape(n_numeric, n_waves), g[n : 2 * n].reshape(n_numeric, n_waves)
    to_V = g[2 * n : (2 + n_mixed) * n].reshape(n_numeric, n_mixed, n_waves)
    to_d = g[(2 + n_mixed) * n :].reshape(n_numeric, n_mixed)
    columns = kept.reshape(kept.size // n_rows, n_rows)
    numbers, u = columns[n], columns[n + 1 : n + 1 + n_mixed]
    back, to_x = columns[n + 1 + n_mixed], columns[n + 2 + n_mixed]
    for j in range(n_numeric):
        for i in range(n_rows):
            numbers[i] = x[i, j]
            to_x[i] = 0.0
            for m in range(n_mixed):
                u[m, i] = delta[i, j * (n_mixed + 1) + 1 + m]
        for m in range(n_mixed):
            summed = 0.0
            for i in range(n_rows):
                summed += u[m, i]
            to_d[j, m] = summed
        for q in range(n_waves):
            cosines, frequency, phase = columns[j * n_waves + q], f[j, q], c[j, q] * (1.0 / TWO_PI)
            for m in range(n_mixed):
                summed = 0.0
                for i in range(n_rows):
                    summed += u[m, i] * cosines[i]
                to_V[j, m, q] = summed
                weight = V[j, m, q]
                if m == 0:
                    for i in range(n_rows):
                        back[i] = weight * u[m, i]
                else:
                    for i in range(n_rows):
                        back[i] += weight * u[m, i]
            by_angle, by_turn = 0.0, 0.0
            for i in range(n_rows):
                turn = numbers[i] * frequency + phase
                angle = -back[i] * sin_turn(turn - nearest(turn))
                back[i] = angle
                by_angle += angle
                by_turn += angle * numbers[i]
            to_c[j, q], to_f[j, q] = by_angle, TWO_PI * by_turn
            if has_below:
                for i in range(n_rows):
                    to_x[i] += back[i] * frequency
        if has_below:
            for i in range(n_rows):
                below[i, j] = delta[i, j * (n_mixed + 1)] + TWO_PI * to_x[i]
    if has_below:
        for i in range(n_rows):
            for j in range(x.shape[1] - n_numeric):
                below[i, n_numeric + j] = delta[i, n_numeric * (n_mixed + 1) + j]
