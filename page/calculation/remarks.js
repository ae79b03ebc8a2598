/** What equations and numbers leave open: penalties, normalizations, residuals, dropout (pellucid.explain.additions). */
import { literal } from "./equations.js";
import { factorOf, own, symbol, written } from "./notation.js";
import { exponential } from "./numbers.js";

/** A strength with four significant digits, as Python's `:.4g`. */
const brief = (value) => {
  const [digits, power] = exponential(value, 3).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 4) return String(Number(`${digits}e${power}`));
  return `${Number(digits)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
};

/** What holds for every number of a record. */
export function onTheWhole(notation, r, say) {
  const factor = factorOf(notation, r.lossName);
  const found = [];
  if (factor !== 1) found.push(say("without_half", { factor: String(factor) }));
  if (r.n > 1) found.push(say(r.weighted ? "share_of_weighted_mean" : "share_of_mean"));
  const strengths = [[r.l1, "sign(W)"], [r.l2, "W"]].filter(([strength]) => strength);
  const penalty = strengths.map(([strength, of]) => `${brief(factor * Number(strength))} ${of}`).join(" + ");
  if (penalty) found.push(say("penalty_in_gradient", { penalty }));
  const flat = new Set(r.blocks.filter(({ activation }) => activation.flat).map(({ activation }) => activation.name));
  if (flat.size) {
    const activations = [...flat].sort().map(literal).reduce((first, second) => say("and", { first, second }));
    found.push(say("flat", { activations }));
  }
  const kinks = r.blocks.some(({ activation, z }) => activation.name === "relu" && z.includes(0));
  if (kinks && notation.relu_at_zero !== 0) found.push(say("kink"));
  return found;
}

/** What a notation's equations of a block leave out. */
export function onTheWayForward(notation, block, say) {
  if (!block.extras.length) return [];
  const symbols = (names) => Object.fromEntries(names.map((name) => [name, own(notation, name, block.index)]));
  const notes = [say("also", { layers: block.extras.join(", ") })];
  if (block.normalized) notes.push(say("before_normalization", symbols(["linear", "scale", "shift"])));
  const activation = activated(notation, block);
  let gives = activation;
  for (const extra of block.extras) {
    if (extra === "+ signal") gives += ` + ${symbol(notation, "signal", block.index)}`;
    else if (extra === "+ input") gives += ` + ${symbol(notation, "layer", block.index)}`;
    else if (extra.startsWith("dropout") && !block.mask) notes.push(say("dropout_at_rest"));
    else if (extra.startsWith("dropout")) gives = `${gives.includes(" + ") ? `(${gives})` : gives} ∘ ${own(notation, "mask", block.index)}`;
  }
  if (gives !== activation) notes.push(say("gives", { activation, outputs: gives }));
  return notes;
}

/** What a notation's equations of the way back through a block leave out. */
export function onTheWayBack(notation, block, following, say) {
  const notes = [];
  const { loss } = notation;
  if (following?.normalized) {
    notes.push(say("normalized_above", { layer: following.extras[0], loss, delta: symbol(notation, "delta", following.index),
      linear: own(notation, "linear", following.index) }));
  }
  if (following?.extras.includes("+ input")) notes.push(say("residual_above"));
  const delta = symbol(notation, "delta", block.index);
  if (block.mask) notes.push(say("dropout_first", { upstream: upstream(notation, block), mask: own(notation, "mask", block.index) }));
  if (block.extras.includes("+ signal")) notes.push(say("signal_too", { delta, slope: symbol(notation, "slope", block.index) }));
  if (block.normalized) notes.push(say("with_normalization", { loss, delta, linear: own(notation, "linear", block.index) }));
  return notes;
}

/** The symbol of what the activation gives. */
export const activated = (notation, block) =>
  `${written(notation, notation.activation, block.index)}(${symbol(notation, "signal", block.index)})`;

/** The symbol of the derivative with respect to the activation, where it is not the output's. */
export const upstream = (notation, block) =>
  (block.mask ? `∂${notation.loss}/∂${activated(notation, block)}` : symbol(notation, "upstream", block.index));
