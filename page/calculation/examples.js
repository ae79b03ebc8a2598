/** The courses' worked examples: their records, and their passes with the numbers that the notes print. */
import { makeNet } from "../kernel/index.js";
import { documentOf } from "./document.js";
import { notationOf, rowsOf, transpose } from "./notation.js";
import { afterStep, record } from "./record.js";

/** @typedef {typeof import("./courses.js").EXAMPLES[number]} Example */

/** The pass of an example, exact. @param {Example} example */
export function recordOfExample({ setup, theta, x, y, learningRate, held }) {
  const net = makeNet(setup, { d: x.length, outputs: y.length, task: "regression" });
  const [parameters, X, Y] = [theta, x, y].map((values) => Float64Array.from(values));
  return record(net, parameters, X, Y, 1, { learningRate, held });
}

/**
 * The pass of an example as its notes print it: entries with `printed` numbers (null where none is printed) have
 * these in the shape of `values`, the right ones.
 *
 * @param {Example} example @param {Record<string, string>} [phrases]
 * @returns {import("./document.js").Step[]}
 */
export function printedPass(example, phrases) {
  const r = recordOfExample(example);
  const steps = documentOf(r, { notation: example.notation, phrases }).steps.filter(({ kind }) => kind !== "network");
  const last = r.blocks.length - 1;
  const notation = notationOf(example.notation);
  const outputs = rowsOf(afterStep(r).blocks[last].outputs, r.nOutputs);
  const update = steps[steps.length - 1];
  update.entries.push({ role: "output_after", block: last, symbol: notation.output, rows: [], columns: [], compared: {},
    values: notation.samples === "columns" ? transpose(outputs) : outputs, caption: "" });
  const seen = new Set();
  return steps.map((step) => ({ ...step, entries: step.entries.flatMap((entry) => {
    const key = `${entry.role}:${entry.block}`;
    const found = /** @type {any[]} */ (example.printed).find(({ role, block }) => role === entry.role && block === entry.block);
    // An array that stands there again, as the inputs of the next block, would show what is right.
    if (found ? seen.has(key) : entry.role === "output_after") return [];
    seen.add(key);
    return [{ ...entry, values: asRows(entry.values), printed: found ? asRows(found.values) : null }];
  }) }));
}

const asRows = (values) => (!Array.isArray(values) ? [[values]] : Array.isArray(values[0]) ? values : [values]);
