/**
 * One pass forward and backward with every number, as pellucid.explain.traced keeps it.
 *
 * The mathematics is the kernel's. With `digits`, every result is rounded before it is used, as on paper
 * (pellucid.explain.hand).
 */
import { backward, forward, lossesOf, penaltyOf } from "../kernel/index.js";
import { LABELS } from "./generated.js";
import { passByHand, slopesOfLoss } from "./hand.js";
import { roundAll, rounded } from "./numbers.js";

/**
 * @typedef {import("../kernel/net.js").Net} Net
 * @typedef {{ index: number, nIn: number, nOut: number, activation: any, offset: number, scaleOffset: number,
 *   inputs: Float64Array, linear: Float64Array, z: Float64Array, slope: Float64Array | null, a: Float64Array,
 *   outputs: Float64Array, arriving: Float64Array, upstream: Float64Array, delta: Float64Array,
 *   deltaLinear: Float64Array, extras: string[], normalized: Float64Array | null, mask: Float64Array | null }} Block
 *   arrays of samples, row by row
 * @typedef {{ net: Net, theta: Float64Array, X: Float64Array, Y: Float64Array, n: number, nOutputs: number,
 *   weights: Float64Array | null, shares: Float64Array, weighted: boolean, training: boolean, l1: number, l2: number,
 *   learningRate: number, digits: number | null, lossName: string, losses: Float64Array, loss: number,
 *   penalty: number, outputGradient: Float64Array, blocks: Block[], gradient: Float64Array, stepped: Float64Array,
 *   lossAfter: number, featureNames: string[], outputNames: string[], sampleNames: string[], held: { biases: boolean, blocks: number[] },
 *   how: import("../kernel/passes.js").Circumstances }} TraceRecord
 * @typedef {{ weights?: Float64Array | null, l1?: number, l2?: number, learningRate?: number, digits?: number | null,
 *   featureNames?: string[], outputNames?: string[], sampleNames?: string[], held?: { biases: boolean, blocks: number[] },
 *   how?: import("../kernel/passes.js").Circumstances }} Options
 */

const FREE = { biases: false, blocks: [] };

/**
 * Record a pass of n samples.
 *
 * @param {Net} net @param {Float64Array} theta @param {Float64Array} X @param {Float64Array} Y @param {number} n
 * @param {Options} [options] `sampleNames` stand for the numbers of samples, from 0; `how` holds the circumstances of a training pass; `held` what the step leaves: the
 *   biases, and the weights of some blocks
 * @returns {TraceRecord}
 */
export function record(net, theta, X, Y, n, options = {}) {
  const { weights = null, l1 = 0, l2 = 0, learningRate = 1, digits = null, held = FREE, how = {} } = options;
  const shares = sharesOf(weights, n);
  const passed = pass(net, theta, X, Y, n, shares, weights, digits, how);
  const { signals, outputGradient, gradient, derivatives, losses } = passed;
  const penalty = penaltyOf(net, theta, l1, l2);
  if (l1 || l2) {
    for (const [first, last] of net.penalized) {
      for (let i = first; i < last; i++) gradient[i] += l1 * Math.sign(theta[i]) + l2 * theta[i];
    }
  }
  roundAll(gradient, digits);
  const stepped = stepFrom(net, theta, gradient, learningRate, digits, held);
  const after = pass(net, stepped, X, Y, n, shares, weights, digits, how).losses;
  return {
    net, theta, X, Y, n, nOutputs: net.sizes[net.sizes.length - 1], weights, shares,
    weighted: weights !== null && weights.subarray(0, n).some((w) => w !== weights[0]),
    training: how.training ?? false, l1, l2, learningRate, digits, lossName: net.loss.loss.name, losses,
    loss: rounded(mean(losses, shares), digits), penalty: rounded(penalty, digits), outputGradient,
    blocks: blocksOf(net, signals, derivatives, outputGradient, digits), gradient, stepped,
    lossAfter: rounded(mean(after, shares), digits), featureNames: options.featureNames ?? [],
    outputNames: options.outputNames ?? [], sampleNames: options.sampleNames ?? [], held, how,
  };
}

/** The same samples with every result rounded. @param {TraceRecord} r @param {number} [digits] @returns {TraceRecord} */
export function byHand(r, digits = 3) {
  return record(r.net, r.theta, r.X, r.Y, r.n, { ...r, digits });
}

