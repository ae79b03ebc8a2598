/** Targets and predictions in the user's words: the name of a class, or a number in the column's units. */
import { brief } from "../state/numbers.js";
import * as s from "../state/store.js";

/** Return a target or prediction of the network in the units of the table. */
export function inUnits(value, data = s.dataset.value) {
  const { mean = 0, scale = 1 } = data.target ?? {};
  return value * scale + mean;
}

/** The output from which on a unit says yes: in the middle of its range. */
export const cut = () => (s.net.value.loss.activation.range.low < 0 ? 0 : 0.5);

/** The class that targets name, or outputs with the `cut` of their unit. */
export function classOf(outputs, least = 0.5) {
  if (outputs.length === 1) return outputs[0] >= least ? 1 : 0;
  let best = 0;
  for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[best]) best = k;
  return best;
}

export function targetOf(row, data = s.dataset.value) {
  if (row.own) return "?";
  if (data.task === "regression") return brief(inUnits(row.y[0], data), 3);
  if (data.task === "multilabel") return Array.from(row.y).join(" ");
  return data.classes?.[classOf(row.y)] ?? String(classOf(row.y));
}
