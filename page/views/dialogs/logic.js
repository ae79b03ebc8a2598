/** A Boolean formula as a network of sign units, and its truth table as the data. */
import { logicNetwork, MOST_VARIABLES } from "../../data/logic.js";
import { choose, setSetup } from "../../state/commands.js";
import { setupFrom } from "../../state/setups.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";

const EXAMPLES = ["(a & ~b) | (~a & b)", "a ^ b ^ c", "(a & b) | (b & c) | (a & c)", "a >> b", "~(a | b)"];

export function Logic({ close }) {
  const [text, setText] = useState(EXAMPLES[0]);
  /** @type {any} */
  let [found, problem] = [null, null];
  try {
    found = logicNetwork(text);
  } catch (error) {
    if (!error.code) throw error;
    problem = t(`own.errors.${error.code}`, error.values);
  }
  function open() {
    const { variables, hidden, matrices, rows } = found;
    const target = variables.includes("y") ? "output" : "y";
    const data = { name: "own", columns: [...variables, target], rows, target, task: "regression", classes: null, raw: true, use: null, title: text };
    const edits = matrices.flat(2).map((value, index) => ({ step: 0, index, value }));
    const network = { hidden, activation: hidden.map(() => "sign"), output_activation: "sign" };
    setSetup(setupFrom({ data, network, loss: "squared_error", edits, batch_size: rows.length, optimizer: { name: "sgd", learning_rate: 0.5, options: {} } }));
    choose({ kind: "unit", layer: 1, j: 0 });
    close();
  }
  return html`<p>${t("logic.how", { limit: MOST_VARIABLES })}</p>
    <label class="wide-field"><span>${t("formula.text")}</span><input value=${text} spellcheck="false" onInput=${(event) => setText(event.currentTarget.value)} /></label>
    <p class="row">${EXAMPLES.map((example) => html`<button class="link" onClick=${() => setText(example)}>${example}</button>`)}</p>
    <div role="status">${problem ? html`<p class="problem">${problem}</p>` : html`<p>${t("logic.ready", { n: found.rows.length, units: found.hidden[0] ?? 0, variables: found.variables.join(", ") })}</p>`}</div>
    <div class="row end"><button class="primary" disabled=${Boolean(problem)} onClick=${open}>${t("own.open")}</button></div>`;
}
