/**
 * The course of a training: a function of the setup, the edits and the position.
 *
 * A position is the number of steps made. Edits of a step are made on arrival there; a moment is kept before them,
 * so that going back is the nearest moment and the same steps again, with the same bits.
 */
import { Checkpoints } from "./checkpoints.js";
import { KernelError } from "./errors.js";
import { DEFAULTS, OPTIMIZERS } from "./generated.js";
import { generatorOf, initialParameters } from "./initializers.js";
import { isTooMuch, makeNet } from "./net.js";
import { lossOf, objectOf, optionsOf, within } from "./objective.js";
import { backward, forward, makeWork, startState } from "./passes.js";
import { scheduleOf } from "./schedules.js";

const SMALLEST_RATE = 1e-6;

/** @typedef {{ step: number, index: number, value: number }} Edit */

export class Run {
  /** @param {any} setup @param {any} dataset @param {number} [most] parameters */
  constructor(setup, dataset, most = Infinity) {
    this.setup = setup;
    this.dataset = dataset;
    this.net = makeNet(setup, dataset);
    if (this.net.nParameters > most) {
      throw new KernelError(`network.hidden: a file trains up to ${most} parameters; this network has ` +
        `${this.net.nParameters}. Choose smaller layers, or use pellucid playground.`, "network.hidden");
    }
    checkTargets(this.net, dataset);
    const { name, learning_rate, options = {}, weight_decay } = objectOf(setup.optimizer, "optimizer");
    const row = OPTIMIZERS[name];
    if (!row) {
      throw new KernelError(`'optimizer.name' must be one of ${Object.keys(OPTIMIZERS).join(", ")}; got ${name}.`,
        "optimizer.name");
    }
    if (!(learning_rate > 0 && learning_rate < Infinity)) {
      throw new KernelError(`'optimizer.learning_rate' must be a number > 0; got ${learning_rate}.`,
        "optimizer.learning_rate");
    }
    for (const strength of ["l1", "l2"]) {
      const value = setup[strength] ?? 0;
      if (!(value >= 0 && value < Infinity)) {
        throw new KernelError(`'${strength}' must be a number >= 0; got ${value}.`, strength);
      }
    }
    this.optimizer = row;
    this.options = optionsOf(row, options, "optimizer.options");
    this.weightDecay = weight_decay ?? row.weightDecay;
    this.schedule = scheduleOf(setup);
    this.size = batchSize(setup, dataset, this.net);
    this.batches = Math.ceil(dataset.n / this.size);
    this.meanWeight = dataset.weights ? mean(dataset.weights) : 1;

    this.rng = generatorOf(setup);
    this.theta = initialParameters(this.net, setup, this.rng);
    this.memory = new Float64Array(row.slots.length * this.net.nParameters);
    this.statistics = startState(this.net);
    this.step = 0;
    this.updates = 0;
    this.samplesSeen = 0;
    this.reductions = 0;
    this.best = -Infinity;
    this.epochsWithoutImprovement = 0;
    this.sums = noSums();
    this.order = this.drawOrder();
    /** The loss of the batch of each step so far reached, before its update; NaN where it makes none.
     * @type {number[]} */
    this.losses = [];
    /** @type {{ epoch: number, step: number, loss: number, penalty: number, objective: number, learning_rate: number,
     *   gradient_norm: number }[]} */
    this.epochs = [];
    /** Why training cannot go on from here, or null. @type {string | null} */
    this.diverged = null;
    /** @type {Edit[]} in the order in which they were made */
    this.edits = Array.from(setup.edits ?? [], (edit) => {
      const { step, index, value } = objectOf(edit, "edits");
      return this.checked({ step, index, value });
    });
    /** @type {Edit[]} */
    this.undone = [];

    const numbers = this.theta.length + this.memory.length;
    /** @type {Checkpoints<ReturnType<Run["checkpoint"]>>} */
    this.checkpoints = new Checkpoints(numbers > 1000 ? 50 : 20);
    this.work = makeWork(this.net, this.size);
    this.gradient = new Float64Array(this.net.nParameters);
    this.X = new Float64Array(this.size * dataset.d);
    this.Y = new Float64Array(this.size * dataset.outputs);
    this.weights = dataset.weights ? new Float64Array(this.size) : null;
    this.arrive();
  }

