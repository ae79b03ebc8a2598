/** A document in LaTeX: sections of equations and matrices, for amsmath alone (pellucid.explain.latex). */
import { asLatex, asSentence } from "./equations.js";
import { write } from "./numbers.js";

const LONG = [12, 7]; // what a page holds; a matrix of amsmath takes ten columns at most
const LINE = 52; // digits on a line of an article, less the symbol before them

/** @param {string} body */
const whole = (body) => `\\documentclass{article}
\\usepackage{amsmath}
\\setlength{\\parindent}{0pt}
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
    if (step.equations.length) {
      const rows = step.equations.map((equation) => asLatex(equation).replace("=", "&=")).join(" \\\\\n");
      lines.push(`\\begin{align*}\n${rows}\n\\end{align*}`);
    }
    for (const entry of step.entries) lines.push(...entryLines(entry, precision));
    lines.push(...step.remarks.map(paragraph));
  }
  const body = `${lines.join("\n")}\n`;
  return standalone ? whole(body) : body;
}

/** A sentence as a paragraph. @param {string} text */
export const paragraph = (text) => `${asSentence(text)}\\par`;

function entryLines(entry, precision) {
  if (entry.role === "shape") return [shapes(entry)];
  const symbol = asLatex(entry.symbol);
  const kinds = [[entry.caption, "=", array(entry.values, precision)]];
  for (const [name, other] of Object.entries(entry.compared)) {
    kinds.push([`${entry.caption}, ${name}`, "\\approx", array(other, precision)]);
  }
  return kinds.map(([caption, sign, numbers]) =>
    `\\noindent ${asSentence(caption)}:\n\\[ ${symbol} ${sign} ${numbers} \\]`);
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
    const widest = Math.max(...values.flat().map((value) => write(value, precision).length));
    columns = shown(width, Math.min(LONG[1], Math.max(2, Math.floor(LINE / (widest + 3)) - 1)));
  }
  const lines = rows.map((i) => columns.map((j) => {
    if (i === null) return "\\vdots";
    return j === null ? "\\cdots" : texNumber(values[i][j], precision);
  }).join(" & "));
  const size = rows.includes(null) || columns.includes(null) ? `_{${height} \\times ${width}}` : "";
  return `\\begin{pmatrix}\n${lines.join(" \\\\\n")}\n\\end{pmatrix}${size}`;
}

/** @param {number} value @param {number | "full"} precision */
export function texNumber(value, precision) {
  const text = write(value, precision);
  const [digits, power] = text.split("e");
  if (power !== undefined) return `${digits} \\cdot 10^{${Number(power)}}`;
  return { "–": "\\text{--}", inf: "\\infty", "-inf": "-\\infty" }[text] ?? text;
}

function shapes({ rows, columns, values }) {
  const lines = [`${["", ...columns.map(asSentence)].join(" & ")} \\\\ \\hline`];
  rows.forEach((label, i) => lines.push(`${[`$${asLatex(label)}$`, ...values[i].map(String)].join(" & ")} \\\\`));
  return [`\\begin{tabular}{l${"r".repeat(columns.length)}}`, ...lines, "\\end{tabular}\\par"].join("\n");
}
