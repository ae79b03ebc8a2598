/** First values of the parameters, as core/initializers.py and core/first_values.py draw them, with the same bits. */
import { KernelError } from "./errors.js";
import { ACTIVATIONS, DEFAULTS, INITIALIZERS } from "./generated.js";
import { orthogonal } from "./orthogonal.js";
import { Generator } from "./rng.js";

/**
 * @typedef {import("./net.js").Net} Net
 * @typedef {{ rng: Generator, nIn: number, nOut: number, activation: string, scale: number, weights: Float64Array,
 *   biases: Float64Array, row: any }} Draw
 */

/** @type {Record<string, (draw: Draw) => void>} */
const DRAWN = {
  constant({ scale, weights, biases }) {
    weights.fill(scale);
    biases.fill(scale);
  },
  uniform({ rng, nIn, nOut, scale, weights, row }) {
    const width = scale * Math.sqrt(row.factor / row.fan(nIn, nOut));
    for (let i = 0; i < weights.length; i++) weights[i] = rng.uniform(-width, width);
  },
  normal({ rng, nIn, nOut, scale, weights, row }) {
    const width = scale * Math.sqrt(row.factor / row.fan(nIn, nOut));
    for (let i = 0; i < weights.length; i++) weights[i] = width * rng.normal();
  },
  orthogonal({ rng, nIn, nOut, activation, scale, weights }) {
    weights.set(orthogonal(rng, nIn, nOut));
    const factor = scale * ACTIVATIONS[activation].gain;
    for (let i = 0; i < weights.length; i++) weights[i] *= factor;
  },
  sklearn({ rng, nIn, nOut, activation, scale, weights, biases }) {
    const bound = scale * Math.sqrt((activation === "logistic" ? 2 : 6) / (nIn + nOut));
    for (let i = 0; i < weights.length; i++) weights[i] = rng.uniform(-bound, bound);
    for (let j = 0; j < biases.length; j++) biases[j] = rng.uniform(-bound, bound);
  },
};

/** The generator of a run, as an estimator's with `random_state=seed`, which first draws the seed of a split. */
export function generatorOf(setup) {
  const seed = setup.seed ?? 0;
  if (!Number.isSafeInteger(seed) || seed < 0) throw new KernelError(`'seed' must be a whole number >= 0; got ${seed}.`, "seed");
  const rng = new Generator(seed);
  rng.upTo(2147483647);
  return rng;
}

/**
 * The first parameters.
 *
 * @param {Net} net @param {any} setup
 * @param {Generator} [rng] by default that of the setup's seed; a run goes on drawing from it
 */
export function initialParameters(net, setup, rng = generatorOf(setup)) {
  const given = setup.network.initializer ?? DEFAULTS.initializer;
  const [name, scale] = Array.isArray(given) ? given : [given, undefined];
  const row = INITIALIZERS[name];
  if (!row) {
    throw new KernelError(`'network.initializer' must be one of ${Object.keys(INITIALIZERS).join(", ")}, or a name ` +
      `and a scale; got ${name}.`, "network.initializer");
  }
  const theta = new Float64Array(net.nParameters);
  for (const { kind, offset, nOut } of net.layers) {
    if (kind === "batch_norm" || kind === "layer_norm") theta.fill(1, offset, offset + nOut);
  }
  for (const { nIn, nOut, activation, offset } of net.blocks) {
    const biases = theta.subarray(offset, offset + nOut);
    const weights = theta.subarray(offset + nOut, offset + (nIn + 1) * nOut);
    DRAWN[row.draw]({ rng, nIn, nOut, activation, scale: scale ?? row.scale, weights, biases, row });
  }
  return theta;
}
