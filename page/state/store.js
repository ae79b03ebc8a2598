/**
 * State of the page as signals: the setup, the dataset, the course of training, and what is looked at.
 *
 * A run is a function of Setup, Edits and Position. Views read these signals and change them only through
 * `commands.js`. `theta` changes with every frame; `calm` follows it a few times a second while training, and
 * at once at rest, so that text does not flicker.
 */
import { computed, signal } from "@preact/signals";
import { makeNet } from "../kernel/index.js";
import { FIRST } from "./setups.js";

export const setup = signal(/** @type {any} */ (FIRST));
export const dataset = signal(/** @type {any} */ (null));
export const net = computed(/** @returns {any} */ () => (dataset.value ? makeNet(setup.value, dataset.value) : null));

// ---- the course of training, as the engine tells it -------------------------------------------------------
export const theta = signal(/** @type {any} */ (new Float64Array(0)));
export const calm = signal(/** @type {any} */ (new Float64Array(0)));
export const memory = signal(/** @type {any} */ (new Float64Array(0)));
/** Running statistics of batch normalization, or null. */
export const statistics = signal(/** @type {any} */ (null));
export const course = signal(/** @type {any} */ ({ step: 0, epoch: 0, batch: 0, batches: 1, order: [], edits: [] }));
/** Steps and mean batch losses, growing. */
export const history = signal(/** @type {any} */ ({ step: [], loss: [] }));
/** A run kept for comparison: {setup, history, loss, step}, or null. */
export const kept = signal(/** @type {any} */ (null));
export const furthest = signal(0);
export const running = signal(false);
/** A way to a position that takes its time: {step, until}, or null. */
export const going = signal(/** @type {any} */ (null));
export const engine = signal(/** @type {any} */ (""));
/** What went wrong, in words, or null: {text, remedy?}. */
export const notice = signal(/** @type {any} */ (null));

// ---- what is looked at ------------------------------------------------------------------------------------
export const sample = signal(0);
/** Index into the phases of a sample, or null: everything is shown. */
export const phase = signal(/** @type {any} */ (null));
/** {kind: "weight", block, i, j} (i = 0 is the bias), {kind: "unit", layer, j} or {kind: "loss"}. */
export const chosen = signal(/** @type {any} */ ({ kind: "loss" }));
export const hovered = signal(/** @type {any} */ (null));
export const overlay = signal(/** @type {any} */ ("values"));
export const health = signal(false);
export const plane = signal(/** @type {any} */ ({ x: 0, y: 1, others: "row", output: 0 }));
/** Hidden units whose plane is shown: {layer, a, b}, or {} for the first two of the last hidden layer. */
export const pair = signal(/** @type {any} */ ({}));
export const drawn = signal(/** @type {any} */ (null)); // inputs of a digit drawn by hand, in place of a row

// ---- preferences ------------------------------------------------------------------------------------------
export const notation = signal(/** @type {any} */ ("pellucid"));
export const digits = signal(3);
export const byHand = signal(false);
export const lecture = signal(false);
export const pace = signal(5);
export const dialog = signal(/** @type {any} */ (null));
export const hint = signal(0);
export const lesson = signal(/** @type {any} */ (null));
export const spoken = signal(/** @type {any} */ (""));

/** The row that is looked at: inputs as the network sees them and targets, or null. */
export const row = computed(/** @returns {any} */ () => {
  const data = dataset.value;
  if (!data || !data.n) return null;
  const i = Math.min(sample.value, data.n - 1);
  const x = drawn.value ?? data.X.subarray(i * data.d, (i + 1) * data.d);
  return { i, x, y: data.Y.subarray(i * data.outputs, (i + 1) * data.outputs), own: Boolean(drawn.value) };
});
