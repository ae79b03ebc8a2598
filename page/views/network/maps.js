/** Heat maps of the units on the plane of the inputs, drawn into their tiles; curves for a single input. */
import { css, palette, place, signed, signOf } from "../colors.js";
import { fit } from "../html.js";

const small = document.createElement("canvas");

/** Paint into `context` what one unit computes on a surface, in a square with the corner x, y. */
export function paintUnit(context, surface, layer, j, x, y, size) {
  const { A, n, rows, flat } = surface;
  const values = A[layer];
  const width = values.length / (n * rows);
  let most = 1e-12;
  for (let p = j; p < values.length; p += width) most = Math.max(most, Math.abs(values[p]));
  if (flat) return curve(context, values, width, j, n, most, x, y, size);
  fit(small, n, rows);
  const inner = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d", { willReadFrequently: true }));
  const image = inner.createImageData(n, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = palette();
  for (let p = 0; p < n * rows; p++) pixels[p] = colors[place(values[p * width + j] / most)];
  inner.putImageData(image, 0, 0);
  context.save();
  context.beginPath();
  context.roundRect(x, y, size, size, size * 0.24);
  context.clip();
  context.drawImage(small, x, y, size, size);
  context.restore();
}

function curve(context, values, width, j, n, most, x, y, size) {
  context.lineWidth = 1.6;
  context.setLineDash([]);
  const at = (p) => y + size / 2 - (values[p * width + j] / most) * size * 0.4;
  context.strokeStyle = css(signed(0.25));
  context.beginPath();
  context.moveTo(x + 2, y + size / 2);
  context.lineTo(x + size - 2, y + size / 2);
  context.stroke();
  context.strokeStyle = signOf(1);
  context.beginPath();
  for (let p = 0; p < n; p += 3) context[p ? "lineTo" : "moveTo"](x + 3 + ((size - 6) * p) / (n - 1), at(p));
  context.stroke();
}
