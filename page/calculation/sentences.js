/**
 * Where a number comes from, in words and numbers: the sentences of Trace.explain, whose factors open their own.
 *
 * Each function returns the number and its lines; pellucid.explain.sentences has the same in Python.
 */
import { visible } from "./escaping.js";
import { MANY, NAMED } from "./generated.js";
import { rounded, thousands, written } from "./numbers.js";
import { joined, phrasebook, textOf } from "./phrases.js";
import { biasAt, weightAt } from "./record.js";

/**
 * @typedef {import("./record.js").TraceRecord} TraceRecord
 * @typedef {import("./phrases.js").What} What
 * @typedef {import("./phrases.js").Pieces} Pieces
 * @typedef {{ what: What, value: number, lines: Pieces[], text: string }} Description
 */

/** A record whose numbers are written at one precision, derivatives and losses at the notation's scale. */
class Numbers {
  /** @param {TraceRecord} record @param {number | "full"} precision @param {number} factor @param {Record<string, string>} phrases */
  constructor(record, precision, factor, phrases) {
    this.record = record;
    this.precision = precision;
    this.factor = factor;
    this.phrase = phrasebook(phrases);
  }

  /** A number as it is written, with what opens it. @returns {any} */
  n(value, opens = null) {
    const text = written(value, this.precision);
    return opens ? { text, opens } : text;
  }

  scaled(derivative, opens = null) {
    return this.n(this.factor * derivative, opens);
  }

  /** The terms of a sum; of many only the largest, in their order, and what the others make. */
  named(terms, values, others = "others") {
    if (values.length <= MANY) return terms;
    const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b);
    const largest = order.slice(0, NAMED).sort((a, b) => a - b);
    const sum = (some) => some.reduce((total, value) => total + value, 0);
    const rest = sum(values) - sum(largest.map((i) => values[i]));
    const count = thousands(values.length - NAMED);
    return [...largest.map((i) => terms[i]), this.phrase(others, { count, rest: this.n(rest) })];
  }

  /** The line of one sample, or those of all, of many the first. */
  perSample(sample, line) {
    if (sample !== null) return [line(sample)];
    const count = this.record.n;
    const shown = count <= MANY ? count : NAMED;
    const lines = Array.from({ length: shown }, (_, i) => this.phrase("of_sample", { sample: this.sampleName(i), line: line(i) }));
    if (count > shown) lines.push(this.phrase("more_samples", { count: thousands(count - shown) }));
    return lines;
  }

  /** A line for each sample's part of a sum, and one with the sum. */
  summed(line, values, total) {
    const lines = values.map((value, i) => this.phrase("of_sample", { sample: this.sampleName(i), line: line(i, value) }));
    return [
      ...this.named(lines, values.map((value) => this.factor * value), "other_samples"),
      this.phrase("sum", { count: String(values.length), value: this.scaled(total) }),
    ];
  }

  sampleName(i) {
    return this.record.sampleNames[i] ?? String(i);
  }

  input(k, unit) {
    const names = this.record.featureNames;
    return k === 0 && names.length ? this.phrase("named_input", { name: visible(names[unit]) }) : this.phrase("input");
  }

  sensitivity(k) {
    const block = this.record.blocks[k];
    return block.normalized ? this.phrase("sensitivity_before", { layer: block.extras[0] }) : this.phrase("sensitivity");
  }

  /** What explains the sensitivity of a W + b: in a normalized block there is no sentence for it. */
  opensDelta(k, column, sample) {
    return this.record.blocks[k].normalized ? null : { quantity: "delta", block: k, column, sample };
  }

  /** What explains the input of a block: the outputs of the one below; inputs of the network are given. */
  opensInput(k, unit, sample) {
    if (k === 0) return null;
    const quantity = this.record.blocks[k - 1].extras.length ? "outputs" : "a";
    return { quantity, block: k - 1, column: unit, sample };
  }

  lossWords() {
    return this.record.lossName.replaceAll("_", " ");
  }

  /** A sample's share of the mean as a factor, unless it is the only sample. */
  share(i) {
    const share = this.record.shares[i];
    return share === 1 ? [] : [this.phrase("share", { value: this.n(share) })];
  }
}

// ---- gradients

function matrix(n, { block, row, column }) {
  return row === 0 ? biasGradient(n, { block, column }) : weightGradient(n, { block, row: row - 1, column });
}