  /** Epochs finished. */
  get epoch() {
    return Math.floor(this.step / this.batches);
  }

  /** The batch of the next step, within its epoch. */
  get batch() {
    return this.step % this.batches;
  }

  get canUndo() {
    return this.edits.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  /** How many rows the batch of a step has. @param {number} step */
  rowsOf(step) {
    return Math.min(this.size, this.dataset.n - (step % this.batches) * this.size);
  }

  /** The rows of the batch of the next step. */
  rows() {
    return this.order.subarray(this.batch * this.size, (this.batch + 1) * this.size);
  }

  /** The learning rate of the next step. */
  rate() {
    return this.schedule.rate(this.epoch, this.batch / this.batches, this.samplesSeen, this.reductions);
  }

  /** Make the next step; false where training has diverged, and the last finite state is kept. */
  stepOnce() {
    if (this.diverged) return false;
    const { net, dataset, setup, theta, size } = this;
    const rows = this.rows();
    const n = rows.length;
    const { d, outputs } = dataset;
    for (let i = 0; i < n; i++) {
      const row = rows[i];
      for (let j = 0; j < d; j++) this.X[i * d + j] = dataset.X[row * d + j];
      for (let j = 0; j < outputs; j++) this.Y[i * outputs + j] = dataset.Y[row * outputs + j];
      if (this.weights) this.weights[i] = dataset.weights[row];
    }
    const weight = weightOf(n, this.weights, this.meanWeight, net.mixesRows ? 2 : 1);
    let loss = NaN;
    if (weight > 0) {
      const denominator = n * this.meanWeight;
      const signals = forward(net, theta, this.X, n, { training: true, state: this.statistics, weights: this.weights,
        share: weight / Math.min(size, dataset.n), rng: this.rng, work: this.work });
      const { data, penalty, objective } = lossOf(net, theta, signals, this.Y, n, setup, this.weights, denominator);
      if (!Number.isFinite(objective)) return this.fallBack("the loss is not a finite number");
      backward(net, theta, signals, this.Y, n, setup, this.weights, { denominator, gradient: this.gradient });
      const norm = clip(this.gradient, setup.max_grad_norm ?? null);
      const rate = this.rate();
      this.update(rate);
      if (!finite(theta) || !finite(this.memory)) return this.fallBack("a parameter is not a finite number");
      loss = data;
      const { sums } = this;
      sums.loss += data * n;
      sums.penalty += penalty * n;
      sums.norm += norm * n;
      sums.rows += n;
      sums.weight += weight;
      sums.rate = rate;
    }
    this.losses[this.step] = loss;
    this.step += 1;
    if (this.batch === 0) this.endEpoch();
    this.arrive();
    return true;
  }

  /** @param {number} rate */
  update(rate) {
    const { theta } = this;
    if (this.weightDecay) {
      const kept = 1 - rate * this.weightDecay;
      for (const [first, last] of this.net.penalized) for (let i = first; i < last; i++) theta[i] *= kept;
    }
    this.updates += 1;
    const scalars = this.optimizer.scalars(rate, this.updates, ...this.options);
    this.optimizer.updatePart(theta, this.gradient, this.memory, 0, theta.length, ...scalars);
  }

  endEpoch() {
    const { sums, dataset } = this;
    const loss = sums.loss / sums.weight;
    const penalty = sums.penalty / sums.rows;
    this.epochs[this.epoch - 1] = { epoch: this.epoch, step: this.step, loss, penalty, objective: loss + penalty,
      learning_rate: sums.rate, gradient_norm: sums.norm / sums.rows };
    this.sums = noSums();
    this.samplesSeen += dataset.n;
    if (this.schedule.name === "adaptive") this.watch(-(loss + penalty));
    this.order = this.drawOrder();
  }

  /** Lower the rate where an adaptive schedule sees no improvement, as training/loop.py does. */
  watch(value) {
    if (value >= this.best + DEFAULTS.tol) this.epochsWithoutImprovement = 0;
    else this.epochsWithoutImprovement += 1;
    if (value > this.best) this.best = value;
    if (this.epochsWithoutImprovement <= DEFAULTS.n_iter_no_change) return;
    if (this.setup.optimizer.learning_rate * this.schedule.factor ** this.reductions <= SMALLEST_RATE) return;
    this.reductions += 1;
    this.epochsWithoutImprovement = 0;
  }

  drawOrder() {
    const { n } = this.dataset;
    return this.setup.shuffle === false ? Int32Array.from({ length: n }, (_, i) => i) : this.rng.permutation(n);
  }

  /** On arrival at a step: keep the moment where one is due, then make the step's edits. */
  arrive() {
    if (this.checkpoints.wants(this.step)) this.checkpoints.add(this.checkpoint());
    for (const { step, index, value } of this.edits) if (step === this.step) this.theta[index] = value;
  }

  /** Everything that training changes, as it is before the edits of a step. */
  checkpoint() {
    const { step, updates, samplesSeen, reductions, best, epochsWithoutImprovement, order } = this;
    const bytes = 8 * (this.theta.length + this.memory.length + this.statistics.length) + 4 * order.length;
    return { step, updates, samplesSeen, reductions, best, epochsWithoutImprovement, order, bytes,
      sums: { ...this.sums }, rng: this.rng.snapshot(), theta: this.theta.slice(), memory: this.memory.slice(),
      statistics: this.statistics.slice() };
  }

  /** Go back to a kept moment, and make the edits of its step. @param {ReturnType<Run["checkpoint"]>} moment */
  restore(moment) {
    const { step, updates, samplesSeen, reductions, best, epochsWithoutImprovement, order } = moment;
    Object.assign(this, { step, updates, samplesSeen, reductions, best, epochsWithoutImprovement, order });
    this.sums = { ...moment.sums };
    this.rng.restore(moment.rng);
    this.theta.set(moment.theta);
    this.memory.set(moment.memory);
    this.statistics.set(moment.statistics);
    this.diverged = null;
    this.arrive();
  }

  /** Make steps until a position. @param {number} step @returns {boolean} false where training diverged before */
  runTo(step) {
    while (this.step < step) if (!this.stepOnce()) return false;
    return true;
  }

  /** Go to any position, forward or back. @param {number} step */
  jump(step) {
    this.turn(step);
    return this.runTo(step);
  }

  /** Go to the nearest kept moment before a position, unless the way ahead from here is shorter. @param {number} step */
  turn(step) {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new KernelError(`'step' must be a whole number >= 0; got ${step}.`, "step");
    }
    const near = this.checkpoints.before(step);
    if (step < this.step || near.step > this.step) this.restore(near);
  }

