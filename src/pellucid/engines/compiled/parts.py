"""The loops around the equations: what a part is compiled from.

A part is a C function that works on arrays handed over as pointers, so that the driver can call any part
by its address and is compiled once for all networks. The text of these functions is put into a generated
module beside the equations of one row, in one dtype; there, and only there, the names below are bound.
"""

# mypy: ignore-errors

import numpy as np
from numba import carray

value = derivative = gradient = exp = log = cos_turn = sin_turn = update = REAL = INDEX = (
    None  # bound in the generated module
)
FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}


# ---- activations ------------------------------------------------------------------------------------------


def activation_forward(z_, b_, a_, n_rows, n_units):
    """z += b; a = φ(z)."""
    z, a, b = carray(z_, (n_rows, n_units)), carray(a_, (n_rows, n_units)), carray(b_, n_units)
    for i in range(n_rows):
        for j in range(n_units):
            signal = z[i, j] + b[j]
            z[i, j] = signal
            a[i, j] = value(signal)
    return 0.0


def activation_backward(z_, a_, delta_, n_rows, n_units):
    """δ = φ'(z, a) ∘ ∂J/∂a, in place."""
    n = n_rows * n_units
    z, a, delta = carray(z_, n), carray(a_, n), carray(delta_, n)
    for i in range(n):
        delta[i] *= derivative(z[i], a[i])
    return 0.0


def softmax_forward(z_, b_, a_, n_rows, n_units):
    """z += b; a = softmax(z)."""
    z, a, b = carray(z_, (n_rows, n_units)), carray(a_, (n_rows, n_units)), carray(b_, n_units)
    for i in range(n_rows):
        top = z[i, 0] + b[0]
        for j in range(n_units):
            z[i, j] += b[j]
            top = z[i, j] if z[i, j] > top else top
        for j in range(n_units):
            a[i, j] = exp(z[i, j] - top)
        total = REAL(0.0)
        for j in range(n_units):
            total += a[i, j]
        for j in range(n_units):
            a[i, j] /= total
    return 0.0


def softmax_backward(z_, a_, delta_, n_rows, n_units):
    """δ = a ∘ (u - Σ a u), in place of the upstream u."""
    a, delta = carray(a_, (n_rows, n_units)), carray(delta_, (n_rows, n_units))
    for i in range(n_rows):
        total = REAL(0.0)
        for j in range(n_units):
            total += a[i, j] * delta[i, j]
        for j in range(n_units):
            delta[i, j] = a[i, j] * (delta[i, j] - total)
    return 0.0


# ---- losses -----------------------------------------------------------------------------------------------


def loss(y_, p_, w_, delta_, options_, n_rows, n_units, total):
    """Return Σ wᵢ ℓᵢ; δ = wᵢ/total ∂ℓᵢ/∂p. A row of weight 0 is absent, whatever stands in it."""
    y, p, delta = (
        carray(y_, (n_rows, n_units)),
        carray(p_, (n_rows, n_units)),
        carray(delta_, (n_rows, n_units)),
    )
    w, options = carray(w_, n_rows), carray(options_, (n_units, 4))
    summed = 0.0
    for i in range(n_rows):
        share = REAL(w[i] / total)
        row = REAL(0.0)
        for j in range(n_units):
            row += value(y[i, j], p[i, j], options, j)
            delta[i, j] = share * gradient(y[i, j], p[i, j], options, j)
        if w[i] > REAL(0.0):
            summed += w[i] * row
        else:
            for j in range(n_units):
                delta[i, j] = REAL(0.0)
    return summed


