/** Guess, then reveal: a guess is judged by the digits that are shown. And the misprint hunt. */
import { DASHES, rounded, write } from "./numbers.js";

/** A number as people type it: a true minus, a decimal comma. NaN if it is none. @param {string} text */
export function readNumber(text) {
  const clean = text.trim().replace(DASHES, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(clean) ? Number(clean) : NaN;
}

/**
 * Judge a guess by the digits shown: right if it is the number within half a unit of its last shown digit, as
 * `pellucid playground --check` judges it too. With all digits shown, six decimals decide.
 *
 * @param {string} guess @param {number} value @param {number | "full"} precision
 * @param {{ hand?: number | null }} [options] the same number rounded on the way, for a reader who calculated by hand
 * @returns {"right" | "hand" | "sign" | "wrong" | "unreadable"}
 */
export function judge(guess, value, precision, { hand = null } = {}) {
  const given = readNumber(guess);
  if (Number.isNaN(given)) return "unreadable";
  if (agrees(given, value, precision)) return "right";
  if (hand !== null && agrees(given, hand, precision)) return "hand";
  return value !== 0 && agrees(-given, value, precision) ? "sign" : "wrong";
}

function agrees(given, value, precision) {
  const decimals = precision === "full" ? 6 : precision;
  return Math.abs(given - value) <= 0.5 * unitOf(write(value, decimals), decimals) * (1 + 1e-9);
}

/** A unit of the last digit of a written number. */
function unitOf(shown, precision) {
  const power = shown.split("e")[1];
  return power === undefined ? 10 ** -precision : 10 ** (Number(power) - Math.max(precision - 1, 0));
}

/**
 * @typedef {{ role: string, block: number, row: number, column: number }} Cell
 * @typedef {{ role: string, block: number, values: any, wrong?: any, remarks?: string[] }} Printed
 */

/** A cell's name, equal for equal places. @param {Cell} cell */
export const cellKey = ({ role, block, row, column }) => [role, block, row, column].join(":");

/** The printed cells of an example that are wrong. @param {{ printed: Printed[] }} example @returns {Cell[]} */
export function misprintedCells({ printed }) {
  return printed.flatMap(({ role, block, wrong }) => rows(wrong).flatMap((line, row) =>
    line.flatMap((is, column) => (is ? [{ role, block, row, column }] : []))));
}

/** Whether a cell is printed at all. */
export function isPrinted({ printed }, { role, block, row, column }) {
  const entry = printed.find((each) => each.role === role && each.block === block);
  return entry !== undefined && (rows(entry.values)[row]?.[column] ?? null) !== null;
}

const rows = (values) => (!Array.isArray(values) ? [[values]] : Array.isArray(values[0]) ? values : [values]);

/**
 * Judge a misprint hunt: right if exactly the wrong cells are marked.
 *
 * @param {{ printed: Printed[] }} example @param {Cell[]} marked
 * @returns {{ right: boolean, found: Cell[], missed: Cell[], mistaken: Cell[], remarks: string[] }} `remarks` explain
 *   the misprints that were found
 */
export function judgeHunt(example, marked) {
  const wrong = misprintedCells(example);
  const chosen = new Set(marked.map(cellKey));
  const all = new Set(wrong.map(cellKey));
  const found = wrong.filter((cell) => chosen.has(cellKey(cell)));
  const missed = wrong.filter((cell) => !chosen.has(cellKey(cell)));
  const mistaken = marked.filter((cell) => !all.has(cellKey(cell)));
  const remarks = example.printed
    .filter(({ role, block }) => found.some((cell) => cell.role === role && cell.block === block))
    .flatMap((entry) => entry.remarks ?? []);
  return { right: missed.length === 0 && mistaken.length === 0, found, missed, mistaken, remarks };
}

/** What is right in place of a misprint, to the decimals that are printed. @param {number} printed @param {number} value */
export function corrected(printed, value) {
  const decimals = String(printed).split(".")[1]?.length ?? 0;
  return rounded(value, decimals);
}
