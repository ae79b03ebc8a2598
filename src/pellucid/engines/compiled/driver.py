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
from pellucid.engines.compiled.intrinsics import call, matrix, restored, without_subnormals
from pellucid.engines.compiled.loops import (
    PLAIN,
    add,
    add_rows,
    add_to_rows,
    drop,
    gather,
    meet,
    norm,
    penalize_and_clip,
    repeat,
)  # fmt: skip

__all__ = ["run_steps"]

# The kinds of operation, and the columns of the table.
DENSE, ACTIVATE, BATCH_NORM, DROPOUT, RESIDUAL, SPARSE_DENSE, LOOPS, SHARED_DENSE = range(8)
KIND, N_IN, N_OUT, INPUT, OUTPUT, D_INPUT, D_OUTPUT, BIASES, WEIGHTS = range(9)
PART, KEPT, STATE, PENDING, WIDTH, TEAM_WIDTH, WHOLE = range(9, 16)
N_COLUMNS = 16
ALONE, IN_TEAM = 1, 2  # in the column WHOLE: who may make products of many blocks at once


@njit(**PLAIN)
def forward(tables, some, parameters, state, values, kept, zeros, workers, meetings):
    """Walk the operations from the left, for some rows of a pass, block by block.

    Products take all of these rows at once where that gives the same bits.
    """
    parts, rates, lo, hi = tables.parts, tables.rates, some.first_row, some.last_row
    way = ALONE if workers.n_workers == 1 else IN_TEAM
    for k in range(tables.operations.shape[0]):
        op = tables.operations[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        b = zeros[:n_out]
        if op[BIASES] >= 0:
            b = parameters[op[BIASES] : op[BIASES] + n_out]
        if kind == BATCH_NORM:
            if not meet(workers, meetings):
                return
            if workers.worker == 0:
                p, s, share = parameters[op[WEIGHTS] :], state[op[STATE] :], some.share
                moved = rates[k, 0] if share == 1.0 else 1.0 - (1.0 - rates[k, 0]) ** share
                a, out = values[op[INPUT] :], values[op[OUTPUT] :]
                call(
                    parts[op[PART]],
                    (a, b, some.w, p, s, out, kept[op[KEPT] :], some.n_rows, n_out, moved, rates[k, 1]),
                )
            if not meet(workers, meetings):
                return
            continue
        is_product = kind == DENSE or kind == SHARED_DENSE
        step, r = hi - lo if is_product and op[WHOLE] & way else some.block, lo
        while r < hi:
            n_rows = min(step, hi - r)
            place = op[OUTPUT] + r * n_out
            out = values[place : place + n_rows * n_out]
            n_each, n, m = n_rows, n_in, n_out
            if kind == SHARED_DENSE:  # a row per member
                n_each, n, m = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
            if k == 0:
                a = matrix(some.X, r * n_in, n_each, n)
            else:
                a = matrix(values, op[INPUT] + r * n_in, n_each, n)
            if is_product:
                np.dot(a, matrix(parameters, op[WEIGHTS], n, m), matrix(out, 0, n_each, m))
            elif kind == ACTIVATE:
                call(parts[op[PART]], (a, b, out, n_rows, n_out))
            elif kind == DROPOUT:
                rate, key = rates[k, 0] * some.dropout, some.keys[op[STATE]]
                drop(a.reshape(a.size), out, kept[op[KEPT] + r * n_out :], rate, key, r * n_out)
            elif kind == LOOPS:
                p, sizes = parameters[op[WEIGHTS] :], tables.sizes[op[STATE] :]
                held = kept[op[KEPT] + r * sizes[1] :]
                call(parts[op[PART]], (a, b, p, out, held, sizes, n_rows, n_in, n_out))
            elif kind == SPARSE_DENSE:
                W = parameters[op[WEIGHTS] : op[WEIGHTS] + n_in * n_out]
                X, rows = some.sparse, some.rows[r : r + n_rows]
                if op[STATE] >= 0:
                    dense = matrix(some.X, r * n_in, n_rows, n_in)
                    call(parts[op[STATE]], (X[0], X[1], X[2], rows, X[3], dense, n_rows, n_in, X[4]))
                call(parts[op[PART]], (X[0], X[1], X[2], rows, X[3], W, out, n_rows, n_in, n_out, X[4]))
            else:
                x, earlier = values[op[INPUT] + r * n_out :], some.X.reshape(some.X.size)[r * n_out :]
                if op[STATE] >= 0:
                    earlier = values[op[STATE] + r * n_out :]
                for i in range(out.size):
                    out[i] = x[i] + earlier[i]
            r += step


@njit(**PLAIN)
def backward(tables, some, parameters, gradients, values, derivatives, pending, kept, workers, meetings):
    """Walk the operations from the right; the sensitivities of the scores are already in place.

    Of gradients those of normalization are made here, of loops block by block, and of whole products by a worker
    who is alone; see `gradients_of`.
    """
    parts, lo, hi, gradient = tables.parts, some.first_row, some.last_row, gradients[0]
    way = ALONE if workers.n_workers == 1 else IN_TEAM
    for k in range(tables.operations.shape[0] - 1, -1, -1):
        op = tables.operations[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        if kind == BATCH_NORM:
            if not meet(workers, meetings):
                return
            if workers.worker == 0:
                p, g, delta = (
                    parameters[op[WEIGHTS] :],
                    gradient[op[WEIGHTS] :],
                    derivatives[op[D_OUTPUT] :],
                )
                call(parts[op[PART] + 1], (p, g, delta, kept[op[KEPT] :], some.n_rows, n_out))
            if not meet(workers, meetings):
                return
        is_product = kind == DENSE or kind == SHARED_DENSE
        step, r = hi - lo if is_product and op[WHOLE] & way else some.block, lo
        while r < hi:
            n_rows = min(step, hi - r)
            place = op[D_OUTPUT] + r * n_out
            delta = derivatives[place : place + n_rows * n_out]
            if is_product:
                n_each, n, m = n_rows, n_in, n_out
                if kind == SHARED_DENSE:  # a row per member
                    n_each, n, m = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
                d = matrix(delta, 0, n_each, m)
                if way & op[WHOLE] & ALONE:
                    add_rows(matrix(delta, 0, n_rows, n_out), gradient[op[BIASES] : op[BIASES] + n_out])
                    a = matrix(some.X, 0, n_each, n) if k == 0 else matrix(values, op[INPUT], n_each, n)
                    np.dot(a.T, d, matrix(gradient, op[WEIGHTS], n, m))
                if k > 0:
                    W, below = matrix(parameters, op[WEIGHTS], n, m), op[D_INPUT] + r * n_in
                    np.dot(d, W.T, matrix(derivatives, below, n_each, n))
            elif kind == ACTIVATE:
                z, y = values[op[INPUT] + r * n_out :], values[op[OUTPUT] + r * n_out :]
                call(parts[op[PART] + 1], (z, y, delta, n_rows, n_out))
            elif kind == DROPOUT:
                mask = op[KEPT] + r * n_out
                for i in range(delta.size):
                    delta[i] *= kept[mask + i]
            elif kind == LOOPS:
                x = matrix(some.X, r * n_in, n_rows, n_in)
                if k > 0:
                    x = matrix(values, op[INPUT] + r * n_in, n_rows, n_in)
                p, sizes = parameters[op[WEIGHTS] :], tables.sizes[op[STATE] :]
                g, held = gradients[r // some.block, op[WEIGHTS] :], kept[op[KEPT] + r * sizes[1] :]
                below = derivatives[max(0, op[D_INPUT]) + r * n_in :]
                call(parts[op[PART] + 1], (x, p, g, delta, below, held, sizes, n_rows, n_in, n_out, k > 0))
            elif kind == RESIDUAL and op[KEPT] >= 0:  # hands its derivative on, and to the earlier value
                place = op[KEPT] + r * n_out
                for i in range(delta.size):
                    pending[place + i] = delta[i]
            r += step
        if op[PENDING] >= 0:
            place, size = op[D_INPUT] + lo * n_in, (hi - lo) * n_in
            add(derivatives[place : place + size], pending[op[PENDING] + lo * n_in :])


@njit(**PLAIN)
def gradients_of(tables, some, gradients, values, derivatives, scratch, workers):
    """Write the gradients of weights and biases, in pieces that workers share out.

    A piece is that of some rows of a matrix of weights, from all rows of the batch.
    """
    parts, gradient, n_rows, job = tables.parts, gradients[0], some.n_rows, 0
    is_alone = workers.n_workers == 1
    for k in range(tables.operations.shape[0]):
        op = tables.operations[k]
        kind, n_in, n_out = op[KIND], op[N_IN], op[N_OUT]
        if kind == LOOPS and gradients.shape[0] > 1:
            if is_alone or job % workers.n_workers == workers.worker:
                first, size = op[WEIGHTS], tables.sizes[op[STATE]]
                for j in range(1, -(-n_rows // some.block)):
                    add(gradient[first : first + size], gradients[j, first : first + size])
            job += 1
        is_product = kind == DENSE or kind == SHARED_DENSE
        if not (is_product or kind == SPARSE_DENSE) or (is_alone and is_product and op[WHOLE] & ALONE):
            continue
        n_each, n, m = n_rows, n_in, n_out
        if kind == SHARED_DENSE:  # a row per member
            n_each, n, m = n_rows * op[STATE], n_in // op[STATE], n_out // op[STATE]
        delta, b = matrix(derivatives, op[D_OUTPUT], n_each, m), gradient[op[BIASES] : op[BIASES] + n_out]
        width = n
        if is_product:
            width = op[WIDTH] if is_alone else op[TEAM_WIDTH]
        for c in range(0, n, width):
            job += 1
            if not is_alone and job % workers.n_workers != workers.worker:
                continue
            if c == 0:
                add_rows(matrix(delta, 0, n_rows, n_out), b)
            if kind == SPARSE_DENSE:
                X, g, rows = some.sparse, gradient[op[WEIGHTS] :], some.rows[:n_rows]
                call(
                    parts[op[KEPT]],
                    (X[0], X[1], X[2], rows, X[3], delta, b, g, n_rows, n_in, n_out, X[4]),
                )
                continue
            n_here = min(width, n - c)
            if k == 0:
                a = matrix(some.X, 0, n_each, n)
            else:
                a = matrix(values, op[INPUT], n_each, n)
            if n_here < n:
                columns = matrix(scratch, 0, n_each, n_here)
                for i in range(n_each):
                    for j in range(n_here):
                        columns[i, j] = a[i, c + j]
                a = columns
            np.dot(a.T, delta, matrix(gradient, op[WEIGHTS] + c * m, n_here, m))


@njit(**PLAIN)
def pass_rows(
    tables, places, sizes, data, buffers, updated, rows, has_order, keys, dropout, start, total, share, losses,
    workers, meetings,
):  # fmt: skip
    """Gather this worker's rows of the batch that begins at `start`, go forward and back; make its gradients.

    The losses of its blocks go to `losses`. Of members that share weights the loss has a row each, which follow
    each other as the members do in a value.
    """
    n_outputs, is_sparse, n_members = sizes.n_outputs, sizes.is_sparse, sizes.n_members
    n_rows, block, n_scores = rows.size, sizes.block_size, n_members * n_outputs
    lo, hi = 0, n_rows
    if workers.n_workers > 1:
        n_blocks = -(-n_rows // block)
        lo = min(n_rows, n_blocks * workers.worker // workers.n_workers * block)
        hi = min(n_rows, n_blocks * (workers.worker + 1) // workers.n_workers * block)
    values, derivatives, kept, zeros = buffers.values, buffers.derivatives, buffers.kept, buffers.zeros
    # Of sparse inputs nothing is held.
    X, Y, w = buffers.batch, buffers.Y_batch, buffers.w_batch[: n_rows * n_members]
    if has_order and not is_sparse:
        gather(data.X, rows[lo:hi], X[lo:hi])
    if n_members > 1:
        repeat(data.Y, rows[lo:hi], n_members, Y[lo * n_members : hi * n_members])
    elif has_order or is_sparse:
        gather(data.Y, rows[lo:hi], Y[lo:hi])
    X_rows, Y_rows = X[: min(n_rows, X.shape[0])], Y[: n_rows * n_members]
    if not (has_order or is_sparse):
        X_rows = data.X[start : start + n_rows]
        if n_members == 1:
            Y_rows = data.Y[start : start + n_rows]
    if sizes.has_weights:
        for i in range(lo, hi):
            for m in range(n_members):
                w[i * n_members + m] = data.weights[rows[i]]
    some = Pass(X_rows, n_rows, w, share, data.sparse, rows, keys, dropout, lo, hi, block)
    parameters, gradients = updated.parameters, updated.gradients
    forward(tables, some, parameters, updated.state, values, kept, zeros, workers, meetings)
    b = parameters[places.biases : places.biases + n_scores]
    of_all, parts = total * n_members, tables.parts
    k = 0 if lo == 0 else lo // block
    first = lo
    while first < hi:
        here = min(block, hi - first)
        n_each, place, y = (
            here * n_members,
            first * n_scores,
            matrix(Y_rows, first * n_scores, here, n_scores),
        )
        z = values[places.scores + place : places.scores + place + here * n_scores]
        delta = derivatives[places.delta + place : places.delta + place + here * n_scores]
        outputs, w_here = z, w[first * n_members : first * n_members + n_each]
        if places.is_fused or n_members > 1:
            add_to_rows(matrix(z, 0, here, n_scores), b)
        if not places.is_fused:
            outputs = values[places.outputs + place : places.outputs + place + here * n_scores]
            added = b if n_members == 1 else zeros
            call(parts[places.output_part], (z, added, outputs, n_each, n_outputs))
        args = y, outputs, w_here, delta, data.options, n_each, n_outputs, of_all
        losses[k] = call(parts[places.loss_part], args) / of_all
        k += 1
        if not places.is_fused:
            call(parts[places.output_part + 1], (z, outputs, delta, n_each, n_outputs))
        first += block
    backward(
        tables, some, parameters, gradients, values, derivatives, buffers.pending, kept, workers, meetings
    )
    if (workers.n_workers > 1 or sizes.has_pieces) and meet(workers, meetings):
        gradients_of(tables, some, gradients, values, derivatives, buffers.scratch[workers.worker], workers)


@njit(**PLAIN)
def run_steps(tables, places, sizes, settings, data, buffers, steps, updated, sums, workers):
    """Run some steps of an epoch; see :class:`pellucid.engines.problem.Session`.

    The rows of a batch are cut into blocks, matrices of weights and the flat vector into pieces. Workers share
    them out; sums over blocks and pieces are made in their order, so that the bits do not depend on how many
    workers there are.
    """
    batch_size, batch_weights, l1, max_norm = (
        sizes.batch_size,
        steps.batch_weights,
        settings.l1,
        settings.max_norm,
    )
    decays = steps.course[0]  # learning rate times weight decay
    parameters, gradient, memory, pieces = (
        updated.parameters,
        updated.gradients[0],
        updated.memory,
        updated.pieces,
    )
    worker, n_workers, terms = workers.worker, workers.n_workers, sums.terms
    n_blocks = -(-batch_size // sizes.block_size)
    losses, squares, early = (
        sums.shared[:n_blocks],
        sums.shared[n_blocks:-2],
        sums.shared[sums.shared.size - 2 :],
    )
    update, meetings = 0, np.zeros(1, np.int64)
    # Products of small factors become subnormal as training goes on, and would make steps several times as slow.
    mode = without_subnormals()
    for t in range(batch_weights.size):
        start = (steps.first_step + t) * batch_size
        n_rows = min(batch_size, sizes.n_samples - start)
        if batch_weights[t] == 0.0:  # too few rows of it have a weight: no step
            continue
        total, share = n_rows * settings.mean_weight, batch_weights[t] / batch_size
        pass_rows(
            tables, places, sizes, data, buffers, updated, steps.order[start : start + n_rows], steps.has_order,
            steps.keys[update], steps.course[1, t], start, total, share, losses, workers, meetings,
        )  # fmt: skip
        if not meet(workers, meetings):
            break
        loss = 0.0
        for k in range(1 if n_blocks == 1 else -(-n_rows // sizes.block_size)):
            loss += losses[k]

        # In one pass over each piece of the flat vector, unless the gradient must be known whole before.
        strength, penalty, length = l2_of_batch(settings.l2, settings.alpha, total), 0.0, 0.0
        is_early = l1 > 0.0 or max_norm < np.inf
        if is_early:
            if worker == 0:
                early[0], early[1] = penalize_and_clip(parameters, gradient, pieces, l1, strength, max_norm)
            if not meet(workers, meetings):
                break
            penalty, length = early[0], early[1]
        if worker == 0:
            terms[0] += loss * n_rows
            terms[3] += n_rows
            terms[4] += batch_weights[t]
        if not np.isfinite(loss + penalty):
            if worker == 0:
                terms[6] = 0.0
            break
        for k in range(worker, pieces.shape[0], n_workers):
            lo, hi, is_penalized, factor = pieces[k]
            l2_here = strength if is_penalized and not is_early else 0.0
            decay = 1.0 - decays[t] if is_penalized else 1.0
            scalars = steps.scalars[update * sizes.n_factors + factor]
            squares[2 * k], squares[2 * k + 1] = 0.0, 0.0
            flat = parameters, gradient, memory, scalars, squares[2 * k :], parameters.size, lo, hi
            call(tables.parts[places.update_part], (*flat, l2_here, decay))
        update += 1
        if not meet(workers, meetings):
            break
        squared_norm = 0.0
        for k in range(pieces.shape[0]):
            squared_norm += squares[2 * k + 1]
            if pieces[k, 2] and not is_early:
                penalty += 0.5 * strength * squares[2 * k]
        if not is_early:
            length = np.sqrt(squared_norm)
            if not 1e-30 < squared_norm < np.inf:
                length = norm(gradient)
                if not meet(workers, meetings):
                    break
        if worker == 0:
            terms[1] += penalty * n_rows
            terms[2] += length * n_rows
            terms[5] += 1.0
        if not np.isfinite(penalty):
            if worker == 0:
                terms[6] = 0.0
            break
    restored(mode)
