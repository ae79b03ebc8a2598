/** A document in LaTeX: sections of equations and matrices, for amsmath alone (pellucid.explain.latex). */
import { asLatex, asSentence } from "./equations.js";
import { write, writeAll } from "./numbers.js";

const LONG = [12, 7]; // what a page holds; a matrix of amsmath takes ten columns at most
const LINE = 52; // digits on a line of an article, less the symbol before them

/** @param {string} body */
const whole = (body) => `\\documentclass{article}
\\usepackage{amsmath}
\\setlength{\\parindent}{0pt}
\\addtolength{\\topmargin}{-4\\baselineskip}
\\addtolength{\\textheight}{8\\baselineskip}
\\begin{document}
${body}\\end{document}
`;

/**
 * @param {import("./document.js").Document} page
 * @param {{ precision?: number | "full", standalone?: boolean }} [options]
 */
export function toLatex(page, { precision = 3, standalone = false } = {}) {
  const lines = [`\\section*{${asSentence(page.title)}}`, ...page.remarks.map(paragraph)];
  for (const step of page.steps) {
    lines.push(`\\subsection*{${asSentence(step.title)}}`);
    lines.push(...flow(step.equations.map(asLatex)));
    lines.push(...step.entries.filter(isShape).map(shapes));
    lines.push(...flow(step.entries.filter((entry) => !isShape(entry)).flatMap((entry) => formulas(entry, precision))));
    lines.push(...step.remarks.map(paragraph));
  }
  const body = `${lines.join("\n")}\n`;
  return standalone ? whole(body) : body;
}

/** A sentence as a paragraph. @param {string} text */
export const paragraph = (text) => `${asSentence(text)}\\par`;

const isShape = ({ role }) => role === "shape";

/** Formulas side by side, as many as a line holds. @param {string[]} list */
function flow(list) {
  if (!list.length) return [];
  const boxes = list.map((formula) => `\\mbox{$\\displaystyle ${formula}$}`);
  return ["{\\raggedright\\lineskip=1ex\\lineskiplimit=1ex", boxes.join("\\qquad\n"), "\\par\\smallskip}"];
}

function formulas(entry, precision) {
  const symbol = asLatex(entry.symbol);
  const kinds = [[entry.caption, "=", array(entry.values, precision)]];
  for (const [name, other] of Object.entries(entry.compared)) {
    kinds.push([`${entry.caption}, ${name}`, "\\approx", array(other, precision)]);
  }
  return kinds.map(([caption, sign, numbers]) => `\\underset{\\text{${asSentence(caption)}}}{${symbol} ${sign} ${numbers}}`);
}

/** Which of n rows to show, null where the middle is left out. @param {number} n @param {number} most */
function shown(n, most) {
  const all = Array.from({ length: n }, (_, i) => i);
  if (n <= most) return all;
  const head = Math.floor((most + 1) / 2);
  return [...all.slice(0, head), null, ...all.slice(n - (most - head))];
}

function array(values, precision) {
  if (typeof values === "number") return texNumber(values, precision);
  const [height, width] = [values.length, values[0].length];
  const rows = shown(height, LONG[0]);
  let columns = shown(width, LONG[1]);
  if (columns.includes(null)) { // what is cut anyway is cut to fit the line
    const widest = writeAll(values.flat(), precision).reduce((most, text) => Math.max(most, text.length), 0);
    columns = shown(width, Math.min(LONG[1], Math.max(2, Math.floor(LINE / (widest + 3)) - 1)));
  }
  const isThere = (at) => at !== null;
  const texts = writeAll(rows.filter(isThere).flatMap((i) => columns.filter(isThere).map((j) => values[i][j])), precision);
  let next = 0;
  const lines = rows.map((i) => columns.map((j) => {
    if (i === null) return "\\vdots";
    return j === null ? "\\cdots" : typeset(texts[next++]);
  }).join(" & "));
  const size = rows.includes(null) || columns.includes(null) ? `_{${height} \\times ${width}}` : "";
  return `\\begin{pmatrix}\n${lines.join(" \\\\\n")}\n\\end{pmatrix}${size}`;
}

/** @param {number} value @param {number | "full"} precision */
export const texNumber = (value, precision) => typeset(write(value, precision));

/** @param {string} text a number */
function typeset(text) {
  const [digits, power] = text.split("e");
  if (power !== undefined) return `${digits} \\cdot 10^{${Number(power)}}`;
  return { "–": "\\text{--}", inf: "\\infty", "-inf": "-\\infty" }[text] ?? text;
}

function shapes({ rows, columns, values }) {
  const lines = [`${["", ...columns.map(asSentence)].join(" & ")} \\\\ \\hline`];
  rows.forEach((label, i) => lines.push(`${[`$${asLatex(label)}$`, ...values[i].map(String)].join(" & ")} \\\\`));
  return [`\\begin{tabular}{l${"r".repeat(columns.length)}}`, ...lines, "\\end{tabular}\\par"].join("\n");
}
