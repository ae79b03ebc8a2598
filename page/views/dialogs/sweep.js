/** A sweep: choose a setting and its values, see the curves, what each run decides, and a table; take one over. */
import { forward } from "../../kernel/index.js";
import { brief, parseNumber } from "../../state/numbers.js";
import { base, frame } from "../../state/surface.js";
import * as s from "../../state/store.js";
import { MOST, start, stop, sweep, SWEPT, take, valuesOf } from "../../state/sweep.js";
import { named, t } from "../../words/words.js";
import { classColor, css, dark } from "../colors.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { borders } from "../output/contours.js";
import { paintField } from "../output/boundary.js";
import { scoreOf } from "../output/scores.js";

const [WIDTH, HEIGHT, LEFT] = [620, 190, 40];
const SMALL = 96; // pixels of a picture
const GRID = 32; // points of its side
const DASHES = ["none", "6 3", "2 3", "9 3 2 3"];

export function Sweep({ close }) {
  const [name, setName] = useState("rate");
  const [text, setText] = useState(SWEPT.rate.values);
  const [epochs, setEpochs] = useState("40");
  useEffect(() => stop, []);
  const values = valuesOf(name, text);
  const long = parseNumber(epochs);
  const ready = values && Number.isInteger(long) && long >= 1 && long <= 1000;
  const found = sweep.value?.data === s.dataset.value ? sweep.value : null;
  return html`<p>${t("sweep.how")}</p>
    <div class="row">
      <label><span>${t("sweep.what")}</span><select onChange=${(event) => {
        setName(event.currentTarget.value);
        setText(SWEPT[event.currentTarget.value].values);
      }}>${Object.keys(SWEPT).map((key) => html`<option value=${key} selected=${key === name}>${t(`sweep.names.${key}`)}</option>`)}</select></label>
      <label><span>${t("sweep.epochs")}</span><input class="short" inputmode="numeric" value=${epochs} onInput=${(event) => setEpochs(event.currentTarget.value)} /></label>
    </div>
    <label class="wide-field"><span>${t("sweep.values")}</span><input value=${text} spellcheck="false" onInput=${(event) => setText(event.currentTarget.value)} /></label>
    <div class="row end"><span role="status">${ready ? (found?.running ? t("sweep.running") : "") : html`<span class="problem">${t("sweep.bad", { most: MOST })}</span>`}</span>
      ${found?.running ? html`<button onClick=${stop}>${t("sweep.stop")}</button>` : html`<button class="primary" disabled=${!ready} onClick=${() => start(name, values, long)}>${t("sweep.start")}</button>`}</div>
    ${found && html`<${Curves} ...${found} /><${Pictures} ...${found} /><${Numbers} ...${found} close=${close} />`}`;
}

const wordOf = (name, value) => (name === "initializer" ? named("initializers", value) : String(value));

