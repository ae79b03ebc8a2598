/** The calculation panel: where the chosen number comes from, for this row, for the batch, and in the next step. */
import { computed, signal } from "@preact/signals";
import { byHand, canBeByHand, chainToCsv, chainToJson, chainToLatex, chainToText, describeUpdate, documentOf, factorOf, keyOf,
  notationOf, openedFrom, record, toCsv, toJson, toLatex, toText, UPDATE_PHRASES } from "../calculation/index.js";
import { Calculated, Lines } from "../calculation/view.js";
import { OPTIMIZERS, scheduleOf } from "../kernel/index.js";
import { answers, handIn, keep } from "../state/answers.js";
import { download } from "../state/files.js";
import { batchRows, currentPhase } from "../state/looked.js";
import * as store from "../state/store.js";
import { has, t } from "../words/words.js";
import { html, useState } from "./html.js";

/** @type {Record<string, any>} */
const s = store;

/** Whether numbers are hidden until the reader has guessed. */
export const quiz = signal(false);

const words = (key, values) => t(`calculation.${key}`, values);
const phrases = Object.fromEntries(UPDATE_PHRASES.map((key) => [key, t(`calculation.update.${key}`)]));
const precision = computed(() => (s.digits.value > 15 ? "full" : s.digits.value));

/** Options of a record that the setup gives. */
const options = computed(() => {
  const { l1 = 0, l2 = 0 } = s.setup.value;
  const data = s.dataset.value;
  const own = data.name === "own" && data.columns.length === data.d;
  return { l1, l2, learningRate: rate.value, featureNames: own ? data.columns.map(({ name }) => name) : [],
    how: { state: s.statistics.value } };
});

/** The learning rate of the next step. */
const rate = computed(() => {
  const { epoch, batch, batches } = s.course.value;
  return scheduleOf(s.setup.value).rate(epoch, batch / batches, epoch * s.dataset.value.n, 0);
});

const ready = computed(() => s.net.value && s.row.value && s.calm.value.length === s.net.value.nParameters);

/** This row's numbers. @type {import("@preact/signals").ReadonlySignal<any>} */
export const ofRow = computed(() => {
  if (!ready.value) return null;
  const { x, y } = s.row.value;
  return record(s.net.value, s.calm.value, Float64Array.from(x), Float64Array.from(y), 1, options.value);
});

/** The batch that the next step uses; at rest only. */
export const ofBatch = computed(() => {
  if (!ready.value || s.running.value || s.net.value.isRandom) return null;
  const rows = batchRows.value;
  if (!rows.length) return null;
  const { X, Y, d, outputs, weights } = s.dataset.value;
  const take = (values, width) => Float64Array.from(rows.flatMap((row) => Array.from(values.subarray(row * width, (row + 1) * width))));
  return record(s.net.value, s.calm.value, take(X, d), take(Y, outputs), rows.length,
    { ...options.value, weights: weights ? take(weights, 1) : null, sampleNames: rows.map((row) => String(row + 1)) });
});

/** The same by hand, where that is asked for and can be. */
const digitsByHand = computed(() => (precision.value === "full" ? 3 : Number(precision.value)));
const handOf = (r) => (r && canBeByHand(r.net) ? byHand(r, digitsByHand.value) : null);
const rowByHand = computed(() => handOf(ofRow.value));

/** What the chosen part of the picture asks for, in the phase that is shown. */
function whats() {
  const chosen = s.chosen.value;
  const kind = currentPhase.value?.kind;
  if (chosen.kind === "loss") return [{ quantity: "loss" }];
  if (chosen.kind === "weight") {
    return [{ quantity: "W", block: chosen.block, row: chosen.i, column: chosen.j }];
  }
  if (chosen.layer === 0) return [];
  const block = chosen.layer - 1;
  const outputs = ofRow.value.blocks[block].extras.length ? ["outputs"] : [];
  const quantities = { z: ["z"], a: ["a", ...outputs], delta: ["delta"] }[kind] ?? ["z", "a", ...outputs, "delta"];
  return quantities.map((quantity) => ({ quantity, block, column: chosen.j }));
}

export function Calculation() {
  const exact = s.net.value && ofRow.value;
  return html`<section class="panel calculation" aria-labelledby="calculation-title">
    <div class="head"><h2 id="calculation-title" tabindex="-1">${words("title")}</h2>
      <label class="check"><input type="checkbox" checked=${quiz.value} onChange=${() => (quiz.value = !quiz.value)} />${words("quiz")}</label></div>
    ${exact && html`<${Body} exact=${exact} />`}
  </section>`;
}

