/** The outputs on the plane of the inputs with the rows as marks; for one input, the curve. */
import { effect } from "@preact/signals";
import { host } from "../../ports/door.js";
import { setSample } from "../../state/commands.js";
import { brief } from "../../state/numbers.js";
import { isPerceptron, perceptron } from "../../state/perceptron.js";
import { frame, surface } from "../../state/surface.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { classColor, css, dark, palette, place, shapeOf, signOf, tinted, word } from "../colors.js";
import { blank, fit, html, useEffect, useRef, useWidth } from "../html.js";
import { cut, inUnits } from "../targets.js";
import { borders, named } from "./contours.js";
import { chosenMark, mark, regressionScale, ring } from "./marks.js";
import { PATHS } from "./shapes.js";

const MOST_POINTS = 1500;
const GUTTER = 44; // pixels left of a curve, for the numbers of its axis
const small = document.createElement("canvas");
const marks = document.createElement("canvas");
/** What the marks were drawn of. @type {any[]} */
let marked = [];

export function Boundary() {
  const host = useRef(null);
  const canvas = useRef(null);
  const width = Math.min(useWidth(host), s.lecture.value ? 560 : 420);
  const data = s.dataset.value;
  const flat = data.d === 1;
  const height = flat ? Math.round(width * 0.7) : width;

  useEffect(() => {
    if (!width) return undefined;
    return effect(() => {
      dark.value;
      if (canvas.current) draw(canvas.current, width, height, surface.value, frame.value, s.dataset.value, s.row.value);
    });
  }, [width, height, data]);

  function pick(event) {
    const box = canvas.current.getBoundingClientRect();
    const left = flat ? (GUTTER * box.width) / width : 0;
    const [u, v] = [(event.clientX - box.x - left) / (box.width - left), 1 - (event.clientY - box.y) / box.height];
    const { xRange, yRange, project } = frame.value;
    let best = { i: 0, far: Infinity };
    for (let i = 0; i < Math.min(data.n, MOST_POINTS); i++) {
      const [a, b] = project(i);
      const dx = (a - xRange[0]) / (xRange[1] - xRange[0]) - u;
      const dy = flat ? 0 : (b - yRange[0]) / (yRange[1] - yRange[0]) - v;
      const far = dx * dx + dy * dy;
      if (far < best.far) best = { i, far };
    }
    setSample(best.i);
  }

  return html`<figure class="boundary" ref=${host}>
    <canvas ref=${canvas} style=${{ width: `${width}px`, height: `${height}px` }} role="img" onClick=${pick}
      aria-label=${t(flat ? "output.fit" : "output.boundary", { x: frame.value.names[0], y: frame.value.names[1], n: data.n })}></canvas>
    <${Axes} />
    <${Legend} />
  </figure>`;
}

function Axes() {
  const data = s.dataset.value;
  const { x, y, others } = s.plane.value;
  const set = (parts) => (s.plane.value = { ...s.plane.value, ...parts });
  const output = data.targets?.length > 1 && html`<label>${t("output.of")} <select onChange=${(event) => set({ output: Number(event.currentTarget.value) })}>
    ${data.targets.map(({ name }, k) => html`<option value=${k} selected=${k === s.plane.value.output}>${name}</option>`)}</select></label>`;
  if (data.d === 1) return html`<figcaption>${frame.value.names[0]} ${output}</figcaption>`;
  if (data.d === 2) return html`<figcaption>${t("output.axes", { x: frame.value.names[0], y: frame.value.names[1] })} ${output}</figcaption>`;
  const options = (chosen) => data.columns.map((column, j) => html`<option value=${j} selected=${j === chosen}>${column.name}</option>`);
  return html`<figcaption class="axes">${output}
    <label>${t("output.across")} <select onChange=${(event) => set({ x: event.currentTarget.value === "pca" ? "pca" : Number(event.currentTarget.value) })}>
      <option value="pca" selected=${x === "pca"}>${t("output.pca")}</option>${options(x)}</select></label>
    ${x !== "pca" && html`<label>${t("output.up")} <select onChange=${(event) => set({ y: Number(event.currentTarget.value) })}>${options(y)}</select></label>
    <label>${t("output.others")} <select onChange=${(event) => set({ others: event.currentTarget.value })}>
      <option value="row" selected=${others === "row"}>${t("output.thisRow")}</option><option value="medians" selected=${others === "medians"}>${t("output.medians")}</option></select></label>`}
  </figcaption>`;
}

