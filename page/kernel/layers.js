/**
 * The kinds of layer, one row each: `forward` writes the output, `backward` the derivatives of its parameters and of
 * its input. The equations are those of core/layers/.
 */

const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/** z = a W + b, with [b; W] row by row. */
const dense = {
  forward({ nIn, nOut, offset }, x, n, theta, y) {
    for (let i = 0; i < n; i++) {
      const row = i * nOut;
      for (let j = 0; j < nOut; j++) y[row + j] = 0;
      let at = offset + nOut;
      for (let k = i * nIn; k < (i + 1) * nIn; k++) {
        const input = x[k];
        for (let j = 0; j < nOut; j++) y[row + j] += input * theta[at + j];
        at += nOut;
      }
      for (let j = 0; j < nOut; j++) y[row + j] += theta[offset + j];
    }
  },
  backward({ nIn, nOut, offset }, x, n, theta, gradient, delta, below) {
    gradient.fill(0, offset, offset + (nIn + 1) * nOut);
    for (let i = 0; i < n; i++) {
      const row = i * nOut;
      for (let j = 0; j < nOut; j++) gradient[offset + j] += delta[row + j];
      let at = offset + nOut;
      for (let k = i * nIn; k < (i + 1) * nIn; k++) {
        const input = x[k];
        for (let j = 0; j < nOut; j++) gradient[at + j] += input * delta[row + j];
        if (below) {
          let sum = 0;
          for (let j = 0; j < nOut; j++) sum += delta[row + j] * theta[at + j];
          below[k] = sum;
        }
        at += nOut;
      }
    }
  },
};

const activate = {
  forward({ activation, nOut }, z, n, theta, a) {
    if (activation.ofRow) {
      for (let i = 0; i < n; i++) activation.ofRow(z, a, i * nOut, nOut);
      return;
    }
    const { value } = activation;
    for (let j = 0; j < n * nOut; j++) a[j] = value(z[j]);
  },
  backward({ activation, nOut }, z, n, theta, gradient, upstream, below, kept, run, a) {
    const { derivative } = activation;
    for (let j = 0; j < n * nOut; j++) below[j] = upstream[j] * derivative(z[j], a[j]);
  },
};

/** y = x + an earlier value. */
const residual = {
  forward({ nOut, source }, x, n, theta, y, kept, run) {
    const earlier = run.values[source];
    for (let j = 0; j < n * nOut; j++) y[j] = x[j] + earlier[j];
  },
  backward({ nOut, source }, x, n, theta, gradient, upstream, below, kept, run) {
    const sum = run.pending.get(source) ?? new Float64Array(n * nOut);
    for (let j = 0; j < n * nOut; j++) {
      sum[j] += upstream[j];
      below[j] = upstream[j];
    }
    run.pending.set(source, sum);
  },
};

/** 32 bits that look random for each number, as core/layers/dropout.py has them ("lowbias32", C. Wellons 2018). */
export function scatter(number) {
  let x = number ^ (number >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** y = x m / (1 - rate) in training; m follows from a key and the place alone. */
const dropout = {
  keeps: ({ nOut }, rows) => new Float64Array(rows * nOut),
  forward({ nOut, rate }, x, n, theta, y, mask, run) {
    const key = run.training && run.rng ? run.rng.bits32() : -1;
    const bound = Math.floor(rate * 4294967296);
    const scale = 1 / (1 - rate);
    for (let j = 0; j < n * nOut; j++) {
      mask[j] = key < 0 ? 1 : scatter((key + j) | 0) >= bound ? scale : 0;
      y[j] = x[j] * mask[j];
    }
  },
  backward({ nOut }, x, n, theta, gradient, upstream, below, mask) {
    for (let j = 0; j < n * nOut; j++) below[j] = upstream[j] * mask[j];
  },
};

/** Derivatives of scale and shift, common to both normalizations. */
function scaleAndShift({ nOut, offset }, n, gradient, upstream, standardized) {
  gradient.fill(0, offset, offset + 2 * nOut);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < nOut; j++) {
      gradient[offset + j] += upstream[i * nOut + j] * standardized[i * nOut + j];
      gradient[offset + nOut + j] += upstream[i * nOut + j];
    }
  }
}

