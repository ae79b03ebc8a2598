"""The loops around the equations: what a part is compiled from.

A part is a C function that works on arrays handed over as pointers, so that the driver can call any part
by its address and is compiled once for all networks. The text of these functions is put into a generated
module beside the equations of one row, in one dtype; there, and only there, the names below are bound.
"""

# mypy: ignore-errors

from numba import carray

value = derivative = gradient = exp = log = update = REAL = INDEX = None  # bound in the generated module
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
            a[i, j] = z[i, j] - top
    flat = carray(a_, n_rows * n_units)
    for i in range(n_rows * n_units):  # one loop over all rows vectorizes, many over few units do not
        flat[i] = exp(flat[i])
    for i in range(n_rows):
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
    """Return Σ wᵢ ℓᵢ; δ = wᵢ/total ∂ℓᵢ/∂p. A row of weight 0 is absent, whatever it contains."""
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
