/** The update that comes next: one step of a run that stands where the engine stands. */
import { Run } from "../kernel/index.js";
import * as s from "./store.js";

/** Return the change of every parameter, or null where the page's kernel cannot tell. */
export function proposed() {
  const { value: data } = s.dataset;
  const theta = s.theta.value;
  try {
    const run = new Run(s.setup.value, data);
    run.restore({ step: s.course.value.step, theta: theta.slice(), memory: s.memory.value.slice(), order: s.course.value.order });
    run.stepOnce();
    return run.theta.map((value, i) => value - theta[i]);
  } catch {
    return null;
  }
}