def loss_of_softmax(y_, z_, w_, delta_, options_, n_rows, n_units, total):
    """Return Σ wᵢ Σ y (log Σ exp z - z); δ = wᵢ/total (softmax(z) Σ y - y)."""
    y, z, delta = (
        carray(y_, (n_rows, n_units)),
        carray(z_, (n_rows, n_units)),
        carray(delta_, (n_rows, n_units)),
    )
    w = carray(w_, n_rows)
    summed = 0.0
    for i in range(n_rows):
        top = z[i, 0]
        for j in range(n_units):
            top = z[i, j] if z[i, j] > top else top
        for j in range(n_units):
            delta[i, j] = z[i, j] - top
    flat = carray(delta_, n_rows * n_units)
    e = carray(z_, n_rows * n_units)
    for i in range(n_rows * n_units):
        e[i] = exp(flat[i])
    for i in range(n_rows):
        total_e, total_y, dot = REAL(0.0), REAL(0.0), REAL(0.0)
        for j in range(n_units):
            total_e += z[i, j]
            total_y += y[i, j]
            dot += y[i, j] * delta[i, j]
        if w[i] > REAL(0.0):
            summed += w[i] * (total_y * log(total_e) - dot)
            share = REAL(w[i] / total)
            scale = share * total_y / total_e
            for j in range(n_units):
                delta[i, j] = scale * z[i, j] - share * y[i, j]
        else:
            for j in range(n_units):
                delta[i, j] = REAL(0.0)
    return summed


# ---- batch normalization ------------------------------------------------------------------------------------


def batch_norm_forward(z_, b_, w_, p_, s_, y_, kept_, n_rows, n_units, momentum, epsilon):
    """z += b; y = γ x̂ + β. Kept for the way back: x̂, then the deviations, then the shares of the rows."""
    z, y = carray(z_, (n_rows, n_units)), carray(y_, (n_rows, n_units))
    b, w = carray(b_, n_units), carray(w_, n_rows)
    p, s = carray(p_, (2, n_units)), carray(s_, (2, n_units))
    kept = carray(kept_, n_rows * n_units + n_units + n_rows)
    x_hat = kept[: n_rows * n_units].reshape(n_rows, n_units)
    deviation = kept[n_rows * n_units : n_rows * n_units + n_units]
    share = kept[n_rows * n_units + n_units :]
    total = 0.0
    for i in range(n_rows):
        total += w[i]
    for i in range(n_rows):
        share[i] = REAL(w[i] / total)
    # `deviation` holds the mean first, and y the squares' sum in its first row until they are needed.
    for j in range(n_units):
        deviation[j] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_units):
            z[i, j] += b[j]
            deviation[j] += share[i] * z[i, j] if share[i] > REAL(0.0) else REAL(0.0)
    for j in range(n_units):
        s[0, j] += REAL(momentum) * (deviation[j] - s[0, j])
    for i in range(n_rows):
        for j in range(n_units):
            x_hat[i, j] = z[i, j] - deviation[j]
    for j in range(n_units):
        deviation[j] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_units):
            deviation[j] += share[i] * x_hat[i, j] * x_hat[i, j] if share[i] > REAL(0.0) else REAL(0.0)
    for j in range(n_units):
        s[1, j] += REAL(momentum) * (deviation[j] - s[1, j])
        deviation[j] = (deviation[j] + REAL(epsilon)) ** REAL(0.5)
    for i in range(n_rows):
        for j in range(n_units):
            x_hat[i, j] /= deviation[j]
            y[i, j] = p[0, j] * x_hat[i, j] + p[1, j]
    return 0.0


def batch_norm_backward(p_, g_, delta_, kept_, n_rows, n_units):
    """Write ∇γ and ∇β; δ = (u - p Σu - p x̂ Σ u x̂) / deviation with u = γ ∂J/∂y, in place."""
    delta = carray(delta_, (n_rows, n_units))
    p, g = carray(p_, (2, n_units)), carray(g_, (2, n_units))
    kept = carray(kept_, n_rows * n_units + n_units + n_rows)
    x_hat = kept[: n_rows * n_units].reshape(n_rows, n_units)
    deviation = kept[n_rows * n_units : n_rows * n_units + n_units]
    share = kept[n_rows * n_units + n_units :]
    for j in range(n_units):
        g[0, j] = REAL(0.0)
        g[1, j] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_units):
            g[0, j] += delta[i, j] * x_hat[i, j]
            g[1, j] += delta[i, j]
    # Σ u = γ ∇β and Σ u x̂ = γ ∇γ.
    for i in range(n_rows):
        for j in range(n_units):
            u = delta[i, j] - share[i] * (g[1, j] + x_hat[i, j] * g[0, j])
            delta[i, j] = p[0, j] * u / deviation[j]
    return 0.0


