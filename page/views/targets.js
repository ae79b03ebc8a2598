/** Targets and predictions in the user's words: the name of a class, or a number in the column's units. */
import { brief } from "../state/numbers.js";
import * as s from "../state/store.js";

/** Return a target or prediction of the network, its k-th, in the units of the table. */
export function inUnits(value, k = 0, data = s.dataset.value) {
  const { mean = 0, scale = 1 } = data.targets?.[k] ?? {};
  return value * scale + mean;
}

/** The k-th target's name. */
export const targetName = (k, data = s.dataset.value) => data.targets?.[k]?.name ?? data.target?.name ?? "y";

/** A label's value in words, from 0 or 1. */
export const labelOf = (value, k, data = s.dataset.value) => data.targets?.[k]?.values?.[value] ?? String(value);

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
  if (data.task === "regression") return Array.from(row.y, (y, k) => brief(inUnits(y, k, data), 3)).join("; ");
  if (data.task === "multilabel") return Array.from(row.y, (y, k) => labelOf(y, k, data)).join(" ");
  return data.classes?.[classOf(row.y)] ?? String(classOf(row.y));
}
