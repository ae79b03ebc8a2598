/**
 * The kernel behind the protocol: commands in, messages out. It owns the course of a training; what the page looks
 * at, the page computes itself from the parameters it holds. `playground/session.py` is the same in Python.
 */
import { curveOf } from "./curve.js";
import { KernelError } from "./errors.js";
import { Run } from "./run.js";

export const VERSION = 1;
export const LIMITS = { parameters: 10000, rows: 200000, columns: 1000, checkpoints: 64 };
const SLICE_MS = 12;
const MOST_WAITING = 1000;
const POINTS_OF_A_FRAME = 256;
/** What is carried out while the engine is on its way to a position; the rest waits until it is there. */
const AT_ONCE = ["jump", "setup", "ack", "hello"];
const PROGRESS_MS = 200; // between two reports on the way to a position

/** @typedef {{ until: number, pace: number | null, frameAt: number, silent: boolean, command: any, toldAt?: number }} Goal */

export class Engine {
  /**
   * @param {(message: any) => void} send
   * @param {(work: () => void) => void} [later] runs a function after the commands that have come, as a timer does
   */
  constructor(send, later = (work) => setTimeout(work, 0)) {
    this.send = send;
    this.later = later;
    /** @type {Run | null} */
    this.run = null;
    /** @type {Goal | null} what the engine works toward */
    this.goal = null;
    /** @type {any[]} */
    this.waiting = [];
    this.frame = 0;
    this.acknowledged = 0;
    this.shown = 0;
    this.scheduled = false;
  }

  /** @param {any} command */
  receive(command) {
    if (this.goal?.silent && command?.type !== "pause" && (this.waiting.length || !AT_ONCE.includes(command?.type))) {
      if (this.waiting.length < MOST_WAITING) this.waiting.push(command);
      else this.refuse(new KernelError("Too many commands wait; the last was left out.", "type"), command);
      return;
    }
    this.carryOut(command);
  }

  /** @param {any} command */
  carryOut(command) {
    const type = command?.type;
    try {
      const handle = Object.hasOwn(COMMANDS, type) ? COMMANDS[type] : null;
      if (!handle) throw new KernelError(`'type' must be one of ${Object.keys(COMMANDS).join(", ")}; got ${type}.`, "type");
      handle(this, command);
    } catch (error) {
      const known = error instanceof KernelError;
      this.refuse(known ? error : new KernelError(`The kernel failed: ${error}`, type), command);
    }
  }

  /** @param {KernelError} error @param {any} command */
  refuse(error, command) {
    this.reply({ type: "error", code: "refused", message: error.message, parameter: error.parameter }, command);
  }

  /** @param {any} message @param {any} [command] that it answers */
  reply(message, command) {
    this.send(command?.id === undefined ? message : { ...message, id: command.id });
  }

  /** @returns {Run} */
  needed() {
    if (!this.run) throw new KernelError("There is no run yet: send a setup first.", "setup");
    return this.run;
  }

  /** @param {any} [command] */
  state(command) {
    const run = this.needed();
    const { step, epoch, batch, batches, canUndo, canRedo, edits, order, theta, memory, statistics } = run;
    this.shown = run.losses.length;
    this.reply({ type: "state", step, epoch, batch, batches, canUndo, canRedo, edits: edits.map((edit) => ({ ...edit })),
      history: curveOf(run), epochs: run.epochs.slice(-1024), diverged: run.diverged, running: this.goal !== null,
      order: order.slice(), theta: theta.slice(), memory: memory.slice(), statistics: statistics.slice() }, command);
  }

  sendFrame() {
    const run = this.needed();
    const { step, epoch, batch, losses, theta } = run;
    const history = curveOf(run, Math.min(this.shown, step), step, POINTS_OF_A_FRAME);
    this.shown = history.step[history.step.length - 1] ?? this.shown;
    this.frame += 1;
    this.send({ type: "frame", frame: this.frame, step, epoch, batch, loss: losses[step - 1], history,
      theta: theta.slice() });
  }

  get awaitsPage() {
    return this.frame > this.acknowledged;
  }

  /** Work on later, if there is something to do. */
  schedule() {
    const { goal } = this;
    if (this.scheduled || !goal || (!goal.silent && goal.pace !== null && this.awaitsPage)) return;
    this.scheduled = true;
    this.later(() => {
      this.scheduled = false;
      this.work();
      this.schedule();
    });
  }

