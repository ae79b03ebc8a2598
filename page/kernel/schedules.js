/** The learning rate of a step. */
import { KernelError } from "./errors.js";
import { DEFAULTS, SCHEDULES } from "./generated.js";
import { objectOf, optionsOf } from "./objective.js";

/**
 * The schedule of a setup as a function of where training stands.
 *
 * @param {any} setup `setup.schedule.horizon` is the number of epochs that a schedule with a horizon spans
 */
export function scheduleOf(setup) {
  const { name = "constant", options = {}, horizon = DEFAULTS.max_iter } = objectOf(setup.schedule ?? {}, "schedule");
  const row = SCHEDULES[name];
  if (!row) {
    throw new KernelError(`'schedule' must be one of ${Object.keys(SCHEDULES).join(", ")}; got ${name}.`, "schedule.name");
  }
  if (!(horizon > 0)) throw new KernelError(`'schedule.horizon' must be > 0 epochs; got ${horizon}.`, "schedule.horizon");
  const values = optionsOf(row, options, "schedule.options");
  return {
    name,
    /** The factor by which an adaptive schedule lowers the rate each time. */
    factor: values[0],
    /** @param {number} epoch @param {number} share of the epoch @param {number} seen @param {number} reductions */
    rate(epoch, share, seen, reductions) {
      const progress = (epoch + (row.perStep ? share : 0)) / horizon;
      return setup.optimizer.learning_rate * row.factor({ epoch, progress, samples_seen: seen, reductions }, ...values);
    },
  };
}
