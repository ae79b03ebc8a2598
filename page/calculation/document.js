/**
 * The whole calculation as a document: steps with equations and labelled arrays, as pellucid.explain.document makes
 * it. exports.js sets it as JSON (which `read_json` of Python reads), LaTeX, CSV and text.
 */
import { literal } from "./equations.js";
import { labelsOf } from "./labels.js";
import { biasApart, biasInside, factorOf, laidOut, notationOf, own, rowsOf, symbol, transpose, withoutBiases, written } from "./notation.js";
import { thousands } from "./numbers.js";
import { activated, onTheWayBack, onTheWayForward, onTheWhole, upstream } from "./remarks.js";

/** @typedef {import("./record.js").TraceRecord} TraceRecord */
/**
 * @typedef {{ role: string, block: number, symbol: string, values: number | number[][], rows: string[],
 *   columns: string[], caption: string, compared: Record<string, number | number[][]> }} Entry
 * @typedef {{ kind: string, title: string, equations: string[], entries: Entry[], remarks: string[] }} Step
 * @typedef {{ title: string, notation: string, remarks: string[], steps: Step[] }} Document
 */

/**
 * @param {TraceRecord} r
 * @param {{ notation?: string, byHand?: TraceRecord | null, phrases?: Record<string, string> }}
 *   [options] `byHand`: the same calculation rounded, shown next to the numbers
 * @returns {Document}
 */
export function documentOf(r, { notation: name = "pellucid", byHand = null, phrases } = {}) {
  const notation = [r, byHand].some((shown) => shown && hasBiases(shown)) ? notationOf(name) : withoutBiases(notationOf(name));
  const page = new Page(r, notation, byHand, phrases);
  const { say, last } = page;
  const each = Array.from({ length: last + 1 }, (_, k) => k);
  const samples = r.n === 1 ? say("one_sample") : say("samples", { count: thousands(r.n) });
  return {
    title: say("title", { sizes: r.net.sizes.join(" - "), samples }),
    notation: name,
    remarks: onTheWhole(notation, r, say),
    steps: [page.network(), ...each.map((k) => page.forward(k)), page.loss(),
      ...each.reverse().map((k) => page.backward(k)), page.update()],
  };
}

/** False if every bias is 0 before and after a step that would move it. @param {TraceRecord} r */
const hasBiases = (r) => r.learningRate === 0 || r.blocks.some(({ offset, nOut }) =>
  [r.theta, r.stepped].some((values) => values.subarray(offset, offset + nOut).some((value) => value !== 0)));

class Page {
  /** @param {TraceRecord} r @param {any} notation @param {TraceRecord | null} hand @param {Record<string, string>} [phrases] */
  constructor(r, notation, hand, phrases) {
    this.r = r;
    this.notation = notation;
    this.hand = hand;
    this.factor = factorOf(notation, r.lossName);
    const { say, units, samples, sides, last } = labelsOf(r, notation, phrases);
    this.say = say;
    this.units = units;
    this.samples = samples;
    this.sides = sides;
    this.last = last;
  }

  // ---- entries

  /** @returns {Entry} */
  entry(role, k, caption) {
    const { r, notation, hand } = this;
    const values = /** @type {number[][]} */ (laidOut(r, notation, role, k));
    const [rows, columns] = this.sides(role, k);
    const compared = {};
    const other = hand && laidOut(hand, notation, role, k);
    if (other && JSON.stringify(other) !== JSON.stringify(values)) compared[this.say("by_hand")] = other;
    return { role, block: k, symbol: symbol(notation, role, k), values, rows, columns, caption: this.say(caption), compared };
  }

  /** What no course has a letter for, laid out as its samples are. @returns {Entry} */
  plain(role, k, letter, rows, caption) {
    const layer = role === "losses" ? -1 : k + 1;
    const [units, samples] = [this.units(layer, rows[0].length), this.samples(rows.length)];
    const base = { role, block: k, symbol: letter, caption, compared: {} };
    return this.notation.samples === "columns" ? { ...base, values: transpose(rows), rows: units, columns: samples }
      : { ...base, values: rows, rows: samples, columns: units };
  }

  /** @param {number | null} [hand] the number by hand @returns {Entry} */
  number(role, letter, value, caption, hand = null) {
    const compared = hand === null ? {} : { [this.say("by_hand")]: hand };
    return { role, block: 0, symbol: letter, values: value, rows: [], columns: [], caption: this.say(caption), compared };
  }

  write(templates, k) {
    return templates.filter(Boolean).map((template) => written(this.notation, template, k, this.last + 1));
  }

