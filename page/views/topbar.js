/** The top bar: example, lesson, notation, digits, by hand, undo and redo, link, export, lecture. */
import { exampleNames } from "../data/datasets.js";
import { setData } from "../state/commands.js";
import * as log from "../state/log.js";
import * as s from "../state/store.js";
import { named, t } from "../words/words.js";
import { html } from "./html.js";

export const NOTATIONS = ["pellucid", "lfd", "mit", "iowa", "umass", "kaist", "ng"];
export const PLACES = [3, 6, 17];

export function TopBar({ hide }) {
  const shown = (name) => !hide.includes(name);
  const { data } = s.setup.value;
  return html`<header class="top">
    <h1>pellucid</h1>
    <label><span>${t("top.example")}</span><select value=${data.name} onChange=${(event) => chosen(event.currentTarget, data.name)}>
      ${exampleNames().map((name) => html`<option value=${name} selected=${name === data.name}>${named("examples", name)}</option>`)}
      <option value="own" selected=${data.name === "own"}>${t("top.own")}</option></select></label>
    ${shown("lesson") && html`<button onClick=${() => (s.dialog.value = "lessons")}>${t("top.lessons")}</button>`}
    ${shown("notation") && html`<label><span>${t("top.notation")}</span><select onChange=${(event) => (s.notation.value = event.currentTarget.value)}>
      ${NOTATIONS.map((name) => html`<option value=${name} selected=${name === s.notation.value}>${named("notations", name)}</option>`)}</select></label>`}
    ${shown("digits") && html`<label><span>${t("top.digits")}</span><select onChange=${(event) => (s.digits.value = Number(event.currentTarget.value))}>
      ${PLACES.map((n) => html`<option value=${n} selected=${n === s.digits.value}>${n > 15 ? t("top.all") : n}</option>`)}</select></label>`}
    ${shown("hand") && html`<label class="check" title=${t("top.byHandWhy")}><input type="checkbox" checked=${s.byHand.value} onChange=${() => (s.byHand.value = !s.byHand.value)} />${t("top.byHand")}</label>`}
    <span class="spring"></span>
    <span class="pair">
      <button class="icon" disabled=${!log.canUndo()} onClick=${log.undo} aria-label=${t("top.undo")} title=${`${t("top.undo")} (Ctrl+Z)`}><i aria-hidden="true">↶</i></button>
      <button class="icon" disabled=${!log.canRedo()} onClick=${log.redo} aria-label=${t("top.redo")} title=${`${t("top.redo")} (Ctrl+Y)`}><i aria-hidden="true">↷</i></button>
    </span>
    ${shown("link") && html`<button onClick=${() => (s.dialog.value = "link")}>${t("top.link")}</button>`}
    ${shown("export") && html`<button onClick=${() => (s.dialog.value = "export")}>${t("top.export")}</button>`}
    <button aria-pressed=${s.lecture.value} onClick=${() => (s.lecture.value = !s.lecture.value)}>${t("top.lecture")}</button>
    <button class="icon" onClick=${() => (s.dialog.value = "help")} aria-label=${t("top.help")} title=${`${t("top.help")} (?)`}>?</button>
  </header>`;
}

/** Open an example, or the dialog of own data; the menu shows the data that are there until others are opened. */
function chosen(menu, now) {
  const name = menu.value;
  menu.value = now;
  if (name === "own") s.dialog.value = "own";
  else setData({ name }, FITTING[name]);
}

/** What goes with an example so that it learns: widths, rates. */
export const FITTING = {
  digits: { network: { hidden: [32], activation: ["relu"] }, optimizer: { name: "adam", learning_rate: 0.01, options: {} }, batch_size: 32 },
};