function Legend() {
  const data = s.dataset.value;
  if (!data.classes) return null;
  return html`<ul class="legend" aria-label=${t("output.legend")}>${data.classes.map((name, k) => html`<li>
    <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true"><path d=${PATHS[shapeOf(k)]} fill=${css(classColor(k))} /></svg>${name}</li>`)}</ul>`;
}

function draw(canvas, width, height, grid, view, data, row) {
  const context = blank(canvas, width, height);
  if (!grid) return;
  if (grid.flat) return drawCurve(context, width, height, grid, view, data, row);
  paintField(small, grid.A.at(-1), grid, data);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, width, height);
  /** @param {number[]} point */
  const at = ([a, b]) => [
    ((a - view.xRange[0]) / (view.xRange[1] - view.xRange[0])) * width,
    height - ((b - view.yRange[0]) / (view.yRange[1] - view.yRange[0])) * height,
  ];
  if (isPerceptron.value) line(context, grid, view, at, data);
  else borders(context, grid.A.at(-1), grid, data, width, height);
  drawMarks(width, height, view, data, at);
  context.drawImage(marks, 0, 0, width, height);
  if (!s.running.value) named(context, grid.A.at(-1), grid, data, width, height, Array.from({ length: Math.min(data.n, MOST_POINTS) }, (_, i) => at(view.project(i))));
  for (const i of perceptron.value?.wrong ?? []) if (i < MOST_POINTS) ring(context, at(view.project(i)), 6, dark.value ? "#fff" : "#000", 1.6);
  if (row) {
    const [a, b] = at(view.place(row.x));
    chosenMark(context, a, b);
  }
}

/** Draw the rows on a canvas of their own, if it does not have them: they stay while the network learns. */
function drawMarks(width, height, view, data, at) {
  const now = [width, height, devicePixelRatio, view, data, dark.value, s.plane.value.output];
  if (now.every((value, i) => value === marked[i])) return;
  marked = now;
  const context = blank(marks, width, height);
  const n = Math.min(data.n, MOST_POINTS);
  const radius = n > 500 ? 0.55 : 0.8;
  const spread = regressionScale(data);
  for (let i = 0; i < n; i++) mark(context, at(view.project(i)), data, i, radius, spread);
}

/** Fill a canvas with outputs on a grid, a pixel each: classes mixed by probability, or signed values. */
export function paintField(canvas, P, { n, rows }, data) {
  const K = data.outputs;
  fit(canvas, n, rows);
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const shown = s.plane.value.output;
  if (data.task === "regression") {
    const colors = palette();
    const most = regressionScale(data);
    for (let p = 0; p < n * rows; p++) pixels[p] = colors[place((0.75 * P[p * K + shown]) / most)];
  } else if (K === 1 || data.task === "multilabel") {
    const least = cut();
    const most = least ? 0.5 : Math.max(1e-12, ...P.map(Math.abs));
    const sides = shades(2);
    for (let p = 0; p < n * rows; p++) {
      const value = (P[p * K + shown] - least) / most;
      pixels[p] = sides[value < 0 ? 0 : 1][Math.min(128, Math.round(128 * Math.abs(value) || 0))];
    }
  } else {
    const sides = shades(K);
    for (let p = 0; p < n * rows; p++) {
      let best = 0;
      for (let k = 1; k < K; k++) if (P[p * K + k] > P[p * K + best]) best = k;
      const share = cut() ? (P[p * K + best] - 1 / K) / (1 - 1 / K) : 0.5;
      pixels[p] = sides[best][Math.min(128, Math.max(0, Math.round(128 * share || 0)))];
    }
  }
  context.putImageData(image, 0, 0);
}

/** @type {Map<string, number[][]>} */
const shaded = new Map();

/** The colours of each class, from none of it to all of it in 128 steps. */
function shades(n) {
  const key = `${n} ${dark.value}`;
  if (!shaded.has(key)) {
    shaded.set(key, Array.from({ length: n }, (_, k) => Array.from({ length: 129 }, (_, q) => word(tinted(k, 0.62 * (q / 128))))));
  }
  return /** @type {number[][]} */ (shaded.get(key));
}

