/** Borders between what a network decides, and the names of both sides: what stays of a picture without colours. */
import * as s from "../../state/store.js";
import { brief } from "../../state/numbers.js";
import { dark } from "../colors.js";
import { cut, inUnits } from "../targets.js";

const LEVELS = 4; // lines of a regression on each side of its middle
const MARGIN = 16; // pixels from a name to the edge
const ROOM = 14; // pixels from the middle of a name to a mark

/**
 * How far each point of a grid is on the side of a class, one list per border: its lines are where it is 0.
 *
 * @returns {{ name: string, at: (p: number) => number }[]}
 */
function sides(P, data) {
  const K = data.outputs;
  const k0 = s.plane.value.output;
  if (data.task === "regression") {
    const lowest = data.Y.reduce((low, value) => Math.min(low, value), Infinity);
    const step = (data.Y.reduce((high, value) => Math.max(high, value), -Infinity) - lowest) / (2 * LEVELS) || 1;
    return Array.from({ length: 2 * LEVELS - 1 }, (_, l) => {
      const level = lowest + (l + 1) * step;
      return { name: brief(inUnits(level, k0), 1), at: (p) => P[p * K + k0] - level };
    });
  }
  if (K === 1 || data.task === "multilabel") {
    const names = data.targets?.[k0]?.values ?? data.classes ?? ["0", "1"];
    return [1, -1].map((sign) => ({ name: String(names[sign > 0 ? 1 : 0]), at: (p) => sign * (P[p * K + k0] - cut()) }));
  }
  return Array.from({ length: K }, (_, k) => ({ name: data.classes?.[k] ?? String(k), at: (p) => {
    let other = -Infinity;
    for (let c = 0; c < K; c++) if (c !== k) other = Math.max(other, P[p * K + c]);
    return P[p * K + k] - other;
  } }));
}

/** Draw the borders of all sides. `grid` has n columns and `rows`; its points are the middles of its cells. */
export function borders(context, P, grid, data, width, height) {
  const { n, rows } = grid;
  const path = new Path2D();
  const all = sides(P, data);
  for (const { at } of data.task === "regression" || all.length > 2 ? all : all.slice(1)) trace(path, at, n, rows, width / n, height / rows);
  const light = data.task === "regression" ? 0.6 : 1;
  context.lineJoin = "round";
  context.strokeStyle = dark.value ? "#000" : "#fff";
  context.lineWidth = 3.4 * light;
  context.stroke(path);
  context.strokeStyle = dark.value ? "#fff" : "#000";
  context.lineWidth = 1.5 * light;
  context.stroke(path);
}

/** Marching squares: the pieces of the line on which values at the middles of cells are 0. */
function trace(path, at, n, rows, wide, high) {
  let above = Float64Array.from({ length: n }, (_, c) => at(c));
  for (let r = 1; r < rows; r++) {
    const below = Float64Array.from({ length: n }, (_, c) => at(r * n + c));
    for (let c = 1; c < n; c++) {
      const [a, b, d, e] = [above[c - 1], above[c], below[c], below[c - 1]]; // clockwise
      if (a > 0 === b > 0 && b > 0 === d > 0 && d > 0 === e > 0) continue;
      const [x, y] = [(c - 0.5) * wide, (r - 0.5) * high];
      const ends = [];
      if (a > 0 !== b > 0) ends.push([x + (wide * a) / (a - b), y]);
      if (b > 0 !== d > 0) ends.push([x + wide, y + (high * b) / (b - d)]);
      if (d > 0 !== e > 0) ends.push([x + (wide * e) / (e - d), y + high]);
      if (e > 0 !== a > 0) ends.push([x, y + (high * a) / (a - e)]);
      for (let i = 0; i + 1 < ends.length; i += 2) {
        path.moveTo(ends[i][0], ends[i][1]);
        path.lineTo(ends[i + 1][0], ends[i + 1][1]);
      }
    }
    above = below;
  }
}

/**
 * Write the name of each side where it is farthest from the others and from the marks at some places, if they leave room
 * for it; of a level, on its line.
 */
export function named(context, P, grid, data, width, height, places) {
  const { n, rows } = grid;
  const taken = new Uint8Array(n * rows);
  for (const [x, y] of places) {
    const [c, r] = [Math.floor((x * n) / width), Math.floor((y * rows) / height)];
    if (c >= 0 && c < n && r >= 0 && r < rows) taken[r * n + c] = 1;
  }
  const room = Math.ceil((ROOM * n) / width);
  const levels = data.task === "regression";
  context.font = `600 ${s.lecture.value ? 18 : 12}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { name, at } of sides(P, data)) {
    const free = levels ? -1 : inside((q) => (taken[q] ? -1 : at(q)), n, rows, room);
    const p = levels ? onLine(at, n, rows) : free < 0 ? inside(at, n, rows) : free;
    if (p < 0) continue;
    const half = context.measureText(name).width / 2 + 6;
    const x = Math.max(half, Math.min(width - half, (((p % n) + 0.5) * width) / n));
    const y = Math.max(MARGIN, Math.min(height - MARGIN, ((Math.floor(p / n) + 0.5) * height) / rows));
    context.strokeStyle = dark.value ? "#000" : "#fff";
    context.lineWidth = 4;
    context.strokeText(name, x, y);
    context.fillStyle = dark.value ? "#fff" : "#000";
    context.fillText(name, x, y);
  }
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
}

/** The point inside that is farthest from every point outside and from the edge; -1 if none is so far inside. */
function inside(at, n, rows, least = 1) {
  const far = new Int16Array(n * rows);
  const before = (p, c, r) => Math.min(c ? far[p - 1] : 0, r ? far[p - n] : 0);
  const after = (p, c, r) => Math.min(c < n - 1 ? far[p + 1] : 0, r < rows - 1 ? far[p + n] : 0);
  for (let p = 0; p < far.length; p++) far[p] = at(p) > 0 ? 1 + before(p, p % n, Math.floor(p / n)) : 0;
  let best = -1;
  for (let p = far.length - 1; p >= 0; p--) {
    far[p] = Math.min(far[p], 1 + after(p, p % n, Math.floor(p / n)));
    if (far[p] >= least && far[p] > (far[best] ?? 0)) best = p;
  }
  return best;
}

/** A point of the line on which a value is 0, in the middle of those found; -1 if there is none. */
function onLine(at, n, rows) {
  const found = [];
  for (let p = n + 1; p < n * rows; p++) if (p % n && at(p) > 0 !== at(p - 1) > 0) found.push(p);
  return found[found.length >> 1] ?? -1;
}
