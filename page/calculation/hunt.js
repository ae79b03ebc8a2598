/**
 * The misprint hunt: a worked example as the notes print it, in which the reader marks what is wrong.
 *
 * Every printed number is a button that is pressed or not; numbers that the notes do not print are the right ones.
 */
import htm from "htm";
import { h } from "preact";
import { useState } from "preact/hooks";
import { COURSES, EXAMPLES } from "./courses.js";
import { printedPass } from "./examples.js";
import { written } from "./numbers.js";
import { cellKey, judgeHunt } from "./quiz.js";
import { Equation } from "./view.js";

const html = htm.bind(h);
const HUNTED = EXAMPLES.filter(({ printed }) => printed.length > 0);

/**
 * @param {{ start?: string, t: (key: string, values?: Record<string, any>) => string, precision: number | "full",
 *   phrases?: Record<string, string> }} props `start`: the name of the example that is shown first; `t`: as in view.js
 */
export function Hunt({ start = "iowa-grounded", t, precision, phrases }) {
  const [name, setName] = useState(start);
  const example = HUNTED.find((each) => each.name === name) ?? HUNTED[0];
  return html`<div class="hunt"><p>${t("hunt.how")}</p>
    <label><span>${t("hunt.example")}</span><select onChange=${(event) => setName(event.currentTarget.value)}>
      ${HUNTED.map((each) => html`<option value=${each.name} selected=${each === example}>${each.note}: ${each.title}</option>`)}</select></label>
    <p class="note">${COURSES[example.note]}</p>
    <${Pages} key=${example.name} ...${{ example, t, precision, phrases }} /></div>`;
}

function Pages({ example, t, precision, phrases }) {
  const [marked, setMarked] = useState(/** @type {import("./quiz.js").Cell[]} */ ([]));
  const [verdict, setVerdict] = useState(/** @type {ReturnType<typeof judgeHunt> | null} */ (null));
  const toggle = (cell) => {
    setVerdict(null);
    setMarked((before) => {
      const key = cellKey(cell);
      return before.some((each) => cellKey(each) === key) ? before.filter((each) => cellKey(each) !== key) : [...before, cell];
    });
  };
  const shared = { t, precision, byHand: example.byHand, marked: new Set(marked.map(cellKey)), toggle, found: new Set((verdict?.found ?? []).map(cellKey)) };
  return html`${printedPass(example, phrases).map((step) => html`<section class="step" key=${step.title}><h3><${Equation} source=${step.title} /></h3>
      ${step.equations.map((source) => html`<p class="equation"><${Equation} source=${source} /></p>`)}
      ${step.entries.map((entry) => html`<${Table} ...${shared} entry=${entry} />`)}</section>`)}
    <p class="row"><button class="primary" onClick=${() => setVerdict(judgeHunt(example, marked))}>${t("hunt.judge")}</button>
      <span role="status">${verdict && said(verdict, t)}</span></p>
    ${verdict && verdict.remarks.length > 0 && html`<ul>${verdict.remarks.map((remark) => html`<li><${Equation} source=${remark} /></li>`)}</ul>`}`;
}

/** What a verdict says: numbers of cells only, so that the hunt can go on. */
function said({ right, found, missed, mistaken }, t) {
  if (right) return t(found.length ? "hunt.right" : "hunt.none", { n: found.length });
  const parts = [t("hunt.found", { n: found.length })];
  if (mistaken.length) parts.push(t("hunt.mistaken", { n: mistaken.length }));
  if (missed.length) parts.push(t("hunt.missed", { n: missed.length }));
  return parts.join(" ");
}

/** The decimals of printed numbers: zeros at their ends are lost in the data, so those of the example, if there are any. */
function decimalsOf(printed, byHand) {
  const lengths = printed.flat().filter((value) => value !== null).map((value) => (String(value).split(".")[1] ?? "").length);
  const most = Math.max(0, ...lengths);
  return most ? Math.max(most, byHand) : 0;
}

function Table({ entry, t, precision, byHand, marked, found, toggle }) {
  const { role, block, printed, values, rows, columns } = entry;
  const decimals = printed ? decimalsOf(printed, byHand) : 0;
  const cell = (value, row, column) => {
    if (!printed) return written(value, precision);
    const number = printed[row][column];
    if (number === null) return "–";
    const place = { role, block, row, column };
    const key = cellKey(place);
    const text = number.toFixed(decimals).replace("-", "−");
    return html`<button class="printed" aria-pressed=${marked.has(key)} aria-label=${t("hunt.cell", { value: text })}
      onClick=${() => toggle(place)}>${text}</button>${found.has(key) && html` <ins>${written(value, decimals)}</ins>`}`;
  };
  return html`<table><caption><span class="symbol"><${Equation} source=${entry.symbol} /></span> ${entry.caption || t("hunt.after")}</caption>
    ${columns.length > 0 && html`<thead><tr>${rows.length > 0 && html`<td></td>`}${columns.map((label) => html`<th scope="col"><${Equation} source=${label} /></th>`)}</tr></thead>`}
    <tbody>${values.map((line, i) => html`<tr>${rows.length > 0 && html`<th scope="row"><${Equation} source=${rows[i]} /></th>`}
      ${line.map((value, j) => html`<td>${cell(value, i, j)}</td>`)}</tr>`)}</tbody></table>`;
}
