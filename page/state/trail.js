/**
 * The path of the run through its parameters: at most 64 moments, thinned as they become more.
 *
 * `plane` spans the path: the first direction leads from its start to its end, the second is where it turns most.
 */
import { effect } from "@preact/signals";
import * as s from "./store.js";

const MOST = 64;
/** @type {{ step: number, theta: Float64Array }[]} */
let moments = [];
/** @type {any} */
let of = null;

/** Follow the run; a new setup begins a new path. */
export function follow() {
  return effect(() => {
    const theta = s.theta.value;
    const { step } = s.course.value;
    if (of !== s.setup.value) {
      moments = [];
      of = s.setup.value;
    }
    if (theta.length !== s.net.value?.nParameters) return;
    moments = moments.filter((moment) => moment.step < step);
    moments.push({ step, theta: theta.slice() });
    if (moments.length > MOST) moments = moments.filter((_, i) => i % 2 === 0 || i === moments.length - 1);
  });
}

export const path = () => moments;

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const minus = (a, b) => a.map((value, i) => value - b[i]);
function unit(a) {
  const size = Math.sqrt(dot(a, a));
  return size > 0 ? a.map((value) => value / size) : null;
}

/** A direction that is the same each time, for a path that has no second one. */
const waves = (n) => Float64Array.from({ length: n }, (_, i) => Math.sin(1 + 2.4 * i));

/** Return the plane of the path: origin, two unit directions, and each moment's place. */
export const plane = () => planeOf(moments, s.theta.value);

/** Return the plane of moments; of none, one through a point. */
export function planeOf(moments, point) {
  const origin = moments.at(-1)?.theta ?? point;
  const start = moments[0]?.theta ?? origin;
  const first = unit(minus(start, origin)) ?? /** @type {any} */ (unit(waves(origin.length)));
  const rest = moments.map(({ theta }) => {
    const from = minus(theta, origin);
    const along = dot(from, first);
    return from.map((value, i) => value - along * first[i]);
  });
  const farthest = rest.reduce((best, each) => (dot(each, each) > dot(best, best) ? each : best), new Float64Array(origin.length));
  let second = unit(farthest);
  if (!second || dot(farthest, farthest) < 1e-12) {
    const other = waves(origin.length).map((value, i) => value + (i % 2));
    const along = dot(other, first);
    second = unit(other.map((value, i) => value - along * first[i])) ?? first;
  }
  const reach = dot(minus(start, origin), first);
  const exact = (x) => (Math.abs(x) > 1e-9 * reach ? x : 0); // without what only rounding makes
  const places = moments.map(({ step, theta }) => {
    const from = minus(theta, origin);
    return { step, u: exact(dot(from, first)), v: exact(dot(from, second)) };
  });
  return { origin, first, second, places };
}
