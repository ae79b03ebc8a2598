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

/** @type {import("@preact/signals").Signal<any>} */
export const setup = signal(FIRST);
/** @type {import("@preact/signals").Signal<any>} */
export const dataset = signal(null);
export const net = computed(() => (dataset.value ? makeNet(setup.value, dataset.value) : null));

// ---- the course of training, as the engine tells it -------------------------------------------------------
export const theta = signal(new Float64Array(0));
export const calm = signal(new Float64Array(0));
export const memory = signal(new Float64Array(0));
/** Running statistics of batch normalization, or null. */
export const statistics = signal(null);
export const course = signal({ step: 0, epoch: 0, batch: 0, batches: 1, order: [], edits: [] });
/** Steps and mean batch losses, growing. */
export const history = signal({ step: [], loss: [] });
export const furthest = signal(0);
export const running = signal(false);
export const engine = signal("");
/** What went wrong, in words, or null: {text, remedy?}. */
export const notice = signal(null);

// ---- what is looked at ------------------------------------------------------------------------------------
export const sample = signal(0);
/** Index into the phases of a sample, or null: everything is shown. */
export const phase = signal(null);
/** {kind: "weight", block, i, j} (i = 0 is the bias), {kind: "unit", layer, j} or {kind: "loss"}. */
export const chosen = signal({ kind: "loss" });
export const hovered = signal(null);
export const overlay = signal("values");
export const health = signal(false);
export const plane = signal({ x: 0, y: 1, others: "row" });
export const drawn = signal(null); // inputs of a digit drawn by hand, in place of a row

// ---- preferences ------------------------------------------------------------------------------------------
export const notation = signal("pellucid");
export const digits = signal(3);
export const byHand = signal(false);
export const lecture = signal(false);
export const pace = signal(5);
export const dialog = signal(null);
export const hint = signal(0);
export const lesson = signal(null);
export const spoken = signal("");

/** The row that is looked at: inputs as the network sees them and targets, or null. */
export const row = computed(() => {
  const data = dataset.value;
  if (!data || !data.n) return null;
  const i = Math.min(sample.value, data.n - 1);
  const x = drawn.value ?? data.X.subarray(i * data.d, (i + 1) * data.d);
  return { i, x, y: data.Y.subarray(i * data.outputs, (i + 1) * data.outputs), own: Boolean(drawn.value) };
});
