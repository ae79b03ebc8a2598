/**
 * What is looked at, computed from the parameters the page holds: signals of the row, of the batch, the step.
 *
 * No hover waits for an engine. Values of the row follow every frame; those of the batch follow `calm`.
 */
import { computed } from "@preact/signals";
import { backward, forward, lossOf } from "../kernel/index.js";
import { phasesOf } from "./phases.js";
import { proposed } from "./proposed.js";
import * as s from "./store.js";

function pass(net, theta, setup, X, Y, n) {
  const signals = forward(net, theta, X, n, { state: s.statistics.value });
  const loss = lossOf(net, theta, signals, Y, n, setup);
  return { Z: signals.Z, A: signals.A, loss, ...backward(net, theta, signals, Y, n, setup) };
}

/** Signals, sensitivities and gradient of the row alone. */
export const seen = computed(/** @returns {any} */ () => {
  const { value: row } = s.row;
  const net = s.net.value;
  if (!row || !net || s.theta.value.length !== net.nParameters) return null;
  return { ...pass(net, s.theta.value, s.setup.value, row.x, row.y, 1), row };
});

/** Rows of the batch that the next update uses. */
export const batchRows = computed(/** @returns {any} */ () => {
  const { order, step, batches } = s.course.value;
  const size = s.setup.value.batch_size;
  const at = step % batches;
  return Array.from(order.slice(at * size, (at + 1) * size));
});

/** The mean over that batch: loss and gradient. */
export const batchSeen = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  const data = s.dataset.value;
  const rows = batchRows.value;
  if (!net || !rows.length || s.calm.value.length !== net.nParameters) return null;
  const X = new Float64Array(rows.length * data.d);
  const Y = new Float64Array(rows.length * data.outputs);
  rows.forEach((row, i) => {
    X.set(data.X.subarray(row * data.d, (row + 1) * data.d), i * data.d);
    Y.set(data.Y.subarray(row * data.outputs, (row + 1) * data.outputs), i * data.outputs);
  });
  const { loss, gradient } = pass(net, s.calm.value, s.setup.value, X, Y, rows.length);
  return { rows, loss, gradient };
});

/** The change of every parameter that the next update makes, or null while training. */
export const update = computed(/** @returns {any} */ () => {
  if (s.running.value || !s.net.value || s.theta.value.length !== s.net.value.nParameters) return null;
  return s.net.value.isRandom ? null : proposed();
});

/** Derivative of the row's loss by its inputs. */
export const inputSensitivities = computed(/** @returns {any} */ () => {
  const now = seen.value;
  if (!now) return null;
  const { nIn, nOut, offset } = s.net.value.blocks[0];
  const theta = s.theta.value;
  return Float64Array.from({ length: nIn }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < nOut; j++) sum += theta[offset + (i + 1) * nOut + j] * now.deltas[0][j];
    return sum;
  });
});

export const currentPhase = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  return s.phase.value === null || !net ? null : phasesOf(net.blocks.length)[s.phase.value];
});

/** Outputs of the whole dataset, or of its first rows if it is large. */
export const outputs = computed(/** @returns {any} */ () => {
  const net = s.net.value;
  const data = s.dataset.value;
  const theta = s.calm.value;
  if (!net || theta.length !== net.nParameters) return null;
  const n = Math.min(data.n, Math.max(50, Math.floor(2e7 / net.nParameters)));
  const signals = forward(net, theta, data.X.subarray(0, n * data.d), n, { state: s.statistics.value });
  const loss = lossOf(net, theta, signals, data.Y.subarray(0, n * data.outputs), n, s.setup.value);
  return { P: signals.A.at(-1), n, loss };
});