/** Each signal standardized over the batch (training) or by running statistics (prediction). */
const batch_norm = {
  keeps: ({ nOut }, rows) => ({ standardized: new Float64Array(rows * nOut), deviation: new Float64Array(nOut),
    share: new Float64Array(rows) }),
  forward({ nOut, offset, stateOffset }, x, n, theta, y, kept, run) {
    const { state, weights } = run;
    let total = 0;
    for (let i = 0; i < n; i++) total += weights ? weights[i] : 1;
    for (let i = 0; i < n; i++) kept.share[i] = (weights ? weights[i] : 1) / total;
    const moved = run.share === 1 ? MOMENTUM : 1 - (1 - MOMENTUM) ** run.share;
    for (let j = 0; j < nOut; j++) {
      let mean = state[stateOffset + j];
      let variance = state[stateOffset + nOut + j];
      if (run.training) {
        mean = 0;
        variance = 0;
        for (let i = 0; i < n; i++) mean += kept.share[i] * x[i * nOut + j];
        for (let i = 0; i < n; i++) variance += kept.share[i] * (x[i * nOut + j] - mean) ** 2;
        state[stateOffset + j] += moved * (mean - state[stateOffset + j]);
        state[stateOffset + nOut + j] += moved * (variance - state[stateOffset + nOut + j]);
      }
      kept.deviation[j] = Math.sqrt(variance + EPSILON);
      for (let i = 0; i < n; i++) {
        kept.standardized[i * nOut + j] = (x[i * nOut + j] - mean) / kept.deviation[j];
        y[i * nOut + j] = theta[offset + j] * kept.standardized[i * nOut + j] + theta[offset + nOut + j];
      }
    }
  },
  backward(layer, x, n, theta, gradient, upstream, below, { standardized, deviation, share }, run) {
    const { nOut, offset } = layer;
    scaleAndShift(layer, n, gradient, upstream, standardized);
    for (let j = 0; j < nOut; j++) {
      let sum = 0;
      let product = 0;
      for (let i = 0; i < n; i++) {
        const u = upstream[i * nOut + j] * theta[offset + j];
        sum += u;
        product += u * standardized[i * nOut + j];
      }
      for (let i = 0; i < n; i++) {
        const at = i * nOut + j;
        const u = upstream[at] * theta[offset + j];
        const through = run.training ? share[i] * (sum + standardized[at] * product) : 0;
        below[at] = (u - through) / deviation[j];
      }
    }
  },
};

/** The signals of a row standardized among themselves. */
const layer_norm = {
  keeps: ({ nOut }, rows) => ({ standardized: new Float64Array(rows * nOut), deviation: new Float64Array(rows) }),
  forward({ nOut, offset }, x, n, theta, y, kept) {
    for (let i = 0; i < n; i++) {
      const row = i * nOut;
      let mean = 0;
      for (let j = 0; j < nOut; j++) mean += x[row + j];
      mean /= nOut;
      let squares = 0;
      for (let j = 0; j < nOut; j++) squares += (x[row + j] - mean) ** 2;
      kept.deviation[i] = Math.sqrt(squares / nOut + EPSILON);
      for (let j = 0; j < nOut; j++) {
        kept.standardized[row + j] = (x[row + j] - mean) / kept.deviation[i];
        y[row + j] = theta[offset + j] * kept.standardized[row + j] + theta[offset + nOut + j];
      }
    }
  },
  backward(layer, x, n, theta, gradient, upstream, below, { standardized, deviation }) {
    const { nOut, offset } = layer;
    scaleAndShift(layer, n, gradient, upstream, standardized);
    for (let i = 0; i < n; i++) {
      const row = i * nOut;
      let toMean = 0;
      let toVariance = 0;
      for (let j = 0; j < nOut; j++) {
        const u = upstream[row + j] * theta[offset + j];
        toMean += u;
        toVariance += u * standardized[row + j];
      }
      toMean /= nOut;
      toVariance /= nOut;
      for (let j = 0; j < nOut; j++) {
        const u = upstream[row + j] * theta[offset + j];
        below[row + j] = (u - toMean - standardized[row + j] * toVariance) / deviation[i];
      }
    }
  },
};

export const LAYERS = { dense, activate, residual, dropout, batch_norm, layer_norm };
