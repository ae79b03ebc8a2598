/**
 * Commands: everything a user can do to the run, and what the engine answers.
 *
 * The engine owns the course of training; the page owns the setup, the log of commands, and what is looked at.
 */
import { batch } from "@preact/signals";
import { datasetOf } from "../data/datasets.js";
import { KernelError, isTooMuch, LIMITS, makeNet, Run } from "../kernel/index.js";
import { has, t } from "../words/words.js";
import * as log from "./log.js";
import { overlayOf, phasesOf, subjectOf } from "./phases.js";
import { lossFor, OF_CLASSES, sameShape, setupFrom, withHidden } from "./setups.js";
import * as s from "./store.js";

const MOST_LOSSES = 4096; // of a run that goes on, an even number
const CALM_MS = 200;
const MOST_STEPS = 1e6; // that a page makes by itself when it is opened
const SLOWEST_CALM_MS = 1000; // once a second however slow the machine
const CALM_PAUSE = 9; // times what showing `calm` took: a tenth of the time at most is for it
/** @type {any} */
let port = null;
let calmed = 0;
let calmPause = CALM_MS;
let limits = { parameters: Infinity };
let asked = 0; // number of the last jump or question
let lastJump = 0;
/** @type {number | null} */
let jumping = null; // the step asked for and not yet reached

/** Connect to an engine: a port with `send` and `onmessage`. */
export function connect(engine) {
  port = engine;
  limits = engine.limits ?? limits;
  port.onmessage = receive;
  port.onclose = (reason) => {
    s.running.value = false;
    s.going.value = null;
    s.notice.value = { text: has(`notice.${reason}`) ? t(`notice.${reason}`) : reason, kind: "error" };
  };
  port.send({ type: "hello", version: 1 });
}

// ---- from the engine --------------------------------------------------------------------------------------

/** Answers that are awaited, by the number of the question. @type {Map<number, any>} */
const awaited = new Map();

/** Ask the engine for something that only it can tell, such as a table. @returns {Promise<any>} */
export function ask(what, parts = {}) {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    awaited.set(id, { resolve, reject });
    port.send({ type: "ask", what, id, ...parts });
  });
}

function receive(message) {
  const waiting = awaited.get(message.id);
  if (waiting) {
    awaited.delete(message.id);
    if (message.type === "answer") waiting.resolve(message);
    else waiting.reject(new Error(message.message));
    return;
  }
  if (message.type === "welcome") {
    s.engine.value = message.engine;
    limits = message.limits ?? limits;
  }
  else if (message.type === "state") onState(message);
  else if (message.type === "frame") onFrame(message);
  else if (message.type === "progress") {
    s.going.value = { step: message.step, until: message.until };
    acknowledge(message);
  }
  else if (message.type === "diverged") onDiverged(message);
  else if (message.type === "error" && message.code !== "superseded") s.notice.value = { text: message.message, kind: "error" };
}

function onState(message) {
  batch(() => {
    const { batch_size: size, loss } = s.setup.value;
    const moved = message.step !== s.course.value.step || (message.step === 0 && loss === "perceptron");
    if (size === 1 && moved && message.order?.length) s.sample.value = message.order[message.batch]; // the one that comes next
    s.theta.value = message.theta;
    s.calm.value = message.theta;
    s.memory.value = message.memory ?? new Float64Array(0);
    s.statistics.value = message.statistics?.length ? message.statistics : null;
    s.course.value = {
      step: message.step,
      epoch: message.epoch,
      batch: message.batch,
      batches: message.batches,
      order: message.order ?? [],
      edits: message.edits ?? [],
    };
    if (message.history) s.history.value = message.history;
    s.furthest.value = Math.max(message.history?.step.at(-1) ?? 0, message.step);
    s.running.value = false;
    if (message.id === undefined || message.id === lastJump) jumping = s.going.value = null;
  });
}

function onFrame(message) {
  const now = performance.now();
  batch(() => {
    s.theta.value = message.theta;
    s.course.value = { ...s.course.value, step: message.step, epoch: message.epoch, batch: message.batch };
    s.furthest.value = Math.max(s.furthest.value, message.step);
    grow(message);
    if (now - calmed > calmPause) {
      calmed = now;
      s.calm.value = message.theta;
    }
  });
  // Views are rendered in a microtask of their own, before this one.
  if (calmed === now) queueMicrotask(() => (calmPause = Math.min(SLOWEST_CALM_MS, Math.max(CALM_MS, CALM_PAUSE * (performance.now() - now)))));
  acknowledge(message);
}

