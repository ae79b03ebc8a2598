/** Results on all rows: accuracy and confusion for classes, R² and residuals for numbers, the worst rows. */
import { setSample } from "../../state/commands.js";
import { outputs } from "../../state/looked.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";
import { Table } from "../table.js";
import { classOf, cut, inUnits } from "../targets.js";

export function Scores() {
  const found = outputs.value;
  if (!found) return null;
  return s.dataset.value.task === "regression" ? html`<${Residuals} ...${found} />` : html`<${Confusion} ...${found} />`;
}

function Confusion({ P, n, loss }) {
  const data = s.dataset.value;
  const names = data.classes ?? ["0", "1"];
  const K = names.length;
  const counts = Array.from({ length: K }, () => new Array(K).fill(0));
  let right = 0;
  for (let i = 0; i < n; i++) {
    const truth = classOf(data.Y.subarray(i * data.outputs, (i + 1) * data.outputs));
    const guess = classOf(P.subarray(i * data.outputs, (i + 1) * data.outputs), cut());
    counts[truth][guess]++;
    right += Number(truth === guess);
  }
  return html`<div class="scores">
    <p><b>${brief((100 * right) / n, 1)} %</b> ${t("output.right", { right, n })} ${t("output.meanLoss", { loss: brief(loss.data, 4) })}</p>
    <details class="numbers"><summary>${t("output.confusion")}</summary>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("output.confusion")}><table class="confusion"><caption>${t("output.confusionCaption")}</caption>
      <thead><tr><td></td>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${counts.map((line, k) => html`<tr><th scope="row">${names[k]}</th>${line.map((count, g) => html`<td class=${k === g ? "hit" : count ? "miss" : ""}>${count}</td>`)}</tr>`)}</tbody></table></div>
    </details>
  </div>`;
}

function Residuals({ P, n, loss }) {
  const data = s.dataset.value;
  const K = data.outputs;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += data.Y[i * K];
  const mean = sum / n;
  let left = 0;
  let total = 0;
  const rows = [];
  for (let i = 0; i < n; i++) {
    const error = P[i * K] - data.Y[i * K];
    left += error * error;
    total += (data.Y[i * K] - mean) ** 2;
    rows.push({ i, error });
  }
  const worst = rows.sort((a, b) => Math.abs(b.error) - Math.abs(a.error)).slice(0, 8);
  const scale = data.target?.scale ?? 1;
  return html`<div class="scores">
    <p><b>R² ${brief(1 - left / (total || 1), 3)}</b> ${t("output.meanLoss", { loss: brief(loss.data, 4) })}</p>
    <${Residual} P=${P} n=${n} />
    <${Table} title=${t("output.worst")} build=${() => [{
      caption: t("output.worst"),
      head: [t("data.sample"), t("output.target"), t("output.prediction"), t("output.residual")],
      rows: worst.map(({ i, error }) => [html`<button type="button" class="link" onClick=${() => setSample(i)}>${i + 1}</button>`, brief(inUnits(data.Y[i * K]), 3), brief(inUnits(P[i * K]), 3), brief(error * scale, 3)]),
    }]} />
  </div>`;
}

/** Predictions against targets; the diagonal is exact. */
function Residual({ P, n }) {
  const data = s.dataset.value;
  const K = data.outputs;
  const size = 130;
  const shown = Math.min(n, 300);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < shown; i++) {
    low = Math.min(low, data.Y[i * K], P[i * K]);
    high = Math.max(high, data.Y[i * K], P[i * K]);
  }
  const at = (value) => 6 + ((size - 12) * (value - low)) / (high - low || 1);
  if (!Number.isFinite(low + high)) return null;
  return html`<svg class="residuals" width=${size} height=${size} role="img" aria-label=${t("output.residuals")}>
    <rect class="frame" x="0.5" y="0.5" width=${size - 1} height=${size - 1} />
    <line class="axis" x1="6" y1=${size - 6} x2=${size - 6} y2="6" />
    ${Array.from({ length: shown }, (_, i) => html`<circle cx=${at(data.Y[i * K]).toFixed(1)} cy=${(size - at(P[i * K])).toFixed(1)} r="1.8" />`)}
  </svg>`;
}