/** Where the signal of each unit is 0: on a plane of the inputs it is a straight line, known by three points. */
function line(context, grid, view, at, data) {
  const { n, rows, A } = grid;
  const K = data.outputs;
  const z = A.at(-1);
  const [right, up] = [1 / (n - 1), 1 / (rows - 1)];
  const { xRange: [x0, x1], yRange: [y0, y1] } = view;
  for (let k = 0; k < K; k++) {
    const corner = z[(rows - 1) * n * K + k]; // the lowest row of the grid stands last
    const [a, b] = [(z[(rows * n - 1) * K + k] - corner) * right, (z[k] - corner) * up].map((step, i) => step * [n, rows][i]);
    const c = corner - a / (2 * n) - b / (2 * rows); // the grid's points are the middles of its cells
    const ends = Math.abs(b) > Math.abs(a) ? [[0, -c / b], [1, -(a + c) / b]] : [[-c / a, 0], [-(b + c) / a, 1]];
    context.beginPath();
    for (const [u, v] of ends) context.lineTo(...at([x0 + u * (x1 - x0), y0 + v * (y1 - y0)]));
    context.strokeStyle = dark.value ? "#fff" : "#000";
    context.lineWidth = 1.8;
    context.stroke();
  }
}

function drawCurve(context, width, height, grid, view, data, row) {
  const P = grid.A.at(-1);
  const K = data.outputs;
  const k0 = s.plane.value.output;
  let low = Infinity;
  let high = -Infinity;
  for (const value of [...P, ...data.Y]) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const pad = (high - low || 1) * 0.08;
  [low, high] = [low - pad, high + pad];
  const x = (value) => GUTTER + ((value - view.xRange[0]) / (view.xRange[1] - view.xRange[0])) * (width - GUTTER);
  const y = (value) => height - ((value - low) / (high - low)) * height;
  const style = getComputedStyle(host);
  context.strokeStyle = style.getPropertyValue("--line");
  context.fillStyle = style.getPropertyValue("--soft");
  context.lineWidth = 1;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  for (const tick of [low + pad, (low + high) / 2, high - pad]) {
    context.beginPath();
    context.moveTo(GUTTER, y(tick));
    context.lineTo(width, y(tick));
    context.stroke();
    const value = inUnits(tick, k0);
    context.fillText(brief(value, Math.abs(value) < 100 ? 2 : 0), GUTTER - 5, y(tick) + 4);
  }
  context.textAlign = "start";
  const hidden = grid.A.length > 2 ? grid.A[grid.A.length - 2] : null;
  if (hidden) unitCurves(context, grid, hidden, x, y);
  for (let i = 0; i < Math.min(data.n, MOST_POINTS); i++) mark(context, [x(data.X[i]), y(data.Y[i * K + k0])], data, i, 0.75, regressionScale(data));
  context.setLineDash([]);
  context.lineWidth = 2.6;
  for (let k = 0; k < K; k++) {
    context.strokeStyle = K === 1 ? signOf(1) : css(classColor(k));
    context.beginPath();
    for (let p = 0; p < grid.n; p++) context[p ? "lineTo" : "moveTo"](x(grid.X[p]), y(P[p * K + k]));
    context.stroke();
  }
  if (row) chosenMark(context, x(row.x[0]), y(row.own ? P[k0] : row.y[k0]));
}

/** What each unit of the last hidden layer adds to the output, dashed: its activation times its weight. */
function unitCurves(context, grid, hidden, x, y) {
  const net = s.net.value;
  const last = net.blocks.at(-1);
  if (last.nIn > 12) return;
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  for (let j = 0; j < last.nIn; j++) {
    const weight = s.theta.value[last.offset + (j + 1) * last.nOut];
    context.strokeStyle = css(classColor(j));
    context.beginPath();
    for (let p = 0; p < grid.n; p++) context[p ? "lineTo" : "moveTo"](x(grid.X[p]), y(hidden[p * last.nIn + j] * weight));
    context.stroke();
  }
  context.setLineDash([]);
}
