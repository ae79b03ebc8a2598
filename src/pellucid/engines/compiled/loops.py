"""Sums and the like on arrays of one dtype, and meetings: the pieces of the driver other than its parts.

The text of this module stands before that of the driver in a generated module, where ``REAL`` is bound.
"""

# mypy: ignore-errors

import numpy as np
from numba import njit

from pellucid.engines.compiled.intrinsics import count, counted, draw, times

__all__ = [
    "FAST", "PLAIN", "REAL", "add", "add_rows", "add_to_rows", "drop", "gather", "meet", "norm",
    "penalize_and_clip", "repeat",
]  # fmt: skip

REAL = np.float64  # bound in the generated module
PLAIN = {"error_model": "numpy", "nogil": True}
FAST = {**PLAIN, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
PATIENCE = 20_000  # looks at a counter before the processor is offered to others
BLOCK = 4096  # numbers that are summed in the network's dtype before the sum goes on in float64


@njit(**FAST)
def add_rows(delta, g):
    """g = Σ_i δ_i."""
    for j in range(g.size):
        g[j] = REAL(0.0)
    for i in range(delta.shape[0]):
        for j in range(g.size):
            g[j] += delta[i, j]


@njit(**FAST)
def add_to_rows(z, b):
    """Add b to every row of z."""
    for i in range(z.shape[0]):
        for j in range(b.size):
            z[i, j] += b[j]


@njit(**FAST)
def penalize(w, g, l1, l2):
    """Add the gradient of the penalty; return Σ|w| and Σ w²."""
    absolute, square = 0.0, 0.0
    for first in range(0, w.size, BLOCK):
        # Slices, since a loop over an index that is itself computed does not vectorize.
        x, d = w[first : first + BLOCK], g[first : first + BLOCK]
        s, t = REAL(0.0), REAL(0.0)
        for i in range(x.size):
            s += x[i] * x[i]
            t += abs(x[i])
            side = REAL(1.0) if x[i] > REAL(0.0) else (REAL(-1.0) if x[i] < REAL(0.0) else REAL(0.0))
            d[i] += l1 * side + l2 * x[i]
        square += s
        absolute += t
    return absolute, square


@njit(**FAST)
def squared_norm(g):
    """Return Σ g², in float64 beyond each block."""
    total = 0.0
    for first in range(0, g.size, BLOCK):
        d = g[first : first + BLOCK]
        s = REAL(0.0)
        for i in range(d.size):
            s += d[i] * d[i]
        total += s
    return total


@njit(**PLAIN)
def norm(g):
    """Return ‖g‖, without overflow where only the squares would."""
    total = squared_norm(g)
    if 1e-30 < total < np.inf:
        return np.sqrt(total)
    largest = 0.0
    for x in g:
        if not abs(x) <= largest:
            largest = abs(x)
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    total = 0.0
    for x in g:
        total += (x / largest) ** 2
    return largest * np.sqrt(total)


@njit(**FAST)
def scale(x, factor):
    for i in range(x.size):
        x[i] *= factor


@njit(**PLAIN)
def penalize_and_clip(parameters, gradient, pieces, l1, strength, max_norm):
    """Add the penalty's gradient, then clip; return the penalty and the norm before clipping."""
    penalty = 0.0
    for k in range(pieces.shape[0]):
        lo, hi, is_penalized, _ = pieces[k]
        if is_penalized and (l1 > 0.0 or strength > 0.0):
            absolute, square = penalize(parameters[lo:hi], gradient[lo:hi], REAL(l1), REAL(strength))
            penalty += l1 * absolute + 0.5 * strength * square
    length = norm(gradient)
    if length > max_norm:
        scale(gradient, REAL(max_norm / length))
    return penalty, length


@njit(**FAST)
def add(x, y):
    for i in range(x.size):
        x[i] += y[i]


@njit(**PLAIN)
def gather(X, rows, batch):
    for i in range(rows.size):
        x, y = X[rows[i]], batch[i]
        for j in range(y.size):
            y[j] = x[j]


@njit(**PLAIN)
def repeat(X, rows, times, batch):
    """Gather as `gather`, with each row repeated."""
    for i in range(rows.size):
        for m in range(times):
            x, y = X[rows[i]], batch[i * times + m]
            for j in range(y.size):
                y[j] = x[j]


@njit(**PLAIN)
def drop(x, y, mask, rate, key, place):
    """y = x ∘ mask, as in :mod:`pellucid.core.layers.dropout`; `place` is that of x in the batch."""
    limit, kept = np.uint32(rate * 2.0**32), REAL(1.0) / REAL(1.0 - rate)
    start = np.uint32(key + place)
    for i in range(x.size):
        u = np.uint32(start + np.uint32(i))
        u = np.uint32(u ^ (u >> np.uint32(16)))
        u = times(u, np.uint32(0x7FEB352D))
        u = np.uint32(u ^ (u >> np.uint32(15)))
        u = times(u, np.uint32(0x846CA68B))
        u = np.uint32(u ^ (u >> np.uint32(16)))
        mask[i] = kept if u >= limit else REAL(0.0)
        y[i] = x[i] * mask[i]


@njit(**PLAIN)
def meet(workers, meetings):
    """Wait until all workers have come to this meeting; return False if the work was called off."""
    team, n_workers, patience = workers.team, workers.n_workers, 0
    if n_workers == 1:
        return True
    counter = team[0]
    meetings[0] += 1
    count(counter)
    while counted(counter) < n_workers * meetings[0]:
        if counted(counter + 8) != 0:
            return False
        patience += 1
        if patience > PATIENCE:
            draw(team[1], 0)  # sched_yield: somebody else may need the processor
    return True
