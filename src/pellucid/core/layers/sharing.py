r"""Layers of an ensemble inside one network: members that share weights, each with adapters and a head.

The values of the k members for a sample are stored side by side: a value of n numbers per member has shape
``(n_samples, k * n)``, the same memory as ``(n_samples * k, n)``, a row per sample and member. So a shared matrix
is one product, and whatever acts element by element (activations, dropout, residual connections) needs no change.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.checks import check_whole
from pellucid.core.layers.layer import Array, InputLayer, Layer, Loops, ParameterSpec, Run, Views
from pellucid.exceptions import ParameterError

__all__ = ["Fan", "SeparateDense", "SharedDense"]


Sizes = np.ndarray[Any, np.dtype[np.int64]]


def _standard_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(size=shape)


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.choice([-1.0, 1.0], size=shape)


STARTS = {"normal": _standard_normal, "signs": _signs}


@dataclass(frozen=True)
class Fan(InputLayer):
    r"""The layer that gives each member its own view of the inputs, :math:`y_m = r_m \circ x`.

    That members see the inputs through different adapters r is what makes them differ where they share weights.

    Parameters
    ----------
    n_members : int
        The number of members, k.
    n_in : int
        The number of inputs; there are k times as many outputs.
    start : {"normal", "signs"}, default="signs"
        The distribution of r: normal, for inputs that are embedded, or ±1.

    References
    ----------
    Y. Wen, D. Tran, J. Ba (2020), BatchEnsemble, arXiv:2002.06715; only before the first block: "TabM-mini" of
    Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM, arXiv:2410.24210, section 3.
    """

    n_members: int
    n_in: int
    start: str = "signs"

    def __post_init__(self) -> None:
        check_whole("n_members", self.n_members, 2)
        check_whole("n_in", self.n_in, 1)
        if self.start not in STARTS:
            raise ParameterError(f"'start' must be one of {list(STARTS)}; got {self.start!r}.")

    @property
    def n_out(self) -> int:
        """The number of outputs, of all members."""
        return self.n_members * self.n_in

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"fan {self.n_in} → {self.n_out}"

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare r, a row per member."""
        shape = self.n_members, self.n_in
        return (ParameterSpec("factors", shape, start=STARTS[self.start], group="adapters"),)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y_m = r_m \circ x`."""
        return (x[:, None, :] * p["factors"]).reshape(len(x), self.n_out), x

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_{r_m} = \sum_i x_i \circ \partial J/\partial y_{im}`."""
        g["factors"][...] = (kept[:, None, :] * self._split(upstream)).sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial x = \sum_m r_m \circ \partial J/\partial y_m`."""
        return np.asarray((self._split(upstream) * p["factors"]).sum(axis=1))

    def loops(self) -> Loops:
        """Return both ways number by number."""
        return Loops(_fan_forward, _fan_backward, self.n_out)

    def _split(self, upstream: Array) -> Array:
        return upstream.reshape(len(upstream), self.n_members, self.n_in)


def _fan_forward(x: Array, p: Array, y: Array) -> None:
    n_rows, n_in = x.shape
    n_members = p.size // n_in
    r, each = p.reshape(n_members, n_in), y.reshape(n_rows, n_members, n_in)
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(n_in):
                each[i, m, j] = r[m, j] * x[i, j]


def _fan_backward(x: Array, p: Array, g: Array, delta: Array, below: Array, has_below: int) -> None:
    n_rows, n_in = x.shape
    n_members = p.size // n_in
    r, to_r = p.reshape(n_members, n_in), g.reshape(n_members, n_in)
    each = delta.reshape(n_rows, n_members, n_in)
    for k in range(g.size):
        g[k] = 0.0
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(n_in):
                to_r[m, j] += x[i, j] * each[i, m, j]
        if has_below:
            for j in range(n_in):
                below[i, j] = r[0, j] * each[i, 0, j]
            for m in range(1, n_members):
                for j in range(n_in):
                    below[i, j] += r[m, j] * each[i, m, j]


