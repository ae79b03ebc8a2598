/**
 * Drawings as the training digits are: pixels of a picture that was centred, from the ink of a pad.
 *
 * The 8×8 digits were centred in 32×32 pixels at full height, and each cell counts the ink in 4×4 of them. The digits
 * of 28×28 pixels (Y. LeCun, C. Cortes, C. Burges: the MNIST database) fit into 20×20 and have their centre of mass in
 * the middle; a pixel has 256 levels.
 */

const FINE = 4; // a cell is 4×4 pixels
/** What a picture of so many cells a side is like: its box, in cells, and the levels above 0. */
const PICTURES = {
  8: { high: 8, wide: 6, levels: 16, byMass: false }, // digits are taller than wide
  28: { high: 20, wide: 20, levels: 255, byMass: true },
};

/**
 * The cells of a drawing, from 0 to 1.
 *
 * @param {Float64Array | number[]} ink  Shares of ink, row by row.
 * @param {number} side  Pixels of a side of the drawing.
 * @param {number} [cells]  Cells of a side of the picture: 8 or 28.
 */
export function centred(ink, side, cells = 8) {
  const { high, wide, levels, byMass } = PICTURES[cells];
  const out = new Float64Array(cells * cells);
  let [left, right, top, bottom] = [side, -1, side, -1];
  let [mass, atX, atY] = [0, 0, 0];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const here = ink[y * side + x];
      if (here <= 0.2) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      mass += here;
      atX += here * (x + 0.5);
      atY += here * (y + 0.5);
    }
  if (right < 0) return out;
  const scale = Math.min((high * FINE) / (bottom - top + 1), (wide * FINE) / (right - left + 1));
  const middle = byMass ? [atX / mass, atY / mass] : [(left + right + 1) / 2, (top + bottom + 1) / 2];
  const pixels = cells * FINE;
  for (let y = 0; y < pixels; y++)
    for (let x = 0; x < pixels; x++) {
      const fromX = Math.floor(middle[0] + (x + 0.5 - pixels / 2) / scale);
      const fromY = Math.floor(middle[1] + (y + 0.5 - pixels / 2) / scale);
      if (fromX < left || fromX > right || fromY < top || fromY > bottom) continue;
      out[Math.floor(y / FINE) * cells + Math.floor(x / FINE)] += ink[fromY * side + fromX];
    }
  return out.map((value) => Math.round((levels * value) / FINE ** 2) / levels);
}

/**
 * The picture that the inputs of a dataset are, or null: 8×8 or 28×28 columns of numbers from 0 on, and classes.
 *
 * @returns {{ side: number, read: (cells: ArrayLike<number>) => Float64Array, cellsOf: (x: ArrayLike<number>) => Float64Array } | null}
 *   `read` gives the inputs of cells from 0 to 1, `cellsOf` the cells of inputs
 */
export function pictureOf(data) {
  const table = data.table ?? data.columns;
  const side = Math.sqrt(table.length);
  if (!PICTURES[side] || !data.classes || table.some(({ kind }) => kind !== "number" && kind !== "constant")) return null;
  const most = data.table ? brightest(data) : 1;
  if (!most) return null;
  const at = new Map(table.map(({ name }, p) => [name, p]));
  const inputs = data.columns.map(({ name, source = name, mean = 0, scale = 1 }) => ({ p: at.get(source), mean, scale }));
  return {
    side,
    read: (cells) => Float64Array.from(inputs, ({ p, mean, scale }) => (cells[p] * most - mean) / scale),
    cellsOf(x) {
      const cells = new Float64Array(side * side);
      inputs.forEach(({ p, mean, scale }, j) => (cells[p] = (x[j] * scale + mean) / most));
      return cells;
    },
  };
}

/** The largest value of a table of pixels; 0 if one is negative, or fewer than a quarter are blank. */
function brightest({ table, n }) {
  let [most, blank] = [0, 0];
  for (const { values } of table)
    for (const value of values) {
      if (value < 0) return 0;
      most = Math.max(most, value || 0);
      if (!value) blank++;
    }
  return 4 * blank >= n * table.length ? most : 0;
}
