/** The update that comes next: one step of a run that stands where the engine stands. */
import { Run } from "../kernel/index.js";
import * as s from "./store.js";

/** Return the change of every parameter, or null where the next step is not finite. */
export function proposed() {
  const data = s.dataset.value;
  const theta = s.theta.value;
  const { step, epoch, order } = s.course.value;
  const run = new Run({ ...s.setup.value, edits: [] }, data);
  if (s.memory.value.length !== run.memory.length) return null;
  Object.assign(run, { step, updates: step, samplesSeen: epoch * data.n, order: Int32Array.from(order) });
  run.theta.set(theta);
  run.memory.set(s.memory.value);
  if (s.statistics.value) run.statistics.set(s.statistics.value);
  run.stepOnce();
  return run.diverged ? null : run.theta.map((value, i) => value - theta[i]);
}
