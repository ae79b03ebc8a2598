/** Labels of rows and columns, and the symbol of one number of an array, as readers of a notation write them. */
import { visible } from "./escaping.js";
import { literal } from "./equations.js";
import { SHORT } from "./generated.js";
import { biasApart, biasInside, hasTop, notationOf, symbol, written } from "./notation.js";
import { phrasebook, textOf } from "./phrases.js";

/** @typedef {import("./record.js").TraceRecord} TraceRecord @typedef {import("./phrases.js").What} What */

/** Labels of a record in a notation. @param {TraceRecord} r @param {any} notation @param {Record<string, string>} [phrases] */
export function labelsOf(r, notation, phrases) {
  const say = (key, places = {}) => textOf(phrasebook(phrases)(key, places));
  const last = r.blocks.length - 1;
  const first = notation.first_unit;

  /** The labels of a layer's units: names of columns or classes where they are short, else numbers. */
  function units(layer, n, top = false) {
    const names = layer === 0 ? r.featureNames : layer === last + 1 ? r.outputNames : [];
    const isNamed = names.length === n && Math.max(0, ...names.map((name) => [...name].length)) <= SHORT;
    const labels = isNamed ? names.map(literal) : Array.from({ length: n }, (_, i) => String(i + first));
    return top ? [first === 0 || isNamed ? say("bias_label") : "0", ...labels] : labels;
  }

  const samples = (n) =>
    n === 1 ? [] : Array.from({ length: n }, (_, i) => say("sample_label", { number: String(i + first) }));

  /** Labels of the rows and of the columns of an array. */
  function sides(role, k) {
    const { nIn, nOut } = r.blocks[Math.min(k, last)];
    if (["weights", "gradient", "updated"].includes(role)) {
      const both = [units(k, nIn, biasInside(notation)), units(k + 1, nOut)];
      return notation.transposed ? both.reverse() : both;
    }
    const layer = role === "layer" ? k : k + 1;
    const width = layer <= last && role === "layer" ? nIn : nOut;
    const n = ["biases", "bias_gradient", "updated_biases"].includes(role) ? 1 : r.n;
    const both = [units(layer, width, hasTop(notation, role, k, last)), samples(n)];
    return notation.samples === "columns" ? both : both.reverse();
  }
  return { say, units, samples, sides, last };
}

const ROLES = { z: "signal", delta: "delta", slope: "slope", b: "bias_gradient" };

/**
 * The symbol of one number with its place, such as `∂e/∂W^{(2)}[2, 1]`.
 *
 * @param {TraceRecord} r @param {What} what @param {{ notation?: string, phrases?: Record<string, string> }} [options]
 * @returns {string} for equations.js
 */
export function symbolOf(r, what, { notation: name = "pellucid", phrases } = {}) {
  const notation = notationOf(name);
  const { units } = labelsOf(r, notation, phrases);
  const { quantity, block: k = 0, row = 0, column = 0 } = what;
  const unit = (layer, j, width) => visible(units(layer, width)[j]);
  const { nIn, nOut } = r.blocks[k];
  const at = (symbolText, ...indexes) => `${symbolText}[${indexes.join(", ")}]`;
  const output = unit(k + 1, column, nOut);
  if (quantity === "loss") return notation.loss;
  if (quantity === "output_gradient") {
    return at(`∂${notation.loss}/∂${notation.output}`, unit(r.blocks.length, column, r.nOutputs));
  }
  if (["W", "weights", "b", "updated"].includes(quantity)) {
    const input = quantity === "weights" ? row : quantity === "b" ? -1 : row - 1;
    const isNew = quantity === "updated";
    if (input < 0 && biasApart(notation)) return at(symbol(notation, isNew ? "biases" : "bias_gradient", k), output);
    const matrix = symbol(notation, isNew ? "weights" : "gradient", k);
    const [stacked, bias, weights] = /\[(\S+); (\S+)\]/.exec(matrix) ?? []; // of [b; W] one or the other
    if (stacked) {
      return input < 0 ? at(matrix.replace(stacked, bias), output) : at(matrix.replace(stacked, weights), unit(k, input, nIn), output);
    }
    const label = visible(units(k, nIn, true)[input + 1]);
    return at(matrix, ...(notation.transposed ? [output, label] : [label, output]));
  }
  if (quantity === "outputs" || (quantity === "a" && !r.blocks[k].extras.length)) return at(symbol(notation, "layer", k + 1), output);
  if (quantity === "a") return at(`${written(notation, notation.activation, k)}(${symbol(notation, "signal", k)})`, output);
  return at(symbol(notation, ROLES[quantity], k), output);
}
