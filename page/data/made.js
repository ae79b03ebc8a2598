/**
 * The examples that are made from a seed: NumPy's numbers, and the equations of `pellucid.playground.datasets`.
 *
 * Each gives inputs row by row and targets, before they are rounded; a test compares them with Python's.
 */
import { Generator } from "../kernel/index.js";

const spaced = (low, high, n) => Array.from({ length: n }, (_, i) => (i < n - 1 ? low + i * ((high - low) / (n - 1)) : high));
/** Classes 0, 1, … with n rows each. */
const classes = (k, n) => Array.from({ length: k * n }, (_, i) => Math.floor(i / n));

/** Points with noise of a size, drawn row by row. */
function blurred(points, size) {
  const rng = new Generator(0);
  return points.map((row) => row.map((value) => value + size * rng.normal()));
}

/** @returns {() => [number[][], number[]]} */
const corners = (truth) => () => {
  const rows = classes(4, 25).map((k) => [k >> 1, k & 1]);
  return [blurred(rows, 0.1), rows.map(([a, b]) => Number(truth(a, b)))];
};

/** @type {Record<string, () => [number[][], number[]]>} */
export const MADE = {
  moons() {
    const t = spaced(0, Math.PI, 150);
    const points = [...t.map((a) => [Math.cos(a), Math.sin(a)]), ...t.map((a) => [1 - Math.cos(a), 0.5 - Math.sin(a)])];
    return [blurred(points, 0.1), classes(2, 150)];
  },
  xor: corners((a, b) => a !== b),
  and: corners((a, b) => a && b),
  circles() {
    const rng = new Generator(0);
    const angles = classes(2, 100).map(() => rng.uniform(0, 2 * Math.PI));
    const radii = classes(2, 100).map((k) => (k ? 0.45 : 1) + 0.08 * rng.normal());
    return [angles.map((a, i) => [radii[i] * Math.cos(a), radii[i] * Math.sin(a)]), classes(2, 100)];
  },
  spirals() {
    const points = [0, Math.PI].flatMap((turn) => spaced(0.25, 1, 100).map((t) => [t * Math.cos(3.5 * Math.PI * t + turn), t * Math.sin(3.5 * Math.PI * t + turn)]));
    return [blurred(points, 0.02), classes(2, 100)];
  },
  blobs: () => [blurred(classes(3, 60).map((k) => [[0, 1], [-0.9, -0.6], [0.9, -0.6]][k]), 0.35), classes(3, 60)],
  x_squared: () => fitted(81, (x) => x * x),
  sine() {
    const rng = new Generator(0);
    return fitted(120, (x) => Math.sin(Math.PI * x) + 0.1 * rng.normal());
  },
  product() {
    const line = spaced(-1, 1, 15);
    const rows = line.flatMap((b) => line.map((a) => [a, b]));
    return [rows, rows.map(([a, b]) => a * b)];
  },
};

/** @returns {[number[][], number[]]} */
function fitted(n, target) {
  const line = spaced(-1, 1, n);
  return [line.map((x) => [x]), line.map(target)];
}
