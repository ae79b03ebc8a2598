/** Datasets: built-in examples from the data the page starts with, and own tables, as arrays for the network. */
import { encodeColumn, encodeTargets, isAble, isMissing, readColumn } from "./columns.js";
import { MADE } from "./made.js";

const INK = 16; // of a pixel of the digits
/** Digits of base 90, with which `pellucid.playground.datasets` writes numbers. */
const DIGITS = String.fromCharCode(...Array.from({ length: 92 }, (_, i) => i + 35)).replace(/[<\\]/g, "");

/** Numbers of three decimals, two characters each. @param {string} text */
const numbersOf = (text) => text.match(/../g)?.map((pair) => (90 * DIGITS.indexOf(pair[0]) + DIGITS.indexOf(pair[1]) - 4050) / 1000) ?? [];

/** Small whole numbers as letters, the number of repetitions after some. @param {string} text */
const countsOf = (text) => Array.from(text.replace(/(\D)(\d+)/g, (_, letter, n) => letter.repeat(n)), (letter) => letter.charCodeAt(0) - 97);

/** @type {Map<string, any>} */
const examples = new Map();
/** @type {WeakMap<object, any>} */
const own = new WeakMap();

/** Take the examples over that the page carries; each is made when it is asked for first. */
export function provide(list) {
  for (const example of list) examples.set(example.name, { example, data: null });
}

export const exampleNames = () => [...examples.keys()];

/** To three decimals, ties to the even digit: adding and taking away 3 · 2^51 rounds as NumPy does. */
const rounded = (value) => (value * 1000 + 6755399441055744 - 6755399441055744) / 1000 + 0;

/** An example as the page carries it (`pellucid.playground.datasets.examples_json`) as a dataset. */
function prepared({ name, task, columns, classes, n, X: numbers, ink, y: text }) {
  const names = columns === "8x8" ? Array.from({ length: 64 }, (_, p) => `${Math.floor(p / 8) + 1},${(p % 8) + 1}`) : columns;
  const outputs = task === "multiclass" ? classes.length : 1;
  const d = names.length;
  const X = new Float64Array(n * d);
  const made = MADE[name]?.();
  const targets = made ? made[1].map(rounded) : countsOf(text);
  if (made) X.set(made[0].flat().map(rounded));
  else {
    const rows = [...targets.keys()];
    if (ink) rows.sort((a, b) => targets[a] - targets[b]); // pixels come class by class
    const byColumn = ink ? countsOf(ink).map((count) => count / INK) : numbersOf(numbers);
    byColumn.forEach((value, i) => (X[rows[i % n] * d + Math.floor(i / n)] = value));
  }
  return {
    name,
    task,
    columns: names.map((column) => ({ name: column, kind: "number" })),
    n,
    d,
    outputs,
    X,
    Y: Float64Array.from(outputs === 1 ? targets : targets.flatMap((k) => classes.map((_, c) => Number(c === k)))),
    classes: classes.length ? classes : null,
    outputNames: outputs > 1 ? classes : null,
    weights: null,
  };
}

/** Return the dataset of a setup's data. */
export function datasetOf(spec) {
  if (spec.name !== "own") {
    const found = examples.get(spec.name);
    if (!found) throw Object.assign(new Error("noExample"), { code: "noExample", values: { name: spec.name } });
    return (found.data ??= prepared(found.example));
  }
  if (!own.has(spec)) own.set(spec, encode(spec));
  return own.get(spec);
}

/**
 * Encode an own table; a raw one without standardizing it.
 *
 * @param {{columns: string[], rows: any[][], target: string | string[], use?: string[] | null, task?: string | null,
 *   raw?: boolean, classes?: string[], decimal?: string, firstRow?: number, refused?: any[], title?: string}} spec
 */
export function encode(spec) {
  const { columns, rows, task = null, raw = false, decimal = ".", firstRow: first = 1 } = spec;
  const refused = [...(spec.refused ?? [])];
  const names = [spec.target].flat();
  const at = names.map((name) => columns.indexOf(name));
  if (at.includes(-1) || !at.length) throw Object.assign(new Error("noTarget"), { code: "noTarget", values: { column: names[at.indexOf(-1)] ?? "" } });
  const reads = at.map((j) => readColumn(columns[j], rows.map((row) => row[j]), decimal, []));
  const kept = [];
  rows.forEach((row, i) => {
    const bad = at.findIndex((j, k) => isMissing(row[j]) || Number.isNaN(reads[k].values[i]));
    if (bad < 0) kept.push(i);
    else refused.push({ row: i + first, column: names[bad], text: String(row[at[bad]] ?? ""), why: "target" });
  });
  if (!kept.length) throw Object.assign(new Error("noRows"), { code: "noRows", values: {} });
  const goal = encodeTargets(reads.map((read) => ({ ...read, values: kept.map((i) => read.values[i]) })), task, raw);
  const table = [];
  const inputs = [];
  columns.forEach((name, j) => {
    if (at.includes(j)) return;
    const bad = [];
    const column = readColumn(name, kept.map((i) => rows[i][j]), decimal, bad);
    for (const cell of bad) refused.push({ ...cell, row: kept[cell.row] + first });
    const able = isAble(column, raw);
    const used = able && (!spec.use || spec.use.includes(name));
    table.push({ name, kind: column.kind, missing: column.missing, able, used, categories: column.categories?.length ?? 0, values: column.values });
    if (used) inputs.push(...encodeColumn(column, raw));
  });
  refused.sort((a, b) => a.row - b.row);
  if (!inputs.length) throw Object.assign(new Error("noInputs"), { code: "noInputs", values: {} });
  const named = goal.classes?.length ?? Math.max(2, goal.columns.length);
  const classes = spec.classes?.length === named ? spec.classes.map(String) : goal.classes; // names that fit
  return {
    name: "own",
    title: spec.title ?? null,
    task: goal.task,
    columns: inputs.map(({ values: _, ...column }) => column),
    n: kept.length,
    d: inputs.length,
    outputs: goal.columns.length,
    X: rowByRow(inputs.map(({ values }) => values)),
    Y: rowByRow(goal.columns),
    classes,
    outputNames: goal.task === "multiclass" ? classes : names.length > 1 ? names : null,
    weights: null,
    target: { ...goal.scales[0], name: names.join(", ") },
    targets: goal.scales,
    table,
    rowNumbers: kept.map((i) => i + first),
    refused,
  };
}

const rowByRow = (columns) => Float64Array.from({ length: columns.length * columns[0].length }, (_, p) => columns[p % columns.length][Math.floor(p / columns.length)]);
