"""The driver: the steps of an epoch in one call, for any network.

It gathers a batch, walks the operations forward and back, and updates. Products are the BLAS's; what depends on
the kind of activation, loss, optimizer or input is a part, called by its address. The text of this module
is compiled once per dtype (see :mod:`pellucid.engines.compiled.modules`), where ``REAL`` is bound.
"""

# mypy: ignore-errors

import numpy as np
from numba import njit

from pellucid.core.penalties import l2_of_batch
from pellucid.engines.compiled.arguments import Pass
from pellucid.engines.compiled.intrinsics import call, count, counted, draw, matrix
from pellucid.engines.compiled.loops import (
    PLAIN,
    REAL,
    add,
    add_rows,
    add_to_rows,
    gather,
    norm,
    penalize,
    repeat,
    scale,
)  # fmt: skip

__all__ = ["run_steps"]

# The kinds of operation, and the columns of the table.
DENSE, ACTIVATE, BATCH_NORM, DROPOUT, RESIDUAL, SPARSE_DENSE, LOOPS, SHARED_DENSE = range(8)
KIND, N_IN, N_OUT, INPUT, OUTPUT, D_INPUT, D_OUTPUT, BIASES, WEIGHTS, PART, KEPT, STATE, PENDING = range(13)
N_COLUMNS = 13
PATIENCE = 20_000  # looks at a counter before the processor is offered to others


@njit(**PLAIN)
def drop(x, y, mask, rate, key, place):
    """y = x ∘ mask, as in :mod:`pellucid.core.layers.dropout`; `place` is that of x in the batch."""
    limit, kept = np.uint32(rate * 2.0**32), REAL(1.0) / REAL(1.0 - rate)
    start = np.uint32(key + place)
    for i in range(x.size):
        u = np.uint32(start + np.uint32(i))
        u = np.uint32(u ^ (u >> np.uint32(16)))
        u = np.uint32(u * np.uint32(0x7FEB352D))
        u = np.uint32(u ^ (u >> np.uint32(15)))
        u = np.uint32(u * np.uint32(0x846CA68B))
        u = np.uint32(u ^ (u >> np.uint32(16)))
        mask[i] = kept if u >= limit else REAL(0.0)
        y[i] = x[i] * mask[i]


