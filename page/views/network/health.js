/**
 * Health of the hidden units on the rows of the dataset, by the doctor's definitions (`diagnostics/unit_rules`).
 *
 * dead: the slope is 0 on every row (relu: z ≤ 0). always on: z > 0 on every row of a relu. stuck: saturated on the
 * same side on at least 95 % of the rows. gate: saturated on both sides. Each has a letter and a word.
 */
import { computed } from "@preact/signals";
import { forward } from "../../kernel/index.js";
import { editAll } from "../../state/commands.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";

const ROWS = 500;
const STUCK = 0.95;
const LOW_SLOPE = 0.05; // of the largest
const BOUNDED = { tanh: (a) => 1 - a * a, logistic: (a) => 4 * a * (1 - a) };
const CUT_OFF = new Set(["relu"]);

/** Map from "layer,unit" to {letter, word}. */
export const rings = computed(() => {
  const net = s.net.value;
  const data = s.dataset.value;
  const theta = s.calm.value;
  const found = new Map();
  if (!net || theta.length !== net.nParameters) return found;
  const n = Math.min(data.n, ROWS);
  const { Z, A } = forward(net, theta, data.X.subarray(0, n * data.d), n, { state: s.statistics.value });
  net.blocks.slice(0, -1).forEach((block, k) => {
    for (let j = 0; j < block.nOut; j++) {
      const state = stateOf(block.activation, n, (i) => Z[k][i * block.nOut + j], (i) => A[k + 1][i * block.nOut + j]);
      if (state) found.set(`${k + 1},${j}`, { state, letter: t(`health.${state}.letter`), word: t(`health.${state}.word`) });
    }
  });
  return found;
});

/** Mend a unit by one command that can be undone: on for half of the rows, or half its weights. */
export function remedy({ state, layer, j }) {
  const { offset, nIn, nOut } = s.net.value.blocks[layer - 1];
  const theta = s.theta.value;
  const at = (i) => offset + i * nOut + j;
  if (state !== "dead") {
    editAll(Array.from({ length: nIn + 1 }, (_, i) => ({ index: at(i), value: theta[at(i)] / 2 })));
    return;
  }
  const data = s.dataset.value;
  const n = Math.min(data.n, ROWS);
  const z = forward(s.net.value, theta, data.X.subarray(0, n * data.d), n, { state: s.statistics.value }).Z[layer - 1];
  const own = Float64Array.from({ length: n }, (_, i) => z[i * nOut + j]).sort();
  editAll([{ index: at(0), value: theta[at(0)] - own[n >> 1] + 1e-3 }]);
}

function stateOf(activation, n, z, a) {
  if (CUT_OFF.has(activation)) {
    let on = 0;
    for (let i = 0; i < n; i++) on += Number(z(i) > 0);
    return on === 0 ? "dead" : on === n ? "on" : null;
  }
  const slope = BOUNDED[activation];
  if (!slope) return null;
  let high = 0;
  let low = 0;
  for (let i = 0; i < n; i++) if (slope(a(i)) < LOW_SLOPE) z(i) > 0 ? high++ : low++;
  if (Math.max(high, low) >= STUCK * n) return "saturated";
  return high + low >= STUCK * n ? "gate" : null;
}
