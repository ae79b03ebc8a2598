/**
 * What an optimizer makes of a gradient, in words and numbers: its memory first, then the parameter.
 *
 * A row per optimizer of the table. One that has no row here is described by its change, so that a new optimizer of
 * the library has a sentence at once. The numbers are those of the kernel's own functions.
 */
import { OPTIMIZERS } from "../kernel/index.js";
import { written } from "./numbers.js";
import { phrasebook, textOf } from "./phrases.js";

/**
 * @typedef {import("./phrases.js").Pieces} Pieces
 * @typedef {{ name: string, options: Record<string, number>, learningRate: number, weightDecay: number, step: number,
 *   isWeight: boolean, before: number, gradient: number, memory: number[], opens?: import("./phrases.js").What }}
 *   Update `step` is the number of this update, from 1; `memory` the optimizer's, one number per slot, before it;
 *   `opens` explains the gradient
 */

/** The phrases that this module adds to those of explain; the catalogue of words has them. */
export const UPDATE_PHRASES = ["velocity", "momentum_step", "nesterov_step", "squares", "moving_squares", "root_step",
  "moving_mean", "corrected_mean", "corrected_squares", "adam_step", "decay", "before_weight", "slot", "change_step"];

/**
 * @param {Update} update
 * @param {{ precision?: number | "full", factor?: number, phrases: Record<string, string> }} options
 * @returns {{ value: number, memory: number[], lines: Pieces[], text: string }}
 */
export function describeUpdate(update, { precision = 3, factor = 1, phrases }) {
  const row = OPTIMIZERS[update.name];
  const say = phrasebook(phrases);
  const n = (value) => written(value, precision);
  const kept = update.weightDecay && update.isWeight ? 1 - update.learningRate * update.weightDecay : 1;
  const decayed = update.before * kept;
  const options = Object.keys(row.options).map((name) => update.options[name] ?? row.options[name].default);
  const scalars = row.scalars(update.learningRate, update.step, ...options);
  const [change, ...memory] = row.update(update.gradient, ...update.memory, ...scalars);
  const value = decayed + change;
  const lines = [];
  if (kept !== 1) {
    lines.push(say("decay", { before: n(update.before), rate: n(update.learningRate), decay: n(update.weightDecay), value: n(decayed) }));
  }
  const text = written(factor * update.gradient, precision);
  const gradient = update.opens ? { text, opens: update.opens } : text;
  const given = { row, say, n, update, options: Object.fromEntries(Object.keys(row.options).map((name, i) => [name, options[i]])),
    before: decayed, change, memory, value, factor, gradient, rate: n(update.learningRate / factor) };
  lines.push(...(SENTENCES[update.name] ?? anyOptimizer)(given));
  return { value, memory, lines, text: lines.map(textOf).join("\n") };
}

const parameter = ({ say, n, update, before }) => (update.isWeight
  ? say("before_weight", { value: n(before) }) : say("bias", { value: n(before) }));

/** θ − η g, in the words of Trace.explain. */
function plainStep({ say, n, update, before, gradient, rate, value }) {
  const key = update.isWeight ? "updated_weight" : "updated_bias";
  return [say(key, { before: n(before), rate, gradient, value: n(value) })];
}

function velocityLine({ say, n, update, options, memory, gradient, rate }) {
  return say("velocity", { momentum: n(options.momentum), velocity: n(update.memory[0]), rate, gradient, value: n(memory[0]) });
}

function momentumStep(given) {
  const { say, n, memory, value } = given;
  return [velocityLine(given), say("momentum_step", { parameter: parameter(given), velocity: n(memory[0]), value: n(value) })];
}

function nesterovStep(given) {
  const { say, n, options, memory, gradient, rate, value } = given;
  return [velocityLine(given), say("nesterov_step", { parameter: parameter(given), momentum: n(options.momentum),
    velocity: n(memory[0]), rate, gradient, value: n(value) })];
}

/** The step of methods that divide by a root: derivatives twice as large leave it as it is, and so does the rate. */
function rootStep(given, squares) {
  const { say, n, update, options, gradient, factor, value } = given;
  return say("root_step", { parameter: parameter(given), rate: n(update.learningRate), gradient,
    root: n(factor * Math.sqrt(squares)), epsilon: n(factor * options.epsilon), value: n(value) });
}

function adagradStep(given) {
  const { say, n, update, memory, gradient, factor } = given;
  const square = factor * factor;
  return [say("squares", { squares: n(square * update.memory[0]), gradient, value: n(square * memory[0]) }), rootStep(given, memory[0])];
}

function movingSquares({ say, n, options, gradient, factor }, before, after) {
  return say("moving_squares", { decay: n(options.beta_2), squares: n(factor * factor * before), share: n(1 - options.beta_2),
    gradient, value: n(factor * factor * after) });
}

function rmspropStep(given) {
  const { update, memory } = given;
  return [movingSquares(given, update.memory[0], memory[0]), rootStep(given, memory[0])];
}

function adamStep(given) {
  const { say, n, update, options, memory, gradient, factor, value } = given;
  const [mean, squares] = [memory[0] / (1 - options.beta_1 ** update.step), memory[1] / (1 - options.beta_2 ** update.step)];
  const step = String(update.step);
  return [
    say("moving_mean", { decay: n(options.beta_1), mean: n(factor * update.memory[0]), share: n(1 - options.beta_1), gradient,
      value: n(factor * memory[0]) }),
    movingSquares(given, update.memory[1], memory[1]),
    say("corrected_mean", { mean: n(factor * memory[0]), decay: n(options.beta_1), step, value: n(factor * mean) }),
    say("corrected_squares", { squares: n(factor * factor * memory[1]), decay: n(options.beta_2), step, value: n(factor * factor * squares) }),
    say("adam_step", { parameter: parameter(given), rate: n(update.learningRate), mean: n(factor * mean),
      root: n(factor * Math.sqrt(squares)), epsilon: n(factor * options.epsilon), value: n(value) }),
  ];
}

/** An optimizer that this module does not know: what it remembers, and the change that it makes. */
function anyOptimizer(given) {
  const { row, say, n, update, memory, change, value } = given;
  const slots = row.slots.map((name, i) => say("slot", { name, before: n(update.memory[i]), after: n(memory[i]) }));
  return [...slots, say("change_step", { parameter: parameter(given), change: n(change), value: n(value) })];
}

const SENTENCES = { sgd: plainStep, momentum: momentumStep, nesterov: nesterovStep, adagrad: adagradStep, rmsprop: rmspropStep,
  adam: adamStep, adamw: adamStep };
