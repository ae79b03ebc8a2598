/**
 * A calculation as on paper: every result is rounded before it is used again, as in pellucid.explain.hand.
 *
 * For dense layers and activations. Sums of products, activations, losses, slopes, sensitivities and gradients are
 * rounded.
 */
import { lossGradient } from "../kernel/objective.js";
import { roundAll, rounded } from "./numbers.js";

/**
 * @param {import("../kernel/net.js").Net} net @param {Float64Array} theta @param {Float64Array} X
 * @param {Float64Array} Y @param {number} n @param {Float64Array} shares @param {number} digits
 * @param {Float64Array} outputGradient written
 */
export function passByHand(net, theta, X, Y, n, shares, digits, outputGradient) {
  const blocks = net.blocks.map((block, k) => ({ ...block, row: net.layers[net.zAt[k]].activation }));
  const values = [X];
  for (const { offset, nIn, nOut, row } of blocks) {
    const x = values[values.length - 1];
    const z = new Float64Array(n * nOut);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < nOut; j++) {
        let sum = 0;
        for (let k = 0; k < nIn; k++) sum += x[i * nIn + k] * theta[offset + (k + 1) * nOut + j];
        z[i * nOut + j] = rounded(sum + theta[offset + j], digits);
      }
    }
    const a = new Float64Array(n * nOut);
    if (row.ofRow) for (let i = 0; i < n; i++) row.ofRow(z, a, i * nOut, nOut);
    else for (let i = 0; i < a.length; i++) a[i] = row.value(z[i]);
    values.push(z, roundAll(a, digits));
  }
  const signals = { Z: values.filter((_, i) => i % 2), A: values.filter((_, i) => i % 2 === 0), values, kept: [] };
  slopesOfLoss(net, signals, Y, shares, outputGradient);
  roundAll(outputGradient, digits);
  const losses = lossesOnPaper(net, signals, Y, n, digits);
  return { signals, outputGradient, losses, ...back(net, blocks, theta, signals, Y, n, shares, digits, outputGradient) };
}

/** ∂objective/∂output, each sample's with its share. */
export function slopesOfLoss(net, signals, Y, shares, out) {
  const { form, options } = net.loss;
  const m = net.sizes[net.sizes.length - 1];
  const a = signals.A[signals.A.length - 1];
  for (let i = 0; i < out.length; i++) out[i] = shares[Math.floor(i / m)] * form.gradient(Y[i], a[i], ...options);
}

/** Each sample's loss, from the rounded outputs. */
function lossesOnPaper(net, { A }, Y, n, digits) {
  const { form, options } = net.loss;
  const m = net.sizes[net.sizes.length - 1];
  const outputs = A[A.length - 1];
  const losses = new Float64Array(n);
  for (let i = 0; i < n * m; i++) losses[Math.floor(i / m)] += form.value(Y[i], outputs[i], ...options);
  return roundAll(losses, digits);
}

function back(net, blocks, theta, signals, Y, n, shares, digits, outputGradient) {
  const gradient = new Float64Array(net.nParameters);
  const derivatives = signals.values.map((value) => new Float64Array(value.length));
  const last = blocks.length - 1;
  let delta = derivatives[2 * last + 1];
  if (net.loss.fused || !blocks[last].row.derivative) {
    lossGradient(net, signals, Y, n, delta);
    const m = blocks[last].nOut;
    for (let i = 0; i < delta.length; i++) delta[i] *= shares[Math.floor(i / m)];
    roundAll(delta, digits);
  } else pull(blocks[last].row, signals.Z[last], signals.A[last + 1], outputGradient, delta, digits);
  for (let k = last; k >= 0; k--) {
    const { offset, nIn, nOut } = blocks[k];
    const x = signals.A[k];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < nOut; j++) {
        const d = delta[i * nOut + j];
        gradient[offset + j] += d;
        for (let u = 0; u < nIn; u++) gradient[offset + (u + 1) * nOut + j] += x[i * nIn + u] * d;
      }
    }
    if (k === 0) break;
    const [upstream, below, row] = [derivatives[2 * k], derivatives[2 * k - 1], blocks[k - 1].row];
    for (let i = 0; i < n; i++) {
      for (let u = 0; u < nIn; u++) {
        let sum = 0;
        for (let j = 0; j < nOut; j++) sum += delta[i * nOut + j] * theta[offset + (u + 1) * nOut + j];
        upstream[i * nIn + u] = rounded(sum, digits);
      }
    }
    pull(row, signals.Z[k - 1], signals.A[k], upstream, below, digits);
    delta = below;
  }
  return { gradient: roundAll(gradient, digits), derivatives };
}

/** Sensitivities by rounded slopes, written into `delta`. */
function pull({ derivative }, z, a, upstream, delta, digits) {
  for (let i = 0; i < delta.length; i++) delta[i] = rounded(rounded(derivative(z[i], a[i]), digits) * upstream[i], digits);
}