function weightGradient(n, { block: k, row, column }) {
  const { record: r } = n;
  const block = r.blocks[k];
  const a = (i) => block.inputs[i * block.nIn + row];
  const d = (i) => block.deltaLinear[i * block.nOut + column];
  const products = Array.from({ length: r.n }, (_, i) => a(i) * d(i));
  const data = rounded(products.reduce((sum, each) => sum + each, 0), r.digits);
  const line = (i, product) => n.phrase("weight_gradient", {
    input: n.input(k, row), a: n.n(a(i), n.opensInput(k, row, i)), sensitivity: n.sensitivity(k),
    delta: n.scaled(d(i), n.opensDelta(k, column, i)), value: n.scaled(product),
  });
  const lines = r.n === 1 ? [line(0, data)] : n.summed(line, products, data);
  const at = weightAt(block, row, column);
  return [n.factor * r.gradient[at], [...lines, ...penaltyLines(n, r.theta[at], r.gradient[at])]];
}

function penaltyLines(n, w, total) {
  const { l1, l2 } = n.record;
  const terms = [];
  let value = 0;
  if (l2) {
    terms.push(n.phrase("l2", { strength: n.scaled(l2), weight: n.n(w) }));
    value += l2 * w;
  }
  if (l1) {
    terms.push(n.phrase("l1", { strength: n.scaled(l1), sign: n.n(Math.sign(w)) }));
    value += l1 * Math.sign(w);
  }
  if (!terms.length) return [];
  return [n.phrase("penalty_gradient", { terms: joined(terms, " + "), value: n.scaled(value) }),
    n.phrase("together", { value: n.scaled(total) })];
}

function biasGradient(n, { block: k, column }) {
  const { record: r } = n;
  const block = r.blocks[k];
  const value = r.gradient[biasAt(block, column)];
  const parts = Array.from({ length: r.n }, (_, i) => block.deltaLinear[i * block.nOut + column]);
  const line = (i, part) => n.phrase("bias_gradient", { sensitivity: n.sensitivity(k),
    delta: n.scaled(part, n.opensDelta(k, column, i)) });
  const lines = r.n === 1 ? [n.phrase("equals", { terms: line(0, parts[0]), value: n.scaled(value) })]
    : n.summed(line, parts, value);
  return [n.factor * value, lines];
}

// ---- forward

function signal(n, { block: k, column, sample }) {
  const { record: r } = n;
  const block = r.blocks[k];
  const { nIn, nOut } = block;
  const line = (i) => {
    const values = [];
    const terms = Array.from({ length: nIn }, (_, j) => {
      const [x, w] = [block.inputs[i * nIn + j], r.theta[weightAt(block, j, column)]];
      values.push(x * w);
      return n.phrase("product", { input: n.input(k, j), a: n.n(x, n.opensInput(k, j, i)), weight: n.n(w) });
    });
    const bias = n.phrase("bias", { value: n.n(r.theta[biasAt(block, column)]) });
    const at = i * nOut + column;
    const sum = n.phrase("equals", { terms: joined([bias, ...n.named(terms, values)], " + "), value: n.n(block.linear[at]) });
    if (!block.normalized) return sum;
    const [scale, shift] = [0, nOut].map((offset) => n.n(r.theta[block.scaleOffset + offset + column]));
    return [...sum, ...n.phrase("normalized", { normalized: n.n(block.normalized[at]), scale, shift, value: n.n(block.z[at]) })];
  };
  return [valueOf(block.z, sample, nOut, column), n.perSample(sample, line)];
}

function activation(n, { block: k, column, sample }) {
  const block = n.record.blocks[k];
  const { nOut } = block;
  const z = (i, j) => n.n(block.z[i * nOut + j], { quantity: "z", block: k, column: j, sample: i });
  const line = (i) => {
    const among = () => joined(Array.from({ length: nOut }, (_, j) => z(i, j)), ", ");
    const from = block.slope ? n.phrase("signal", { value: z(i, column) })
      : n.phrase("signal_among", { value: z(i, column), signals: among() });
    return n.phrase("activation_of", { activation: block.activation.name, signal: from, value: n.n(block.a[i * nOut + column]) });
  };
  return [valueOf(block.a, sample, nOut, column), n.perSample(sample, line)];
}

