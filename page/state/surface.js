/**
 * A grid of points in a plane of the inputs and everything the network computes on it: 50×50 at once, 100×100 after
 * some rest, fewer where that would take too long: the time per point is measured. While the network moves it is
 * computed as often as a third of the time is enough for. The fine grid is computed in bands, each within a frame.
 */
import { computed, signal } from "@preact/signals";
import { forward, makeWork } from "../kernel/index.js";
import { axes } from "../data/plane.js";
import * as s from "./store.js";

const MOVING_MS = 5;
const PAUSE = 2; // after a surface that moves: so many times its own time, and
const LEAST_MS = 45; // so many milliseconds from one to the next
const RESTING_MS = 120;
const BAND_MS = 8; // of a fine grid at a time
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
  const last = points.kept.get(n);
  if (last?.view === view && last.from === from) return last.X;
  const X = new Float64Array(n * rows * data.d);
  const [x0, x1] = view.xRange;
  const [y0, y1] = view.yRange;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < n; c++) {
      const u = x0 + ((x1 - x0) * (flat ? c / (n - 1) : (c + 0.5) / n));
      const v = y1 - ((y1 - y0) * (r + 0.5)) / rows;
      view.point(u, v, from, X.subarray((r * n + c) * data.d, (r * n + c + 1) * data.d));
    }
  if (points.kept.size > 3) points.kept.clear();
  points.kept.set(n, { view, from, X });
  return X;
}
/** By the number of points of a side. @type {Map<number, any>} */
points.kept = new Map();

/** The surface shown, and what it was computed with: while it moves, it and its arrays serve again. @type {any} */
let held = null;
let due = 0;

/** The fine grid of a network at rest, once it is whole. */
const fine = signal(/** @type {any} */ (null));
/** The arrays of a fine grid and of a band of it, to be used again: while they are filled, the other grid is shown. @type {any} */
let bands = null;
let turn = 0; // of the fine grid that is being computed; another one, or a move, ends it

/** Compute a fine grid in bands, with time for frames between them. */
function refine(of, data, n) {
  const mine = ++turn;
  const { net, view, from, theta, state } = of;
  if (bands?.net !== net || bands.n !== n) {
    const rows = Math.max(1, Math.min(n, Math.floor(BAND_MS / (cost * net.nParameters * n))));
    bands = { net, n, rows, whole: makeWork(net, n * n, false), work: makeWork(net, n * rows, false) };
  }
  const { rows, whole, work } = bands;
  const X = points(data, view, from, n, n, false);
  whole.A[0] = X;
  const band = (row) => {
    if (mine !== turn) return;
    const count = n * Math.min(rows, n - row);
    const { A } = forward(net, theta, X.subarray(n * row * data.d, (n * row + count) * data.d), count, { state, work });
    for (let k = 1; k < A.length; k++) whole.A[k].set(A[k].subarray(0, count * net.sizes[k]), n * row * net.sizes[k]);
    if (row + rows < n) setTimeout(band, 0, row + rows);
    else fine.value = { ...of, n, rows: n, flat: false, X, A: whole.A };
  };
  setTimeout(band, 0, 0);
}

/** {n, rows, A, X}: activations of every unit on the grid. */
export const surface = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  const data = s.dataset.value;
  const theta = s.theta.value;
  if (!net || theta.length !== net.nParameters) return null;
  const { value: view } = frame;
  const { value: from } = base;
  const state = s.statistics.value;
  const moving = s.running.value;
  const started = performance.now();
  if (moving && started < due && held?.net === net && held.view === view && held.from === from) return held;
  const of = { net, view, from, theta, state };
  const finer = fine.value;
  if (!moving && finer && Object.entries(of).every(([key, value]) => finer[key] === value)) return finer;
  turn++;
  const flat = view.y === null;
  const n = flat ? 161 : side(net.nParameters, true);
  const rows = flat ? 1 : n;
  const X = points(data, view, from, n, rows, flat);
  const work = held?.net === net && held.n === n ? held.work : makeWork(net, n * rows, false);
  forward(net, theta, X, n * rows, { state, work });
  const took = performance.now() - started;
  due = started + Math.max(LEAST_MS, (1 + PAUSE) * took);
  cost += 0.2 * (took / (n * rows * net.nParameters) - cost);
  held = { net, view, from, n, rows, flat, X, work, A: work.A };
  const finest = side(net.nParameters, false);
  if (!moving && !flat && finest > n) refine(of, data, finest);
  return held;
});
