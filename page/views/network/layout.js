/**
 * Places of units: columns from left to right, or rows from top to bottom where it is narrow.
 *
 * Coordinates are pixels. `size` is the side of a unit's tile; numbers are written where they fit.
 */

const LARGEST = 46;
const SMALLEST = 6;
const NARROW = 520;
const LEAST_WITH_NUMBER = 18;
const MOST_LABELS = 16;
const LETTER = 0.52; // its width, of the height
const FEWEST = 3; // letters that tell something
export const LONGEST = 14; // letters of a name

/**
 * `numbers` tells whether each unit has its number below it, `stagger` whether every other one stands a line lower.
 *
 * @returns {{width: number, height: number, upright: boolean, layers: {x: number, y: number}[][], size: number,
 *    font: number, numbers: boolean, stagger: boolean, loss: {x: number, y: number, width: number, height: number}}} */
export function layout(sizes, width, { large = false, room = 440, margin = 60 } = {}) {
  const upright = width < NARROW;
  const most = Math.max(...sizes);
  const font = large ? 19 : 12;
  const largest = large ? 60 : LARGEST + Math.max(0, (room - 440) / 20);
  const loss = large ? { width: 104, height: 70 } : { width: 60, height: 48 };
  const gaps = sizes.length; // between layers, and one to the loss
  if (upright) {
    const spacing = Math.min(72, (width - 16) / most);
    const size = Math.max(SMALLEST, Math.min(largest, spacing * 0.72));
    const step = Math.max(88, size + 4 * font);
    const top = 38 + font; // two lines of names stand above the first layer
    const height = step * gaps + loss.height + 4 * font + 22;
    const layers = sizes.map((n, k) =>
      Array.from({ length: n }, (_, j) => ({ x: width / 2 + (j - (n - 1) / 2) * spacing, y: top + k * step })),
    );
    return { width, height, upright, layers, size, font, numbers: spacing >= 1.6 * font, stagger: spacing < 2.9 * font, loss: { x: width / 2, y: top + gaps * step, ...loss } };
  }
  const spacing = Math.max(11, Math.min(1.35 * (largest + font - 8), room / most));
  const below = spacing - font - 2; // beside a number
  const numbers = below >= LEAST_WITH_NUMBER;
  const size = Math.max(SMALLEST, Math.min(largest, numbers ? below : Infinity, spacing * (spacing > 40 ? 0.66 : 0.72)));
  const height = Math.max(240, spacing * most + 32 + font);
  const left = margin + largest / 2;
  const right = loss.width / 2 + 34;
  const step = (width - left - right) / gaps;
  const layers = sizes.map((n, k) =>
    Array.from({ length: n }, (_, j) => ({ x: left + k * step, y: height / 2 + (j - (n - 1) / 2) * spacing - font / 2 })),
  );
  return { width, height, upright, layers, size, font, numbers, stagger: false, loss: { x: width - right + 8, y: height / 2 - font / 2, ...loss } };
}

/**
 * Return how many letters names above the units of an upright layer have room for, none if too few, and whether every
 * other name stands a line higher.
 *
 * @returns {{letters: number, stagger: boolean}} */
export function namesAbove(layer, names, { width, font }) {
  const apart = layer.length > 1 ? layer[1].x - layer[0].x : width;
  const letters = (room) => Math.min(LONGEST, Math.floor(room / (LETTER * font) - 1));
  const longest = Math.min(LONGEST, Math.max(...names.map((name) => name.length)));
  const stagger = letters(apart) < longest;
  const found = Math.min(letters(apart * (stagger ? 2 : 1)), letters(2 * layer[0].x));
  return { letters: found < FEWEST ? 0 : found, stagger };
}

/** Return how many letters a name on the right of an output has room for, before the loss or the words below it. */
export function lettersBeside(at, { loss, size, font }) {
  const below = at.y - 5 - loss.y - loss.height / 2; // of the name's foot
  const isAbove = below < -loss.height;
  const taken = below < 2 ? loss.width / 2 : (LONGEST / 2) * LETTER * font;
  const room = loss.x - at.x - size / 2 - 8 - (isAbove || below > 2.4 * font ? 0 : taken);
  const found = Math.min(LONGEST, Math.floor(room / (LETTER * font)));
  return found < FEWEST ? 0 : found;
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

/**
 * The share of its edges at which the numbers of a block stand apart, or null: those of few weights, or of one unit.
 * The edges are those of `edge`, which all begin and end at the same heights along their way.
 */
export function labelShare(from, to, size, font) {
  if (from.length * to.length > 6 && Math.min(from.length, to.length) > 1) return null;
  if (from.length * to.length > MOST_LABELS) return null;
  const shares = to.length === 1 ? [0.34, 0.28] : [0.34, 0.66, 0.42, 0.28, 0.72];
  return shares.find((share) => {
    const heights = from.flatMap((a) => to.map((b) => edge(a, b, size, false).at(share).y)).sort((a, b) => a - b);
    return heights.every((height, i) => !i || height - heights[i - 1] >= font + 1);
  }) ?? null;
}