/** The same samples after the step. @param {TraceRecord} r @returns {TraceRecord} */
export function afterStep(r) {
  return record(r.net, r.stepped, r.X, r.Y, r.n, r);
}

/** Whether a calculation by hand can be made: dense layers and activations only. @param {Net} net */
export const canBeByHand = (net) => net.layers.every(({ kind }) => kind === "dense" || kind === "activate");

function pass(net, theta, X, Y, n, shares, weights, digits, how) {
  const circumstances = { ...how, weights: weights ?? null, rng: copyOf(how.rng ?? null),
    state: how.state ? how.state.slice() : null };
  const outputGradient = new Float64Array(n * net.sizes[net.sizes.length - 1]);
  if (digits !== null) return passByHand(net, theta, X, Y, n, shares, digits, outputGradient);
  const signals = forward(net, theta, X, n, circumstances);
  const { gradient } = backward(net, theta, signals, Y, n, {}, weights);
  slopesOfLoss(net, signals, Y, shares, outputGradient);
  return { signals, outputGradient, gradient, derivatives: signals.derivatives, losses: lossesOf(net, signals, Y, n) };
}

/** The same generator at the same place, so that a pass can be repeated. @param {any} rng */
export const copyOf = (rng) => rng && Object.assign(Object.create(Object.getPrototypeOf(rng)), rng);

function sharesOf(weights, n) {
  const shares = new Float64Array(n).fill(1);
  if (weights) shares.set(weights.subarray(0, n));
  const total = shares.reduce((sum, w) => sum + w, 0);
  return shares.map((w) => w / total);
}

function mean(losses, shares) {
  let sum = 0;
  for (let i = 0; i < losses.length; i++) sum += shares[i] * losses[i];
  return sum;
}

function stepFrom(net, theta, gradient, rate, digits, held) {
  const stepped = theta.map((value, i) => rounded(value - rounded(rate * gradient[i], digits), digits));
  net.blocks.forEach(({ offset, nIn, nOut }, k) => {
    const weights = offset + nOut;
    if (held.biases) stepped.set(theta.subarray(offset, weights), offset);
    if (held.blocks.includes(k)) stepped.set(theta.subarray(weights, weights + nIn * nOut), weights);
  });
  return stepped;
}

/** Read what each block computed out of the two passes. @returns {Block[]} */
function blocksOf(net, { values, kept }, derivatives, outputGradient, digits) {
  const last = net.blocks.length - 1;
  return net.blocks.map((block, k) => {
    const [start, stop, atZ] = [net.aAt[k], net.aAt[k + 1], net.zAt[k]];
    const { activation } = net.layers[atZ];
    const [z, a] = [values[atZ], values[atZ + 1]];
    const isLast = k === last;
    const found = { extras: /** @type {string[]} */ ([]), normalized: null, mask: null };
    for (let i = start; i < stop; i++) {
      const layer = net.layers[i];
      if (LABELS[layer.kind]) {
        found.extras.push(LABELS[layer.kind]);
        found.normalized = kept[i].standardized;
      } else if (layer.kind === "dropout") {
        found.extras.push(`dropout ${Number(layer.rate.toPrecision(6))}`);
        found.mask = kept[i].some((factor) => factor !== 1) ? kept[i] : null;
      } else if (layer.kind === "residual") {
        found.extras.push(layer.source === atZ ? "+ signal" : "+ input");
      }
    }
    return {
      index: k, nIn: block.nIn, nOut: block.nOut, activation, offset: block.offset, scaleOffset: block.scaleOffset,
      inputs: values[start], linear: values[start + 1], z, a, outputs: values[stop],
      slope: activation.derivative ? z.map((value, i) => rounded(activation.derivative(value, a[i]), digits)) : null,
      arriving: isLast ? outputGradient : derivatives[stop], upstream: isLast ? outputGradient : derivatives[atZ + 1],
      delta: derivatives[atZ], deltaLinear: derivatives[start + 1], ...found,
    };
  });
}

/** A weight's place in the flat vector. @param {Block} block @param {number} row the input @param {number} column */
export const weightAt = ({ offset, nOut }, row, column) => offset + (row + 1) * nOut + column;

/** A bias's place in the flat vector. @param {Block} block @param {number} column */
export const biasAt = ({ offset }, column) => offset + column;
