/** The perceptron step by step: the next row and its update in numbers, the mistakes, the rows that are wrong. */
import { notationOf, symbol, written } from "../../calculation/index.js";
import { Equation } from "../../calculation/view.js";
import { LOSSES, OPTIMIZERS } from "../../kernel/index.js";
import { setSample } from "../../state/commands.js";
import { brief } from "../../state/numbers.js";
import { perceptron } from "../../state/perceptron.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";
import { targetOf } from "../targets.js";

const MOST_TERMS = 8; // of a vector that is written out
const MOST_ROWS = 12;

export function Perceptron() {
  const found = perceptron.value;
  if (!found) return null;
  const { mistakes, wrong, next, separable, bound } = found;
  const told = !wrong.length ? "stopped" : separable === null ? "open" : separable ? "bound" : "never";
  return html`<div class="health perceptron" role="group" aria-label=${t("perceptron.title")}>
    ${wrong.length > 0 && next.length === 1 && s.course.value.order.length > 0 && html`<${Next} row=${next[0]} />`}
    <p role="status">${t("perceptron.mistakes", { mistakes, n: s.dataset.value.n, wrong: wrong.length })} ${t(`perceptron.${told}`, { bound: brief(bound ?? 0, 1) })}</p>
    ${wrong.length > 0 && html`<p>${t("perceptron.wrong")} ${wrong.slice(0, MOST_ROWS).map((i) => html`<button class="link" onClick=${() => setSample(i)}>${i + 1}</button> `)}${wrong.length > MOST_ROWS ? t("own.more", { n: wrong.length - MOST_ROWS }) : ""}</p>`}
  </div>`;
}

/** The row that comes next: what each unit answers, and the update that a mistake makes. */
function Next({ row }) {
  const { X, Y, d, outputs: K, outputNames } = s.dataset.value;
  const theta = s.theta.value;
  const notation = notationOf(s.notation.value);
  const precision = s.digits.value > 15 ? "full" : s.digits.value;
  const number = (value) => (Number.isInteger(value) ? String(value + 0).replace("-", "−") : written(value, precision));
  const text = (values) => (values.length > MOST_TERMS ? "…" : `(${values.map(number).join(", ")})`);
  const x = [1, ...X.subarray(row * d, (row + 1) * d)];
  const sign = (role) => symbol(notation, role, 0);
  const name = notation.biases ? `(${sign("biases")}, ${sign("weights")})` : sign("weights");
  const input = notation.bias_unit ? sign("layer") : `(1, ${sign("layer")})`;
  const rate = s.setup.value.optimizer.learning_rate;
  const units = Array.from({ length: K }, (_, k) => {
    const before = x.map((_, i) => theta[i * K + k]);
    const z = before.reduce((sum, value, i) => sum + value * x[i], 0);
    const error = LOSSES.perceptron.forms[0].gradient(Y[row * K + k], z);
    return { k, before, z, error, after: before.map((value, i) => value + OPTIMIZERS.sgd.update(error * x[i], rate)[0]) };
  });
  const missed = units.filter(({ error }) => error);
  return html`<p>${t("perceptron.next", { row: row + 1, target: targetOf({ y: Y.subarray(row * K, (row + 1) * K) }) })} ${K === 1 ? html`<${Equation} source=${sign("signal")} /> = ${number(units[0].z)} ${units[0].z >= 0 ? "≥" : "<"} 0. ` : ""}
    ${t(missed.length ? "perceptron.mistake" : "perceptron.right")} ${missed.length > 0 && html`<${Equation} source=${`${name} ← ${name} − ${notation.rate} ${sign("delta")} ${input}`} />`}</p>
    ${missed.map(({ k, before, error, after }) => html`<p>${K > 1 ? `${outputNames?.[k] ?? k + 1}: ` : ""}<${Equation} source=${name} /> ← ${text(before)} − ${number(rate)} · ${error < 0 ? "(−1)" : 1} · ${text(x)} = <b>${text(after)}</b></p>`)}`;
}
