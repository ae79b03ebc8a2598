/** Results on all rows: accuracy and confusion for classes, R² and residuals for numbers, the worst rows. */
import { setSample } from "../../state/commands.js";
import { outputs } from "../../state/looked.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";
import { Table } from "../table.js";
import { classOf, cut, inUnits, targetName } from "../targets.js";

export function Scores() {
  const found = outputs.value;
  if (!found) return null;
  const View = { regression: Residuals, multilabel: Labels }[s.dataset.value.task] ?? Confusion;
  return html`<${View} ...${found} />`;
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

/** Several labels: of each the share of rows that are right. */
function Labels({ P, n, loss }) {
  const { Y, outputs: K } = s.dataset.value;
  const right = (k) => Array.from({ length: n }, (_, i) => Number(P[i * K + k] >= cut() === Y[i * K + k] > 0.5));
  const each = Array.from({ length: K }, (_, k) => right(k));
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const all = sum(each[0].map((_, i) => Number(each.every((list) => list[i]))));
  return html`<div class="scores">
    <p><b>${brief((100 * all) / n, 1)} %</b> ${t("output.right", { right: all, n })} ${t("output.meanLoss", { loss: brief(loss.data, 4) })}</p>
    <${Table} title=${t("output.labels")} build=${() => [{ caption: t("output.labels"), head: [t("own.target"), t("output.share")],
      rows: each.map((list, k) => [targetName(k), `${brief((100 * sum(list)) / n, 1)} %`]) }]} />
  </div>`;
}

/** The share of rows that are right, every label of theirs, or R² of the first target. */
export function scoreOf(P, n) {
  const { Y, outputs: K, task } = s.dataset.value;
  if (task === "regression") return fitOf(P, n, 0);
  let right = 0;
  for (let i = 0; i < n; i++) {
    const [own, truth] = [P.subarray(i * K, (i + 1) * K), Y.subarray(i * K, (i + 1) * K)];
    right += Number(task === "multilabel" ? own.every((p, k) => p >= cut() === truth[k] > 0.5) : classOf(own, cut()) === classOf(truth));
  }
  return right / n;
}

/** R² of the k-th target. */
function fitOf(P, n, k) {
  const { Y, outputs: K } = s.dataset.value;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += Y[i * K + k] / n;
  let left = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    left += (P[i * K + k] - Y[i * K + k]) ** 2;
    total += (Y[i * K + k] - mean) ** 2;
  }
  return 1 - left / (total || 1);
}

function Residuals({ P, n, loss }) {
  const data = s.dataset.value;
  const K = data.outputs;
  const k = s.plane.value.output;
  const rows = Array.from({ length: n }, (_, i) => ({ i, error: P[i * K + k] - data.Y[i * K + k] }));
  const worst = rows.sort((a, b) => Math.abs(b.error) - Math.abs(a.error)).slice(0, 8);
  const scale = data.targets?.[k]?.scale ?? 1;
  const name = K > 1 ? `: ${targetName(k)}` : "";
  return html`<div class="scores">
    <p>${Array.from({ length: K }, (_, j) => html`<b>${K > 1 ? `${targetName(j)} ` : ""}R² ${brief(fitOf(P, n, j), 3)}</b>, `)}${t("output.meanLoss", { loss: brief(loss.data, 4) })}</p>
    <${Residual} P=${P} n=${n} k=${k} />
    <${Table} title=${t("output.worst") + name} build=${() => [{
      caption: t("output.worst") + name,
      head: [t("data.sample"), t("output.target"), t("output.prediction"), t("output.residual")],
      rows: worst.map(({ i, error }) => [html`<button class="link" onClick=${() => setSample(i)}>${i + 1}</button>`, brief(inUnits(data.Y[i * K + k], k), 3), brief(inUnits(P[i * K + k], k), 3), brief(error * scale, 3)]),
    }]} />
  </div>`;
}

/** Predictions against targets; the diagonal is exact. */
function Residual({ P, n, k }) {
  const data = s.dataset.value;
  const K = data.outputs;
  const size = 130;
  const shown = Math.min(n, 300);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < shown; i++) {
    low = Math.min(low, data.Y[i * K + k], P[i * K + k]);
    high = Math.max(high, data.Y[i * K + k], P[i * K + k]);
  }
  const at = (value) => 6 + ((size - 12) * (value - low)) / (high - low || 1);
  if (!Number.isFinite(low + high)) return null;
  return html`<svg class="residuals" width=${size} height=${size} role="img" aria-label=${t("output.residuals")}>
    <rect class="frame" x="0.5" y="0.5" width=${size - 1} height=${size - 1} />
    <line class="axis" x1="6" y1=${size - 6} x2=${size - 6} y2="6" />
    ${Array.from({ length: shown }, (_, i) => html`<circle cx=${at(data.Y[i * K + k]).toFixed(1)} cy=${(size - at(P[i * K + k])).toFixed(1)} r="1.8" />`)}
  </svg>`;
}
