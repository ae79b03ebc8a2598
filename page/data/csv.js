/**
 * A parser of CSV after RFC 4180: quoted fields, doubled quotes, line breaks within quotes, CRLF or LF, a BOM.
 *
 * The separator is the one of , ; tab | that gives the first records the same number of fields, more than one.
 * Decimal commas are read where the separator is not a comma and numbers have one comma and no point.
 */
import { forCsv } from "../calculation/escaping.js";

export const LIMITS = { bytes: 20e6, rows: 200_000, columns: 1000 };
const SEPARATORS = [",", ";", "\t", "|"];
export const LARGEST = 1e150; // beyond it a square is infinite, and so is a variance
const LOOKED_AT = 25; // records by which the separator is told

/** Split text into records; `stop` ends after that many. */
function split(text, separator, stop = Infinity) {
  const records = [];
  let record = [];
  let field = "";
  let at = 0;
  let line = 1;
  const end = () => {
    record.push(field);
    field = "";
  };
  const close = () => {
    end();
    if (record.length > 1 || record[0].trim() !== "") records.push(record);
    record = [];
  };
  while (at < text.length && records.length < stop) {
    const c = text[at];
    if (c === '"' && field === "") {
      const opened = line;
      for (at++; ; at++) {
        if (at >= text.length) throw new SyntaxError(`quote:${opened}`);
        if (text[at] === '"') {
          if (text[at + 1] !== '"') break;
          at++;
        }
        if (text[at] === "\n") line++;
        field += text[at];
      }
      at++;
      while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") field += text[at++];
    } else if (c === separator) {
      end();
      at++;
    } else if (c === "\n" || c === "\r") {
      close();
      line++;
      at += c === "\r" && text[at + 1] === "\n" ? 2 : 1;
    } else {
      let to = at + 1;
      while (to < text.length && text[to] !== separator && text[to] !== "\n" && text[to] !== "\r") to++;
      field += text.slice(at, to);
      at = to;
    }
  }
  if (records.length < stop && (field !== "" || record.length)) close();
  return records;
}

function separatorOf(text) {
  let best = { separator: ",", score: 0 };
  for (const separator of SEPARATORS) {
    let records;
    try {
      records = split(text, separator, LOOKED_AT);
    } catch {
      continue;
    }
    const width = records[0]?.length ?? 0;
    const same = records.filter((record) => record.length === width).length;
    const score = width > 1 ? (same / records.length) * (1 + width / 1000) : 0;
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

const PLAIN = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const COMMA = /^[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?$/;

/** Return a reader of numbers: NaN for what is not one. */
export function reader(decimal) {
  const form = decimal === "," ? COMMA : PLAIN;
  return (text) => {
    const value = form.test(text) ? Number(text.replace(",", ".")) : NaN;
    return Math.abs(value) <= LARGEST ? value : NaN;
  };
}

function decimalOf(records, separator) {
  if (separator === ",") return ".";
  let comma = 0;
  let point = 0;
  for (const record of records.slice(1, 200))
    for (const field of record) {
      const text = field.trim();
      if (text.includes(",") && COMMA.test(text)) comma++;
      else if (text.includes(".") && PLAIN.test(text)) point++;
    }
  return comma > point ? "," : ".";
}

/**
 * Read a table.
 *
 * @param {string} text
 * @returns {{columns: string[], rows: string[][], separator: string, decimal: string, header: boolean,
 *   refused: {row: number, column: string, text: string, why: string}[]}}
 * @throws {Error} with a `code` of the catalogue (`own.errors`) and values
 */
export function parseTable(text) {
  const fail = (code, values = {}) => Object.assign(new Error(code), { code, values });
  if (text.length > LIMITS.bytes) throw fail("large", { limit: LIMITS.bytes / 1e6 });
  const clean = text.replace(/^\ufeff/, "");
  if (!clean.trim()) throw fail("empty");
  if (clean.includes("\0")) throw fail("binary");
  const separator = separatorOf(clean);
  let records;
  try {
    records = split(clean, separator);
  } catch (error) {
    throw fail("quote", { line: error.message.split(":")[1] });
  }
  const decimal = decimalOf(records, separator);
  const number = reader(decimal);
  const isNumber = (field) => !Number.isNaN(number(field.trim()));
  const header = !records[0].some(isNumber) || (records.length > 1 && !records[0].every((f) => isNumber(f) || !f.trim()));
  const width = records[0].length;
  const columns = header ? named(records[0]) : records[0].map((_, j) => `x${j + 1}`);
  if (width > LIMITS.columns) throw fail("wide", { n: width, limit: LIMITS.columns });
  const body = header ? records.slice(1) : records;
  if (!body.length) throw fail("noRows");
  if (body.length > LIMITS.rows) throw fail("long", { n: body.length, limit: LIMITS.rows });
  const refused = [];
  const rows = [];
  body.forEach((record, i) => {
    if (record.length === width) rows.push(record.map((field) => field.trim()));
    else
      refused.push({ row: i + 1 + Number(header), column: "", text: record.join(separator).slice(0, 40), why: "width", n: record.length, width });
  });
  if (!rows.length) throw fail("ragged", { width });
  return { columns, rows, separator, decimal, header, refused };
}

/** Names of columns: none empty, no two alike. */
function named(fields) {
  const seen = new Map();
  return fields.map((field, j) => {
    const name = field.trim() || `x${j + 1}`;
    const n = seen.get(name) ?? 0;
    seen.set(name, n + 1);
    return n ? `${name} (${n + 1})` : name;
  });
}

/** Write a table as CSV after RFC 4180; a cell that a spreadsheet would run as a formula gets an apostrophe. */
export function writeTable(columns, rows) {
  const cell = (value) => {
    const text = String(value ?? "");
    return typeof value === "string" && Number.isNaN(Number(text)) ? forCsv(text) : text;
  };
  return [columns, ...rows].map((record) => record.map(cell).join(",")).join("\r\n") + "\r\n";
}
