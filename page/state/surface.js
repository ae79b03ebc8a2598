/**
 * A grid of points in a plane of the inputs and everything the network computes on it: 50×50 while it moves,
 * 100×100 at rest, fewer where that would take too long: the time per point is measured. While it moves it is
 * computed as often as a third of the time is enough for.
 */
import { computed } from "@preact/signals";
import { forward, makeWork } from "../kernel/index.js";
import { axes } from "../data/plane.js";
import * as s from "./store.js";

const MOVING_MS = 5;
const PAUSE = 2; // after a surface that moves: so many times its own time, and
const LEAST_MS = 45; // so many milliseconds from one to the next
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

/** The row whose other values the points of the plane have. */
export const base = computed(/** @returns {any} */ () => {
  const data = s.dataset.value;
  const { others } = s.plane.value;
  if (!data) return null;
  return others === "row" && data.d > 2 && s.row.value ? s.row.value.x : frame.value.medians;
});

/** The points of a grid of a plane, kept while they are the same. */
function points(data, view, from, n, rows, flat) {
  const { last } = points;
  if (last?.view === view && last.from === from && last.n === n) return last.X;
  const X = new Float64Array(n * rows * data.d);
  const [x0, x1] = view.xRange;
  const [y0, y1] = view.yRange;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < n; c++) {
      const u = x0 + ((x1 - x0) * (flat ? c / (n - 1) : (c + 0.5) / n));
      const v = y1 - ((y1 - y0) * (r + 0.5)) / rows;
      view.point(u, v, from, X.subarray((r * n + c) * data.d, (r * n + c + 1) * data.d));
    }
  points.last = { view, from, n, X };
  return X;
}
/** @type {any} */
points.last = null;

/** The surface shown, and what it was computed with: while it moves, it and its arrays serve again. @type {any} */
let held = null;
let due = 0;

/** {n, rows, A, X}: activations of every unit on the grid. */
export const surface = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  const data = s.dataset.value;
  const theta = s.theta.value;
  if (!net || theta.length !== net.nParameters) return null;
  const { value: view } = frame;
  const { value: from } = base;
  const moving = s.running.value;
  const started = performance.now();
  if (moving && started < due && held?.net === net && held.view === view && held.from === from) return held;
  const flat = view.y === null;
  const n = flat ? 161 : side(net.nParameters, moving);
  const rows = flat ? 1 : n;
  const X = points(data, view, from, n, rows, flat);
  const work = held?.net === net && held.n === n ? held.work : makeWork(net, n * rows, false);
  forward(net, theta, X, n * rows, { state: s.statistics.value, work });
  const took = performance.now() - started;
  due = started + Math.max(LEAST_MS, (1 + PAUSE) * took);
  cost += 0.2 * (took / (n * rows * net.nParameters) - cost);
  held = { net, view, from, n, rows, flat, X, work, A: work.A };
  return held;
});
