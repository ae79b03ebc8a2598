/** Forward and backward through the layers, side by side, as in core/propagation.py. */
import { LAYERS } from "./layers.js";
import { addPenaltyGradient, lossGradient } from "./objective.js";

/**
 * @typedef {import("./net.js").Net} Net
 * @typedef {{ rows: number, values: Float64Array[], kept: any[], Z: Float64Array[], A: Float64Array[],
 *   derivatives: Float64Array[] }} Work
 * @typedef {{ training?: boolean, state?: Float64Array | null, weights?: Float64Array | null, share?: number,
 *   rng?: import("./rng.js").Generator | null, work?: Work }} Circumstances
 */

/**
 * The arrays of a pass of up to `rows` rows, to be used again and again.
 *
 * @param {Net} net @param {number} rows @param {boolean} [back] whether the pass goes back, too
 */
export function makeWork(net, rows, back = true) {
  const values = net.widths.map((width, i) => (i === 0 ? new Float64Array(0) : new Float64Array(rows * width)));
  const kept = net.layers.map((layer) => LAYERS[layer.kind].keeps?.(layer, rows) ?? null);
  const derivatives = net.widths.map((width, i) => new Float64Array(back && i > 0 ? rows * width : 0));
  return { rows, values, kept, Z: net.zAt.map((i) => values[i]), A: net.aAt.map((i) => values[i]), derivatives };
}

/**
 * Propagate rows through the network and keep every value.
 *
 * @param {Net} net @param {Float64Array} theta @param {Float64Array} X row by row @param {number} n
 * @param {Circumstances} [how] by default those of prediction
 * @returns {Work & { training: boolean }} Z[k] and A[k + 1] of block k; A[0] is X. With `how.work` the arrays are
 *   its own and may be longer than n rows.
 */
export function forward(net, theta, X, n, how = {}) {
  const work = how.work ?? makeWork(net, n);
  const run = { training: how.training ?? false, state: how.state ?? startState(net), weights: how.weights ?? null,
    share: how.share ?? 1, rng: how.rng ?? null, values: work.values };
  work.values[0] = X;
  work.A[0] = X;
  net.layers.forEach((layer, i) => {
    LAYERS[layer.kind].forward(layer, work.values[i], n, theta, work.values[i + 1], work.kept[i], run);
  });
  return Object.assign(work, { training: run.training });
}

/** The running statistics before training. @param {Net} net */
export function startState(net) {
  const state = new Float64Array(net.nState);
  for (const { kind, stateOffset, nOut } of net.layers) {
    if (kind === "batch_norm") state.fill(1, stateOffset + nOut, stateOffset + 2 * nOut);
  }
  return state;
}

/**
 * Propagate the sensitivities back to every block and parameter.
 *
 * @param {Net} net @param {Float64Array} theta @param {Work & { training: boolean }} signals @param {Float64Array} Y
 * @param {number} n @param {{ l1?: number, l2?: number }} setup @param {Float64Array | null} [weights]
 * @param {{ denominator?: number, gradient?: Float64Array, state?: Float64Array | null }} [how]
 * @returns {{ deltas: Float64Array[], gradient: Float64Array }} deltas[k] is ∂objective/∂z of block k
 */
export function backward(net, theta, signals, Y, n, setup, weights, how = {}) {
  const gradient = how.gradient ?? new Float64Array(net.nParameters);
  const { derivatives, values, kept } = signals;
  const last = net.zAt[net.zAt.length - 1];
  const m = net.sizes[net.sizes.length - 1];
  const delta = derivatives[last];
  lossGradient(net, signals, Y, n, delta);
  let total = how.denominator ?? 0;
  if (!total) for (let i = 0; i < n; i++) total += weights ? weights[i] : 1;
  for (let i = 0; i < n; i++) {
    const portion = (weights ? weights[i] : 1) / total;
    for (let j = i * m; j < (i + 1) * m; j++) delta[j] *= portion;
  }
  /** What skip connections have brought to an earlier value. @type {Map<number, Float64Array>} */
  const pending = new Map();
  const run = { training: signals.training, pending };
  for (let i = last - 1; i >= 0; i--) {
    const layer = net.layers[i];
    LAYERS[layer.kind].backward(layer, values[i], n, theta, gradient, derivatives[i + 1], i > 0 ? derivatives[i] : null,
      kept[i], run, values[i + 1]);
    const more = pending.get(i);
    if (more && i > 0) {
      const below = derivatives[i];
      for (let j = 0; j < n * layer.nIn; j++) below[j] += more[j];
    }
  }
  addPenaltyGradient(net, theta, gradient, setup.l1, setup.l2);
  return { deltas: net.zAt.map((i) => derivatives[i]), gradient };
}
