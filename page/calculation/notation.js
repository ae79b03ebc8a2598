/**
 * Notations: symbols, indexes and the layout of arrays, as in pellucid.explain.notation. The rows are generated.
 */
import { NOTATIONS, SLOPE_AT_ONE } from "./generated.js";
import { biasAt, weightAt } from "./record.js";

/**
 * @typedef {typeof NOTATIONS.pellucid} Notation
 * @typedef {import("./record.js").TraceRecord} TraceRecord
 * @typedef {number[][]} Matrix
 */

/** @type {Record<string, string>} */
const MATRICES = { weights: "biases", gradient: "bias_gradient", updated: "updated_biases" };
const PER_SAMPLE = ["layer", "signal", "slope", "upstream", "delta"];
const DERIVATIVES = ["upstream", "delta", "gradient", "bias_gradient"];
const FIELD = { updated: "weights", updated_biases: "biases" };

export { NOTATIONS };

/** The row of a notation. @param {string} name @returns {Notation} */
export function notationOf(name) {
  if (!NOTATIONS[name]) throw new Error(`notation must be one of ${Object.keys(NOTATIONS).join(", ")}; got ${name}.`);
  return NOTATIONS[name];
}

/**
 * A symbol or an equation of a notation for block k.
 *
 * @param {Notation} notation @param {string} template @param {number} k
 * @param {number} [nBlocks] for the mark that drops the bias entry; 0: no mark
 */
export function written(notation, template, k, nBlocks = 0) {
  const mark = (ahead) => (k + ahead < nBlocks - 1 ? notation.drop : "");
  const places = { k, l: k + 1, m: k + 2, n: k + 3, d: mark(0), e: mark(1) };
  return template.replace(/\$(?:\{([a-z])\}|([a-z]))/g, (_, braced, bare) => String(places[braced ?? bare]));
}

/** The symbol of an array. @param {Notation} notation @param {string} role @param {number} k */
export const symbol = (notation, role, k) => written(notation, notation[FIELD[role] ?? role], k);

/** The symbol of what no course has a letter for. @param {Notation} notation @param {string} name @param {number} k */
export const own = (notation, name, k) => written(notation, notation.own[name], k);

/** By how much losses and derivatives of a notation are larger than ours. @param {Notation} notation @param {string} loss */
export const factorOf = (notation, loss) => (loss === "squared_error" ? notation.squared_error : 1);

/** Whether the bias is a vector of its own, not a row of the matrix. @param {Notation} notation */
export const biasApart = (notation) => notation.biases !== "";

/** Whether the bias is a row or column of the matrix. @param {Notation} notation */
export const biasInside = (notation) => notation.has_biases && !biasApart(notation);

/** A notation for a network without biases: other equations, matrices of weights alone. @param {Notation} notation @returns {Notation} */
export const withoutBiases = (notation) => ({ ...notation, biases: "", bias_gradient: "", outer_biases: "", drop: "",
  bias_unit: false, placeholder: false, has_biases: false, .../** @type {any} */ (notation.unbiased) });

/** Whether an array carries an entry for the bias unit. */
export function hasTop(notation, role, k, last) {
  if (role === "layer") return notation.bias_unit && k <= last;
  return notation.placeholder && ["slope", "upstream", "delta"].includes(role) && k < last;
}

export const rowsOf = (values, width) =>
  Array.from({ length: values.length / width }, (_, i) => Array.from(values.slice(i * width, (i + 1) * width)));

/** @param {Matrix} matrix @returns {Matrix} */
export const transpose = (matrix) => (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j]));

/**
 * An array of a record in pellucid's own notation: samples are rows, weights have shape (n_in, n_out).
 *
 * @param {TraceRecord} r @param {string} role @param {number} k
 * @returns {Matrix | null} null where there is none
 */
export function canonical(r, role, k) {
  const last = r.blocks.length - 1;
  if (role === "layer" && k > last) return rowsOf(r.blocks[last].outputs, r.blocks[last].nOut);
  const block = r.blocks[k];
  const from = { weights: r.theta, gradient: r.gradient, updated: r.stepped };
  const vector = { biases: r.theta, bias_gradient: r.gradient, updated_biases: r.stepped }[role];
  if (role === "layer") return rowsOf(block.inputs, block.nIn);
  if (role === "signal") return rowsOf(block.z, block.nOut);
  if (role === "slope") return block.slope && rowsOf(block.slope, block.nOut);
  if (role === "upstream" || role === "delta") return rowsOf(block[role], block.nOut);
  if (vector) return [Array.from(vector.slice(biasAt(block, 0), biasAt(block, block.nOut)))];
  return rowsOf(from[role].slice(weightAt(block, 0, 0), weightAt(block, block.nIn, 0)), block.nOut);
}

/**
 * An array of a record as a notation lays it out.
 *
 * @param {TraceRecord} r @param {Notation} notation @param {string} role @param {number} k
 * @returns {Matrix | null} null where the notation or the record has none
 */
export function laidOut(r, notation, role, k) {
  const own = canonical(r, role, k);
  if (own === null) return null;
  const factor = factorOf(notation, r.lossName);
  const scale = DERIVATIVES.includes(role) ? factor : 1;
  const scaled = (matrix) => (scale === 1 ? matrix : matrix.map((row) => row.map((value) => scale * value)));
  if (MATRICES[role]) {
    const top = biasInside(notation) ? canonical(r, MATRICES[role], k) ?? [] : [];
    const matrix = scaled([...top, ...own]);
    return notation.transposed ? transpose(matrix) : matrix;
  }
  const upright = notation.samples === "columns";
  if (PER_SAMPLE.includes(role)) {
    const top = topOf(r, notation, role, k, factor);
    const rows = top ? scaled(own).map((row, i) => [top[i], ...row]) : scaled(own);
    return upright ? transpose(rows) : rows;
  }
  if (!biasApart(notation)) return null;
  return upright ? transpose(scaled(own)) : scaled(own);
}

function topOf(r, notation, role, k, factor) {
  if (!hasTop(notation, role, k, r.blocks.length - 1)) return null;
  if (role === "layer") return Array(r.n).fill(1);
  const slope = SLOPE_AT_ONE[r.blocks[k].activation.name] ?? 0;
  if (role === "slope") return Array(r.n).fill(slope);
  // Nobody needs it; it is what W δ of the layer above has in the row of the bias unit.
  const next = r.blocks[k + 1];
  return Array.from({ length: r.n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < next.nOut; j++) sum += next.delta[i * next.nOut + j] * r.theta[biasAt(next, j)];
    return (role === "upstream" ? 1 : slope) * sum * factor;
  });
}
