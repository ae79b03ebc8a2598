/**
 * Wide networks: a cell per unit, an image per matrix, bars for the outputs.
 *
 * Rows and columns of an image are ordered by the norm of what leaves the unit, so that units that matter stand
 * together. Choosing a unit lists its largest contributions and adds up the others, so that the sum is its z.
 */
import { computed, effect } from "@preact/signals";
import { choose } from "../../state/commands.js";
import { currentPhase, seen } from "../../state/looked.js";
import { brief, format } from "../../state/numbers.js";
import { known } from "../../state/phases.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { dark, palette, place } from "../colors.js";
import { fit, html, useEffect, useRef } from "../html.js";
import { targetOf } from "../targets.js";
import { rings } from "./health.js";
import { same } from "./graph.js";
import { unitName } from "./names.js";
import { quantities } from "./quantities.js";

const LARGEST = 8; // contributions listed
const BARS = 12; // outputs up to which bars are drawn

/** Units of each layer from the largest outgoing norm to the smallest; inputs and outputs keep their order. */
const ordered = computed(() => {
  const net = s.net.value;
  const theta = s.calm.value;
  return net.sizes.map((n, layer) => {
    const own = Array.from({ length: n }, (_, j) => j);
    if (layer === 0 || layer === net.sizes.length - 1) return own;
    const { offset, nOut } = net.blocks[layer];
    const norm = own.map((i) => {
      let sum = 0;
      for (let j = 0; j < nOut; j++) sum += theta[offset + (i + 1) * nOut + j] ** 2;
      return sum;
    });
    return own.sort((a, b) => norm[b] - norm[a]);
  });
});

export function Matrices() {
  const net = s.net.value;
  const parts = [];
  net.sizes.forEach((n, layer) => {
    const last = layer === net.sizes.length - 1;
    parts.push(last && n <= BARS ? html`<${Bars} layer=${layer} />` : html`<${Cells} layer=${layer} n=${n} />`);
    if (!last) parts.push(html`<${Matrix} block=${layer} />`);
  });
  return html`<div class="wide"><div class="strip" role="group" aria-label=${t("network.picture", { sizes: net.sizes.join("–") })}>${parts}<${LossChip} /></div><${Contributions} /></div>`;
}

/** Follow the signals with a painter of a canvas. */
function usePainter(paint, keys) {
  const canvas = useRef(null);
  useEffect(() => effect(() => {
    dark.value;
    const now = seen.value;
    if (canvas.current && now && now.A.length === s.net.value.sizes.length) paint(canvas.current, now);
  }), keys);
  return canvas;
}

function fill(canvas, columns, rows, colorAt) {
  fit(canvas, columns, rows);
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let p = 0; p < columns * rows; p++) pixels[p] = colorAt(p);
  context.putImageData(image, 0, 0);
}

const ROOT = (n) => Math.ceil(Math.sqrt(n));

function Cells({ layer, n }) {
  const columns = ROOT(n);
  const rows = Math.ceil(n / columns);
  const canvas = usePainter((target) => {
    const net = s.net.value;
    const q = /** @type {any} */ (quantities.value);
    const order = layer === 0 ? null : ordered.value[layer];
    const colors = palette();
    const shown = layer === 0 || known(currentPhase.value, layer - 1).a;
    fill(target, columns, rows, (p) => {
      if (p >= n || !shown) return 0;
      return colors[place(q.unit(layer, order ? order[p] : p) / q.unitScale[layer])];
    });
  }, [layer, n]);
  const order = layer === 0 ? null : ordered.value[layer];
  const unitAt = (p) => (order ? order[p] : p);
  const chosen = s.chosen.value;
  const spot = chosen.kind === "unit" && chosen.layer === layer ? (order ? order.indexOf(chosen.j) : chosen.j) : -1;
  const side = Math.max(9, Math.min(20, 160 / columns));
  const pick = (p) => p >= 0 && p < n && choose({ kind: "unit", layer, j: unitAt(p) });
  return html`<figure class="cells">
    <div class="frame" style=${{ width: `${columns * side}px`, height: `${rows * side}px` }}>
      <canvas ref=${canvas} tabindex="0" role="img" aria-label=${t("network.cells", { n, name: layerName(layer) })}
        onClick=${(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          pick(Math.floor((rows * (event.clientY - box.y)) / box.height) * columns + Math.floor((columns * (event.clientX - box.x)) / box.width));
        }}
        onKeyDown=${(event) => {
          const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
          if (!move && event.key !== "Enter") return;
          event.preventDefault();
          event.stopPropagation();
          pick(spot < 0 ? 0 : Math.max(0, Math.min(n - 1, spot + (move ?? 0))));
        }}></canvas>
      ${spot >= 0 && html`<span class="spot" style=${{ left: `${(spot % columns) * side}px`, top: `${Math.floor(spot / columns) * side}px`, width: `${side}px`, height: `${side}px` }}></span>`}
    </div>
    <figcaption>${layerName(layer)} · ${n}${sick(layer)}</figcaption>
  </figure>`;
}

function sick(layer) {
  if (!s.health.value) return "";
  const counts = {};
  for (const [key, ring] of rings.value) if (Number(key.split(",")[0]) === layer) counts[ring.word] = (counts[ring.word] ?? 0) + 1;
  return Object.entries(counts).map(([word, n]) => ` · ${n} ${word}`).join("");
}