function outputs(n, { block: k, column, sample }) {
  const block = n.record.blocks[k];
  const { nOut } = block;
  const line = (i) => {
    const at = i * nOut + column;
    let terms = n.phrase("activation", { value: n.n(block.a[at], { quantity: "a", block: k, column, sample: i }) });
    for (const extra of block.extras) {
      if (extra === "+ signal") {
        const value = n.n(block.z[at], { quantity: "z", block: k, column, sample: i });
        terms = [...terms, ...n.phrase("plus_signal", { value })];
      } else if (extra === "+ input") {
        const value = n.n(block.inputs[i * block.nIn + column], n.opensInput(k, column, i));
        terms = [...terms, ...n.phrase("plus_input", { value })];
      } else if (block.mask && extra.startsWith("dropout")) {
        if (textOf(terms).includes("+")) terms = ["(", ...terms, ")"];
        terms = [...terms, ...n.phrase("times_dropout", { value: n.n(block.mask[at]) })];
      }
    }
    return block.extras.length ? n.phrase("equals", { terms, value: n.n(block.outputs[at]) }) : terms;
  };
  return [valueOf(block.outputs, sample, nOut, column), n.perSample(sample, line)];
}

// ---- backward

function sensitivity(n, { block: k, column, sample }) {
  const { record: r } = n;
  const block = r.blocks[k];
  const of = k === r.blocks.length - 1 ? lastSensitivity : hiddenSensitivity;
  const line = (i) => n.phrase("equals", { terms: of(n, k, column, i), value: n.scaled(block.delta[i * block.nOut + column]) });
  return [n.factor * valueOf(block.delta, sample, block.nOut, column), n.perSample(sample, line)];
}

function hiddenSensitivity(n, k, column, i) {
  const { record: r } = n;
  const [block, next] = [r.blocks[k], r.blocks[k + 1]];
  const at = i * block.nOut + column;
  const values = [];
  let terms = Array.from({ length: next.nOut }, (_, j) => {
    const [w, d] = [r.theta[weightAt(next, column, j)], next.deltaLinear[i * next.nOut + j]];
    values.push(n.factor * w * d);
    const delta = n.scaled(d, n.opensDelta(k + 1, j, i));
    return n.phrase("term", { weight: n.n(w), sensitivity: n.sensitivity(k + 1), delta });
  });
  terms = n.named(terms, values);
  if (next.extras.includes("+ input")) {
    terms = [...terms, n.phrase("along_residual", { value: n.scaled(next.arriving[i * next.nOut + column]) })];
  }
  const ofSlope = block.extras.includes("+ signal") ? "slope_and_signal" : "slope";
  const slope = block.slope
    ? n.phrase(ofSlope, { value: n.n(block.slope[at], { quantity: "slope", block: k, column, sample: i }) }) : [];
  const dropout = block.mask ? n.phrase("times_dropout", { value: n.n(block.mask[at]) }) : [];
  return n.phrase("hidden_sensitivity", { slope, dropout, terms: joined(terms, " + ") });
}

function lastSensitivity(n, k, column, i) {
  const { record: r } = n;
  const block = r.blocks[k];
  const at = i * block.nOut + column;
  const [a, y, share] = [block.a[at], r.Y[at], r.shares[i]];
  const expected = share * (a - y);
  if (Math.abs(block.delta[at] - expected) <= 1e-12 + 1e-9 * Math.abs(expected)) {
    const difference = n.phrase("difference", { output: n.n(a, { quantity: "a", block: k, column, sample: i }), target: n.n(y) });
    const factors = [...n.share(i), ...(n.factor === 1 ? [] : [[String(n.factor)]])];
    return factors.length ? joined([...factors, ["(", ...difference, ")"]], " × ") : difference;
  }
  const slope = (j) => n.scaled(r.outputGradient[i * block.nOut + j], { quantity: "output_gradient", column: j, sample: i });
  if (!block.slope) {
    const derivatives = joined(Array.from({ length: block.nOut }, (_, j) => slope(j)), ", ");
    return n.phrase("row_sensitivity", { activation: block.activation.name, derivatives });
  }
  return n.phrase("output_sensitivity", { derivative: slope(column),
    slope: n.n(block.slope[at], { quantity: "slope", block: k, column, sample: i }) });
}

