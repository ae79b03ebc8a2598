/** The misprint hunt: the printed numbers of a course's example; mark the wrong ones, then see. */
import { cellKey, documentOf, EXAMPLES, judgeHunt, misprintedCells, record } from "../../calculation/index.js";
import { asText } from "../../calculation/equations.js";
import { datasetOf } from "../../data/datasets.js";
import { makeNet } from "../../kernel/index.js";
import { courseSetup } from "../../lessons/lessons.js";
import { openLesson } from "../../state/lesson.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";

const HUNTS = EXAMPLES.filter((example) => misprintedCells(example).length);
const lines = (values) => (!Array.isArray(values) ? [[values]] : values);

/** Symbols of an example's arrays in its notation, by role and block. */
function symbols(example) {
  const setup = courseSetup(example);
  const data = datasetOf(setup.data);
  const r = record(makeNet(setup, data), Float64Array.from(example.theta), data.X, data.Y, 1, { learningRate: example.learningRate });
  const entries = documentOf(r, { notation: example.notation }).steps.flatMap((step) => step.entries);
  return ({ role, block }) => {
    const found = entries.find((entry) => entry.role === role && entry.block === block);
    return found ? asText(found.symbol) : "";
  };
}

export function Hunt({ close }) {
  const [name, setName] = useState(HUNTS[0].name);
  const [marked, setMarked] = useState([]);
  const [result, setResult] = useState(null);
  const example = HUNTS.find((each) => each.name === name);
  const symbol = symbols(example);
  const key = new Set(marked.map(cellKey));
  const among = (list, cell) => list?.some((each) => cellKey(each) === cellKey(cell));
  function start(next) {
    setName(next);
    setMarked([]);
    setResult(null);
  }
  function toggle(cell) {
    setResult(null);
    setMarked(key.has(cellKey(cell)) ? marked.filter((each) => cellKey(each) !== cellKey(cell)) : [...marked, cell]);
  }
  return html`<p>${t("hunt.how")}</p>
    <div class="row"><label><span>${t("hunt.example")}</span><select onChange=${(event) => start(event.currentTarget.value)}>${HUNTS.map((each) => html`<option value=${each.name} selected=${each.name === name}>${t("hunt.option", { note: each.note, title: each.title })}</option>`)}</select></label>
      <button type="button" onClick=${() => {
        close();
        openLesson({ name: "hunted", setup: courseSetup(example), notation: example.notation, chosen: { kind: "weight", block: example.setup.network.hidden.length, i: 1, j: 0 } });
      }}>${t("hunt.open")}</button></div>
    <div class="printed">${example.printed.map((entry) => html`<table key=${`${name} ${entry.role} ${entry.block}`}><caption>${symbol(entry)} <small>${t(`hunt.roles.${entry.role}`)}</small></caption><tbody>
      ${lines(entry.values).map((line, row) => html`<tr>${line.map((value, column) => {
        const cell = { role: entry.role, block: entry.block, row, column };
        const state = result ? (among(result.found, cell) ? "found" : among(result.missed, cell) ? "missed" : among(result.mistaken, cell) ? "mistaken" : "") : "";
        return html`<td>${value === null ? "" : html`<button type="button" class=${state} aria-pressed=${key.has(cellKey(cell))} onClick=${() => toggle(cell)}>${String(value).replace("-", "−")}${state && html`<span class="sr"> ${t(`hunt.${state}`)}</span>`}</button>`}</td>`;
      })}</tr>`)}</tbody></table>`)}</div>
    <div role="status">${result && html`<p><b>${t(result.right ? "hunt.right" : "hunt.wrong", { found: result.found.length, missed: result.missed.length, mistaken: result.mistaken.length })}</b></p>
      ${result.remarks.map((remark) => html`<p>${asText(remark)}</p>`)}`}</div>
    <div class="row end"><button type="button" class="primary" disabled=${!marked.length} onClick=${() => setResult(judgeHunt(example, marked))}>${t("hunt.judge")}</button></div>`;
}
