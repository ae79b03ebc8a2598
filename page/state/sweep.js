/**
 * Sweeps: the run again with other values of one setting, each to the same number of epochs.
 *
 * The page's kernel trains them, in slices between frames, whatever engine is behind the page. The run that is shown
 * stays as it is; `take` puts one of the others in its place, as a command that undo takes back.
 */
import { signal } from "@preact/signals";
import { forward, INITIALIZERS, KernelError, LIMITS, lossOf, Run } from "../kernel/index.js";
import { refusal, setSetup, shared } from "./commands.js";
import { binned } from "./binned.js";
import { parseNumber } from "./numbers.js";
import { sameShape, setupFrom, withHidden } from "./setups.js";
import * as s from "./store.js";

const SLICE_MS = 8; // half of a frame
const POINTS = 100; // of a curve
export const MOST = 12; // values

const whole = (least, most) => (text) => {
  const value = parseNumber(text);
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
};
const positive = (text) => {
  const value = parseNumber(text);
  return value > 0 && value < Infinity ? value : null;
};

/** What can be swept: the values at first, how one is read, and the setup with it. @type {Record<string, any>} */
export const SWEPT = {
  rate: { values: "0.001 0.003 0.01 0.03 0.1 0.3", read: positive, apply: (setup, learning_rate) => setupFrom({ optimizer: { learning_rate } }, setup) },
  width: { values: "1 2 4 8 16", read: whole(1, 256), apply: (setup, n) => withHidden(setup, (setup.network.hidden.length ? setup.network.hidden : [n]).map(() => n)) },
  depth: { values: "0 1 2 3 4", read: whole(0, 8), apply: (setup, n) => withHidden(setup, Array(n).fill(setup.network.hidden[0] ?? 4)) },
  initializer: {
    values: "zeros glorot_uniform glorot_normal he_normal orthogonal",
    read: (text) => (Object.hasOwn(INITIALIZERS, text) ? text : null),
    apply: (setup, initializer) => setupFrom({ network: { initializer } }, setup),
  },
  seed: { values: "0 1 2 3 4 5", read: whole(0, 4294967295), apply: (setup, seed) => setupFrom({ seed }, setup) },
};

/** {name, epochs, rows, running}: a row has its value and setup, and once it is trained {step, curve, P, n, loss, theta}. */
export const sweep = signal(/** @type {any} */ (null));
let turn = 0; // of the sweep that runs; another one, or `stop`, ends it

/** The values that are typed, or null if one cannot be read. @returns {any[] | null} */
export function valuesOf(name, text) {
  const values = text.split(/[\s;]+/).filter(Boolean).map(SWEPT[name].read);
  return values.length && values.length <= MOST && !values.includes(null) ? [...new Set(values)] : null;
}

export function stop() {
  turn++;
  if (sweep.value) sweep.value = { ...sweep.value, running: false };
}

/** Train with each of the values. */
export async function start(name, values, epochs) {
  const mine = ++turn;
  const data = s.dataset.value;
  const base = shared();
  const rows = values.map((value) => {
    const setup = SWEPT[name].apply(base, value);
    return { value, setup: { ...setup, edits: sameShape(setup, base) ? base.edits : [] } };
  });
  sweep.value = { name, epochs, rows, data, running: true };
  for (const row of rows) {
    for await (const found of trained(row.setup, data, epochs)) {
      if (mine !== turn) return;
      Object.assign(row, found);
      sweep.value = { ...sweep.value };
    }
  }
  stop();
}

const frame = () => new Promise((done) => setTimeout(done, 0));

/** Train in slices; yield how far it is, and at last what came out. @returns {AsyncGenerator<any>} */
async function* trained(setup, data, epochs) {
  await frame();
  let run;
  try {
    const problem = refusal(setup);
    if (problem) throw new KernelError(problem, "");
    run = new Run(setup, data, LIMITS.parameters);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    yield { problem: error.message };
    return;
  }
  const last = epochs * run.batches;
  let shown = 0;
  while (run.step < last && !run.diverged) {
    const ends = performance.now() + SLICE_MS;
    while (run.step < last && run.stepOnce() && performance.now() < ends);
    if (ends - shown > 200) {
      shown = ends;
      yield { share: run.step / last };
    }
    await frame();
  }
  const { net, theta, losses, step } = run;
  const n = Math.min(data.n, 2000);
  const signals = forward(net, theta, data.X.subarray(0, n * data.d), n, { state: run.statistics });
  const loss = lossOf(net, theta, signals, data.Y.subarray(0, n * data.outputs), n, setup).data;
  yield { share: 1, step, net, theta: theta.slice(), state: run.statistics.slice(), P: signals.A.at(-1), n, loss,
    curve: binned(losses.map((_, i) => i + 1), losses, POINTS), diverged: run.diverged };
}

/** Put one of the runs in the place of the one that is shown. */
export const take = ({ setup, step }) => setSetup(setup, { step });