@dataclass(frozen=True)
class SharedDense(Layer):
    r"""The dense layer of members that share its weights, :math:`z_m = a_m W + b_m`.

    Parameters
    ----------
    n_members : int
        The number of members.
    n_in, n_out : int
        The inputs and outputs of each.
    rate : float, default=1.0
        A factor on the learning rate of the weights, as that of :class:`Dense`.

    References
    ----------
    Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM, arXiv:2410.24210, section 3.
    """

    n_members: int
    n_in: int
    n_out: int
    rate: float = 1.0

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"shared dense {self.n_in} → {self.n_out}"

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the biases, member by member, then the weights."""
        return (
            ParameterSpec("biases", (self.n_members * self.n_out,), group="biases"),
            ParameterSpec(
                "weights", (self.n_in, self.n_out), penalized=True, group="weights", rate=self.rate
            ),
        )

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`z_m = a_m W + b_m`."""
        rows = x.reshape(-1, self.n_in)
        return (rows @ p["weights"]).reshape(len(x), p["biases"].size) + p["biases"], rows

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_W = \sum_m a_m^\top \delta_m`, :math:`\nabla_{b_m} = \sum_i \delta_{im}`."""
        g["weights"][...] = kept.T @ upstream.reshape(-1, self.n_out)
        g["biases"][...] = upstream.sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial a_m = \delta_m W^\top`."""
        rows = upstream.reshape(-1, self.n_out) @ p["weights"].T
        return np.asarray(rows.reshape(len(upstream), self.n_members * self.n_in))


@dataclass(frozen=True)
class SeparateDense(Layer):
    r"""The dense layer of members each with weights of its own, :math:`z_m = a_m W_m + b_m`: their heads.

    Parameters
    ----------
    n_members : int
        The number of members.
    n_in, n_out : int
        The inputs and outputs of each.
    rate : float, default=1.0
        A factor on the learning rate of the weights, as that of :class:`Dense`.

    References
    ----------
    Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM, arXiv:2410.24210, section 3.
    """

    n_members: int
    n_in: int
    n_out: int
    rate: float = 1.0

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"separate dense {self.n_in} → {self.n_out}"

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the biases, member by member, then the weights."""
        shape = self.n_members, self.n_in, self.n_out
        return (
            ParameterSpec("biases", (self.n_members * self.n_out,), group="biases"),
            ParameterSpec("weights", shape, penalized=True, group="weights", rate=self.rate),
        )

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`z_m = a_m W_m + b_m`."""
        a = self._split(x)
        return self._join(a @ p["weights"]) + p["biases"], a

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_{W_m} = a_m^\top \delta_m`, :math:`\nabla_{b_m} = \sum_i \delta_{im}`."""
        g["weights"][...] = kept.transpose(0, 2, 1) @ self._split(upstream)
        g["biases"][...] = upstream.sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial a_m = \delta_m W_m^\top`."""
        return self._join(self._split(upstream) @ p["weights"].transpose(0, 2, 1))

    def loops(self) -> Loops:
        """Return both ways number by number."""
        return Loops(
            _separate_forward, _separate_backward, self.n_members * self.n_out, sizes=(self.n_members,)
        )

    def _split(self, value: Array) -> Array:
        """Return what stands side by side one behind the other, of shape (n_members, n_samples, n)."""
        n_rows, n = value.shape
        return value.reshape(n_rows, self.n_members, n // self.n_members).transpose(1, 0, 2)

    def _join(self, value: Array) -> Array:
        """Put it side by side again."""
        k, n_rows, n = value.shape
        return value.transpose(1, 0, 2).reshape(n_rows, k * n)


def _separate_forward(x: Array, p: Array, y: Array, sizes: Sizes) -> None:
    """z_m = a_m W_m; the biases, which stand before the weights, are added by what comes next."""
    n_rows, n_members = x.shape[0], sizes[0]
    n, o = x.shape[1] // n_members, y.shape[1] // n_members
    W = p[y.shape[1] :].reshape(n_members, n, o)
    a, z = x.reshape(n_rows, n_members, n), y.reshape(n_rows, n_members, o)
    for i in range(n_rows):
        for m in range(n_members):
            if o == 1:  # a sum that vectorizes
                total = 0.0
                for c in range(n):
                    total += a[i, m, c] * W[m, c, 0]
                z[i, m, 0] = total
                continue
            for j in range(o):
                z[i, m, j] = 0.0
            for c in range(n):
                for j in range(o):
                    z[i, m, j] += a[i, m, c] * W[m, c, j]


def _separate_backward(
    x: Array,
    p: Array,
    g: Array,
    delta: Array,
    below: Array,
    sizes: Sizes,
) -> None:
    n_rows, n_members = x.shape[0], sizes[0]
    n, o = x.shape[1] // n_members, delta.shape[1] // n_members
    W, to_W = p[n_members * o :].reshape(n_members, n, o), g[n_members * o :].reshape(n_members, n, o)
    to_b = g[: n_members * o].reshape(n_members, o)
    a, each = x.reshape(n_rows, n_members, n), delta.reshape(n_rows, n_members, o)
    to_a = below.reshape(n_rows, n_members, n)
    for k in range(g.size):
        g[k] = 0.0
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(o):
                to_b[m, j] += each[i, m, j]
            if o == 1:
                d = each[i, m, 0]
                for c in range(n):
                    to_W[m, c, 0] += a[i, m, c] * d
                    to_a[i, m, c] = W[m, c, 0] * d
                continue
            for c in range(n):
                total = 0.0
                for j in range(o):
                    to_W[m, c, j] += a[i, m, c] * each[i, m, j]
                    total += W[m, c, j] * each[i, m, j]
                to_a[i, m, c] = total
