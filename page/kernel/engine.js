/**
 * The kernel behind the protocol: commands in, messages out. It owns the course of a training; what the page looks
 * at, the page computes itself from the parameters it holds.
 */
import { KernelError } from "./errors.js";
import { Run } from "./run.js";

export const VERSION = 1;
export const LIMITS = { parameters: 10000, rows: 200000, columns: 500, checkpoints: 64 };
const TICK_MS = 12;
const POINTS = 512;

export class Engine {
  /**
   * @param {(message: any) => void} send
   * @param {(work: () => void) => void} [later] runs a function after what waits, as a timer does
   */
  constructor(send, later = (work) => setTimeout(work, 0)) {
    this.send = send;
    this.later = later;
    /** @type {Run | null} */
    this.run = null;
    this.frame = 0;
    this.acknowledged = 0;
    this.shown = 0;
    /** @type {{ until: number, pace: number | null } | null} */
    this.running = null;
    this.ticking = false;
  }

  /** @param {any} command */
  receive(command) {
    try {
      const handle = COMMANDS[command?.type];
      if (!handle) throw new KernelError(`type must be one of ${Object.keys(COMMANDS).join(", ")}; got ${command?.type}.`,
        "type");
      handle(this, command);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.reply({ type: "error", code: "refused", message: error.message, parameter: error.parameter }, command);
    }
  }

  /** @param {any} message @param {any} [command] that it answers */
  reply(message, command) {
    this.send(command?.id === undefined ? message : { ...message, id: command.id });
  }

  /** @returns {Run} */
  needRun() {
    if (!this.run) throw new KernelError("There is no run yet: send a setup first.", "setup");
    return this.run;
  }

  /** @param {any} [command] */
  state(command) {
    const run = this.needRun();
    const { step, epoch, batch, batches, canUndo, canRedo, edits, order, theta, memory, statistics } = run;
    this.shown = run.losses.length;
    this.reply({ type: "state", step, epoch, batch, batches, canUndo, canRedo, edits: edits.map((edit) => ({ ...edit })),
      order: order.slice(), history: thinned(run.losses, 0), epochs: run.epochs.map((row) => ({ ...row })),
      diverged: run.diverged, theta: theta.slice(), memory: memory.slice(), statistics: statistics.slice() }, command);
  }

  /** Steps for some milliseconds, or as many as the pace asks; then a frame, if the last one was acknowledged. */
  tick() {
    this.ticking = false;
    const { run, running } = this;
    if (!run || !running) return;
    const waits = this.frame > this.acknowledged;
    if (running.pace !== null && waits) return; // the acknowledgement goes on
    const last = running.pace === null ? running.until : Math.min(running.until, run.step + running.pace);
    const started = performance.now();
    while (run.step < last && run.stepOnce()) if (performance.now() - started > TICK_MS) break;
    const done = run.step >= running.until || run.diverged !== null;
    if (running.pace !== null && !done && run.step < last) {
      this.schedule(); // more steps of this frame
      return;
    }
    if (!waits && !done) this.sendFrame();
    if (!done) {
      this.schedule();
      return;
    }
    this.running = null;
    if (run.diverged) this.send({ type: "diverged", step: run.step, reason: run.diverged });
    this.state();
  }

  schedule() {
    if (this.ticking) return;
    this.ticking = true;
    this.later(() => this.tick());
  }

  sendFrame() {
    const run = this.needRun();
    const { step, epoch, batch, losses, theta } = run;
    this.frame += 1;
    this.send({ type: "frame", frame: this.frame, step, epoch, batch, loss: losses[step - 1] ?? null,
      history: thinned(losses, Math.min(this.shown, losses.length)), theta: theta.slice() });
    this.shown = losses.length;
  }
}

/** Losses from a step on, as means of equal parts where there are many. */
function thinned(losses, from) {
  const every = Math.max(1, Math.ceil((losses.length - from) / POINTS));
  const step = [];
  const loss = [];
  for (let i = from; i < losses.length; i += every) {
    let sum = 0;
    let count = 0;
    for (let j = i; j < Math.min(i + every, losses.length); j++) {
      if (Number.isNaN(losses[j])) continue;
      sum += losses[j];
      count += 1;
    }
    if (count) {
      step.push(i + 1);
      loss.push(sum / count);
    }
  }
  return { step, loss };
}

/** @type {Record<string, (engine: Engine, command: any) => void>} */
const COMMANDS = {
  hello(engine, command) {
    if (command.version !== VERSION) {
      throw new KernelError(`version must be ${VERSION}; got ${command.version}.`, "version");
    }
    engine.reply({ type: "welcome", version: VERSION, engine: "kernel", limits: LIMITS }, command);
  },
  setup(engine, command) {
    engine.running = null;
    const dataset = command.dataset ?? engine.run?.dataset;
    if (!dataset) throw new KernelError("The first setup needs a dataset.", "dataset");
    if (dataset.n > LIMITS.rows) {
      throw new KernelError(`A page takes up to ${LIMITS.rows} rows; got ${dataset.n}. Use pellucid playground.`, "data");
    }
    const run = new Run(command.setup, dataset);
    if (run.net.nParameters > LIMITS.parameters) {
      throw new KernelError(`A page trains up to ${LIMITS.parameters} parameters; this network has ` +
        `${run.net.nParameters}. Use pellucid playground.`, "network.hidden");
    }
    engine.run = run;
    engine.state(command);
  },
  run(engine, command) {
    engine.needRun();
    const { until = null, pace = null } = command;
    if (until !== null && !(Number.isInteger(until) && until >= 0)) {
      throw new KernelError(`until must be null or a whole number >= 0; got ${until}.`, "until");
    }
    if (pace !== null && !(Number.isInteger(pace) && pace >= 1)) {
      throw new KernelError(`pace must be null or a whole number >= 1; got ${pace}.`, "pace");
    }
    engine.running = { until: until ?? Infinity, pace };
    engine.schedule();
  },
  pause(engine, command) {
    engine.running = null;
    engine.state(command);
  },
  jump(engine, command) {
    engine.running = null;
    const run = engine.needRun();
    if (!run.jump(command.step)) engine.send({ type: "diverged", step: run.step, reason: run.diverged });
    engine.state(command);
  },
  edit(engine, command) {
    engine.needRun().edit(command.index, command.value);
    engine.state(command);
  },
  undo(engine, command) {
    engine.running = null;
    engine.needRun().undo();
    engine.state(command);
  },
  redo(engine, command) {
    engine.running = null;
    engine.needRun().redo();
    engine.state(command);
  },
  ack(engine, command) {
    engine.acknowledged = Math.max(engine.acknowledged, Math.min(command.frame, engine.frame));
    if (engine.running) engine.schedule();
  },
  data(engine, command) {
    engine.reply({ type: "error", code: "unavailable", parameter: "data",
      message: "A file reads tables by itself; `pellucid playground FILE` reads them with Python." }, command);
  },
  ask(engine, command) {
    engine.reply({ type: "error", code: "unavailable", parameter: command.what ?? "what",
      message: `Python answers this: open the data with \`pellucid playground\` to ask for ${command.what}.` }, command);
  },
};
