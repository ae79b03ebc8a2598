"""The driver: the steps of an epoch in one call, for any network.

It gathers a batch, walks the plan forward and back, and updates. Products are the BLAS's; what depends on
the kind of activation, loss, optimizer or input is a part, called by its address. The text of this module
is compiled once per dtype (see :mod:`pellucid.engines.compiled.modules`), where ``REAL`` is bound.
"""

# mypy: ignore-errors

import numpy as np
from numba import njit

from pellucid.engines.compiled.intrinsics import borrowed, call, count, counted, draw, matrix
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

# The kinds of operation, and the columns of the plan.
DENSE, ACTIVATE, BATCH_NORM, DROPOUT, RESIDUAL, SPARSE_DENSE, LOOPS, SHARED_DENSE = range(8)
KIND, N_IN, N_OUT, INPUT, OUTPUT, D_INPUT, D_OUTPUT, BIASES, WEIGHTS, PART, KEPT, STATE, PENDING = range(13)
N_COLUMNS = 13
PATIENCE = 20_000  # looks at a counter before the processor is offered to others


@njit(**PLAIN)
def drop(x, y, mask, rate, key, first):
    """y = x ∘ mask, as in :mod:`pellucid.core.layers.dropout`; `first` is the place of x in the batch."""
    limit, kept = np.uint32(rate * 2.0**32), REAL(1.0) / REAL(1.0 - rate)
    start = np.uint32(key + first)
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
def forward(
    plan, parts, shapes, first, n_rows, parameters, state, values, kept, zeros, w, share, rates, sparse, rows,
    keys, dropout, offset,
):  # fmt: skip
    """Walk the plan from the left; `first` is the batch, the value before the first operation.

    Dropout's rates are multiplied by `dropout`; the rows are those of the batch from `offset` on.
    """
    for k in range(plan.shape[0]):
        op = plan[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        out = values[op[OUTPUT] : op[OUTPUT] + n_rows * n_out]
        b = zeros[:n_out]
        if op[BIASES] >= 0:
            b = parameters[op[BIASES] : op[BIASES] + n_out]
        if kind == SPARSE_DENSE:
            W = parameters[op[WEIGHTS] : op[WEIGHTS] + n_in * n_out]
            X = sparse
            if op[STATE] >= 0:
                call(parts[op[STATE]], (X[0], X[1], X[2], rows, X[3], first, n_rows, n_in, X[4]))
            call(parts[op[PART]], (X[0], X[1], X[2], rows, X[3], W, out, n_rows, n_in, n_out, X[4]))
            continue
        n_each = n_rows
        if kind == SHARED_DENSE:  # a row per member
            n_each, n_in, n_out = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
        a = first if k == 0 else matrix(values, op[INPUT], n_each, n_in)
        if kind == DENSE or kind == SHARED_DENSE:
            np.dot(a, matrix(parameters, op[WEIGHTS], n_in, n_out), matrix(out, 0, n_each, n_out))
        elif kind == ACTIVATE:
            call(parts[op[PART]], (a, b, out, n_rows, n_out))
        elif kind == BATCH_NORM:
            p, s = parameters[op[WEIGHTS] :], state[op[STATE] :]
            moved = rates[k, 0] if share == 1.0 else 1.0 - (1.0 - rates[k, 0]) ** share
            call(parts[op[PART]], (a, b, w, p, s, out, kept[op[KEPT] :], n_rows, n_out, moved, rates[k, 1]))
        elif kind == DROPOUT:
            drop(
                a.reshape(a.size),
                out,
                kept[op[KEPT] :],
                rates[k, 0] * dropout,
                keys[op[STATE]],
                offset * n_out,
            )
        elif kind == LOOPS:
            p, shape = parameters[op[WEIGHTS] :], shapes[op[STATE] :]
            call(parts[op[PART]], (a, b, p, out, kept[op[KEPT] :], shape, n_rows, n_in, n_out))
        else:
            earlier = first.reshape(first.size)
            if op[STATE] >= 0:
                earlier = values[op[STATE] : op[STATE] + n_rows * n_out]
            x = values[op[INPUT] : op[INPUT] + n_rows * n_out]
            for i in range(out.size):
                out[i] = x[i] + earlier[i]


@njit(**PLAIN)
def backward(
    plan, parts, shapes, first, n_rows, parameters, gradient, values, derivatives, pending, kept, sparse, rows
):
    """Walk the plan from the right; the sensitivity of the scores stands in its place already."""
    for k in range(plan.shape[0] - 1, -1, -1):
        op = plan[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        delta = derivatives[op[D_OUTPUT] : op[D_OUTPUT] + n_rows * n_out]
        if kind == DENSE or kind == SPARSE_DENSE or kind == SHARED_DENSE:
            g_b = gradient[op[BIASES] : op[BIASES] + n_out]
            add_rows(matrix(delta, 0, n_rows, n_out), g_b)
            if kind == SPARSE_DENSE:
                X, g = sparse, gradient[op[WEIGHTS] :]
                call(
                    parts[op[KEPT]], (X[0], X[1], X[2], rows, X[3], delta, g_b, g, n_rows, n_in, n_out, X[4])
                )
                continue
            n_each, n, m = n_rows, n_in, n_out
            if kind == SHARED_DENSE:  # a row per member
                n_each, n, m = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
            a = first if k == 0 else matrix(values, op[INPUT], n_each, n)
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
            a = first if k == 0 else matrix(values, op[INPUT], n_rows, n_in)
            p, g, shape = parameters[op[WEIGHTS] :], gradient[op[WEIGHTS] :], shapes[op[STATE] :]
            below = derivatives[max(0, op[D_INPUT]) :]
            call(
                parts[op[PART] + 1],
                (a, p, g, delta, below, kept[op[KEPT] :], shape, n_rows, n_in, n_out, k > 0),
            )
        elif op[KEPT] >= 0:  # a residual hands its derivative on, and to the earlier value
            pending[op[KEPT] : op[KEPT] + delta.size] = delta
        if op[PENDING] >= 0:
            add(derivatives[op[D_INPUT] : op[D_INPUT] + n_rows * n_in], pending[op[PENDING] :])


@njit(**PLAIN)
def meet(team, n_workers, meetings):
    """Wait until all workers have come to this meeting; return False if the work was called off."""
    if n_workers == 1:
        return True
    counter, patience = team[0], 0
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
    plan, parts, shapes, loss_plan, sizes, X, sparse, Y, weights, rows, first, total, share, parameters, gradient,
    state, values, derivatives, pending, kept, batch, Y_batch, w_batch, zeros, rates, options, keys, dropout,
    offset,
):  # fmt: skip
    """Gather some rows, go forward and back, and return their part of the loss.

    Of members that share weights the loss has a row each, which follow each other as the members do in a value.
    """
    _, _, n_outputs, has_order, has_weights, is_sparse, _, n_members = sizes
    scores, delta_place, biases, output_place, loss_part, output_part, _, is_fused = loss_plan
    n_rows, n_each, n_scores = rows.size, rows.size * n_members, n_members * n_outputs
    w, held = w_batch[:n_each], min(n_rows, batch.shape[0])  # of sparse inputs nothing is held
    if has_order and not is_sparse:
        gather(X, rows, batch[:held])
    if n_members > 1:
        repeat(Y, rows, n_members, Y_batch[:n_each])
    elif has_order or is_sparse:
        gather(Y, rows, Y_batch[:n_rows])
    X_rows, Y_rows = batch[:held], Y_batch[:n_each]
    if not (has_order or is_sparse):
        X_rows = X[first : first + n_rows]
        if n_members == 1:
            Y_rows = Y[first : first + n_rows]
    if has_weights:
        for i in range(n_rows):
            for m in range(n_members):
                w[i * n_members + m] = weights[rows[i]]
    forward(plan, parts, shapes, X_rows, n_rows, parameters, state, values, kept, zeros, w, share, rates, sparse,
            rows, keys, dropout, offset)  # fmt: skip
    z = values[scores : scores + n_each * n_outputs]
    b = parameters[biases : biases + n_scores]
    delta = derivatives[delta_place : delta_place + n_each * n_outputs]
    outputs, of_all = z, total * n_members
    if is_fused or n_members > 1:
        add_to_rows(matrix(z, 0, n_rows, n_scores), b)
    if not is_fused:
        outputs = values[output_place : output_place + n_each * n_outputs]
        call(parts[output_part], (z, b if n_members == 1 else zeros, outputs, n_each, n_outputs))
    loss = call(parts[loss_part], (Y_rows, outputs, w, delta, options, n_each, n_outputs, of_all)) / of_all
    if not is_fused:
        call(parts[output_part + 1], (z, outputs, delta, n_each, n_outputs))
    backward(plan, parts, shapes, X_rows, n_rows, parameters, gradient, values, derivatives, pending, kept, sparse,
             rows)  # fmt: skip
    return loss


@njit(**PLAIN)
def run_steps(
    plan, parts, shapes, loss_plan, pieces, sizes, settings, X, sparse, Y, weights, order, batch_weights, first,
    course, scalars, keys, parameters, gradients, memory, state, values, derivatives, pending, kept, batch,
    Y_batch, w_batch, zeros, rates, options, sums, shared, team, worker, n_workers,
):  # fmt: skip
    """Run some steps of an epoch; see :class:`pellucid.engines.base.Session`.

    The rows of a batch are cut into blocks, each with buffers and a gradient of its own (the first axis of
    these arrays), and the flat vector into pieces. Workers share both out; sums over blocks and pieces are
    made in their order, so that the bits do not depend on how many workers there are.
    """
    # The caller holds all arrays; counting references to their slices would cost a fifth of a small step.
    plan = borrowed(plan)
    parts = borrowed(parts)
    shapes = borrowed(shapes)
    pieces = borrowed(pieces)
    X = borrowed(X)
    Y = borrowed(Y)
    weights = borrowed(weights)
    order = borrowed(order)
    batch_weights = borrowed(batch_weights)
    course = borrowed(course)
    scalars = borrowed(scalars)
    keys = borrowed(keys)
    parameters = borrowed(parameters)
    gradients = borrowed(gradients)
    memory = borrowed(memory)
    state = borrowed(state)
    values = borrowed(values)
    derivatives = borrowed(derivatives)
    pending = borrowed(pending)
    kept = borrowed(kept)
    batch = borrowed(batch)
    Y_batch = borrowed(Y_batch)
    w_batch = borrowed(w_batch)
    zeros = borrowed(zeros)
    rates = borrowed(rates)
    options = borrowed(options)
    sums = borrowed(sums)
    shared = borrowed(shared)
    n_samples, batch_size, n_factors = sizes[0], sizes[1], sizes[6]
    l1, l2, alpha, mean_weight, max_norm = settings
    decays, dropouts = course[0], course[1]  # per step: learning rate times weight decay, factor on dropout
    n_blocks, update_part = gradients.shape[0], loss_plan[6]
    block_size, gradient = -(-batch_size // n_blocks), gradients[0]
    losses, squares = shared[:n_blocks], shared[n_blocks:]
    update, meetings = 0, 0
    for t in range(batch_weights.size):
        start = (first + t) * batch_size
        n_rows = min(batch_size, n_samples - start)
        if batch_weights[t] == 0.0:  # too few rows of it have a weight: no step
            continue
        total, share, n_used = n_rows * mean_weight, batch_weights[t] / batch_size, -(-n_rows // block_size)
        for k in range(worker, n_used, n_workers):
            lo, hi = start + k * block_size, start + min((k + 1) * block_size, n_rows)
            losses[k] = pass_rows(
                plan, parts, shapes, loss_plan, sizes, X, sparse, Y, weights, order[lo:hi], lo, total, share,
                parameters, gradients[k], state, values[k], derivatives[k], pending[k], kept[k], batch[k],
                Y_batch[k], w_batch[k], zeros, rates, options, keys[update], dropouts[t], lo - start,
            )  # fmt: skip
        meetings += 1
        if not meet(team, n_workers, meetings):
            break
        loss = 0.0
        for k in range(n_used):
            loss += losses[k]

        # In one pass over each piece of the flat vector, unless the gradient must be known whole before.
        strength, penalty, length = l2 + alpha / total, 0.0, 0.0
        is_early = l1 > 0.0 or max_norm < np.inf  # then there is one block and one worker
        if is_early:
            for k in range(pieces.shape[0]):
                lo, hi, is_penalized, _ = pieces[k]
                if is_penalized and (l1 > 0.0 or strength > 0.0):
                    absolute, square = penalize(parameters[lo:hi], gradient[lo:hi], REAL(l1), REAL(strength))
                    penalty += l1 * absolute + 0.5 * strength * square
        if worker == 0:
            sums[0] += loss * n_rows
            sums[3] += n_rows
            sums[4] += batch_weights[t]
        if not np.isfinite(loss + penalty):
            sums[6] = 0.0
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
            numbers = scalars[update * n_factors + factor]
            squares[2 * k : 2 * k + 2] = 0.0
            flat = parameters, gradient, memory, numbers, squares[2 * k :], parameters.size, lo, hi
            call(parts[update_part], (*flat, l2_here, decay))
        update += 1
        meetings += 1
        if not meet(team, n_workers, meetings):
            break
        squared_norm = 0.0
        for k in range(pieces.shape[0]):
            squared_norm += squares[2 * k + 1]
            if pieces[k, 2] and not is_early:
                penalty += 0.5 * strength * squares[2 * k]
        if worker == 0:
            if not is_early:
                length = np.sqrt(squared_norm) if 1e-30 < squared_norm < np.inf else norm(gradient)
            sums[1] += penalty * n_rows
            sums[2] += length * n_rows
            sums[5] += 1.0
        if not np.isfinite(penalty):
            sums[6] = 0.0
            break
