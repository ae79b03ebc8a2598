/**
 * A grid of points in a plane of the inputs and everything the network computes on it: 50×50 while it moves,
 * 100×100 at rest, fewer where that would take too long: the time per point is measured.
 */
import { computed } from "@preact/signals";
import { forward } from "../kernel/index.js";
import { axes } from "../data/plane.js";
import * as s from "./store.js";

const MOVING_MS = 9;
const RESTING_MS = 120;
let cost = 2e-6; // milliseconds per parameter and point, as measured

function side(parameters, moving) {
  const most = Math.floor(Math.sqrt((moving ? MOVING_MS : RESTING_MS) / (cost * parameters)));
  return Math.max(moving ? 12 : 24, Math.min(moving ? 50 : 100, most));
}

/** The plane: {x, y, project(row), point(u, v, out), xRange, yRange}; y is null for one input. */
export const frame = computed(/** @returns {any} */ () => {
  const data = s.dataset.value;
  return data ? axes(data, s.plane.value) : null;
});

const base = computed(/** @returns {any} */ () => {
  const data = s.dataset.value;
  const { others } = s.plane.value;
  if (!data) return null;
  return others === "row" && data.d > 2 && s.row.value ? s.row.value.x : frame.value.medians;
});

/** {n, A, xs, ys}: activations of every unit on the grid. */
export const surface = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  const data = s.dataset.value;
  const theta = s.theta.value;
  if (!net || theta.length !== net.nParameters) return null;
  const { value: view } = frame;
  const flat = view.y === null;
  const n = flat ? 161 : side(net.nParameters, s.running.value);
  const rows = flat ? 1 : n;
  const X = new Float64Array(n * rows * data.d);
  const [x0, x1] = view.xRange;
  const [y0, y1] = view.yRange;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < n; c++) {
      const u = x0 + ((x1 - x0) * (flat ? c / (n - 1) : (c + 0.5) / n));
      const v = y1 - ((y1 - y0) * (r + 0.5)) / rows;
      view.point(u, v, base.value, X.subarray((r * n + c) * data.d, (r * n + c + 1) * data.d));
    }
  const started = performance.now();
  const { A } = forward(net, theta, X, n * rows, { state: s.statistics.value });
  cost += 0.2 * ((performance.now() - started) / (n * rows * net.nParameters) - cost);
  return { n, rows, flat, A, X };
});
