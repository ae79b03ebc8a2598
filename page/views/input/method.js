/** The method: loss, optimizer, rate, schedule, batches, penalties, start. Every menu is a table of the library. */
import { INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES } from "../../kernel/index.js";
import { change } from "../../state/commands.js";
import { parseNumber } from "../../state/numbers.js";
import { PERCEPTRON } from "../../state/perceptron.js";
import { OF_CLASSES } from "../../state/setups.js";
import * as s from "../../state/store.js";
import { named, t } from "../../words/words.js";
import { html } from "../html.js";

function Choice({ label, group, value, names, onPick, none }) {
  return html`<label class="field"><span>${label}</span><select onChange=${(event) => onPick(event.currentTarget.value || null)}>
    ${none && html`<option value="" selected=${value === null}>${none}</option>`}
    ${names.map((name) => html`<option value=${name} selected=${name === value}>${named(group, name)}</option>`)}</select></label>`;
}

export function NumberField({ label, value, onSet, low = -Infinity, high = Infinity, whole = false, hint }) {
  return html`<label class="field" title=${hint}><span>${label}</span><input inputmode="decimal" value=${value} onChange=${(event) => {
    const input = event.currentTarget;
    const typed = parseNumber(input.value);
    const fits = Number.isFinite(typed) && typed >= low && typed <= high && (!whole || Number.isInteger(typed));
    input.setCustomValidity(fits ? "" : t(whole ? "method.badWhole" : "method.bad", { label, low: low === -Infinity ? "−∞" : low, high: high === Infinity ? "∞" : high }));
    if (fits) onSet(typed);
    else input.reportValidity();
  }} /></label>`;
}

/** Losses that take the outputs and targets of the data's task. */
const lossesFor = (task) => Object.keys(LOSSES).filter((name) => task !== "regression" || !OF_CLASSES.includes(name));

const outputsFor = (loss, data) => LOSSES[loss].outputActivations.filter((name) => data.outputs > 1 || name !== "softmax");

/** The perceptron is a whole method; what it leaves to the next loss fits the data again. */
function pickLoss(loss) {
  if (loss === "perceptron") change(PERCEPTRON);
  else change(s.setup.value.loss === "perceptron" ? { loss, network: { output_activation: null } } : { loss });
}

/** One field for each option of a row of a table, in the range that the table gives. */
function optionFields(chosen, options, set) {
  return Object.entries(options).map(([name, { default: value, accepted }]) => html`<${NumberField} key=${`${chosen.name}.${name}`} label=${named("options", name)}
    value=${chosen.options[name] ?? value} low=${accepted.low} high=${accepted.high} onSet=${(v) => set({ ...chosen.options, [name]: v })} />`);
}

export function Method() {
  const { loss, optimizer, schedule, batch_size, l1, l2, seed, shuffle, network } = s.setup.value;
  const data = s.dataset.value;
  const options = OPTIMIZERS[optimizer.name]?.options ?? {};
  return html`<section class="panel method" aria-labelledby="method-title">
    <header><h2 id="method-title">${t("method.title")}</h2>
      <button onClick=${() => (s.dialog.value = "sweep")}>${t("dialogs.sweep")}</button></header>
    <div class="fields">
      <${Choice} label=${t("method.optimizer")} group="optimizers" value=${optimizer.name} names=${Object.keys(OPTIMIZERS)} onPick=${(name) => change({ optimizer: { name, options: {} } })} />
      <${NumberField} label=${t("method.rate")} value=${optimizer.learning_rate} low=${1e-9} high=${1000} onSet=${(learning_rate) => change({ optimizer: { learning_rate } })} />
      <${NumberField} label=${t("method.batch")} value=${batch_size} low=${1} high=${data.n} whole onSet=${(value) => change({ batch_size: value })} />
      <${NumberField} label=${t("method.seed")} value=${seed} low=${0} high=${4294967295} whole onSet=${(value) => change({ seed: value })} />
    </div>
    <details><summary>${t("method.more")}</summary><div class="fields">
      <${Choice} label=${t("method.loss")} group="losses" value=${loss} names=${lossesFor(data.task)} onPick=${pickLoss} />
      <${Choice} label=${t("method.outputActivation")} group="activations" value=${network.output_activation} none=${t("method.fitting")} names=${outputsFor(loss, data)} onPick=${(name) => change({ network: { output_activation: name } })} />
      <${Choice} label=${t("method.initializer")} group="initializers" value=${network.initializer} none=${t("method.fitting")} names=${Object.keys(INITIALIZERS)} onPick=${(name) => change({ network: { initializer: name } })} />
      <${Choice} label=${t("method.schedule")} group="schedules" value=${schedule.name} names=${Object.keys(SCHEDULES)} onPick=${(name) => change({ schedule: { name, options: {} } })} />
      <${NumberField} label=${t("method.l1")} value=${l1} low=${0} onSet=${(value) => change({ l1: value })} />
      <${NumberField} label=${t("method.l2")} value=${l2} low=${0} onSet=${(value) => change({ l2: value })} />
      ${optionFields(optimizer, options, (chosen) => change({ optimizer: { options: chosen } }))}
      ${optionFields(schedule, SCHEDULES[schedule.name].options, (chosen) => change({ schedule: { options: chosen } }))}
      <label class="check"><input type="checkbox" checked=${shuffle} onChange=${() => change({ shuffle: !shuffle })} />${t("method.shuffle")}</label>
    </div></details>
  </section>`;
}
