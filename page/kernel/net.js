/**
 * A network as data: its layers in a row over one flat vector of parameters, laid out as the library's
 * `network.parameters` (decision 2): per block the biases, the weights row by row, then scale and shift of a
 * normalization.
 */
import { KernelError } from "./errors.js";
import { ACTIVATIONS, DEFAULTS, LOSSES, NORMALIZATIONS } from "./generated.js";
import { objectOf, pairLoss } from "./objective.js";

/**
 * @typedef {{ kind: string, nIn: number, nOut: number, offset: number, stateOffset: number, activation: any,
 *   rate: number, source: number }} Layer
 * @typedef {{ nIn: number, nOut: number, activation: string, offset: number, normalization: string | null,
 *   dropout: number, residual: boolean | "activation", scaleOffset: number }} Block
 * @typedef {{ sizes: number[], blocks: Block[], layers: Layer[], zAt: number[], aAt: number[], widths: number[],
 *   nParameters: number, nState: number, penalized: [number, number][], loss: import("./objective.js").Pair,
 *   isRandom: boolean, mixesRows: boolean }} Net
 */

/** One value per hidden block, from one for all or one for each. */
function perBlock(name, value, n) {
  if (!Array.isArray(value)) return Array(n).fill(value);
  if (value.length === n) return value;
  if (value.length === 1) return Array(n).fill(value[0]);
  throw new KernelError(`'network.${name}' must have one value, or one per hidden layer, here ${n}; got ${value.length}.`,
    `network.${name}`);
}

/** The output activation that the library takes where none is named. */
export function defaultOutput(loss, dataset) {
  if (dataset.task === "multiclass") return "softmax";
  if (dataset.task === "binary" || dataset.task === "multilabel") return "logistic";
  return LOSSES[loss] ? LOSSES[loss].canonical[0] : "identity";
}

/**
 * The network that a setup describes, on a dataset's columns and targets.
 *
 * @param {any} setup @param {any} dataset
 * @returns {Net}
 */
export function makeNet(setup, dataset) {
  const given = objectOf(objectOf(setup, "setup").network, "network");
  const hidden = given.hidden ?? [];
  if (!Array.isArray(hidden) || !hidden.every((width) => Number.isInteger(width) && width >= 1)) {
    throw new KernelError(`'network.hidden' must hold whole numbers >= 1; got ${JSON.stringify(hidden)}.`, "network.hidden");
  }
  const sizes = [dataset.d, ...hidden, dataset.outputs];
  const nHidden = hidden.length;
  const output = given.output_activation ?? defaultOutput(setup.loss, dataset);
  const activations = [...perBlock("activation", given.activation ?? DEFAULTS.activation, nHidden), output];
  const dropout = perBlock("dropout", given.dropout ?? 0, nHidden);
  const normalization = perBlock("normalization", given.normalization ?? null, nHidden);
  const residual = perBlock("residual", given.residual ?? false, nHidden);
  check(activations, dropout, normalization, residual, sizes, Array.isArray(given.residual) && nHidden > 1);

  /** @type {any} */
  const net = { sizes, blocks: [], layers: [], zAt: [], aAt: [0], widths: [sizes[0]], nParameters: 0, nState: 0,
    penalized: [] };
  const add = (kind, nIn, nOut, more = {}) => {
    net.layers.push({ kind, nIn, nOut, offset: net.nParameters, stateOffset: net.nState, ...more });
    net.widths.push(nOut);
  };
  for (let k = 0; k + 1 < sizes.length; k++) {
    const [nIn, nOut, last] = [sizes[k], sizes[k + 1], k === nHidden];
    const input = net.layers.length;
    const row = ACTIVATIONS[activations[k]];
    /** @type {Block} */
    const block = { nIn, nOut, activation: row.name, offset: net.nParameters, normalization: null, dropout: 0,
      residual: false, scaleOffset: -1 };
    net.blocks.push(block);
    add("dense", nIn, nOut);
    net.penalized.push([net.nParameters + nOut, net.nParameters + (nIn + 1) * nOut]);
    net.nParameters += (nIn + 1) * nOut;
    if (!last && normalization[k]) {
      block.normalization = normalization[k];
      block.scaleOffset = net.nParameters;
      add(normalization[k], nOut, nOut);
      net.nParameters += 2 * nOut;
      if (normalization[k] === "batch_norm") net.nState += 2 * nOut;
    }
    net.zAt.push(net.layers.length);
    add("activate", nOut, nOut, { activation: row });
    if (!last) {
      block.residual = residual[k] === true ? nIn === nOut : residual[k];
      block.dropout = dropout[k];
      if (block.residual === "activation") add("residual", nOut, nOut, { source: net.zAt[k] });
      if (block.dropout > 0) add("dropout", nOut, nOut, { rate: block.dropout });
      if (block.residual === true) add("residual", nOut, nOut, { source: input });
    }
    net.aAt.push(net.layers.length);
  }
  net.isRandom = net.layers.some((layer) => layer.kind === "dropout");
  net.mixesRows = net.layers.some((layer) => layer.kind === "batch_norm");
  net.loss = pairLoss(setup.loss, setup.loss_options ?? {}, output);
  return net;
}