  place(k) {
    const word = this.notation.name === "pellucid" ? "block_place" : "weights_place";
    const place = this.say(word, { number: String(k + this.notation.first_layer) });
    return k === this.last ? this.say("last_place", { place }) : place;
  }

  /** Scale and shift of a normalized block, from a flat vector. */
  scaleAndShift({ scaleOffset, nOut }, values) {
    return [["scale", 0], ["shift", nOut]].map(([name, more]) =>
      [name, [Array.from(values.subarray(scaleOffset + more, scaleOffset + more + nOut))]]);
  }

  // ---- steps

  /** @returns {Step} */
  network() {
    const { r, notation, say } = this;
    const labels = r.blocks.map((_, k) => symbol(notation, "weights", k));
    const counts = r.blocks.map(({ nIn, nOut, normalized }, k) => {
      const matrix = /** @type {number[][]} */ (laidOut(r, notation, "weights", k));
      const [rows, columns] = [matrix.length, matrix[0].length];
      const biases = biasApart(notation) ? nOut : 0;
      const others = normalized ? 2 * nOut : 0;
      return { inputs: nIn, units: nOut, rows, columns, biases, scale_and_shift: others, parameters: rows * columns + biases + others };
    });
    const mayLack = ["biases", "scale_and_shift"]; // what no block has apart from its matrix
    const keys = Object.keys(counts[0]).filter((key) => !mayLack.includes(key) || counts.some((row) => row[key]));
    const shape = { role: "shape", block: 0, symbol: "", values: counts.map((row) => keys.map((key) => row[key])), rows: labels,
      columns: keys.map((key) => say(key)), caption: say("shapes"), compared: {} };
    const remarks = r.blocks.map(({ activation, extras }, k) => `${labels[k]}: ${[literal(activation.name), ...extras].join(", ")}`);
    if (!notation.has_biases) remarks.push(say("without_biases"));
    else if (biasInside(notation)) {
      const side = notation.transposed ? "column" : "row";
      remarks.push(say(notation.first_unit === 0 ? `first_${side}` : `${side}_0`));
    }
    const title = say("network_step", { count: thousands(counts.reduce((sum, { parameters }) => sum + parameters, 0)) });
    return { kind: "network", title, equations: [], entries: [shape], remarks };
  }

  /** @returns {Step} */
  forward(k) {
    const { r, notation, say, last } = this;
    const block = r.blocks[k];
    const rows = (values) => rowsOf(values, block.nOut);
    const entries = [this.entry("layer", k, "inputs"), this.entry("weights", k, "weights")];
    if (biasApart(notation)) entries.push(this.entry("biases", k, "bias_vector"));
    if (block.normalized) {
      entries.push(this.plain("linear", k, own(notation, "linear", k), rows(block.linear), say("before_layer", { layer: block.extras[0] })));
      for (const [name, row] of this.scaleAndShift(block, r.theta)) entries.push(this.plain(name, k, own(notation, name, k), row, say(name)));
    }
    entries.push(this.entry("signal", k, "signals"));
    if (block.a.some((value, i) => value !== block.outputs[i])) {
      entries.push(this.plain("activated", k, activated(notation, block), rows(block.a), say("after_activation")));
    }
    if (block.mask) entries.push(this.plain("mask", k, own(notation, "mask", k), rows(block.mask), say("mask")));
    entries.push(this.entry("layer", k + 1, k === last ? "outputs" : "activations"));
    const [letter] = this.write([notation.activation], k);
    const equations = [...this.write(k === last ? notation.forward_last : notation.forward, k),
      `${letter} = ${literal(block.activation.name)}`];
    return { kind: "forward", title: say("forward_step", { place: this.place(k) }), equations, entries,
      remarks: onTheWayForward(notation, block, say) };
  }

  /** @returns {Step} */
  loss() {
    const { r, notation, say, factor, last, hand } = this;
    const entries = [this.plain("target", last, "y", rowsOf(r.Y, r.nOutputs), say("targets")), this.entry("layer", last + 1, "outputs")];
    if (r.n > 1) entries.push(this.plain("losses", 0, "ℓ", Array.from(r.losses, (loss) => [factor * loss]), say("losses")));
    entries.push(this.number("loss", notation.loss, factor * r.loss, "loss", hand && factor * hand.loss));
    if (r.penalty) entries.push(this.number("penalty", "Ω", factor * r.penalty, "penalty"));
    return { kind: "loss", title: say("loss_step", { loss: literal(r.lossName) }), equations: [this.lossEquation()], entries, remarks: [] };
  }

