/**
 * Colours: Okabe–Ito, blue for positive, orange for negative, and one colour with one shape per class.
 *
 * Colour never stands alone: negative edges are dashed, classes have shapes, rings have letters.
 */
import { signal } from "@preact/signals";

export const dark = signal(matchMedia("(prefers-color-scheme: dark)").matches);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => (dark.value = event.matches));

const SIGNED = {
  light: { positive: [0, 114, 178], negative: [213, 94, 0], zero: [255, 255, 255] },
  dark: { positive: [86, 180, 233], negative: [230, 159, 0], zero: [22, 25, 30] },
};
const scheme = () => (dark.value ? SIGNED.dark : SIGNED.light);

/** Okabe–Ito, in an order in which neighbours differ; classes beyond take it up again with other shapes. */
const CLASSES = [
  [213, 94, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
  [230, 159, 0],
  [86, 180, 233],
  [148, 130, 0],
  [110, 110, 110],
];
export const SHAPES = ["circle", "square", "triangle", "diamond", "plus", "cross"];

/** Return [r, g, b] of a value in -1 … 1. */
export function signed(value) {
  const { positive, negative, zero } = scheme();
  const share = Math.min(1, Math.abs(value) || 0);
  const end = value < 0 ? negative : positive;
  return zero.map((from, c) => Math.round(from + (end[c] - from) * share));
}

/** @param {number[]} color */
export const css = ([r, g, b]) => `rgb(${r},${g},${b})`;
export const signOf = (value) => css(value < 0 ? scheme().negative : scheme().positive);
export const classColor = (k) => CLASSES[k % CLASSES.length];
export const shapeOf = (k) => SHAPES[k % SHAPES.length];

/** Return a class colour mixed into the background by a share. */
export function tinted(k, share) {
  const { zero } = scheme();
  return zero.map((from, c) => Math.round(from + (classColor(k)[c] - from) * share));
}

const STEPS = 256;
const tables = new Map();

/** Return colours of -1 … 1 as 513 words of ABGR, for pixels. */
export function palette() {
  const key = dark.value ? "dark" : "light";
  if (!tables.has(key)) tables.set(key, Uint32Array.from({ length: 2 * STEPS + 1 }, (_, i) => word(signed((i - STEPS) / STEPS))));
  return tables.get(key);
}

/** Return the place of a value of -1 … 1 in a palette. */
export const place = (value) => STEPS + Math.round(STEPS * Math.max(-1, Math.min(1, value || 0)));

/** @param {number[]} color */
export const word = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;