  /** Set a parameter by hand, here and now. @param {number} index @param {number} value */
  edit(index, value) {
    const edit = this.checked({ step: this.step, index, value });
    this.undone = [];
    this.edits.push(edit);
    this.forget(this.step);
    this.theta[index] = value;
    this.diverged = null;
  }

  /** @param {Edit} edit */
  checked(edit) {
    const { step, index, value } = edit;
    const last = this.net.nParameters - 1;
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new KernelError(`'edits.step' must be a whole number >= 0; got ${step}.`, "edits.step");
    }
    if (!Number.isInteger(index) || index < 0 || index > last) {
      throw new KernelError(`'index' must be in 0..${last}; got ${index}.`, "index");
    }
    if (!Number.isFinite(value)) throw new KernelError(`'value' must be a finite number; got ${value}.`, "value");
    return edit;
  }

  /** Take the last edit back, and go to its step. */
  undo() {
    return this.goOn(this.takeBack());
  }

  /** Make the edit again that was taken back last, and go to its step. */
  redo() {
    return this.goOn(this.bringBack());
  }

  /** Take the last edit back, and return its step, from a moment before it; null if there is none. */
  takeBack() {
    return this.move(this.edits, this.undone);
  }

  /** The reverse of `takeBack`. */
  bringBack() {
    return this.move(this.undone, this.edits);
  }

  /** @param {Edit[]} from @param {Edit[]} to */
  move(from, to) {
    const edit = from.pop();
    if (!edit) return null;
    to.push(edit);
    this.forget(edit.step);
    this.restore(this.checkpoints.before(edit.step));
    return edit.step;
  }

  /** @param {number | null} step */
  goOn(step) {
    return step !== null && this.runTo(step);
  }

  /** Forget what came after a step. @param {number} step */
  forget(step) {
    this.checkpoints.forgetAfter(step);
    this.losses.length = Math.min(this.losses.length, step);
    this.epochs = this.epochs.filter((row) => row.step <= step);
  }

  /** Back to the state before the step that failed; the next steps would fail again. @param {string} reason */
  fallBack(reason) {
    const { step } = this;
    this.restore(this.checkpoints.before(step));
    this.runTo(step);
    this.diverged = reason;
    return false;
  }
}