function slope(n, { block: k, column, sample }) {
  const block = n.record.blocks[k];
  if (!block.slope) throw new Error(`Block ${k} has no slope: ${block.activation.name} depends on all signals of its row.`);
  const line = (i) => {
    const at = i * block.nOut + column;
    return n.phrase("slope_of", {
      activation: block.activation.name, value: n.n(block.slope[at]),
      signal: n.phrase("signal", { value: n.n(block.z[at], { quantity: "z", block: k, column, sample: i }) }),
      output: n.phrase("activation", { value: n.n(block.a[at], { quantity: "a", block: k, column, sample: i }) }),
    });
  };
  return [valueOf(block.slope, sample, block.nOut, column), n.perSample(sample, line)];
}

function outputGradient(n, { column, sample }) {
  const { record: r } = n;
  const line = (i) => {
    const pair = pairOf(n, i, column);
    const factors = [...n.share(i), n.phrase("loss_slope", { loss: n.lossWords(), pair })];
    return n.phrase("equals", { terms: joined(factors, " × "), value: n.scaled(r.outputGradient[i * r.nOutputs + column]) });
  };
  return [n.factor * valueOf(r.outputGradient, sample, r.nOutputs, column), n.perSample(sample, line)];
}

function pairOf(n, i, column) {
  const { record: r } = n;
  const at = i * r.nOutputs + column;
  const last = r.blocks.length - 1;
  const output = n.n(r.blocks[last].outputs[at], { quantity: "a", block: last, column, sample: i });
  return n.phrase("pair", { target: n.n(r.Y[at]), output });
}

// ---- loss and update

function loss(n, { sample }) {
  const { record: r } = n;
  const line = (i) => {
    const pairs = joined(Array.from({ length: r.nOutputs }, (_, j) => pairOf(n, i, j)), ", ");
    return n.phrase("loss_of", { loss: n.lossWords(), pairs, value: n.scaled(r.losses[i]) });
  };
  const lines = n.perSample(sample, line);
  if (sample === null) {
    lines.push(n.phrase(r.weighted ? "weighted_mean" : "mean", { count: String(r.n), value: n.scaled(r.loss) }));
  }
  if (r.l1 || r.l2) {
    lines.push(n.phrase("objective", { penalty: n.scaled(r.penalty), value: n.scaled(r.loss + r.penalty) }));
  }
  return [n.factor * (sample === null ? r.loss : r.losses[sample]), lines];
}

function updated(n, { block: k, row, column }) {
  const { record: r } = n;
  const at = row === 0 ? biasAt(r.blocks[k], column) : weightAt(r.blocks[k], row - 1, column);
  const what = row === 0 ? "bias" : "weight";
  const [before, gradient, after] = [r.theta[at], r.gradient[at], r.stepped[at]];
  if (after !== rounded(before - rounded(r.learningRate * gradient, r.digits), r.digits)) {
    return [after, [n.phrase(`held_${what}`, { value: n.n(after) })]];
  }
  return [after, [n.phrase(`updated_${what}`, {
    before: n.n(before), rate: n.n(r.learningRate / n.factor),
    gradient: n.scaled(gradient, { quantity: "W", block: k, row, column }), value: n.n(after),
  })]];
}

const valueOf = (values, sample, width, column) => (sample === null ? NaN : values[sample * width + column]);

const QUANTITIES = {
  W: matrix, weights: weightGradient, b: biasGradient, z: signal, a: activation, outputs, delta: sensitivity, slope,
  output_gradient: outputGradient, loss, updated,
};
export const NAMES = Object.keys(QUANTITIES);

/**
 * Describe where a number of a record comes from.
 *
 * @param {TraceRecord} r
 * @param {What} what `quantity` as for Trace.explain, with `block`, `row`, `column` and `sample` where it has them;
 *   without a sample, all of them
 * @param {{ precision?: number | "full", factor?: number, phrases?: Record<string, string> }} [options] `factor`:
 *   losses and derivatives of the notation over ours
 * @returns {Description}
 */
export function describe(r, what, { precision = 3, factor = 1, phrases = {} } = {}) {
  const sentence = QUANTITIES[what.quantity];
  if (!sentence) throw new Error(`quantity must be one of ${NAMES.join(", ")}; got ${what.quantity}.`);
  const sample = what.sample ?? (r.n === 1 ? 0 : null);
  const [value, lines] = sentence(new Numbers(r, precision, factor, phrases), { ...what, sample });
  return { what, value, lines, text: lines.map(textOf).join("\n") };
}
