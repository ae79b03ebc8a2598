/**
 * The plane of two hidden units: where a layer brings the rows and the grid of the inputs' plane.
 *
 * Where these are the two units of the last hidden layer, the plane shows what the outputs decide on it: one line.
 */
import { computed, effect } from "@preact/signals";
import { forward, makeNet } from "../../kernel/index.js";
import { setSample } from "../../state/commands.js";
import { brief } from "../../state/numbers.js";
import { base, frame } from "../../state/surface.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { dark, signOf } from "../colors.js";
import { blank, html, useEffect, useRef, useWidth } from "../html.js";
import { unitName } from "../network/names.js";
import { Disclosure, Table } from "../table.js";
import { targetOf } from "../targets.js";
import { borders, named } from "./contours.js";
import { chosenMark, mark, regressionScale } from "./marks.js";

const LINES = 11; // of the grid, each way
const PIECES = 40; // of a line
const MOST_ROWS = 600;
const LISTED = 60;
const FIELD = 60; // points of a side, where the outputs decide

export function HiddenPlane() {
  return s.net.value?.sizes.length > 2 ? html`<${Disclosure} title=${t("hidden.title")}><${Plane} /></${Disclosure}>` : null;
}

/** The hidden layer and its two units that are looked at, as far as the network has them: the last ones at first. */
const units = computed(() => {
  const { sizes } = s.net.value;
  const { layer = sizes.length - 2, a = 0, b = 1 } = s.pair.value;
  const at = Math.min(layer, sizes.length - 2);
  const within = (j) => Math.min(j, sizes[at] - 1);
  return { layer: at, a: within(a), b: within(b) };
});

/** Lines of the grid of the inputs' plane, as rows one after another; for one input its axis. */
function gridLines(data) {
  const view = frame.value;
  const count = view.y === null ? 1 : 2 * LINES;
  const X = new Float64Array(count * (PIECES + 1) * data.d);
  const within = ([low, high], share) => low + (high - low) * share;
  for (let l = 0; l < count; l++)
    for (let q = 0; q <= PIECES; q++) {
      const place = [q / PIECES, (l % LINES) / (LINES - 1)];
      if (l >= LINES) place.reverse();
      const at = (l * (PIECES + 1) + q) * data.d;
      view.point(within(view.xRange, place[0]), within(view.yRange, place[1]), base.value, X.subarray(at, at + data.d));
    }
  return X;
}

/** What the two units give for rows. @returns {number[][]} */
function pairs(X) {
  const net = s.net.value;
  const { layer, a, b } = units.value;
  const n = X.length / net.sizes[0];
  const A = forward(net, s.calm.value, X, n, { state: s.statistics.value }).A[layer];
  return Array.from({ length: n }, (_, i) => [A[i * net.sizes[layer] + a], A[i * net.sizes[layer] + b]]);
}

function rangeOf(values) {
  const [low, high] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const pad = (high - low || 1) * 0.1;
  return [low - pad, high + pad];
}

/** The outputs over the plane of a last hidden layer with two units: a network of its last block. */
function decided([x0, x1], [y0, y1]) {
  const { blocks, sizes } = s.net.value;
  const { layer, a, b } = units.value;
  const last = blocks.at(-1);
  if (layer !== sizes.length - 2 || last.nIn !== 2 || a === b) return null;
  const tail = makeNet({ ...s.setup.value, network: { hidden: [], output_activation: last.activation } }, { ...s.dataset.value, d: 2 });
  const X = new Float64Array(2 * FIELD * FIELD);
  for (let p = 0; p < FIELD * FIELD; p++) {
    X[2 * p + a] = x0 + ((x1 - x0) * ((p % FIELD) + 0.5)) / FIELD;
    X[2 * p + b] = y1 - ((y1 - y0) * (Math.floor(p / FIELD) + 0.5)) / FIELD;
  }
  return forward(tail, s.calm.value.subarray(last.offset), X, FIELD * FIELD).A[1];
}

