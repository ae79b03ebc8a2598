/** A document, or the calculation of one number, as JSON, CSV, text and LaTeX. */
import { asLatex, asText, unmarked } from "./equations.js";
import { forCsv, forJson } from "./escaping.js";
import { SCHEMA } from "./generated.js";
import { paragraph, texNumber } from "./latex.js";
import { write, writeAll } from "./numbers.js";

export { toLatex } from "./latex.js";

/** @typedef {import("./document.js").Document} Document @typedef {import("./opened.js").Opened} Opened */

const threefold = (source) => ({ source, text: asText(source), latex: asLatex(source) });

/** Numbers for JSON: NaN is null, an infinity a text. */
const plain = (values) => (Array.isArray(values) ? values.map(plain)
  : Number.isNaN(values) ? null : Number.isFinite(values) ? values : write(values, "full"));

/** A document as JSON that `pellucid.explain.json_.read_json` reads. @param {Document} page */
export function toJson(page) {
  const steps = page.steps.map(({ kind, title, equations, entries, remarks }) => ({
    kind, title, equations: equations.map(threefold), remarks,
    entries: entries.map((entry) => ({
      role: entry.role, block: entry.block, symbol: threefold(entry.symbol), caption: entry.caption, rows: entry.rows,
      columns: entry.columns, values: plain(entry.values), printed: null, wrong: null, remarks: [],
      compared: Object.fromEntries(Object.entries(entry.compared).map(([name, other]) => [name, plain(other)])),
    })),
  }));
  const whole = { schema: SCHEMA, title: page.title, notation: page.notation, remarks: page.remarks, steps };
  return forJson(unmarked(JSON.stringify(whole, null, 1)));
}

/** A row for each number: step, symbol, labels and all digits. @param {Document} page */
export function toCsv(page) {
  const rows = [["step", "quantity", "symbol", "row", "column", "value"]];
  for (const step of page.steps) {
    for (const entry of step.entries) {
      const kinds = [[entry.caption, entry.values], ...Object.entries(entry.compared).map(([name, other]) => [`${entry.caption}, ${name}`, other])];
      for (const [caption, values] of kinds) {
        const matrix = typeof values === "number" ? [[values]] : /** @type {number[][]} */ (values);
        matrix.forEach((line, i) => line.forEach((value, j) => {
          rows.push([asText(step.title), String(caption), asText(entry.symbol), asText(entry.rows[i] ?? ""),
            asText(entry.columns[j] ?? ""), write(value, "full")]);
        }));
      }
    }
  }
  return asCsv(rows);
}

/** A number stays a number, a minus before it too; every other cell is a text. */
const asCsv = (rows) => rows.map((row) => row.map((cell, j) => (j === row.length - 1 ? cell : forCsv(cell))).join(",") + "\r\n").join("");

/** Tables of text. @param {Document} page @param {{ precision?: number | "full" }} [options] */
export function toText(page, { precision = 3 } = {}) {
  const lines = [asText(page.title), ...page.remarks.map(asText)];
  for (const step of page.steps) {
    lines.push("", asText(step.title), ...step.equations.map((equation) => `  ${asText(equation)}`));
    for (const entry of step.entries) {
      const kinds = [[entry.caption, entry.values], ...Object.entries(entry.compared).map(([name, other]) => [`${entry.caption}, ${name}`, other])];
      for (const [caption, values] of kinds) {
        const head = [asText(entry.symbol), asText(String(caption))].filter(Boolean).join("  ");
        if (typeof values === "number") lines.push(`  ${head} = ${write(values, precision)}`);
        else lines.push(`  ${head}`, ...table(entry, /** @type {number[][]} */ (values), precision));
      }
    }
    lines.push(...step.remarks.map((remark) => `  ${asText(remark)}`));
  }
  return `${lines.join("\n")}\n`;
}

function table({ role, rows, columns }, values, precision) {
  const counts = role === "shape";
  const labels = values.map((_, i) => asText(rows[i] ?? ""));
  const texts = counts ? values.flat().map(String) : writeAll(values.flat(), precision);
  const cells = values.map((row, i) => texts.slice(i * row.length, (i + 1) * row.length));
  const heads = columns.length ? [columns.map(asText)] : [];
  const width = Math.max(...labels.map((label) => label.length));
  const widths = cells[0].map((_, j) => Math.max(...[...heads, ...cells].map((row) => row[j].length)));
  const line = (label, row) => `    ${label.padEnd(width)}  ${row.map((cell, j) => cell.padStart(widths[j])).join("  ")}`.trimEnd();
  return [...heads.map((row) => line("", row)), ...cells.map((row, i) => line(labels[i], row))];
}

/** The calculation of one number as text. @param {Opened[]} opened @param {number | "full"} precision */
export const chainToText = (opened, precision) => opened.map(({ depth, symbol, value, lines }) => {
  const head = Number.isNaN(value) ? asText(symbol) : `${asText(symbol)} = ${write(value, precision).replaceAll("-", "−")}`;
  return [head, ...lines].map((line, i) => "  ".repeat(depth + (i ? 1 : 0)) + line).join("\n");
}).join("\n") + "\n";

/** The same as CSV: depth, symbol, sentence, value. @param {Opened[]} opened */
export const chainToCsv = (opened) => asCsv([["depth", "symbol", "sentence", "value"],
  ...opened.map(({ depth, symbol, value, lines }) => [String(depth), asText(symbol), lines.join("\n"), write(value, "full")])]);

/** The same as JSON. @param {Opened[]} opened @param {string} notation */
export const chainToJson = (opened, notation) => forJson(unmarked(JSON.stringify({
  schema: "pellucid.calculation/1", notation,
  numbers: opened.map(({ depth, what, symbol, value, lines }) => ({ depth, ...what, symbol: threefold(symbol), value: plain(value), lines })),
}, null, 1)));

/** The same in LaTeX, for amsmath. @param {Opened[]} opened @param {number | "full"} precision */
export const chainToLatex = (opened, precision) => opened.map(({ symbol, value, lines }) => [
  `\\noindent $${asLatex(symbol)}${Number.isNaN(value) ? "" : ` = ${texNumber(value, precision)}`}$\\par`,
  ...lines.map(paragraph),
].join("\n")).join("\n\\medskip\n") + "\n";
