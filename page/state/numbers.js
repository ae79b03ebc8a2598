/** Numbers as text: 3, 6 or all digits, a true minus sign, an exponent where digits would hide the value. */
import { DASHES } from "../calculation/numbers.js";
import { digits } from "./store.js";

/** Return a number as text with that many digits after the point; Infinity shows all that a double has. */
export function format(value, places = digits.value) {
  if (value === undefined || value === null) return "";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (places > 15) return String(value).replaceAll("-", "−");
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.5 * 10 ** -places || size >= 1e7) ? value.toExponential(Math.min(2, places)) : value.toFixed(places);
  return (Number(text) === 0 ? text.replace("-", "") : text).replaceAll("-", "−");
}

/** Return a number in few characters, for pictures. */
export function brief(value, places = 2) {
  const size = Math.abs(value);
  const tiny = size > 0 && size < 0.5 * 10 ** -places;
  return (tiny || size >= 1e5) && Number.isFinite(value) && places < 4 ? value.toExponential(0).replace("e+", "e").replaceAll("-", "−") : format(value, Math.min(places, digits.value));
}

/** Read a number as people type it: a true minus, a decimal comma. NaN if it is none. */
export function parseNumber(text) {
  const clean = text.trim().replace(DASHES, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  return clean === "" ? NaN : Number(clean);
}