@njit(**PLAIN)
def forward(tables, some, parameters, state, values, kept, zeros):
    """Walk the operations from the left, for the rows of a pass."""
    parts, rates, n_rows = tables.parts, tables.rates, some.n_rows
    for k in range(tables.operations.shape[0]):
        op = tables.operations[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        out = values[op[OUTPUT] : op[OUTPUT] + n_rows * n_out]
        b = zeros[:n_out]
        if op[BIASES] >= 0:
            b = parameters[op[BIASES] : op[BIASES] + n_out]
        if kind == SPARSE_DENSE:
            W = parameters[op[WEIGHTS] : op[WEIGHTS] + n_in * n_out]
            X = some.sparse
            if op[STATE] >= 0:
                call(parts[op[STATE]], (X[0], X[1], X[2], some.rows, X[3], some.X, n_rows, n_in, X[4]))
            call(parts[op[PART]], (X[0], X[1], X[2], some.rows, X[3], W, out, n_rows, n_in, n_out, X[4]))
            continue
        n_each = n_rows
        if kind == SHARED_DENSE:  # a row per member
            n_each, n_in, n_out = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
        a = some.X if k == 0 else matrix(values, op[INPUT], n_each, n_in)
        if kind == DENSE or kind == SHARED_DENSE:
            np.dot(a, matrix(parameters, op[WEIGHTS], n_in, n_out), matrix(out, 0, n_each, n_out))
        elif kind == ACTIVATE:
            call(parts[op[PART]], (a, b, out, n_rows, n_out))
        elif kind == BATCH_NORM:
            p, s, share = parameters[op[WEIGHTS] :], state[op[STATE] :], some.share
            moved = rates[k, 0] if share == 1.0 else 1.0 - (1.0 - rates[k, 0]) ** share
            call(
                parts[op[PART]],
                (a, b, some.w, p, s, out, kept[op[KEPT] :], n_rows, n_out, moved, rates[k, 1]),
            )
        elif kind == DROPOUT:
            rate, place = rates[k, 0] * some.dropout, some.first_in_batch * n_out
            drop(a.reshape(a.size), out, kept[op[KEPT] :], rate, some.keys[op[STATE]], place)
        elif kind == LOOPS:
            p, sizes = parameters[op[WEIGHTS] :], tables.sizes[op[STATE] :]
            call(parts[op[PART]], (a, b, p, out, kept[op[KEPT] :], sizes, n_rows, n_in, n_out))
        else:
            earlier = some.X.reshape(some.X.size)
            if op[STATE] >= 0:
                earlier = values[op[STATE] : op[STATE] + n_rows * n_out]
            x = values[op[INPUT] : op[INPUT] + n_rows * n_out]
            for i in range(out.size):
                out[i] = x[i] + earlier[i]


@njit(**PLAIN)
def backward(tables, some, parameters, gradient, values, derivatives, pending, kept):
    """Walk the operations from the right; the sensitivity of the scores is already in place."""
    parts, n_rows = tables.parts, some.n_rows
    for k in range(tables.operations.shape[0] - 1, -1, -1):
        op = tables.operations[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        delta = derivatives[op[D_OUTPUT] : op[D_OUTPUT] + n_rows * n_out]
        if kind == DENSE or kind == SPARSE_DENSE or kind == SHARED_DENSE:
            g_b = gradient[op[BIASES] : op[BIASES] + n_out]
            add_rows(matrix(delta, 0, n_rows, n_out), g_b)
            if kind == SPARSE_DENSE:
                X, g = some.sparse, gradient[op[WEIGHTS] :]
                call(
                    parts[op[KEPT]],
                    (X[0], X[1], X[2], some.rows, X[3], delta, g_b, g, n_rows, n_in, n_out, X[4]),
                )
                continue
            n_each, n, m = n_rows, n_in, n_out
            if kind == SHARED_DENSE:  # a row per member
                n_each, n, m = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
            a = some.X if k == 0 else matrix(values, op[INPUT], n_each, n)
            np.dot(a.T, matrix(delta, 0, n_each, m), matrix(gradient, op[WEIGHTS], n, m))
            if k == 0:
                continue
            W = matrix(parameters, op[WEIGHTS], n, m)
            np.dot(matrix(delta, 0, n_each, m), W.T, matrix(derivatives, op[D_INPUT], n_each, n))
        elif kind == ACTIVATE:
            call(parts[op[PART] + 1], (values[op[INPUT] :], values[op[OUTPUT] :], delta, n_rows, n_out))
        elif kind == BATCH_NORM:
            p, g = parameters[op[WEIGHTS] :], gradient[op[WEIGHTS] :]
            call(parts[op[PART] + 1], (p, g, delta, kept[op[KEPT] :], n_rows, n_out))
        elif kind == DROPOUT:
            for i in range(delta.size):
                delta[i] *= kept[op[KEPT] + i]
        elif kind == LOOPS:
            a = some.X if k == 0 else matrix(values, op[INPUT], n_rows, n_in)
            p, g, sizes = parameters[op[WEIGHTS] :], gradient[op[WEIGHTS] :], tables.sizes[op[STATE] :]
            below, held = derivatives[max(0, op[D_INPUT]) :], kept[op[KEPT] :]
            call(parts[op[PART] + 1], (a, p, g, delta, below, held, sizes, n_rows, n_in, n_out, k > 0))
        elif op[KEPT] >= 0:  # a residual hands its derivative on, and to the earlier value
            pending[op[KEPT] : op[KEPT] + delta.size] = delta
        if op[PENDING] >= 0:
            add(derivatives[op[D_INPUT] : op[D_INPUT] + n_rows * n_in], pending[op[PENDING] :])


@njit(**PLAIN)
def meet(workers, meetings):
    """Wait until all workers have come to this meeting; return False if the work was called off."""
    team, n_workers, patience = workers.team, workers.n_workers, 0
    if n_workers == 1:
        return True
    counter = team[0]
    count(counter)
    while counted(counter) < n_workers * meetings:
        if counted(counter + 8) != 0:
            return False
        patience += 1
        if patience > PATIENCE:
            draw(team[1], 0)  # sched_yield: somebody else may need the processor
    return True


@njit(**PLAIN)
def pass_rows(
    tables,
    places,
    sizes,
    data,
    buffers,
    updated,
    rows,
    has_order,
    keys,
    dropout,
    block,
    lo,
    start,
    total,
    share,
):
    """Gather the rows of a block, go forward and back, and return their part of the loss.

    They begin at place `lo` of the epoch, the batch at `start`. Of members that share weights the loss has a row
    each, which follow each other as the members do in a value.
    """
    n_outputs, is_sparse, n_members = sizes.n_outputs, sizes.is_sparse, sizes.n_members
    n_rows, n_each, n_scores = rows.size, rows.size * n_members, n_members * n_outputs
    values, derivatives = buffers.values[block], buffers.derivatives[block]
    batch, Y_batch, kept, zeros = (
        buffers.batch[block],
        buffers.Y_batch[block],
        buffers.kept[block],
        buffers.zeros,
    )
    # Of sparse inputs nothing is held.
    w, held = buffers.w_batch[block, :n_each], min(n_rows, batch.shape[0])
    if has_order and not is_sparse:
        gather(data.X, rows, batch[:held])
    if n_members > 1:
        repeat(data.Y, rows, n_members, Y_batch[:n_each])
    elif has_order or is_sparse:
        gather(data.Y, rows, Y_batch[:n_rows])
    X_rows, Y_rows = batch[:held], Y_batch[:n_each]
    if not (has_order or is_sparse):
        X_rows = data.X[lo : lo + n_rows]
        if n_members == 1:
            Y_rows = data.Y[lo : lo + n_rows]
    if sizes.has_weights:
        for i in range(n_rows):
            for m in range(n_members):
                w[i * n_members + m] = data.weights[rows[i]]
    some = Pass(X_rows, n_rows, w, share, data.sparse, rows, keys, dropout, lo - start)
    parameters = updated.parameters
    forward(tables, some, parameters, updated.state, values, kept, zeros)
    z = values[places.scores : places.scores + n_each * n_outputs]
    b = parameters[places.biases : places.biases + n_scores]
    delta = derivatives[places.delta : places.delta + n_each * n_outputs]
    outputs, of_all, parts = z, total * n_members, tables.parts
    if places.is_fused or n_members > 1:
        add_to_rows(matrix(z, 0, n_rows, n_scores), b)
    if not places.is_fused:
        outputs = values[places.outputs : places.outputs + n_each * n_outputs]
        added = b if n_members == 1 else zeros
        call(parts[places.output_part], (z, added, outputs, n_each, n_outputs))
    loss = (
        call(parts[places.loss_part], (Y_rows, outputs, w, delta, data.options, n_each, n_outputs, of_all))
        / of_all
    )
    if not places.is_fused:
        call(parts[places.output_part + 1], (z, outputs, delta, n_each, n_outputs))
    gradient, pending = updated.gradients[block], buffers.pending[block]
    backward(tables, some, parameters, gradient, values, derivatives, pending, kept)
    return loss


@njit(**PLAIN)
def run_steps(tables, places, sizes, settings, data, buffers, steps, updated, sums, workers):
    """Run some steps of an epoch; see :class:`pellucid.engines.problem.Session`.

    The rows of a batch are cut into blocks, each with buffers and a gradient of its own (the first axis of
    these arrays), and the flat vector into pieces. Workers share both out; sums over blocks and pieces are
    made in their order, so that the bits do not depend on how many workers there are.
    """
    batch_size, batch_weights, l1, max_norm = (
        sizes.batch_size,
        steps.batch_weights,
        settings.l1,
        settings.max_norm,
    )
    decays = steps.course[0]  # learning rate times weight decay
    parameters, gradients, memory, pieces = (
        updated.parameters,
        updated.gradients,
        updated.memory,
        updated.pieces,
    )
    worker, n_workers, terms = workers.worker, workers.n_workers, sums.terms
    n_blocks = gradients.shape[0]
    block_size, gradient = -(-batch_size // n_blocks), gradients[0]
    losses, squares = sums.shared[:n_blocks], sums.shared[n_blocks:]
    update, meetings = 0, 0
    for t in range(batch_weights.size):
        start = (steps.first_step + t) * batch_size
        n_rows = min(batch_size, sizes.n_samples - start)
        if batch_weights[t] == 0.0:  # too few rows of it have a weight: no step
            continue
        total, share = n_rows * settings.mean_weight, batch_weights[t] / batch_size
        n_used = -(-n_rows // block_size)
        for k in range(worker, n_used, n_workers):
            lo, hi = start + k * block_size, start + min((k + 1) * block_size, n_rows)
            losses[k] = pass_rows(
                tables, places, sizes, data, buffers, updated, steps.order[lo:hi], steps.has_order,
                steps.keys[update], steps.course[1, t], k, lo, start, total, share,
            )  # fmt: skip
        meetings += 1
        if not meet(workers, meetings):
            break
        loss = 0.0
        for k in range(n_used):
            loss += losses[k]

        # In one pass over each piece of the flat vector, unless the gradient must be known whole before.
        strength, penalty, length = l2_of_batch(settings.l2, settings.alpha, total), 0.0, 0.0
        is_early = l1 > 0.0 or max_norm < np.inf  # then there is one block and one worker
        if is_early:
            for k in range(pieces.shape[0]):
                lo, hi, is_penalized, _ = pieces[k]
                if is_penalized and (l1 > 0.0 or strength > 0.0):
                    absolute, square = penalize(parameters[lo:hi], gradient[lo:hi], REAL(l1), REAL(strength))
                    penalty += l1 * absolute + 0.5 * strength * square
        if worker == 0:
            terms[0] += loss * n_rows
            terms[3] += n_rows
            terms[4] += batch_weights[t]
        if not np.isfinite(loss + penalty):
            terms[6] = 0.0
            break
        if is_early:
            length = norm(gradient)
            if length > max_norm:
                scale(gradient, REAL(max_norm / length))
        for k in range(worker, pieces.shape[0], n_workers):
            lo, hi, is_penalized, factor = pieces[k]
            for j in range(1, n_used):
                add(gradient[lo:hi], gradients[j, lo:hi])
            l2_here = strength if is_penalized and not is_early else 0.0
            decay = 1.0 - decays[t] if is_penalized else 1.0
            scalars = steps.scalars[update * sizes.n_factors + factor]
            squares[2 * k : 2 * k + 2] = 0.0
            flat = parameters, gradient, memory, scalars, squares[2 * k :], parameters.size, lo, hi
            call(tables.parts[places.update_part], (*flat, l2_here, decay))
        update += 1
        meetings += 1
        if not meet(workers, meetings):
            break
        squared_norm = 0.0
        for k in range(pieces.shape[0]):
            squared_norm += squares[2 * k + 1]
            if pieces[k, 2] and not is_early:
                penalty += 0.5 * strength * squares[2 * k]
        if worker == 0:
            if not is_early:
                length = np.sqrt(squared_norm) if 1e-30 < squared_norm < np.inf else norm(gradient)
            terms[1] += penalty * n_rows
            terms[2] += length * n_rows
            terms[5] += 1.0
        if not np.isfinite(penalty):
            terms[6] = 0.0
            break