const acknowledge = ({ frame }) => requestAnimationFrame(() => port.send({ type: "ack", frame }));

/** Append the losses since the last frame. */
function grow({ history, step, loss }) {
  const known = s.history.value;
  const last = known.step.at(-1) ?? 0;
  const more = history ?? { step: [step], loss: [loss] };
  more.step.forEach((at, i) => {
    if (at <= last || !Number.isFinite(more.loss[i])) return;
    known.step.push(at);
    known.loss.push(more.loss[i]);
  });
  if (known.step.length >= MOST_LOSSES) s.history.value = halved(known);
}

/** Two losses after each other as one: the later step, and the mean. The engine keeps them all. */
function halved({ step, loss }) {
  const seconds = step.flatMap((_, i) => (i % 2 ? [i] : []));
  return { step: seconds.map((i) => step[i]), loss: seconds.map((i) => (loss[i - 1] + loss[i]) / 2) };
}

function onDiverged(message) {
  s.running.value = false;
  s.notice.value = {
    kind: "diverged",
    text: t("notice.diverged", { step: message.step, reason: message.reason ?? "" }),
    remedy: { text: t("notice.smallerRate"), act: () => change({ optimizer: { learning_rate: s.setup.value.optimizer.learning_rate / 10 } }) },
  };
}

// ---- the setup --------------------------------------------------------------------------------------------

/** Return why a setup cannot be, in words, or null. */
export function refusal(setup) {
  try {
    const data = datasetOf(setup.data);
    const net = makeNet(setup, data);
    if (isTooMuch(net, Math.min(setup.batch_size, data.n))) return t("notice.batch", { rows: setup.batch_size });
    if (net.nParameters <= limits.parameters) return null;
    return t("notice.large", { n: net.nParameters, limit: limits.parameters });
  } catch (error) {
    if (error.code && has(`own.errors.${error.code}`)) return t(`own.errors.${error.code}`, error.values);
    if (error instanceof KernelError) return error.message;
    throw error;
  }
}

function apply(setup, step = 0) {
  const data = datasetOf(setup.data);
  batch(() => {
    s.running.value = false;
    s.notice.value = null;
    if (data !== s.dataset.value) {
      s.dataset.value = data;
      s.sample.value = 0;
      s.drawn.value = null;
      s.plane.value = { x: data.d > 2 ? "pca" : 0, y: Math.min(1, data.d - 1), others: "row", output: 0 };
    }
    s.setup.value = setup;
    s.phase.value = null;
    s.history.value = { step: [], loss: [] };
    s.furthest.value = 0;
    s.chosen.value = fitting(s.chosen.value, s.net.value);
    s.hovered.value = null;
  });
  port.send({ type: "setup", setup, dataset: data });
  if (step) jump(step);
}

/** The subject, if the network still has it. */
function fitting(chosen, net) {
  if (chosen.kind === "weight") {
    const block = net.blocks[chosen.block];
    if (block && chosen.i <= block.nIn && chosen.j < block.nOut) return chosen;
  } else if (chosen.kind === "unit" && chosen.j < (net.sizes[chosen.layer] ?? 0)) return chosen;
  return net.blocks.length > 1 ? { kind: "weight", block: 0, i: 1, j: 0 } : { kind: "loss" };
}

/** Replace the setup; undo brings back the one before. The step is kept where the parameters keep their shape, or given. */
export function setSetup(next, { keepStep = false, step: at = 0 } = {}) {
  const text = refusal(next);
  if (text) {
    s.notice.value = { kind: "error", text };
    s.setup.value = { ...s.setup.value }; // fields show the values that hold
    return false;
  }
  const before = shared();
  const step = s.course.value.step;
  const kept = keepStep && sameShape(before, next) ? step : at;
  apply(next, kept);
  log.note({ undo: () => apply(before, step), redo: () => apply(next, kept) });
  return true;
}

/** Change parts of the method; the run is recomputed to the same step, with the same seed. */
export function change(parts) {
  const base = s.setup.value;
  const edits = s.course.value.edits.length ? s.course.value.edits : base.edits;
  setSetup({ ...setupFrom(parts, base), edits: edits ?? [] }, { keepStep: true });
}

export const setHidden = (hidden) => setSetup(withHidden(s.setup.value, hidden));

export function setActivation(k, name) {
  const activation = s.setup.value.network.activation.map((old, i) => (i === k ? name : old));
  change({ network: { activation } });
}

