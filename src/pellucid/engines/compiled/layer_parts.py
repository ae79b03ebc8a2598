"""The loops of layers that are one part each way, as :mod:`pellucid.engines.compiled.parts` has those of others.

Forward takes input, biases, parameters, output, what is kept for the way back, and what the layer's shape is
beside the numbers of rows, inputs and outputs. Backward takes the derivative of the output, writes those of the
parameters, and where a layer stands before, that of the input.
"""

# mypy: ignore-errors

import numpy as np
from numba import carray

value = derivative = cos_turn = sin_turn = REAL = None  # bound in the generated module


# ---- input layers and parametric activations ----------------------------------------------------------------


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