function checkTargets(net, dataset) {
  const { loss, form } = net.loss;
  for (let i = 0; i < dataset.n * dataset.outputs; i++) {
    if (within(form.targets, dataset.Y[i])) continue;
    const { low, high } = form.targets;
    throw new KernelError(`loss: ${loss.name} accepts targets from ${low} to ${high}; row ${Math.floor(i / dataset.outputs)}` +
      ` has ${dataset.Y[i]}. Choose another loss.`, "loss");
  }
}

const noSums = () => ({ loss: 0, penalty: 0, norm: 0, rows: 0, weight: 0, rate: NaN });
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const finite = (values) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  return sum === 0;
};

function batchSize(setup, dataset, net) {
  const given = setup.batch_size ?? dataset.n;
  if (!Number.isInteger(given) || given < 1) {
    throw new KernelError(`'batch_size' must be a whole number >= 1; got ${given}.`, "batch_size");
  }
  const size = Math.min(given, dataset.n);
  if (isTooMuch(net, size)) {
    throw new KernelError(`batch_size: ${size} rows a step are too many for a network of ${net.nParameters} parameters. ` +
      "Choose smaller batches or layers.", "batch_size");
  }
  if (net.mixesRows && size < 2) {
    throw new KernelError("batch_norm needs batches of at least 2 rows, since a row standardized by itself is 0; " +
      `got ${size}. Raise batch_size.`, "batch_size");
  }
  return size;
}

/** The weight of a batch in units of the mean weight; 0 where too few of its rows have one. */
function weightOf(n, weights, meanWeight, least) {
  let used = n;
  let sum = n;
  if (weights) {
    used = sum = 0;
    for (let i = 0; i < n; i++) {
      sum += weights[i];
      if (weights[i] !== 0) used += 1;
    }
    sum /= meanWeight;
  }
  return used < least ? 0 : sum;
}

/** Scale a gradient down in place where it is longer than allowed; its norm before. */
function clip(gradient, most) {
  let largest = 0;
  for (let i = 0; i < gradient.length; i++) largest = Math.max(largest, Math.abs(gradient[i]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += (gradient[i] / largest) ** 2;
  const norm = largest * Math.sqrt(sum);
  if (most !== null && most < norm && norm < Infinity) {
    for (let i = 0; i < gradient.length; i++) gradient[i] *= most / norm;
  }
  return norm;
}