/** Open data: an example's name, or own data. The loss follows the task. */
export function setData(data, parts = {}) {
  const { task } = datasetOf(data);
  const { loss } = s.setup.value;
  const fits = (task === "regression") !== OF_CLASSES.includes(loss);
  setSetup(setupFrom({ data, ...(fits ? {} : { loss: lossFor(task) }), ...parts, network: { ...(fits ? {} : { output_activation: null }), ...parts.network } }, s.setup.value));
}

/**
 * Open the first setup of a visit, of a link or a file, honest or hostile: nothing to undo.
 *
 * @param {any} [parts] of a setup @param {any} [step]
 * @returns {boolean} false where it cannot be opened, and the first setup of all is
 */
export function open(parts = {}, step = 0) {
  let [setup, text] = [setupFrom({}), ""];
  try {
    const given = setupFrom(parts);
    text = refusal(given) ?? "";
    if (!text && makeNet(given, datasetOf(given.data)).nParameters <= LIMITS.parameters) new Run(given, datasetOf(given.data)); // looks at every part
    if (!text && Number.isSafeInteger(step) && step >= 0 && step <= MOST_STEPS) setup = given;
    else step = -1;
  } catch (error) {
    if (error instanceof KernelError) text = error.message;
    step = -1;
  }
  apply(setup, Math.max(0, step));
  if (text) s.notice.value = { kind: "error", text };
  log.clear();
  return step >= 0;
}

// ---- the position -----------------------------------------------------------------------------------------

/** Go to a step, forward or back; several calls before an answer are one. */
export function jump(step) {
  const target = Math.max(0, Math.round(step));
  s.running.value = false;
  s.phase.value = null;
  jumping = target;
  lastJump = ++asked;
  port.send({ type: "jump", step: target, id: lastJump });
}

const here = () => jumping ?? s.course.value.step;
export const byBatch = (n) => jump(here() + n);

export function byEpoch(n) {
  const { batches } = s.course.value;
  const epoch = n > 0 ? Math.floor(here() / batches) + n : Math.ceil(here() / batches) + n;
  jump(epoch * batches);
}

export const toStart = () => jump(0);

/** Run or pause; a long way to a position is paused where it is. */
export function toggle() {
  if (s.running.value || s.going.value) {
    s.running.value = false;
    port.send({ type: "pause" });
  } else {
    s.running.value = true;
    s.phase.value = null;
    s.notice.value = null;
    port.send({ type: "run", until: null, pace: s.pace.value });
  }
}

export function setPace(pace) {
  s.pace.value = pace;
  if (s.running.value) port.send({ type: "run", until: null, pace });
}

/** Go one phase forward or back; beyond the last is the first of the next batch. */
export function byPhase(n) {
  if (s.running.value) toggle();
  const list = phasesOf(s.net.value.blocks.length);
  const at = s.phase.value;
  let next = at === null ? (n > 0 ? 0 : list.length - 1) : at + n;
  if (next >= list.length) {
    jump(here() + 1);
    next = 0;
  } else if (next < 0) {
    if (here() === 0) next = 0;
    else {
      jump(here() - 1);
      next = list.length - 1;
    }
  }
  batch(() => {
    s.phase.value = next;
    s.overlay.value = overlayOf(list[next]);
    s.chosen.value = subjectOf(list[next], s.chosen.value, s.net.value);
  });
}

export function setSample(i) {
  const { n } = s.dataset.value;
  s.drawn.value = null;
  s.sample.value = ((i % n) + n) % n;
}

// ---- edits ------------------------------------------------------------------------------------------------

/** Index of a parameter in the flat vector. */
export const indexOf = (net, { block, i, j }) => net.blocks[block].offset + i * net.blocks[block].nOut + j;

/** Type a value into a weight. */
export const edit = (index, value) => editAll([{ index, value }]);

/** Set several parameters by one command: one undo takes all of them back. */
export function editAll(edits) {
  const real = edits.filter(({ index, value }) => Number.isFinite(value) && value !== s.theta.value[index]);
  if (!real.length) return;
  if (s.running.value) toggle();
  const each = (type) => real.forEach(() => port.send({ type }));
  for (const { index, value } of real) port.send({ type: "edit", index, value });
  log.note({ undo: () => each("undo"), redo: () => each("redo") });
}

export const choose = (subject) => {
  s.chosen.value = subject;
};

/** The setup with the edits made so far: what links and files hold. */
export const shared = () => ({ ...s.setup.value, edits: s.course.value.edits ?? [] });
