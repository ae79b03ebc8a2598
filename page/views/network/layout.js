/**
 * Places of units: columns from left to right, or rows from top to bottom where it is narrow.
 *
 * Coordinates are pixels. `size` is the side of a unit's tile; numbers are written where they fit.
 */

const LARGEST = 46;
const SMALLEST = 6;
const NARROW = 520;

/** @returns {{width: number, height: number, upright: boolean, layers: {x: number, y: number}[][], size: number,
 *    numbers: boolean, loss: {x: number, y: number}}} */
export function layout(sizes, width, large = false) {
  const upright = width < NARROW;
  const most = Math.max(...sizes);
  const largest = large ? 60 : LARGEST;
  const gaps = sizes.length; // between layers, and one to the loss
  if (upright) {
    const spacing = Math.min(72, (width - 16) / most);
    const size = Math.max(SMALLEST, Math.min(largest, spacing * 0.72));
    const step = Math.max(84, size + 52);
    const height = step * gaps + 76;
    const layers = sizes.map((n, k) =>
      Array.from({ length: n }, (_, j) => ({ x: width / 2 + (j - (n - 1) / 2) * spacing, y: 38 + k * step })),
    );
    return { width, height, upright, layers, size, numbers: size >= 26, loss: { x: width / 2, y: 38 + gaps * step } };
  }
  const spacing = Math.max(11, Math.min(large ? 92 : 68, 440 / most));
  const size = Math.max(SMALLEST, Math.min(largest, spacing * (spacing > 40 ? 0.66 : 0.72)));
  const height = Math.max(280, spacing * most + 44);
  const left = 92;
  const right = 64;
  const step = (width - left - right) / gaps;
  const layers = sizes.map((n, k) =>
    Array.from({ length: n }, (_, j) => ({ x: left + k * step, y: height / 2 + (j - (n - 1) / 2) * spacing - 4 })),
  );
  return { width, height, upright, layers, size, numbers: spacing >= size + 15, loss: { x: width - right + 8, y: height / 2 - 4 } };
}

/** Return the path of an edge and the point at a share of it. */
export function edge(from, to, size, upright) {
  const half = size / 2;
  const [x0, y0] = upright ? [from.x, from.y + half] : [from.x + half, from.y];
  const [x1, y1] = upright ? [to.x, to.y - half] : [to.x - half, to.y];
  const bend = (upright ? y1 - y0 : x1 - x0) * 0.42;
  const [a0, b0] = upright ? [x0, y0 + bend] : [x0 + bend, y0];
  const [a1, b1] = upright ? [x1, y1 - bend] : [x1 - bend, y1];
  const r = (value) => Math.round(value * 10) / 10;
  return {
    path: `M${r(x0)},${r(y0)}C${r(a0)},${r(b0)} ${r(a1)},${r(b1)} ${r(x1)},${r(y1)}`,
    points: [x0, y0, a0, b0, a1, b1, x1, y1],
    at(share) {
      const s = 1 - share;
      const mix = (p, q, u, v) => s ** 3 * p + 3 * s * s * share * q + 3 * s * share * share * u + share ** 3 * v;
      return { x: mix(x0, a0, a1, x1), y: mix(y0, b0, b1, y1) };
    },
  };
}
