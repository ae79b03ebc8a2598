/** The data panel: the sample, one row per column, and the ways to bring one's own data. */
import { setData, setSample } from "../../state/commands.js";
import { inputSensitivities } from "../../state/looked.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";
import { targetOf } from "../targets.js";
import { histogram } from "./histogram.js";

const MOST_ROWS = 40;

export function Data() {
  const data = s.dataset.value;
  if (!data) return null;
  const own = data.name === "own";
  return html`<section class="panel data" aria-labelledby="data-title">
    <header><h2 id="data-title">${t("data.title")}</h2></header>
    <p class="about">${own && data.title ? html`<b>${data.title}</b> ` : ""}${t(`data.${data.task}`, { n: data.n, d: data.d, target: data.target?.name ?? "y", targets: data.targets?.length ?? 1, classes: data.classes?.length ?? 0 })}</p>
    <div class="actions">
      <button onClick=${() => (s.dialog.value = "own")}>${t("data.own")}</button>
      <button onClick=${() => (s.dialog.value = "draw")}>${t("data.draw")}</button>
      <button onClick=${() => (s.dialog.value = "formula")}>${t("data.formula")}</button>
      <button onClick=${() => (s.dialog.value = "logic")}>${t("data.logic")}</button>
    </div>
    ${data.table && html`<label class="check"><input type="checkbox" checked=${!s.setup.value.data.raw} onChange=${() => setData({ ...s.setup.value.data, raw: !s.setup.value.data.raw })} />${t("data.standardize")}</label>`}
    ${data.refused?.length > 0 && html`<${Refused} refused=${data.refused} />`}
    <${Sample} data=${data} />
    ${data.d <= 64 && data.name !== "digits" ? html`<${Columns} data=${data} />` : ""}
  </section>`;
}

function Sample({ data }) {
  const i = s.sample.value;
  return html`<div class="sample" role="group" aria-label=${t("data.sample")}>
    <button class="icon" onClick=${() => setSample(i - 1)} aria-label=${t("data.previous")}><i aria-hidden="true">◀</i></button>
    <label>${t("data.sample")} <input inputmode="numeric" value=${i + 1} onChange=${(event) => {
      const value = Math.round(Number(event.currentTarget.value));
      if (value >= 1 && value <= data.n) setSample(value - 1);
      else event.currentTarget.value = i + 1;
    }} /></label>
    <button class="icon" onClick=${() => setSample(i + 1)} aria-label=${t("data.next")}><i aria-hidden="true">▶</i></button>
    <span class="target">${t("data.target", { value: s.row.value ? targetOf(s.row.value) : "" })}</span>
  </div>`;
}

function Columns({ data }) {
  const [byEffect, setByEffect] = useState(false);
  s.calm.value;
  const row = s.row.value;
  const sensitivities = inputSensitivities.peek(); // as of `calm`: a table that changes with every frame cannot be read
  if (!row) return null;
  const lines = data.columns.map((column, j) => ({ column, j, effect: row.x[j] * (sensitivities?.[j] ?? 0) }));
  if (byEffect) lines.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  const most = lines.reduce((high, line) => Math.max(high, Math.abs(line.effect)), 1e-12);
  const left = (data.table ?? []).filter((column) => !column.used);
  return html`<div class="scroll columns" tabindex="0" role="region" aria-label=${t("data.columns")}><table>
    <caption class="sr">${t("data.columns")}</caption>
    <thead><tr>
      ${data.table && html`<th scope="col">${t("data.use")}</th>`}<th scope="col">${t("data.column")}</th><th scope="col"><span class="sr">${t("data.histogram")}</span></th>
      <th scope="col">${t("data.here")}</th>
      <th scope="col" aria-sort=${byEffect ? "descending" : "none"}><button class="link" onClick=${() => setByEffect(!byEffect)} title=${t("data.effectWhy")}>${t("data.effect")}${byEffect ? " ▾" : ""}</button></th>
    </tr></thead>
    <tbody>${lines.slice(0, 200).map(({ column, j, effect }) => html`<tr key=${column.name}>
      ${data.table && html`<td><${Use} name=${column.source} used /></td>`}
      <th scope="row" title=${`${column.name} (${t(`kinds.${column.kind ?? "number"}`)})`}>${column.name}<small>${t(`kinds.${column.kind ?? "number"}`)}</small></th>
      <td>${histogram(data, j, row.x[j])}</td>
      <td class="n">${here(column, row.x[j])}</td>
      <td class="n"><span class=${`bar ${effect < 0 ? "minus" : "plus"}`} style=${{ width: `${(22 * Math.abs(effect)) / most}px` }}></span>${brief(effect)}</td>
    </tr>`)}
    ${left.map((column) => html`<tr class="out" key=${`left ${column.name}`}>
      <td><${Use} name=${column.name} used=${false} able=${column.able} /></td>
      <th scope="row">${column.name}<small>${t(`kinds.${column.kind}`)}</small></th><td colspan="3">${column.able ? t("data.leftOut") : t(`own.why.${column.kind}`)}</td></tr>`)}
    </tbody></table></div>`;
}

/** A value as it stands in the table, not standardized. */
function here(column, value) {
  if (column.kind === "category") return value * column.scale + column.mean > 0.5 ? "✓" : "–";
  if (column.kind === "missing") return value * column.scale + column.mean > 0.5 ? t("data.missing") : "–";
  return brief(column.scale ? value * column.scale + column.mean : value, 3);
}

function Use({ name, used, able = true }) {
  const toggle = () => {
    const { data } = s.setup.value;
    const all = s.dataset.value.table.filter((column) => column.able).map((column) => column.name);
    const before = data.use ?? all;
    const use = used ? before.filter((other) => other !== name) : [...before, name];
    if (use.length) setData({ ...data, use });
  };
  return html`<input type="checkbox" checked=${used} disabled=${!able} aria-label=${t("data.useColumn", { name })} onChange=${toggle} />`;
}

function Refused({ refused }) {
  return html`<details class="refused" open=${refused.length < 4}><summary>${t("own.refused", { n: refused.length })}</summary><ul>
    ${refused.slice(0, MOST_ROWS).map((cell) => html`<li>${t(`own.refusedWhy.${cell.why}`, cell)}</li>`)}
    ${refused.length > MOST_ROWS && html`<li>${t("own.more", { n: refused.length - MOST_ROWS })}</li>`}</ul></details>`;
}

