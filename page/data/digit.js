/**
 * A drawing as the training digits are: 8×8 cells with values 0 … 16.
 *
 * The digits of the data were centred in 32×32 pixels at full height, and each cell counts the ink in 4×4 of them.
 */

const PIXELS = 32;
const CELL = 4;
const WIDEST = 24; // digits are taller than wide

/**
 * Return the 64 values of a drawing.
 *
 * @param {Float64Array | number[]} ink  Shares of ink, row by row.
 * @param {number} side  Pixels of a side of the drawing.
 */
export function centred(ink, side) {
  const out = new Float64Array(64);
  let [left, right, top, bottom] = [side, -1, side, -1];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (ink[y * side + x] > 0.2) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
  if (right < 0) return out;
  const [wide, high] = [right - left + 1, bottom - top + 1];
  const scale = Math.min(PIXELS / high, WIDEST / wide);
  const [x0, y0] = [(PIXELS - wide * scale) / 2, (PIXELS - high * scale) / 2];
  for (let y = 0; y < PIXELS; y++)
    for (let x = 0; x < PIXELS; x++) {
      const fromX = Math.floor(left + (x + 0.5 - x0) / scale);
      const fromY = Math.floor(top + (y + 0.5 - y0) / scale);
      if (fromX < left || fromX > right || fromY < top || fromY > bottom) continue;
      out[Math.floor(y / CELL) * 8 + Math.floor(x / CELL)] += ink[fromY * side + fromX];
    }
  return out.map((value) => Math.round(value));
}
