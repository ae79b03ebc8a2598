/** Numbers as they are written and rounded: pellucid.explain.digits and pellucid.explain.hand. */

/**
 * A number with the given decimals; one that would lose its leading digits keeps them in e-notation.
 *
 * @param {number} value
 * @param {number | "full"} precision decimals; "full" is the shortest text that reads back as the same number
 */
export const write = (value, precision) => writeAll([value], precision)[0];

/**
 * The numbers of a matrix in one format: up to two decimals more where a number would keep less than two of its
 * digits, and e-notation for all where that is not enough.
 *
 * @param {number[]} values @param {number | "full"} precision
 */
export function writeAll(values, precision) {
  const form = precision === "full" ? shortest : formOf(values, precision);
  return values.map((value) => {
    if (Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    return form(value + 0); // -0 becomes 0
  });
}

/** How to write numbers that stand together. @param {number[]} values @param {number} decimals */
function formOf(values, decimals) {
  let [smallest, largest] = [Infinity, 0];
  for (const size of values.map(Math.abs)) {
    if (size === 0 || !Number.isFinite(size)) continue;
    smallest = Math.min(smallest, size);
    largest = Math.max(largest, size);
  }
  const most = values.length === 1 ? decimals : decimals + 2;
  for (let n = decimals; n <= most && largest < 1e7; n++) {
    // A value below half a unit of the last decimal but one keeps fewer than two digits in fixed point.
    if (smallest >= 0.5 * 10 ** (1 - n)) return (number) => fixed(number, n);
  }
  return (number) => exponential(number, Math.max(decimals - 1, 0));
}

/** What word processors and keyboards of phones put in the place of a minus. */
export const DASHES = /[−‐‑–]/g;

/** The same for a sentence, in which a minus is a minus sign. @param {number} value @param {number | "full"} precision */
export const written = (value, precision) => write(value, precision).replaceAll("-", "−");

/** A count with commas. @param {number} count */
export const thousands = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Fixed decimals, a tie to the even digit as in Python; `toFixed` takes the larger. */
function fixed(number, decimals) {
  const text = number.toFixed(decimals);
  const tie = Math.abs(number).toFixed(Math.min(decimals + 40, 100)).split(".")[1] ?? "";
  if (!/^50*$/.test(tie.slice(decimals))) return text;
  return even(text) ? text : towardsZero(text);
}

/** e-notation with a sign and two digits, a tie to the even digit. @param {number} number @param {number} decimals */
export function exponential(number, decimals) {
  let [digits, power] = number.toExponential(decimals).split("e");
  const more = number.toExponential(Math.min(decimals + 40, 100)).split("e");
  const rest = (more[0].split(".")[1] ?? "").slice(decimals);
  if (/^50*$/.test(rest) && !even(digits)) {
    const lower = towardsZero(digits);
    if (more[1] === power) digits = lower;
  }
  const sign = power.startsWith("-") ? "-" : "+";
  return `${digits}e${sign}${power.slice(1).padStart(2, "0")}`;
}

const even = (text) => Number(text.at(-1)) % 2 === 0;

/** A decimal text, its last digit odd, one unit of that digit nearer to 0. */
function towardsZero(text) {
  return text.slice(0, -1) + (Number(text.at(-1)) - 1);
}

/** Python's repr of a float. */
function shortest(number) {
  const [digits, power] = number.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = digits.startsWith("-") ? "-" : "";
  const all = digits.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${all}`;
  const whole = all.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${all.slice(exponent + 1) || "0"}`;
}

/**
 * A number rounded to decimals, ties away from zero as in school; null leaves it as it is.
 *
 * @param {number} value @param {number | null} digits
 */
export function rounded(value, digits) {
  if (digits === null) return value;
  const unit = 10 ** digits;
  // 2.345 is a little less than 2.345 in binary, but is a tie on paper.
  const whole = Math.floor(Math.abs(value) * unit * (1 + 1e-12) + 0.5);
  return (value < 0 ? -whole : whole) / unit + 0;
}

/** @param {Float64Array} values changed in place @param {number | null} digits */
export function roundAll(values, digits) {
  if (digits !== null) for (let i = 0; i < values.length; i++) values[i] = rounded(values[i], digits);
  return values;
}
