/**
 * Columns of a table: their kinds, and the numbers a network takes.
 *
 * A column of numbers is standardized with its mean and standard deviation, as `standardize=True` does in the
 * library; a column of two categories becomes one column of 0 and 1, one of a few becomes one column each; all of
 * them are standardized alike. What is missing becomes the mean, and a further column marks it. A raw table goes to
 * the network as it is.
 */
import { LARGEST, reader } from "./csv.js";

const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "nil", "missing"]);
export const MOST_CATEGORIES = 30;
const MOSTLY = 0.8; // share of numbers from which a column is one of numbers and the rest is refused
const MOST_CLASSES = 20;

export const isMissing = (text) => text === null || text === undefined || MISSING.has(String(text).trim().toLowerCase());

/** Return {kind, values, ...} of one column; `refused` gets the cells that do not fit. */
export function readColumn(name, cells, decimal, refused) {
  const number = reader(decimal);
  const numbers = cells.map((cell) => (typeof cell === "number" ? (Math.abs(cell) <= LARGEST ? cell : NaN) : isMissing(cell) ? NaN : number(String(cell).trim())));
  const present = cells.filter((cell) => !isMissing(cell)).length;
  const fits = numbers.filter((value) => !Number.isNaN(value)).length;
  const missing = cells.length - present;
  if (present === 0) return { name, kind: "empty", missing, values: numbers };
  if (fits >= MOSTLY * present) {
    cells.forEach((cell, i) => {
      if (!isMissing(cell) && Number.isNaN(numbers[i])) refused.push({ row: i, column: name, text: String(cell).slice(0, 40), why: "number" });
    });
    const known = numbers.filter((value) => !Number.isNaN(value));
    const constant = known.every((value) => value === known[0]);
    return { name, kind: constant ? "constant" : "number", missing: cells.length - fits, values: numbers };
  }
  const texts = cells.map((cell) => (isMissing(cell) ? null : String(cell).trim()));
  const categories = [...new Set(texts.filter((text) => text !== null))].sort();
  const kind = categories.length === 1 ? "constant" : categories.length <= MOST_CATEGORIES ? "category" : "text";
  return { name, kind, missing, values: texts, categories };
}

function moments(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / values.length);
  return { mean, scale: deviation > 10 * Number.EPSILON * Math.abs(mean) && deviation > 0 ? deviation : 1 };
}

/** A column with its mean and scale, which are 0 and 1 where numbers go to the network as they are. */
function scaled(raw, name, source, values, extra = {}) {
  const { mean, scale } = raw ? { mean: 0, scale: 1 } : moments(values);
  return { name, source, mean, scale, ...extra, values: values.map((value) => (value - mean) / scale) };
}

const isNumber = (column, raw) => column.kind === "number" || (raw && column.kind === "constant" && !column.categories);

/** Whether a column can be an input: a constant one tells nothing, but stays in a table that goes in as it is. */
export const isAble = (column, raw) => column.kind === "category" || isNumber(column, raw);

/** Return the encoded columns of a column that was read. */
export function encodeColumn(column, raw = false) {
  const { name, values } = column;
  const marks = column.missing
    ? [scaled(raw, `${name} ?`, name, values.map((value) => Number(value === null || Number.isNaN(value))), { kind: "missing" })] : [];
  if (isNumber(column, raw)) {
    const { mean } = moments(values.filter((value) => !Number.isNaN(value)));
    return [scaled(raw, name, name, values.map((value) => (Number.isNaN(value) ? mean : value)), { kind: "number" }), ...marks];
  }
  const shown = column.categories.length === 2 && !column.missing ? column.categories.slice(1) : column.categories;
  return [...shown.map((category) =>
    scaled(raw, `${name}=${category}`, name, values.map((value) => Number(value === category)), { kind: "category", category })), ...marks];
}

const TASKS = ["binary", "multiclass", "multilabel", "regression"];

/** The different values of a target: numbers in order, or its categories. */
const distinctOf = (column, raw) =>
  isNumber(column, raw) ? [...new Set(column.values)].sort((a, b) => a - b) : (column.categories ?? []);

/**
 * Return the targets: {task, columns of Y, classes or null, scales: [{name, mean, scale}], one per target}.
 *
 * Several targets are numbers, or have two values each: then every one is a label.
 */
export function encodeTargets(targets, task = null, raw = false) {
  const numbers = targets.every((column) => isNumber(column, raw));
  const scales = targets.map(({ name }) => ({ name, mean: 0, scale: 1 }));
  if (raw && numbers && TASKS.includes(task)) return { task, columns: targets.map(({ values }) => values), classes: null, scales };
  const distinct = targets.map((column) => distinctOf(column, raw));
  const few = distinct.every((values) => values.every(Number.isInteger) && values.length <= 10);
  const several = targets.length > 1;
  const labels = several && distinct.every((values) => values.length === 2);
  if (numbers && (task === "regression" || (task === null && !(several ? labels : few)))) {
    const made = targets.map(({ name, values }) => scaled(raw, name, name, values));
    return { task: "regression", columns: made.map(({ values }) => values), classes: null, scales: made.map(({ name, mean, scale }) => ({ name, mean, scale })) };
  }
  if (labels) return { task: "multilabel", columns: targets.map(({ values }, k) => values.map((value) => distinct[k].indexOf(value))), classes: null, scales: scales.map((each, k) => ({ ...each, values: distinct[k].map(String) })) };
  if (several) throw Object.assign(new Error("mixedTargets"), { code: "mixedTargets", values: { columns: targets.map(({ name }) => name).join(", ") } });
  return { ...classesOf(targets[0], distinct[0]), scales };
}

function classesOf(column, distinct) {
  if (distinct.length < 2) throw Object.assign(new Error("oneClass"), { code: "oneClass", values: { column: column.name } });
  if (distinct.length > MOST_CLASSES)
    throw Object.assign(new Error("manyClasses"), { code: "manyClasses", values: { column: column.name, n: distinct.length, limit: MOST_CLASSES } });
  const classes = distinct.map(String);
  const at = column.values.map((value) => distinct.indexOf(value));
  if (classes.length === 2) return { task: "binary", columns: [at], classes };
  return { task: "multiclass", columns: classes.map((_, k) => at.map((i) => Number(i === k))), classes };
}
