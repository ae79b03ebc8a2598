/** Data from a formula: a number to fit, or an inequality whose truth is the class. */
import { datasetOf } from "../../data/datasets.js";
import { formulaData } from "../../data/formula.js";
import { setData } from "../../state/commands.js";
import { parseNumber } from "../../state/numbers.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";

const EXAMPLES = ["x^2", "sin(3*x)", "abs(x)", "x1*x2", "x2 > sin(3*x1)", "x1^2 + x2^2 < 0.5"];

export function FormulaData({ close }) {
  const [text, setText] = useState("x^2");
  const [low, setLow] = useState("-1");
  const [high, setHigh] = useState("1");
  const [n, setN] = useState("80");
  /** @type {any} */
  let [spec, problem] = [null, null];
  try {
    const [a, b, rows] = [parseNumber(low), parseNumber(high), Math.round(parseNumber(n))];
    if (!(a < b) || !(rows >= 2 && rows <= 5000)) problem = t("formula.range");
    else {
      spec = formulaData(text, { low: a, high: b, n: rows });
      datasetOf(spec);
    }
  } catch (error) {
    if (!error.code) throw error;
    spec = null;
    problem = t(`own.errors.${error.code}`, error.values);
  }
  function open() {
    const regression = spec.task === "regression";
    setData(spec, { network: { hidden: [8], activation: ["tanh"] }, batch_size: 10, optimizer: { name: "adam", learning_rate: regression ? 0.02 : 0.03, options: {} } });
    close();
  }
  return html`<p>${t("formula.how")}</p>
    <label class="wide-field"><span>${t("formula.text")}</span><input value=${text} spellcheck="false" onInput=${(event) => setText(event.currentTarget.value)} /></label>
    <p class="row">${EXAMPLES.map((example) => html`<button class="link" onClick=${() => setText(example)}>${example}</button>`)}</p>
    <div class="row">
      <label><span>${t("formula.low")}</span><input class="short" inputmode="decimal" value=${low} onInput=${(event) => setLow(event.currentTarget.value)} /></label>
      <label><span>${t("formula.high")}</span><input class="short" inputmode="decimal" value=${high} onInput=${(event) => setHigh(event.currentTarget.value)} /></label>
      <label><span>${t("formula.rows")}</span><input class="short" inputmode="numeric" value=${n} onInput=${(event) => setN(event.currentTarget.value)} /></label>
    </div>
    <div role="status">${problem ? html`<p class="problem">${problem}</p>` : html`<p>${t("formula.ready", { n: spec.rows.length, columns: spec.columns.slice(0, -1).join(", ") })}</p>`}</div>
    <div class="row end"><button class="primary" disabled=${Boolean(problem)} onClick=${open}>${t("own.open")}</button></div>`;
}