function Body({ exact }) {
  const hand = s.running.value && !s.byHand.value ? null : rowByHand.value;
  const isByHand = s.byHand.value && hand !== null;
  const shared = { record: isByHand ? hand : exact, exact: isByHand ? exact : null, hand, notation: s.notation.value,
    precision: precision.value, phrases, t: words };
  const list = whats();
  const asked = quiz.value ? `${s.row.value.i}:${s.course.value.step}` : ""; // another number is guessed anew
  const chosen = s.chosen.value;
  if (!list.length) return html`<p>${words("input", { value: exact.X[chosen.j] })}</p>`;
  return html`
    ${s.byHand.value && !hand && html`<p class="note">${words("noHand")}</p>`}
    ${list.map((what) => html`<${Calculated} key=${`${keyOf(what)}:${asked}`} ...${shared} what=${what} quiz=${quiz.value}
      onGuess=${(asked, guess, right) => keep(asked, guess, { right, byHand: isByHand ? digitsByHand.value : null })} />`)}
    ${chosen.kind !== "unit" && html`<${Batch} shared=${shared} what=${list[0]} />`}
    ${chosen.kind === "weight" && html`<${Step} shared=${shared} chosen=${chosen} open=${currentPhase.value?.kind === "update"} />`}
    <${Saves} shared=${shared} what=${list[0]} />
    ${answers.value.length > 0 && html`<${HandIn} />`}`;
}

/** The mean over the batch, closed at first. */
function Batch({ shared, what }) {
  const batch = ofBatch.value;
  if (!batch) return null;
  const record = shared.exact ? handOf(batch) : batch;
  return html`<details><summary>${words("batch", { n: batch.n })}</summary>
    <${Calculated} ...${shared} record=${record} exact=${shared.exact ? batch : null} hand=${null} what=${what} /></details>`;
}

/** What the optimizer makes of the batch's gradient. */
function Step({ shared, chosen, open }) {
  const batch = ofBatch.value;
  const { name, options: given = {}, weight_decay: decay } = s.setup.value.optimizer;
  const row = OPTIMIZERS[name];
  const n = s.net.value.nParameters;
  if (!batch || s.memory.value.length !== row.slots.length * n) return null;
  const { block, i, j } = chosen;
  const { offset, nOut } = batch.blocks[block];
  const index = offset + i * nOut + j;
  const what = { quantity: "W", block, row: i, column: j };
  const { lines } = describeUpdate({ name, options: given, learningRate: rate.value, weightDecay: decay ?? row.weightDecay,
    step: s.course.value.step + 1, isWeight: i > 0, before: batch.theta[index], gradient: batch.gradient[index],
    memory: row.slots.map((_, slot) => s.memory.value[slot * n + index]), opens: what },
  { precision: shared.precision, factor: factorOf(notationOf(shared.notation), batch.lossName), phrases });
  return html`<details open=${open}><summary>${words("step", { optimizer: named(name), batch: batch.n })}</summary>
    <${Lines} ...${shared} record=${batch} exact=${null} lines=${lines} /></details>`;
}

const named = (name) => (has(`optimizers.${name}`) ? t(`optimizers.${name}`) : name);

/** The calculation of the number with everything that it is made of, and the whole pass, as files. */
function Saves({ shared, what }) {
  const { record: r, exact, notation, precision: digits } = shared;
  const number = () => openedFrom(r, what, { notation, precision: digits, phrases });
  const pass = () => documentOf(exact ?? r, { notation, byHand: exact ? r : null });
  return html`<details class="saves"><summary>${words("save")}</summary>
    <${Files} name="calculation" label=${words("saveNumber")} files=${{ latex: () => chainToLatex(number(), digits),
      text: () => chainToText(number(), digits), csv: () => chainToCsv(number()), json: () => chainToJson(number(), notation) }} />
    <${Files} name="pass" label=${words("savePass")} files=${{ latex: () => toLatex(pass(), { precision: digits, standalone: true }),
      text: () => toText(pass(), { precision: digits }), csv: () => toCsv(pass()), json: () => toJson(pass()) }} /></details>`;
}

/** The guesses so far as a file for a teacher. */
function HandIn() {
  const [name, setName] = useState("");
  const list = answers.value;
  return html`<form class="files" onSubmit=${(event) => {
    event.preventDefault();
    download("hand-in.json", JSON.stringify(handIn(name), null, 1), "application/json");
    s.spoken.value = t("export.saved", { name: "hand-in.json" });
  }}><span>${words("answers", { right: list.filter(({ right }) => right).length, n: list.length })}</span>
    <label><span>${words("name")}</span><input value=${name} onInput=${(event) => setName(event.currentTarget.value)} autocomplete="name" /></label>
    <button type="submit">${words("handIn")}</button></form>`;
}

const TYPES = { latex: ["tex", "application/x-tex"], text: ["txt", "text/plain"], csv: ["csv", "text/csv"], json: ["json", "application/json"] };

function Files({ name, label, files }) {
  return html`<div class="files" role="group" aria-label=${label}><span aria-hidden="true">${label}:</span>
    ${Object.entries(files).map(([kind, make]) => html`<button class="link" aria-label=${`${label}: ${words(`files.${kind}`)}`} onClick=${() => {
      const [ending, type] = TYPES[kind];
      download(`${name}.${ending}`, make(), `${type};charset=utf-8`);
      s.spoken.value = t("export.saved", { name: `${name}.${ending}` });
    }}>${words(`files.${kind}`)}</button>`)}</div>`;
}