function Plane() {
  const host = useRef(null);
  const canvas = useRef(null);
  const places = useRef([]);
  const size = Math.min(useWidth(host), s.lecture.value ? 560 : 420);
  const data = s.dataset.value;
  const { layer, a, b } = units.value;
  const { sizes } = s.net.value;
  useEffect(() => (size ? effect(() => {
    dark.value;
    if (s.calm.value.length === s.net.value.nParameters) places.current = paint(canvas.current, size);
  }) : undefined), [size, data]);
  const set = (parts) => (s.pair.value = { layer, a, b, ...parts });
  const choice = (name, count, at, first, textOf) => html`<label>${t(`hidden.${name}`)} <select onChange=${(event) => set({ [first]: Number(event.currentTarget.value) })}>
    ${Array.from({ length: count }, (_, j) => html`<option value=${j + Number(first === "layer")} selected=${j + Number(first === "layer") === at}>${textOf(j)}</option>`)}</select></label>`;
  const number = (j) => j + 1;
  function pick(event) {
    const box = canvas.current.getBoundingClientRect();
    const far = ([x, y]) => Math.hypot(x - ((event.clientX - box.x) * size) / box.width, y - ((event.clientY - box.y) * size) / box.height);
    const best = places.current.reduce((near, place, i) => (far(place) < far(places.current[near]) ? i : near), 0);
    setSample(best);
  }
  return html`<figure class="boundary" ref=${host}>
    <canvas ref=${canvas} style=${{ width: `${size}px`, height: `${size}px` }} role="img" onClick=${pick}
      aria-label=${t("hidden.label", { a: unitName(layer, a), b: unitName(layer, b), n: data.n })}></canvas>
    <figcaption>${sizes.length > 3 && choice("layer", sizes.length - 2, layer, "layer", number)}
      ${choice("across", sizes[layer], a, "a", number)} ${choice("up", sizes[layer], b, "b", number)} <span>${t("hidden.how")}</span></figcaption>
    <${Table} title=${t("hidden.table")} build=${() => [{
      caption: t("hidden.table"), head: [t("data.sample"), t("output.target"), unitName(layer, a), unitName(layer, b)],
      rows: pairs(data.X.subarray(0, Math.min(data.n, LISTED) * data.d)).map(([x, y], i) => [i + 1, targetOf(rowAt(data, i)), brief(x, 4), brief(y, 4)]),
    }]} />
  </figure>`;
}

const rowAt = (data, i) => ({ y: data.Y.subarray(i * data.outputs, (i + 1) * data.outputs) });

/** Draw the plane, and return where its rows are. @returns {number[][]} */
function paint(canvas, size) {
  const context = blank(canvas, size, size);
  const data = s.dataset.value;
  const rows = pairs(data.X.subarray(0, Math.min(data.n, MOST_ROWS) * data.d));
  const bent = pairs(gridLines(data));
  const [xRange, yRange] = [0, 1].map((k) => rangeOf([...rows, ...bent].map((point) => point[k])));
  /** @param {number[]} point */
  const at = ([x, y]) => [(size * (x - xRange[0])) / (xRange[1] - xRange[0]), size - (size * (y - yRange[0])) / (yRange[1] - yRange[0])];
  context.lineWidth = 1;
  for (let l = 0; l * (PIECES + 1) < bent.length; l++) {
    context.strokeStyle = signOf(l < LINES ? 1 : -1);
    context.setLineDash(l < LINES ? [] : [4, 3]);
    context.beginPath();
    for (const point of bent.slice(l * (PIECES + 1), (l + 1) * (PIECES + 1))) {
      const [x, y] = at(point);
      context.lineTo(x, y);
    }
    context.stroke();
  }
  context.setLineDash([]);
  const P = decided(/** @type {any} */ (xRange), /** @type {any} */ (yRange));
  const field = { n: FIELD, rows: FIELD };
  if (P) borders(context, P, field, data, size, size);
  const spread = regressionScale(data);
  const places = rows.map(at);
  places.forEach((place, i) => mark(context, place, data, i, rows.length > 300 ? 0.6 : 0.8, spread));
  if (P && !s.running.value) named(context, P, field, data, size, size, places);
  if (s.row.value) chosenMark(context, ...at(pairs(s.row.value.x)[0]));
  return places;
}
