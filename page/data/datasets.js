/** Datasets: built-in examples from the data the page starts with, and own tables, as arrays for the network. */
import { encodeColumn, encodeTarget, isMissing, readColumn } from "./columns.js";

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

/** Take the examples over that the page carries. */
export function provide(list) {
  for (const example of list) examples.set(example.name, prepared(example));
}

export const exampleNames = () => [...examples.keys()];
export const hasExample = (name) => examples.has(name);

/** An example as the page carries it (`pellucid.playground.datasets.examples_json`) as a dataset. */
function prepared({ name, task, columns, classes, n, X, ink, y }) {
  const names = columns === "8x8" ? Array.from({ length: 64 }, (_, p) => `${Math.floor(p / 8) + 1},${(p % 8) + 1}`) : columns;
  const outputs = task === "multiclass" ? classes.length : 1;
  const byColumn = ink ? countsOf(ink).map((count) => count / INK) : numbersOf(X);
  const targets = task === "regression" ? numbersOf(y) : countsOf(y);
  return {
    name,
    task,
    columns: names.map((column) => ({ name: column, kind: "number" })),
    n,
    d: names.length,
    outputs,
    X: Float64Array.from(byColumn, (_, i) => byColumn[(i % names.length) * n + Math.floor(i / names.length)]),
    Y: Float64Array.from(outputs === 1 ? targets : targets.flatMap((k) => classes.map((_, c) => Number(c === k)))),
    classes: classes.length ? classes : null,
    weights: null,
  };
}

/** Return the dataset of a setup's data. */
export function datasetOf(spec) {
  if (spec.name !== "own") {
    const found = examples.get(spec.name);
    if (!found) throw Object.assign(new Error("noExample"), { code: "noExample", values: { name: spec.name } });
    return found;
  }
  if (!own.has(spec)) own.set(spec, encode(spec));
  return own.get(spec);
}

/**
 * Encode an own table.
 *
 * @param {{columns: string[], rows: any[][], target: string, use?: string[] | null, task?: string | null,
 *   raw?: boolean, classes?: string[], decimal?: string, firstRow?: number, refused?: any[], title?: string}} spec
 */
export function encode(spec) {
  return spec.raw ? plain(spec) : encoded(spec);
}

/** A table of numbers that go to the network as they are: the examples of the courses. */
function plain(spec) {
  const targets = [spec.target].flat().map((name) => spec.columns.indexOf(name));
  const inputs = spec.columns.map((_, j) => j).filter((j) => !targets.includes(j));
  const n = spec.rows.length;
  return {
    name: "own",
    title: null,
    task: spec.task,
    columns: inputs.map((j) => ({ name: spec.columns[j], kind: "number" })),
    n,
    d: inputs.length,
    outputs: targets.length,
    X: Float64Array.from(spec.rows.flatMap((row) => inputs.map((j) => row[j]))),
    Y: Float64Array.from(spec.rows.flatMap((row) => targets.map((j) => row[j]))),
    classes: spec.classes ?? null,
    weights: null,
    target: { name: [spec.target].flat().join(", "), mean: 0, scale: 1 },
  };
}

function encoded(spec) {
  const refused = [...(spec.refused ?? [])];
  const first = spec.firstRow ?? 1;
  const target = spec.columns.indexOf(spec.target);
  if (target < 0) throw Object.assign(new Error("noTarget"), { code: "noTarget", values: { column: spec.target } });
  const cells = [];
  const targetRead = readColumn(spec.target, spec.rows.map((row) => row[target]), spec.decimal ?? ".", cells);
  const kept = [];
  spec.rows.forEach((row, i) => {
    const bad = isMissing(row[target]) || (targetRead.kind === "number" && Number.isNaN(targetRead.values[i]));
    if (!bad) kept.push(i);
    else refused.push({ row: i + first, column: spec.target, text: String(row[target] ?? ""), why: "target" });
  });
  if (!kept.length) throw Object.assign(new Error("noRows"), { code: "noRows", values: {} });
  const goal = encodeTarget({ ...targetRead, values: kept.map((i) => targetRead.values[i]) }, spec.task ?? null);
  const table = [];
  const inputs = [];
  spec.columns.forEach((name, j) => {
    if (j === target) return;
    const bad = [];
    const column = readColumn(name, kept.map((i) => spec.rows[i][j]), spec.decimal ?? ".", bad);
    for (const cell of bad) refused.push({ ...cell, row: kept[cell.row] + first });
    const able = column.kind === "number" || column.kind === "category";
    const used = able && (!spec.use || spec.use.includes(name));
    table.push({ name, kind: column.kind, missing: column.missing, able, used, categories: column.categories?.length ?? 0, values: column.values });
    if (used) inputs.push(...encodeColumn(column));
  });
  refused.sort((a, b) => a.row - b.row);
  if (!inputs.length) throw Object.assign(new Error("noInputs"), { code: "noInputs", values: {} });
  const n = kept.length;
  const d = inputs.length;
  const X = new Float64Array(n * d);
  inputs.forEach((column, j) => column.values.forEach((value, i) => (X[i * d + j] = value)));
  const outputs = goal.columns.length;
  const Y = new Float64Array(n * outputs);
  goal.columns.forEach((column, k) => column.forEach((value, i) => (Y[i * outputs + k] = value)));
  return {
    name: "own",
    title: spec.title ?? null,
    task: goal.task,
    columns: inputs.map(({ values: _, ...column }) => column),
    n,
    d,
    outputs,
    X,
    Y,
    classes: goal.classes,
    weights: null,
    target: { name: spec.target, mean: goal.mean ?? 0, scale: goal.scale ?? 1 },
    table,
    rowNumbers: kept.map((i) => i + first),
    refused,
  };
}
