/** The calculation of one number with everything below it that is open: a list for export, from the top down. */
import { symbolOf } from "./labels.js";
import { factorOf, notationOf } from "./notation.js";
import { describe } from "./sentences.js";

/**
 * @typedef {import("./phrases.js").What} What
 * @typedef {{ key: string, depth: number, what: What, symbol: string, value: number, lines: string[] }} Opened
 */

/** A name of a calculation, equal for equal places. @param {What} what */
export const keyOf = ({ quantity, block = -1, row = -1, column = -1, sample = null }) =>
  [quantity, block, row, column, sample ?? "all"].join(":");

/**
 * @param {import("./record.js").TraceRecord} r @param {What} what
 * @param {{ notation?: string, precision?: number | "full", phrases?: Record<string, string>, depth?: number,
 *   most?: number }} [options] `depth`: levels of factors to follow, by default down to the inputs; `most`:
 *   calculations listed, each once
 * @returns {Opened[]}
 */
export function openedFrom(r, what, options = {}) {
  const { notation = "pellucid", precision = 3, phrases, depth = Infinity, most = 200 } = options;
  const factor = factorOf(notationOf(notation), r.lossName);
  const found = [];
  const seen = new Set();
  const waiting = [{ what, level: 0 }];
  while (waiting.length && found.length < most) {
    const { what: next, level } = /** @type {{ what: What, level: number }} */ (waiting.shift());
    const key = keyOf(next);
    if (seen.has(key)) continue;
    seen.add(key);
    const { value, lines } = describe(r, next, { precision, factor, phrases });
    found.push({ key, depth: level, what: next, symbol: symbolOf(r, next, { notation, phrases }), value,
      lines: lines.map((line) => line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("")) });
    if (level === depth) continue;
    for (const piece of lines.flat()) if (typeof piece !== "string") waiting.push({ what: piece.opens, level: level + 1 });
  }
  return found;
}
