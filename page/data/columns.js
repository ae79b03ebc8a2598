/**
 * Columns of a table: their kinds, and the numbers a network takes.
 *
 * A column of numbers is standardized with its mean and standard deviation, as `standardize=True` does in the
 * library; a column of two categories becomes one column of 0 and 1, one of a few becomes one column each; all of
 * them are standardized alike. What is missing becomes the mean, and a further column marks it.
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

const standardized = (name, source, values, extra = {}) => {
  const { mean, scale } = moments(values);
  return { name, source, mean, scale, ...extra, values: values.map((value) => (value - mean) / scale) };
};

/** Return the encoded columns of a column that was read. */
export function encodeColumn(column) {
  const { name, kind, values } = column;
  if (kind === "number") {
    const known = values.filter((value) => !Number.isNaN(value));
    const { mean } = moments(known);
    const encoded = [standardized(name, name, values.map((value) => (Number.isNaN(value) ? mean : value)), { kind: "number" })];
    if (column.missing) encoded.push(mark(column));
    return encoded;
  }
  if (kind !== "category") return [];
  const shown = column.categories.length === 2 && !column.missing ? column.categories.slice(1) : column.categories;
  const encoded = shown.map((category) =>
    standardized(`${name}=${category}`, name, values.map((value) => Number(value === category)), { kind: "category", category }),
  );
  if (column.missing) encoded.push(mark(column));
  return encoded;
}

const mark = (column) =>
  standardized(`${column.name} ?`, column.name, column.values.map((value) => Number(value === null || Number.isNaN(value))), { kind: "missing" });

/** Return the targets: {task, Y columns, classes or null, mean, scale}. */
export function encodeTarget(column, task = null) {
  const distinct = column.kind === "number" ? [...new Set(column.values)].sort((a, b) => a - b) : (column.categories ?? []);
  const whole = column.kind === "number" && distinct.every(Number.isInteger);
  const regression = task === "regression" || (task === null && column.kind === "number" && !(whole && distinct.length <= 10));
  if (regression && column.kind === "number") {
    const { values, mean, scale } = standardized(column.name, column.name, column.values);
    return { task: "regression", columns: [values], classes: null, mean, scale };
  }
  if (distinct.length < 2) throw Object.assign(new Error("oneClass"), { code: "oneClass", values: { column: column.name } });
  if (distinct.length > MOST_CLASSES)
    throw Object.assign(new Error("manyClasses"), { code: "manyClasses", values: { column: column.name, n: distinct.length, limit: MOST_CLASSES } });
  const classes = distinct.map(String);
  const at = column.values.map((value) => distinct.indexOf(value));
  if (classes.length === 2) return { task: "binary", columns: [at], classes };
  return { task: "multiclass", columns: classes.map((_, k) => at.map((i) => Number(i === k))), classes };
}