# ---- sparse inputs ----------------------------------------------------------------------------------------


def sparse_forward(values_, columns_, starts_, rows_, shift_, W_, z_, n_rows, n_in, n_out, n_all):
    """z = (X - shift) W for some rows of a CSR matrix."""
    starts, rows, shift = carray(starts_, n_all + 1), carray(rows_, n_rows), carray(shift_, n_in)
    values, columns = carray(values_, starts[n_all]), carray(columns_, starts[n_all])
    W, z = carray(W_, (n_in, n_out)), carray(z_, (n_rows, n_out))
    for j in range(n_out):
        z[0, j] = REAL(0.0)
    for c in range(n_in):
        if shift[c] != REAL(0.0):
            for j in range(n_out):
                z[0, j] -= shift[c] * W[c, j]
    for i in range(1, n_rows):
        for j in range(n_out):
            z[i, j] = z[0, j]
    for i in range(n_rows):
        for k in range(starts[rows[i]], starts[rows[i] + 1]):
            for j in range(n_out):
                z[i, j] += values[k] * W[columns[k], j]
    return 0.0


def sparse_gradient(values_, columns_, starts_, rows_, shift_, delta_, sums_, g_, n_rows, n_in, n_out, n_all):
    """∇W = (X - shift)ᵀ δ, with Σ δ (the gradient of the biases) at hand."""
    starts, rows, shift = carray(starts_, n_all + 1), carray(rows_, n_rows), carray(shift_, n_in)
    values, columns = carray(values_, starts[n_all]), carray(columns_, starts[n_all])
    delta, g, sums = carray(delta_, (n_rows, n_out)), carray(g_, (n_in, n_out)), carray(sums_, n_out)
    for c in range(n_in):
        for j in range(n_out):
            g[c, j] = -shift[c] * sums[j]
    for i in range(n_rows):
        for k in range(starts[rows[i]], starts[rows[i] + 1]):
            for j in range(n_out):
                g[columns[k], j] += values[k] * delta[i, j]
    return 0.0


def sparse_rows(values_, columns_, starts_, rows_, shift_, dense_, n_rows, n_in, n_all):
    """Write some rows of X - shift, for what adds the inputs themselves."""
    starts, rows, shift = carray(starts_, n_all + 1), carray(rows_, n_rows), carray(shift_, n_in)
    values, columns = carray(values_, starts[n_all]), carray(columns_, starts[n_all])
    dense = carray(dense_, (n_rows, n_in))
    for i in range(n_rows):
        for c in range(n_in):
            dense[i, c] = -shift[c]
        for k in range(starts[rows[i]], starts[rows[i] + 1]):
            dense[i, columns[k]] += values[k]
    return 0.0


# ---- layers that are one part each way: (input, biases, parameters, output, kept, shape) -------------------


def scale_forward(x_, b_, p_, y_, kept_, shape_, n_rows, n_in, n_out):
    """y = s ∘ x."""
    x, p, y = carray(x_, (n_rows, n_in)), carray(p_, n_in), carray(y_, (n_rows, n_in))
    for i in range(n_rows):
        for j in range(n_in):
            y[i, j] = p[j] * x[i, j]
    return 0.0


