/** A small histogram of a column with the place of a value. */
import { html } from "../html.js";

const BINS = 16;
const WIDTH = 44;
const HEIGHT = 20;
const cache = new WeakMap();

function binsOf(data, j) {
  if (!cache.has(data)) cache.set(data, new Map());
  const columns = cache.get(data);
  if (!columns.has(j)) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = j; i < data.X.length; i += data.d) {
      low = Math.min(low, data.X[i]);
      high = Math.max(high, data.X[i]);
    }
    const counts = new Array(BINS).fill(0);
    const span = high - low || 1;
    for (let i = j; i < data.X.length; i += data.d) counts[Math.min(BINS - 1, Math.floor((BINS * (data.X[i] - low)) / span))]++;
    columns.set(j, { counts, low, span, most: Math.max(...counts) });
  }
  return columns.get(j);
}

export function histogram(data, j, value) {
  const { counts, low, span, most } = binsOf(data, j);
  const wide = WIDTH / BINS;
  const path = counts.map((n, b) => (n ? `M${(b * wide).toFixed(1)},${HEIGHT}h${(wide - 0.6).toFixed(1)}v${(-HEIGHT * n) / most}h${(0.6 - wide).toFixed(1)}z` : "")).join("");
  const at = Math.max(0, Math.min(WIDTH, ((value - low) / span) * WIDTH));
  return html`<svg class="histogram" width=${WIDTH} height=${HEIGHT} aria-hidden="true"><path d=${path} /><line x1=${at} x2=${at} y1="0" y2=${HEIGHT} /></svg>`;
}
