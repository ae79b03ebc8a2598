r"""Forward pass, loss, backpropagation and update as the steps of an exercise, with the slips made in them.

Block k has the matrix ``M{k}`` = [b; W] and leads from layer k to layer k + 1, whose arrays carry the number
k + 1; samples are rows. The sensitivities are those of the mean loss over n samples with the notation's own
factor, so that :math:`\delta` includes the 1/n.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from pellucid.courses.exercises.by_hand import LOSSES, HandActivation, loss_of
from pellucid.courses.exercises.ranges import stack
from pellucid.courses.exercises.steps import Slip, Step

__all__ = ["Setting", "backward_steps", "forward_steps", "loss_steps", "update_steps"]


@dataclass(frozen=True)
class Setting:
    """Network of an exercise without its numbers.

    Parameters
    ----------
    sizes : tuple of int
        Units of every layer, inputs first.
    activations : tuple of HandActivation
        One per block.
    loss : str
        ``"squared_error"`` or ``"log_loss"``.
    factor : float
        1, or 2 for a squared error without ½.
    n_samples : int
        Number of samples.
    rate : float
        Learning rate.
    has_biases : bool
        False if the network has no biases.
    """

    sizes: tuple[int, ...]
    activations: tuple[HandActivation, ...]
    loss: str
    factor: float
    n_samples: int
    rate: float
    has_biases: bool

    @property
    def n_blocks(self) -> int:
        """The number of blocks."""
        return len(self.activations)

    @property
    def is_canonical(self) -> bool:
        """True if the last sensitivity is output minus target, with no slope."""
        return LOSSES[self.loss][self.activations[-1].name] == "canonical"

    @property
    def is_exact(self) -> bool:
        """True if short data can give exact results that are short."""
        halves = self.n_samples in (1, 2, 4)  # 1/3 has no finite expansion
        return halves and self.loss == "squared_error" and all(row.is_exact for row in self.activations)

    def is_square(self, k: int) -> bool:
        """Return whether W of block k could be mistaken for its transpose."""
        return self.sizes[k] == self.sizes[k + 1] > 1


def forward_steps(s: Setting) -> Iterator[Step]:
    """Yield z and a of every block."""
    for k, phi in enumerate(s.activations):
        slips = [Slip("bias row dropped", lambda x, M: x @ M[1:])] * s.has_biases
        slips += [Slip("transpose", lambda x, M: x @ M[1:].T + M[0])] * s.is_square(k)
        needs = ("X" if k == 0 else f"a{k}", f"M{k}")
        yield Step(f"z{k + 1}", needs, lambda x, M: x @ M[1:] + M[0], tuple(slips))
        yield Step(f"a{k + 1}", (f"z{k + 1}",), phi.value)


def loss_steps(s: Setting) -> Iterator[Step]:
    """Yield the loss of every sample and their mean."""
    n, value = s.n_samples, loss_of(s.loss, s.activations[-1].name)

    def losses(y: Any, p: Any) -> Any:
        return value(y, p, s.factor).sum(1, keepdims=True)

    scaled = (2.0, 0.5) if s.loss == "squared_error" else ()
    slips = [Slip("factor of the loss", partial(_times, factor=f, of=losses)) for f in scaled]
    slips += [Slip("sign", partial(_times, factor=-1.0, of=losses))]
    yield Step("losses", ("Y", f"a{s.n_blocks}"), losses, tuple(slips))
    total = [Slip("sum for mean", lambda each: each.sum(0, keepdims=True))] * (n > 1)
    yield Step("loss", ("losses",), lambda each: each.sum(0, keepdims=True) * (1.0 / n), tuple(total))


def backward_steps(s: Setting) -> Iterator[Step]:
    """Yield slopes, sensitivities and gradients from the last block to the first."""
    n, last = s.n_samples, s.n_blocks
    for k in range(last, 0, -1):
        phi = s.activations[k - 1]
        if phi.slope is not None:
            yield Step(f"slope{k}", (f"z{k}", f"a{k}"), phi.slope, tuple(_slope_slips(phi)))
        if k == last:
            yield _output_step(s, "delta" if s.is_canonical else "up")
        else:
            kept = [Slip("bias row kept", lambda d, M: d @ M[:-1].T)] * s.has_biases
            turned = [Slip("transpose", lambda d, M: d @ M[1:])] * s.is_square(k)
            needs = (f"delta{k + 1}", f"M{k}")
            yield Step(f"up{k}", needs, lambda d, M: d @ M[1:].T, (*kept, *turned))
        if k < last or not s.is_canonical:
            missing = [] if phi.name == "identity" else [Slip("missing slope", lambda up, slope: up)]
            sign = [Slip("sign", lambda up, slope: -(up * slope))]
            needs = (f"up{k}", f"slope{k}")
            yield Step(f"delta{k}", needs, lambda up, slope: up * slope, (*missing, *sign))
        inputs = "X" if k == 1 else f"a{k - 1}"
        slips = tuple(_gradient_slips(s, k - 1, n))
        yield Step(f"grad{k - 1}", (inputs, f"delta{k}", f"M{k - 1}"), _gradient, slips)


def update_steps(s: Setting) -> Iterator[Step]:
    """Yield the matrices after a step of gradient descent."""

    def stepped(M: Any, g: Any, sign: float = 1.0, *, biases: bool = s.has_biases) -> Any:
        new = M - g * (sign * s.rate)
        return new if biases else stack(M[:1], new[1:])

    slips = [Slip("update added", partial(stepped, sign=-1.0))]
    slips += [Slip("sign", partial(_times, factor=-1.0, of=stepped))]
    slips += [Slip("bias row dropped", partial(stepped, biases=False))] * s.has_biases
    for k in range(s.n_blocks):
        yield Step(f"new{k}", (f"M{k}", f"grad{k}"), stepped, tuple(slips))


# ---- formulas ---------------------------------------------------------------------------------------------


def _output_step(s: Setting, name: str) -> Step:
    """Return the derivative of the loss at the outputs, which is the sensitivity for a canonical pair."""
    n = s.n_samples
    factor = s.factor if s.loss == "squared_error" else 1.0

    def difference(p: Any, y: Any) -> Any:
        return (p - y) * factor * (1.0 / n) if n > 1 else (p - y) * factor

    slips = [Slip("sign", partial(_times, factor=-1.0, of=difference))]
    if s.loss == "squared_error":
        # For two samples, a factor of 2 is also the sum in place of the mean, which is reported first.
        factors = (0.5,) if n == 2 else (0.5, 2.0)
        slips += [Slip("factor of the loss", partial(_times, factor=f, of=difference)) for f in factors]
    slips += [Slip("sum for mean", partial(_times, factor=float(n), of=difference))] * (n > 1)
    return Step(f"{name}{s.n_blocks}", (f"a{s.n_blocks}", "Y"), difference, tuple(slips))


def _slope_slips(phi: HandActivation) -> Iterator[Slip]:
    """Yield the slopes that come from putting the activation, or the signal, into the wrong formula."""
    slope = phi.slope
    if slope is None or phi.is_exact:  # ReLU and the identity have the same slope at both
        return
    yield Slip("slope at the activation", lambda z, a: slope(a, phi.value(a)))
    yield Slip("slope at the activation", lambda z, a: slope(z, z))


def _gradient(x: Any, d: Any, M: Any) -> Any:
    del M
    return stack(d.sum(0, keepdims=True), x.T @ d)


def _gradient_slips(s: Setting, k: int, n: int) -> Iterator[Slip]:
    def weights(x: Any, d: Any, M: Any) -> Any:
        total = d.sum(0, keepdims=True)
        return stack(total, M[1:] * total)

    def turned(x: Any, d: Any, M: Any) -> Any:
        g = _gradient(x, d, M)
        return stack(g[:1], g[1:].T)

    def dropped(x: Any, d: Any, M: Any) -> Any:
        g = _gradient(x, d, M)
        return stack(g[:1] * 0.0, g[1:])

    yield Slip("weights for inputs", weights)
    yield Slip("sign", partial(_times, factor=-1.0, of=_gradient))
    if s.has_biases:
        yield Slip("bias row dropped", dropped)
    if s.is_square(k):
        yield Slip("transpose", turned)
    if n > 1:
        yield Slip("sum for mean", partial(_times, factor=float(n), of=_gradient))


def _times(*values: Any, factor: float, of: Any) -> Any:
    """Return the result of a formula times a factor."""
    return of(*values) * factor