def scale_backward(x_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇s = Σ x ∘ ∂J/∂y; ∂J/∂x = s ∘ ∂J/∂y, in place."""
    x, p, g, delta = (
        carray(x_, (n_rows, n_in)),
        carray(p_, n_in),
        carray(g_, n_in),
        carray(delta_, (n_rows, n_in)),
    )
    for j in range(n_in):
        g[j] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_in):
            g[j] += x[i, j] * delta[i, j]
            delta[i, j] *= p[j]
    return 0.0


def parametric_forward(z_, b_, p_, a_, kept_, shape_, n_rows, n_in, n_out):
    """z += b; a = z + α (φ(z) - z)."""
    z, a = carray(z_, (n_rows, n_in)), carray(a_, (n_rows, n_in))
    b, p = carray(b_, n_in), carray(p_, n_in)
    for i in range(n_rows):
        for j in range(n_in):
            signal = z[i, j] + b[j]
            z[i, j] = signal
            a[i, j] = signal + p[j] * (value(signal) - signal)
    return 0.0


def parametric_backward(z_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇α = Σ (φ(z) - z) ∘ ∂J/∂a; δ = (1 + α (φ' - 1)) ∘ ∂J/∂a, in place."""
    z, delta = carray(z_, (n_rows, n_in)), carray(delta_, (n_rows, n_in))
    p, g = carray(p_, n_in), carray(g_, n_in)
    for j in range(n_in):
        g[j] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_in):
            bent = value(z[i, j])
            g[j] += (bent - z[i, j]) * delta[i, j]
            delta[i, j] *= REAL(1.0) + p[j] * (derivative(z[i, j], bent) - REAL(1.0))
    return 0.0


def periodic_forward(x_, b_, p_, y_, kept_, shape_, n_rows, n_in, n_out):
    """y = (x, V cos(2π x f + c) + d) for the numeric inputs, then the others.

    Kept are the cosines and the angles, in turns from the nearest whole one.
    """
    shape = carray(shape_, 3)
    n_numeric, n_waves, n_mixed = shape[0], shape[1], shape[2] - 1
    n = n_numeric * n_waves
    waves = carray(p_, (2, n_numeric, n_waves))
    f, c = waves[0], waves[1]
    V = carray(p_, n * (2 + n_mixed))[2 * n :].reshape(n_numeric, n_mixed, n_waves)
    d = carray(p_, n * (2 + n_mixed) + n_numeric * n_mixed)[n * (2 + n_mixed) :].reshape(n_numeric, n_mixed)
    x, y = carray(x_, (n_rows, n_in)), carray(y_, (n_rows, n_out))
    kept = carray(kept_, (n_rows, n_numeric, 2, n_waves))
    by_two_pi = REAL(0.15915494309189535)
    for i in range(n_rows):
        for j in range(n_numeric):
            number = x[i, j]
            cosines, turns = kept[i, j, 0], kept[i, j, 1]
            for q in range(n_waves):
                turn = number * f[j, q] + c[j, q] * by_two_pi
                turn -= np.rint(turn)
                turns[q] = turn
                cosines[q] = cos_turn(turn)
            y[i, j * (n_mixed + 1)] = x[i, j]
            for m in range(n_mixed):
                mixed = REAL(0.0)
                for q in range(n_waves):
                    mixed += V[j, m, q] * cosines[q]
                y[i, j * (n_mixed + 1) + 1 + m] = mixed + d[j, m]
        for j in range(n_in - n_numeric):
            y[i, n_numeric * (n_mixed + 1) + j] = x[i, n_numeric + j]
    return 0.0


