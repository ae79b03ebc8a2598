/**
 * The perceptron step by step: one unit per class, the perceptron criterion, one row a step. The mistakes so far, the
 * rows that are wrong now, the next row, and whether any plane gets every row right.
 */
import { computed, effect } from "@preact/signals";
import { widestMargin } from "../data/margin.js";
import { Run } from "../kernel/index.js";
import { toggle } from "./commands.js";
import { batchRows, outputs } from "./looked.js";
import * as s from "./store.js";

const MOST_NUMBERS = 40_000; // of data for which the widest margin is looked for

/** What turns any setup into the perceptron of the same data. */
export const PERCEPTRON = { loss: "perceptron", l1: 0, l2: 0, batch_size: 1, optimizer: { name: "sgd", learning_rate: 1, options: {} },
  schedule: { name: "constant", options: {} },
  network: { hidden: [], activation: [], output_activation: "identity", initializer: "zeros", dropout: 0, normalization: null, residual: false } };

export const isPerceptron = computed(() => s.setup.value.loss === "perceptron" && s.net.value?.blocks.length === 1);

/** The same run a second time, in which every step is looked at: how many mistakes there were up to each. */
let again = /** @type {any} */ (null);

function mistakesTo(step) {
  const edits = s.course.value.edits;
  const key = JSON.stringify(edits);
  if (again?.setup !== s.setup.value || again.key !== key) {
    again = { setup: s.setup.value, key, run: new Run({ ...s.setup.value, edits }, s.dataset.value), counts: [0] };
  }
  const { run, counts } = again;
  const { nOut } = run.net.blocks[0];
  while (counts.length <= step) {
    if (!run.stepOnce()) break;
    counts.push(counts.at(-1) + run.gradient.subarray(0, nOut).filter(Boolean).length); // those of the biases are errors
  }
  return counts[Math.min(step, counts.length - 1)];
}

/** Rows of which a unit is wrong. */
const wrong = computed(() => {
  const found = outputs.value;
  if (!isPerceptron.value || !found) return [];
  const { Y, outputs: K } = s.dataset.value;
  return Array.from({ length: found.n }, (_, i) => i)
    .filter((i) => Y.subarray(i * K, (i + 1) * K).some((y, k) => found.P[i * K + k] >= 0 !== y > 0.5));
});

/** Of each unit the longest row and the widest margin, or null where the data are too many. */
const margins = computed(() => {
  if (!isPerceptron.value) return null;
  const { X, Y, n, d, outputs: K } = s.dataset.value;
  if (n * (d + 1) * K > MOST_NUMBERS) return null;
  return Array.from({ length: K }, (_, k) => widestMargin(Array.from({ length: n }, (_, i) => {
    const sign = Y[i * K + k] > 0.5 ? 1 : -1;
    return [sign, ...Array.from(X.subarray(i * d, (i + 1) * d), (x) => sign * x)];
  })));
});

/** {mistakes, wrong, next, separable, bound}, or null where it is no perceptron. `bound` is the sum of (R/γ)². */
export const perceptron = computed(() => {
  if (!isPerceptron.value || s.calm.value.length !== s.net.value.nParameters) return null;
  const found = margins.value;
  const separable = found && found.every(({ margin }) => margin > 0);
  return { mistakes: mistakesTo(s.course.value.step), wrong: wrong.value, next: batchRows.value, separable,
    bound: separable ? found.reduce((sum, { radius, margin }) => sum + (radius / margin) ** 2, 0) : null };
});

/** Pause where no row is wrong: no step changes anything from there on. */
export const pauseAtTheEnd = () => effect(() => {
  if (s.running.value && perceptron.value?.wrong.length === 0) toggle();
});
