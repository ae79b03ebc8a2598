/**
 * The names of pellucid.core.elementary on numbers, which the generated equations call.
 *
 * They pass NaN on as NumPy's do. `Math.exp` and its like are the browser's: within one unit of the last place, and the
 * same each time, but two browsers may differ in the last digit. JavaScript has no error function: `erf` is made here.
 */
import { ERF_OF_EIGHTHS } from "./constants.js";

export const { abs: absolute, cos, exp, expm1, log, log1p, log2, max: maximum, min: minimum, sqrt, tanh } = Math;

/** @param {boolean} condition @param {number} yes @param {number} no */
export const where = (condition, yes, no) => (condition ? yes : no);

/** 0 below zero, 1 above, `atZero` at zero. @param {number} z @param {number} atZero */
export const heaviside = (z, atZero) => (z > 0 ? 1 : z < 0 ? 0 : z === 0 ? atZero : NaN);

/** @param {number} base @param {number} exponent */
export const raised = (base, exponent) => (exponent === 2 ? base * base : Math.pow(base, exponent));

/** Python's `//` of floats. @param {number} a @param {number} b */
export function floor_divided(a, b) {
  let rest = a % b;
  if (rest !== 0 && rest < 0 !== b < 0) rest += b;
  return Math.round((a - rest) / b);
}

const TWO_OVER_ROOT_PI = 1.1283791670955126;

/**
 * The error function, by its Taylor series around the nearest eighth c.
 *
 * With y = exp(-(c + h)²) and y' = -2 (c + h) y, the coefficients of y follow one from another:
 * (n + 1) y[n + 1] = -2 (c y[n] + y[n - 1]). |h| <= 1/16, so that fourteen of them reach the last bit.
 *
 * @param {number} x
 */
export function erf(x) {
  const z = Math.abs(x);
  if (!(z < 6)) return z >= 6 ? Math.sign(x) : NaN;
  const k = Math.round(8 * z);
  const c = k / 8;
  const h = z - c;
  let before = 0;
  let now = TWO_OVER_ROOT_PI * Math.exp(-c * c);
  let power = h;
  let sum = 0;
  for (let n = 1; n <= 14; n++) {
    sum += (now * power) / n;
    const next = (-2 * (c * now + before)) / n;
    before = now;
    now = next;
    power *= h;
  }
  const value = ERF_OF_EIGHTHS[k] + sum;
  return x < 0 ? -value : value;
}