/** Whether a step of so many rows is more than a page can do: signals that fill the memory, seconds of work. */
export const isTooMuch = (net, rows) =>
  rows * net.sizes.reduce((sum, n) => sum + n) > 2e7 || rows * net.nParameters > 2e9;

function check(activations, dropout, normalization, residual, sizes, named) {
  activations.forEach((name, k) => {
    const where = k === activations.length - 1 ? "output_activation" : "activation";
    if (!ACTIVATIONS[name]) {
      throw new KernelError(`'network.${where}' must be one of ${Object.keys(ACTIVATIONS).join(", ")}; got ${name}.`,
        `network.${where}`);
    }
    if (ACTIVATIONS[name].ofRow && where === "activation") {
      throw new KernelError(`network.activation: ${name} is for outputs only; use it as output_activation.`,
        "network.activation");
    }
  });
  if (ACTIVATIONS[activations[activations.length - 1]].range.simplex && sizes[sizes.length - 1] < 2) {
    throw new KernelError("network.output_activation: softmax needs at least 2 outputs; for one output use logistic.",
      "network.output_activation");
  }
  for (const rate of dropout) {
    if (!(rate >= 0 && rate < 1)) {
      throw new KernelError(`'network.dropout' must lie in [0, 1); got ${rate}.`, "network.dropout");
    }
  }
  for (const name of normalization) {
    if (name !== null && !["batch_norm", "layer_norm"].includes(name)) {
      const known = NORMALIZATIONS.includes(name);
      throw new KernelError(known
        ? `network.normalization: ${name} is not in a file, which trains by itself; pellucid playground has it.`
        : `'network.normalization' must be null or one of ${NORMALIZATIONS.join(", ")}; got ${name}.`,
      "network.normalization");
    }
  }
  residual.forEach((kind, k) => {
    if (![true, false, "activation"].includes(kind)) {
      throw new KernelError(`'network.residual' must be true, false or "activation"; got ${kind}.`, "network.residual");
    }
    if (named && kind === true && sizes[k] !== sizes[k + 1]) {
      throw new KernelError(`network.residual: block ${k} has ${sizes[k]} inputs and ${sizes[k + 1]} units; a ` +
        "residual connection needs equal widths. Change the width, or set it to false.", "network.residual");
    }
  });
}

/** The names of the parameters' places: block, row (0 is the bias) and column, or part of a normalization. */
export function placeOf(net, index) {
  for (let k = net.blocks.length - 1; k >= 0; k--) {
    const { offset, nOut, scaleOffset } = net.blocks[k];
    if (index < offset) continue;
    if (scaleOffset >= 0 && index >= scaleOffset) {
      const at = index - scaleOffset;
      return { block: k, part: at < nOut ? "gamma" : "beta", row: -1, column: at % nOut };
    }
    const row = Math.floor((index - offset) / nOut);
    return { block: k, part: row === 0 ? "bias" : "weight", row: row - 1, column: (index - offset) % nOut };
  }
  throw new KernelError(`'index' must be in 0..${net.nParameters - 1}; got ${index}.`, "index");
}