  /** Steps for some milliseconds, or as many as the pace asks; then a frame, if the last one was acknowledged. */
  work() {
    const { run, goal } = this;
    if (!run || !goal || (!goal.silent && goal.pace !== null && this.awaitsPage)) return;
    const last = goal.pace === null ? goal.until : Math.min(goal.until, goal.frameAt);
    const ends = performance.now() + SLICE_MS;
    while (run.step < last && run.stepOnce() && performance.now() < ends);
    if (run.diverged || run.step >= goal.until) this.arrive(goal);
    else if (!goal.silent && !this.awaitsPage && (goal.pace === null || run.step >= goal.frameAt)) {
      goal.frameAt += goal.pace ?? 0;
      this.sendFrame();
    } else if (goal.silent && !this.awaitsPage && performance.now() - (goal.toldAt ?? 0) > PROGRESS_MS) {
      goal.toldAt = performance.now();
      this.frame += 1;
      this.send({ type: "progress", frame: this.frame, step: run.step, until: goal.until });
    }
  }

  /** @param {Goal} goal */
  arrive({ command }) {
    const run = this.needed();
    this.goal = null;
    if (run.diverged) this.send({ type: "diverged", step: run.step, reason: run.diverged });
    this.state(command);
    this.goOn();
  }

  /** Carry out what waited, until something is on its way again. */
  goOn() {
    while (this.waiting.length && !this.goal?.silent) this.carryOut(this.waiting.shift());
  }

  /** Make for a position silently. @param {number | null} step @param {any} command */
  go(step, command) {
    if (step === null || this.needed().step >= step) {
      this.state(command);
      return;
    }
    this.goal = { until: step, pace: null, frameAt: 0, silent: true, command, toldAt: performance.now() };
    this.schedule();
  }

  /** Drop the goal; who waits for it by an identity is told. */
  supersede() {
    const { goal } = this;
    this.goal = null;
    if (goal?.command?.id === undefined) return;
    this.reply({ type: "error", code: "superseded", message: "Another command took its place.", parameter: null },
      goal.command);
  }
}

/** A whole number, or the error that says so. @param {any} value @param {string} where @param {number} least */
function whole(value, where, least) {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new KernelError(`'${where}' must be a whole number >= ${least}; got ${value}.`, where);
}

/** @type {Record<string, (engine: Engine, command: any) => void>} */
const COMMANDS = {
  hello(engine, command) {
    if (command.version !== VERSION) {
      throw new KernelError(`'version' must be ${VERSION}; got ${command.version}.`, "version");
    }
    engine.reply({ type: "welcome", version: VERSION, engine: "kernel", limits: LIMITS }, command);
  },
  setup(engine, command) {
    const dataset = command.dataset ?? engine.run?.dataset;
    if (!dataset) throw new KernelError("dataset: the first setup must bring its data.", "dataset");
    if (dataset.n > LIMITS.rows) {
      throw new KernelError(`A file takes up to ${LIMITS.rows} rows; got ${dataset.n}. Use pellucid playground.`, "data");
    }
    const run = new Run(command.setup, dataset, LIMITS.parameters);
    engine.supersede();
    engine.run = run;
    engine.state(command);
  },
  run(engine, command) {
    const run = engine.needed();
    const until = command.until === null || command.until === undefined ? Infinity : whole(command.until, "until", 0);
    const pace = command.pace === null || command.pace === undefined ? null : whole(command.pace, "pace", 1);
    engine.goal = { until, pace, frameAt: run.step + (pace ?? 0), silent: false, command: null };
    engine.schedule();
  },
  pause(engine, command) {
    engine.needed();
    engine.supersede();
    engine.state(command);
    engine.goOn();
  },
  jump(engine, command) {
    const run = engine.needed();
    const step = whole(command.step, "step", 0);
    engine.supersede();
    run.turn(step);
    engine.go(step, command);
  },
  edit(engine, command) {
    engine.needed().edit(command.index, command.value);
    engine.state(command);
  },
  undo(engine, command) {
    const run = engine.needed();
    engine.goal = null;
    engine.go(run.takeBack(), command);
  },
  redo(engine, command) {
    const run = engine.needed();
    engine.goal = null;
    engine.go(run.bringBack(), command);
  },
  ack(engine, command) {
    engine.acknowledged = Math.max(engine.acknowledged, Math.min(whole(command.frame, "frame", 0), engine.frame));
    engine.schedule();
  },
  data(engine, command) {
    engine.reply({ type: "error", code: "unavailable", parameter: "data",
      message: "A file reads tables by itself; `pellucid playground FILE` reads them with Python." }, command);
  },
  ask(engine, command) {
    engine.reply({ type: "error", code: "unavailable", parameter: "what",
      message: `A file cannot answer ${command.what}: it needs Python. Start \`pellucid playground\`.` }, command);
  },
};