  lossEquation() {
    const { r, notation, say, factor } = this;
    const { output, loss: letter } = notation;
    const isBinary = !r.net.loss.activation.range.simplex;
    const terms = {
      squared_error: `${factor === 1 ? "½ " : ""}(${output} − y)^{2}`,
      absolute_error: `|${output} − y|`,
      poisson: `y log(y / ${output}) − y + ${output}`,
      tweedie: `2 (${output}^{1/2} − y^{1/2})^{2} / ${output}^{1/2}`,
      log_loss: isBinary ? `−y log ${output} − (1 − y) log(1 − ${output})` : `−y log ${output}`,
    };
    const one = terms[r.lossName] ?? `${literal(r.lossName)}(y, ${output})`;
    const term = r.nOutputs > 1 ? `Σ [${one}]` : one;
    if (r.n === 1) return `${letter} = ${term}`;
    return `ℓ_{i} = ${term}, ${letter} = ${say(r.weighted ? "weighted_mean_of" : "mean_of", { losses: "ℓ_{i}" })}`;
  }

  /** @returns {Step} */
  backward(k) {
    const { r, notation, say, factor, last } = this;
    const block = r.blocks[k];
    const plain = symbol(notation, "upstream", k);
    const pulled = upstream(notation, block);
    const scaled = (values) => rowsOf(values.map((value) => factor * value), block.nOut);
    const equations = [k === last ? `${plain} = ∂${notation.loss}/∂${notation.output}` : this.write([notation.backward], k)[0]];
    const entries = [];
    if (block.arriving.some((value, i) => value !== block.upstream[i])) {
      entries.push(this.plain("arriving", k, plain, scaled(block.arriving), say("arriving")));
    }
    entries.push({ ...this.entry("upstream", k, "upstream"), symbol: pulled });
    if (block.slope) {
      equations.push(this.write([notation.pull], k)[0].replaceAll(plain, pulled));
      entries.push(this.entry("slope", k, "slopes"));
    } else {
      equations.push(`${symbol(notation, "delta", k)} = ${plain} · ∂${literal(block.activation.name)}`);
    }
    entries.push(this.entry("delta", k, "sensitivity"));
    if (block.normalized) {
      const before = say("before_layer", { layer: block.extras[0] });
      entries.push(this.plain("delta_linear", k, `∂${notation.loss}/∂${own(notation, "linear", k)}`, scaled(block.deltaLinear), before));
      for (const [name, row] of this.scaleAndShift(block, r.gradient.map((value) => factor * value))) {
        const caption = say("gradient_of", { name: say(name) });
        entries.push(this.plain(`${name}_gradient`, k, `∂${notation.loss}/∂${own(notation, name, k)}`, row, caption));
      }
    }
    equations.push(this.write([notation.outer], k)[0]);
    entries.push(this.entry("gradient", k, "gradient"));
    if (biasApart(notation)) {
      equations.push(...this.write([notation.outer_biases], k));
      entries.push(this.entry("bias_gradient", k, "its_gradient"));
    }
    return { kind: "backward", title: say("backward_step", { place: this.place(k) }), equations, entries,
      remarks: onTheWayBack(notation, block, r.blocks[k + 1], say) };
  }

  /** @returns {Step} */
  update() {
    const { r, notation, say, factor, hand } = this;
    const entries = [this.number("learning_rate", notation.rate, r.learningRate / factor, "learning_rate")];
    const equations = r.blocks.flatMap((block, k) => {
      const step = (role, gradient) => {
        const letter = symbol(notation, role, k);
        return `${letter} ← ${letter} − ${notation.rate} ${symbol(notation, gradient, k)}`;
      };
      entries.push(this.entry("updated", k, "new_weights"));
      if (biasApart(notation)) entries.push(this.entry("updated_biases", k, "new_bias"));
      if (block.normalized) {
        for (const [name, row] of this.scaleAndShift(block, r.stepped)) {
          entries.push(this.plain(`updated_${name}`, k, own(notation, name, k), row, say("new", { name: say(name) })));
        }
      }
      return [step("weights", "gradient"), ...(biasApart(notation) ? [step("biases", "bias_gradient")] : [])];
    });
    entries.push(this.number("loss_before", notation.loss, factor * r.loss, "loss_before", hand && factor * hand.loss));
    entries.push(this.number("loss_after", notation.loss, factor * r.lossAfter, "loss_after", hand && factor * hand.lossAfter));
    return { kind: "update", title: say("update_step"), equations, entries, remarks: [] };
  }
}