/** The loss of every run over its steps, on a logarithmic axis; a line has a colour, dashes, and its value at its end. */
function Curves({ name, rows }) {
  const lines = rows.filter(({ curve }) => curve?.length > 1);
  if (!lines.length) return null;
  const all = lines.flatMap(({ curve }) => curve.map(([, loss]) => Math.log10(loss + 1e-9)));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const most = Math.max(...lines.map(({ curve }) => curve.at(-1)[0]));
  const x = (step) => LEFT + ((WIDTH - LEFT - 90) * step) / most;
  const y = (loss) => 10 + ((HEIGHT - 34) * (high - Math.log10(loss + 1e-9))) / (high - low || 1);
  const ends = lines.map(({ curve }) => y(curve.at(-1)[1]));
  const places = [...ends.keys()].sort((a, b) => ends[a] - ends[b]);
  places.forEach((k, i) => (ends[k] = Math.max(ends[k], i ? ends[places[i - 1]] + 13 : 0))); // names keep apart
  return html`<figure class="curve"><div class="scroll" tabindex="0" role="region" aria-label=${t("output.loss")}><svg class="long" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${t("sweep.curves", { n: lines.length })}>
    <line class="axis" x1=${LEFT} x2=${WIDTH - 90} y1=${HEIGHT - 20} y2=${HEIGHT - 20} />
    ${[low, high].map((at) => html`<text class="tick" x=${LEFT - 6} y=${y(10 ** at) + 4} text-anchor="end">${brief(10 ** at)}</text>`)}
    <text class="tick" x=${WIDTH - 90} y=${HEIGHT - 5} text-anchor="end">${t("output.steps", { n: most })}</text>
    ${lines.map(({ value, curve }, k) => html`<path class="loss" style=${{ stroke: css(classColor(k)), strokeDasharray: DASHES[k % 4] }}
      d=${curve.map(([step, loss], i) => `${i ? "L" : "M"}${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join("")} />
      <text class="tick" x=${WIDTH - 84} y=${ends[k] + 4}>${wordOf(name, value).slice(0, 14)}</text>`)}
  </svg></div><figcaption>${t("sweep.axis")}</figcaption></figure>`;
}

/** What each run decides on the plane of the inputs. */
function Pictures({ name, rows, data }) {
  const done = rows.filter(({ P }) => P);
  if (data.d < 2 || data.d > 64 || !done.length) return null;
  return html`<div class="strip small">${done.map((row) => html`<figure key=${row.value}><${Picture} row=${row} data=${data} label=${t("sweep.picture", { value: wordOf(name, row.value) })} /><figcaption>${wordOf(name, row.value)}</figcaption></figure>`)}</div>`;
}

function Picture({ row, data, label }) {
  const canvas = useRef(null);
  useEffect(() => {
    const view = frame.value;
    const X = new Float64Array(GRID * GRID * data.d);
    const within = ([low, high], share) => low + (high - low) * share;
    for (let p = 0; p < GRID * GRID; p++)
      view.point(within(view.xRange, ((p % GRID) + 0.5) / GRID), within(view.yRange, 1 - (Math.floor(p / GRID) + 0.5) / GRID), base.value, X.subarray(p * data.d, (p + 1) * data.d));
    const P = forward(row.net, row.theta, X, GRID * GRID, { state: row.state }).A.at(-1);
    const [grid, field] = [{ n: GRID, rows: GRID }, document.createElement("canvas")];
    paintField(field, P, grid, data);
    const context = canvas.current.getContext("2d");
    context.drawImage(field, 0, 0, 2 * SMALL, 2 * SMALL);
    borders(context, P, grid, data, 2 * SMALL, 2 * SMALL);
  }, [row.theta, dark.value]);
  return html`<canvas ref=${canvas} width=${2 * SMALL} height=${2 * SMALL} style=${{ width: `${SMALL}px` }} role="img" aria-label=${label}></canvas>`;
}

function Numbers({ name, rows, data, close }) {
  const score = (row) => (data.task === "regression" ? brief(scoreOf(row.P, row.n), 3) : `${brief(100 * scoreOf(row.P, row.n), 1)} %`);
  const use = (row) => {
    if (take(row)) close();
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("sweep.table")}><table><caption>${t("sweep.table")}</caption>
    <thead><tr><th scope="col">${t(`sweep.names.${name}`)}</th><th scope="col">${t("output.loss")}</th><th scope="col">${data.task === "regression" ? "R²" : t("output.share")}</th><td></td></tr></thead>
    <tbody>${rows.map((row) => html`<tr><th scope="row">${wordOf(name, row.value)}</th>
      ${row.P ? html`<td>${brief(row.loss, 4)}</td><td>${score(row)}</td><td>${row.diverged ? t("sweep.diverged", { step: row.step }) : html`<button class="link" aria-label=${t("sweep.useOf", { value: wordOf(name, row.value) })} onClick=${() => use(row)}>${t("sweep.use")}</button>`}</td>`
        : html`<td colspan="3">${row.problem ?? (row.share ? `${Math.round(100 * row.share)} %` : "–")}</td>`}</tr>`)}</tbody></table></div>`;
}