def periodic_backward(x_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇V = Σ u cos, ∇d = Σ u; with q = -sin ∘ (Vᵀ u): ∇c = Σ q, ∇f = 2π Σ x q, ∂J/∂x = u₀ + 2π f q."""
    shape = carray(shape_, 3)
    n_numeric, n_waves, n_mixed = shape[0], shape[1], shape[2] - 1
    n = n_numeric * n_waves
    f = carray(p_, (2, n_numeric, n_waves))[0]
    g_waves = carray(g_, (2, n_numeric, n_waves))
    g_f, g_c = g_waves[0], g_waves[1]
    V = carray(p_, n * (2 + n_mixed))[2 * n :].reshape(n_numeric, n_mixed, n_waves)
    g_V = carray(g_, n * (2 + n_mixed))[2 * n :].reshape(n_numeric, n_mixed, n_waves)
    g_d = carray(g_, n * (2 + n_mixed) + n_numeric * n_mixed)[n * (2 + n_mixed) :].reshape(n_numeric, n_mixed)
    x, delta = carray(x_, (n_rows, n_in)), carray(delta_, (n_rows, n_out))
    kept = carray(kept_, (n_rows, n_numeric, 2, n_waves))
    below = carray(below_, (n_rows, n_in))
    two_pi = REAL(6.283185307179586)
    for j in range(n_numeric):
        for q in range(n_waves):
            g_f[j, q] = REAL(0.0)
            g_c[j, q] = REAL(0.0)
            for m in range(n_mixed):
                g_V[j, m, q] = REAL(0.0)
        for m in range(n_mixed):
            g_d[j, m] = REAL(0.0)
    for i in range(n_rows):
        for j in range(n_numeric):
            turned = two_pi * x[i, j]
            cosines, turns = kept[i, j, 0], kept[i, j, 1]
            u = delta[i, j * (n_mixed + 1) :]
            for m in range(n_mixed):
                g_d[j, m] += u[1 + m]
                for q in range(n_waves):
                    g_V[j, m, q] += u[1 + m] * cosines[q]
            to_x = REAL(0.0)
            for q in range(n_waves):
                back = REAL(0.0)
                for m in range(n_mixed):
                    back += V[j, m, q] * u[1 + m]
                back *= -sin_turn(turns[q])
                g_c[j, q] += back
                g_f[j, q] += turned * back
                to_x += back * f[j, q]
            if n_before > 0:
                below[i, j] = u[0] + two_pi * to_x
        if n_before > 0:
            for j in range(n_in - n_numeric):
                below[i, n_numeric + j] = delta[i, n_numeric * (n_mixed + 1) + j]
    return 0.0


def lookup_forward(x_, b_, p_, y_, kept_, shape_, n_rows, n_in, n_out):
    """The first inputs as they are; for each code that follows, its row of the tables."""
    shape = carray(shape_, 3)
    n_codes, n_width, n_all = shape[0], shape[1], shape[2]
    starts = carray(shape_, 3 + n_codes)[3:]
    x, y = carray(x_, (n_rows, n_in)), carray(y_, (n_rows, n_out))
    table, n_plain = carray(p_, (n_all, n_width)), n_in - n_codes
    for i in range(n_rows):
        for j in range(n_plain):
            y[i, j] = x[i, j]
        for k in range(n_codes):
            row = starts[k] + int(x[i, n_plain + k])
            for j in range(n_width):
                y[i, n_plain + k * n_width + j] = table[row, j]
    return 0.0


def lookup_backward(x_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇E of a row is the sum over the samples with its code."""
    shape = carray(shape_, 3)
    n_codes, n_width, n_all = shape[0], shape[1], shape[2]
    starts = carray(shape_, 3 + n_codes)[3:]
    x, delta, below = (
        carray(x_, (n_rows, n_in)),
        carray(delta_, (n_rows, n_out)),
        carray(below_, (n_rows, n_in)),
    )
    g, n_plain = carray(g_, (n_all, n_width)), n_in - n_codes
    for row in range(n_all):
        for j in range(n_width):
            g[row, j] = REAL(0.0)
    for i in range(n_rows):
        for k in range(n_codes):
            row = starts[k] + int(x[i, n_plain + k])
            for j in range(n_width):
                g[row, j] += delta[i, n_plain + k * n_width + j]
        if n_before > 0:
            for j in range(n_plain):
                below[i, j] = delta[i, j]
            for k in range(n_codes):
                below[i, n_plain + k] = REAL(0.0)
    return 0.0


# ---- members that share weights: what each makes stands side by side ----------------------------------------


def fan_forward(x_, b_, p_, y_, kept_, shape_, n_rows, n_in, n_out):
    """y_m = r_m ∘ x."""
    n_members = n_out // n_in
    x, p, y = carray(x_, (n_rows, n_in)), carray(p_, (n_members, n_in)), carray(y_, (n_rows, n_members, n_in))
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(n_in):
                y[i, m, j] = p[m, j] * x[i, j]
    return 0.0


def fan_backward(x_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇r_m = Σ x ∘ ∂J/∂y_m; ∂J/∂x = Σ_m r_m ∘ ∂J/∂y_m."""
    n_members = n_out // n_in
    x, below = carray(x_, (n_rows, n_in)), carray(below_, (n_rows, n_in))
    p, g = carray(p_, (n_members, n_in)), carray(g_, (n_members, n_in))
    delta = carray(delta_, (n_rows, n_members, n_in))
    for m in range(n_members):
        for j in range(n_in):
            g[m, j] = REAL(0.0)
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(n_in):
                g[m, j] += x[i, j] * delta[i, m, j]
        if n_before > 0:
            for j in range(n_in):
                below[i, j] = p[0, j] * delta[i, 0, j]
            for m in range(1, n_members):
                for j in range(n_in):
                    below[i, j] += p[m, j] * delta[i, m, j]
    return 0.0


def separate_forward(a_, b_, p_, z_, kept_, shape_, n_rows, n_in, n_out):
    """z_m = a_m W_m; the biases, which stand before the weights, are added by what comes next."""
    n_members = carray(shape_, 1)[0]
    n, o = n_in // n_members, n_out // n_members
    W = carray(p_, n_out + n_in * o)[n_out:].reshape(n_members, n, o)
    a, z = carray(a_, (n_rows, n_members, n)), carray(z_, (n_rows, n_members, o))
    for i in range(n_rows):
        for m in range(n_members):
            if o == 1:  # a sum that vectorizes
                total = REAL(0.0)
                for c in range(n):
                    total += a[i, m, c] * W[m, c, 0]
                z[i, m, 0] = total
                continue
            for j in range(o):
                z[i, m, j] = REAL(0.0)
            for c in range(n):
                for j in range(o):
                    z[i, m, j] += a[i, m, c] * W[m, c, j]
    return 0.0


def separate_backward(a_, p_, g_, delta_, below_, kept_, shape_, n_rows, n_in, n_out, n_before):
    """∇W_m = Σ a_mᵀ δ_m, ∇b_m = Σ δ_m; ∂J/∂a_m = δ_m W_mᵀ."""
    n_members = carray(shape_, 1)[0]
    n, o = n_in // n_members, n_out // n_members
    W = carray(p_, n_out + n_in * o)[n_out:].reshape(n_members, n, o)
    g_b, g = carray(g_, (n_members, o)), carray(g_, n_out + n_in * o)
    g_W = g[n_out:].reshape(n_members, n, o)
    a, delta = carray(a_, (n_rows, n_members, n)), carray(delta_, (n_rows, n_members, o))
    below = carray(below_, (n_rows, n_members, n))
    for k in range(n_out + n_in * o):
        g[k] = REAL(0.0)
    for i in range(n_rows):
        for m in range(n_members):
            for j in range(o):
                g_b[m, j] += delta[i, m, j]
            if o == 1:
                d = delta[i, m, 0]
                for c in range(n):
                    g_W[m, c, 0] += a[i, m, c] * d
                    below[i, m, c] = W[m, c, 0] * d
                continue
            for c in range(n):
                total = REAL(0.0)
                for j in range(o):
                    g_W[m, c, j] += a[i, m, c] * delta[i, m, j]
                    total += W[m, c, j] * delta[i, m, j]
                below[i, m, c] = total
    return 0.0
