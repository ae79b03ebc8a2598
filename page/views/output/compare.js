/** Two runs: one that is kept, A, and the present one, B, on the same axes and at the same step. */
import { computed } from "@preact/signals";
import { setSetup } from "../../state/commands.js";
import { outputs } from "../../state/looked.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";

/** The loss of the kept run at the present step, or its last before. */
const lossThere = computed(() => {
  const kept = s.kept.value;
  if (!kept) return null;
  const at = kept.history.step.findLastIndex((step) => step <= s.course.value.step);
  return at < 0 ? null : { step: kept.history.step[at], loss: kept.history.loss[at] };
});

const flat = (value, name = "") =>
  value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).flatMap(([key, each]) => flat(each, name ? `${name}.${key}` : key)) : [[name, typeof value === "string" ? value : JSON.stringify(value)]];

/** Settings in which two setups differ. */
export function differences(a, b) {
  const other = new Map(flat({ ...b, data: b.data.name }));
  return flat({ ...a, data: a.data.name }).filter(([name, value]) => other.get(name) !== value && name !== "edits").map(([name, value]) => [name, value, other.get(name) ?? ""]);
}

export function Compare() {
  s.calm.value; // the history grows in place
  const kept = s.kept.value;
  if (!kept) {
    return html`<button class="link" disabled=${!s.history.value.step.length} onClick=${() => {
      s.kept.value = { setup: s.setup.value, history: { step: [...s.history.value.step], loss: [...s.history.value.loss] }, loss: outputs.value?.loss.data, step: s.course.value.step };
    }}>${t("compare.keep")}</button>`;
  }
  const there = lossThere.value;
  const changed = differences(kept.setup, s.setup.value);
  return html`<div class="compare" role="group" aria-label=${t("compare.title")}>
    <p>${t("compare.kept", { step: kept.step, loss: brief(kept.loss, 4) })} ${there ? t("compare.there", { step: there.step, loss: brief(there.loss, 4) }) : ""}</p>
    ${changed.length === 0 ? html`<p>${t("compare.same")}</p>` : html`<table><caption class="sr">${t("compare.differences")}</caption><thead><tr><th scope="col">${t("compare.setting")}</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
      <tbody>${changed.slice(0, 12).map(([name, a, b]) => html`<tr><th scope="row">${name}</th><td>${a}</td><td>${b}</td></tr>`)}</tbody></table>`}
    <button class="link" onClick=${() => setSetup(kept.setup, { keepStep: true })}>${t("compare.back")}</button> <button class="link" onClick=${() => (s.kept.value = null)}>${t("compare.drop")}</button>
  </div>`;
}