const layerName = (layer) => (layer === 0 ? t("network.inputs") : layer === s.net.value.sizes.length - 1 ? t("network.outputs") : t("network.hiddenLayer", { layer }));

function Matrix({ block }) {
  const { nIn, nOut } = s.net.value.blocks[block];
  const canvas = usePainter((target) => {
    const net = s.net.value;
    const q = /** @type {any} */ (quantities.value);
    const order = ordered.value;
    const colors = palette();
    fill(target, nOut, nIn, (p) => colors[place((q.weight(block, order[block][Math.floor(p / nOut)] + 1, order[block + 1][p % nOut]) / q.blockScale[block]) * 1.4)]);
  }, [block, nIn, nOut]);
  const tall = Math.max(60, Math.min(210, nIn * 3));
  const wide = Math.max(20, Math.min(130, nOut * 3));
  return html`<figure class="matrix">
    <canvas ref=${canvas} style=${{ width: `${wide}px`, height: `${tall}px` }} role="img" aria-label=${t("network.matrix", { rows: nIn, columns: nOut })}
      onClick=${(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const order = ordered.value;
        const i = order[block][Math.min(nIn - 1, Math.floor((nIn * (event.clientY - box.y)) / box.height))];
        const j = order[block + 1][Math.min(nOut - 1, Math.floor((nOut * (event.clientX - box.x)) / box.width))];
        choose({ kind: "weight", block, i: i + 1, j });
      }}></canvas>
    <figcaption>${t("network.weights", { rows: nIn, columns: nOut })}</figcaption>
  </figure>`;
}

function Bars({ layer }) {
  const net = s.net.value;
  const now = seen.value;
  if (!now) return null;
  const q = /** @type {any} */ (quantities.value);
  const data = s.dataset.value;
  const shown = known(currentPhase.value, layer - 1).a;
  return html`<figure class="bars"><ol>${Array.from({ length: net.sizes[layer] }, (_, j) => {
    const value = shown ? q.unit(layer, j) : NaN;
    const subject = { kind: "unit", layer, j };
    return html`<li><button aria-pressed=${same(s.chosen.value, subject)} onClick=${() => choose(subject)}>
      <b><span class=${net.sizes[layer] === 1 ? "" : "sr"}>${t("network.output")} </span>${net.sizes[layer] === 1 ? "" : (data.outputNames?.[j] ?? j + 1)}</b><span class=${`bar ${value < 0 ? "minus" : "plus"}`} style=${{ width: `${(70 * Math.abs(value || 0)) / q.unitScale[layer]}px` }}></span><span>${s.overlay.value === "values" && Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : brief(value)}</span></button></li>`;
  })}</ol><figcaption>${t("network.outputs")}</figcaption></figure>`;
}

function LossChip() {
  const now = seen.value;
  if (!now) return null;
  const subject = { kind: "loss" };
  return html`<button class="loss-chip" aria-pressed=${same(s.chosen.value, subject)} onClick=${() => choose(subject)}>
    <small>${t("network.loss")}</small><b>${now.row.own ? "–" : brief(now.loss.data, 3)}</b><small>${t("network.target", { value: targetOf(now.row) })}</small></button>`;
}

/** The terms of a unit's z: the largest, the bias, and the sum of the others. */
export function terms(net, theta, now, { layer, j }) {
  const { offset, nOut, nIn } = net.blocks[layer - 1];
  const all = Array.from({ length: nIn }, (_, i) => ({ i, input: now.A[layer - 1][i], weight: theta[offset + (i + 1) * nOut + j] }));
  all.sort((a, b) => Math.abs(b.input * b.weight) - Math.abs(a.input * a.weight));
  const largest = all.slice(0, LARGEST);
  const others = all.slice(LARGEST).reduce((sum, { input, weight }) => sum + input * weight, 0);
  return { largest, others, nOthers: Math.max(0, nIn - LARGEST), bias: theta[offset + j], z: now.Z[layer - 1][j] };
}

function Contributions() {
  const chosen = s.chosen.value;
  s.calm.value;
  const now = s.row.value && seen.peek(); // text: as of `calm`
  if (chosen.kind !== "unit" || chosen.layer === 0 || !now) return html`<p class="about">${t("network.chooseUnit")}</p>`;
  const { largest, others, nOthers, bias, z } = terms(s.net.value, s.theta.peek(), now, chosen);
  const most = Math.max(...largest.map(({ input, weight }) => Math.abs(input * weight)), 1e-12);
  return html`<div class="terms"><p><b>${unitName(chosen.layer, chosen.j)}</b> ${t("network.terms", { n: largest.length })}</p>
    <ul>${largest.map(({ i, input, weight }) => html`<li><button onClick=${() => choose({ kind: "weight", block: chosen.layer - 1, i: i + 1, j: chosen.j })}>
      <span>${unitName(chosen.layer - 1, i)}</span><span class=${`bar ${input * weight < 0 ? "minus" : "plus"}`} style=${{ width: `${(46 * Math.abs(input * weight)) / most}px` }}></span>
      <span>${format(input)} · ${format(weight)} = <b>${format(input * weight)}</b></span></button></li>`)}</ul>
    <p>${nOthers ? `${t("network.otherTerms", { n: nOthers })} ${format(others)}, ` : ""}${t("network.biasTerm")} ${format(bias)}; ${t("network.sum")} <b>${format(z)}</b></p></div>`;
}
