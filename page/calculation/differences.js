/**
 * A derivative a second time, by a fourth-order central difference, without any chain rule.
 *
 * As in pellucid.core.differences, a difference across a kink means nothing and is not given: every signal, every
 * residual of a loss with a corner and, under L1, every weight must be on one side of its kinks at all four points.
 */
import { forward, lossesOf, penaltyOf } from "../kernel/index.js";
import { biasAt, copyOf, weightAt } from "./record.js";

/** @typedef {import("./record.js").TraceRecord} TraceRecord @typedef {import("./phrases.js").What} What */

const STEP = 1e-4;
/** Quantities that are derivatives. */
export const DIFFERENTIABLE = ["W", "weights", "b", "delta", "slope", "output_gradient"];

/**
 * @param {TraceRecord} r @param {What} what one number; of a record by hand the exact objective is taken
 * @returns {{ value: number, reason: null } | { value: null, reason: "kink" | "batch" | "chance" | "none" }} `batch`:
 *   a normalization mixes the samples; `chance`: dropout draws again
 */
export function differenceOf(r, what) {
  const { quantity, block: k = 0, row = 0, column = 0 } = what;
  const block = r.blocks[k];
  const sample = what.sample ?? (r.n === 1 ? 0 : null);
  if (quantity === "b") return ofParameter(r, biasAt(block, column));
  if (quantity === "weights") return ofParameter(r, weightAt(block, row, column));
  if (quantity === "W") return ofParameter(r, weightAt(block, row - 1, column));
  if (sample === null || !DIFFERENTIABLE.includes(quantity)) return { value: null, reason: "none" };
  if (quantity === "slope") {
    const z = block.z[sample * block.nOut + column];
    return central((shift) => [block.activation.value(z + shift), block.activation.kinks.map((kink) => side(z + shift - kink))], z);
  }
  if (quantity === "output_gradient") {
    const { form, options, loss } = r.net.loss;
    const at = sample * r.nOutputs + column;
    const [y, p] = [r.Y[at], r.blocks[r.blocks.length - 1].outputs[at]];
    return central((shift) => [r.shares[sample] * form.value(y, p + shift, ...options),
      loss.kinks(...options).map((kink) => side(p + shift - y - kink))], p);
  }
  return ofSignal(r, k, sample, column);
}

const side = (distance) => Math.sign(distance);

/** Of the objective with respect to a parameter. */
function ofParameter(r, index) {
  const { net, X, Y, n, shares, how } = r;
  const theta = r.theta.slice();
  return central((shift) => {
    theta[index] = r.theta[index] + shift;
    return objective(net, theta, X, Y, n, shares, r, how);
  }, r.theta[index]);
}

/** With respect to one sample's signal: the bias before it, or the shift of its normalization, for that row alone. */
function ofSignal(r, k, sample, column) {
  const { net } = r;
  if (r.training && net.mixesRows) return { value: null, reason: "batch" };
  if (r.training && net.isRandom) return { value: null, reason: "chance" };
  const block = r.blocks[k];
  const index = block.scaleOffset >= 0 ? block.scaleOffset + block.nOut + column : biasAt(block, column);
  const [d, m] = [net.sizes[0], r.nOutputs];
  const x = r.X.slice(sample * d, (sample + 1) * d);
  const y = r.Y.slice(sample * m, (sample + 1) * m);
  const share = r.shares.slice(sample, sample + 1);
  const theta = r.theta.slice();
  return central((shift) => {
    theta[index] = r.theta[index] + shift;
    return objective(net, theta, x, y, 1, share, r, r.how);
  }, block.z[sample * block.nOut + column]);
}

/** The objective, and the sides of all kinks on which everything stands. */
function objective(net, theta, X, Y, n, shares, { l1, l2, weights }, how) {
  const signals = forward(net, theta, X, n, { ...how, weights: n === 1 ? null : weights, rng: copyOf(how.rng ?? null),
    state: how.state ? how.state.slice() : null });
  const losses = lossesOf(net, signals, Y, n);
  let value = penaltyOf(net, theta, l1, l2);
  for (let i = 0; i < n; i++) value += shares[i] * losses[i];
  const sides = net.zAt.flatMap((at, k) => net.layers[at].activation.kinks.flatMap((kink) =>
    Array.from(signals.Z[k], (z) => side(z - kink))));
  const outputs = signals.A[signals.A.length - 1];
  for (const kink of net.loss.loss.kinks(...net.loss.options)) {
    for (let i = 0; i < outputs.length; i++) sides.push(side(outputs[i] - Y[i] - kink));
  }
  if (l1) for (const [first, last] of net.penalized) for (let i = first; i < last; i++) sides.push(side(theta[i]));
  return [value, sides];
}

/** The derivative by four points around a position. @returns {any} */
function central(evaluate, position) {
  const h = STEP * Math.max(1, Math.abs(position));
  const points = [h, -h, 2 * h, -2 * h].map(evaluate);
  const sides = String(points[0][1]);
  if (points.some(([, other]) => String(other) !== sides)) return { value: null, reason: "kink" };
  const [f1, f2, f3, f4] = points.map(([value]) => value);
  return { value: (8 * (f1 - f2) - (f3 - f4)) / (12 * h), reason: null };
}
