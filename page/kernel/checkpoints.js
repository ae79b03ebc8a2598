/** Moments of a run that are kept, so that any step is near one of them. */

const NEAR = 24;
const FAR = 40;

/** @typedef {{ step: number, bytes: number }} Moment and whatever else a run needs to go on */

/**
 * The last 24 moments at a fine distance and 40 spread over the whole run: at most 64, and 100 MB.
 *
 * @template {Moment} M
 */
export class Checkpoints {
  /** @param {number} fine steps between two of the last moments @param {number} [budget] bytes */
  constructor(fine, budget = 100e6) {
    this.fine = fine;
    this.coarse = fine;
    this.budget = budget;
    /** @type {Map<number, M>} */
    this.moments = new Map();
  }

  /** Whether a moment is due at a step. @param {number} step */
  wants(step) {
    if (step % this.fine !== 0 || this.moments.has(step)) return false;
    return step % this.coarse === 0 || step > Math.max(...this.moments.keys());
  }

  /** @param {M} moment */
  add(moment) {
    this.moments.set(moment.step, moment);
    const most = Math.min(NEAR + FAR, Math.max(2, Math.floor(this.budget / Math.max(1, moment.bytes))));
    const near = Math.min(NEAR, most >> 1) * this.fine;
    while (this.moments.size > most) {
      const newest = Math.max(...this.moments.keys());
      const old = this.steps().filter((step) => step > 0 && step % this.coarse !== 0 && step <= newest - near);
      if (old.length) old.forEach((step) => this.moments.delete(step));
      else if (this.steps().some((step) => step > 0 && step <= newest - near)) this.coarse *= 2;
      else this.moments.delete(this.steps()[1]);
    }
  }

  /** The steps of the moments, in order. */
  steps() {
    return [...this.moments.keys()].sort((a, b) => a - b);
  }

  /** The last moment at a step or before. @param {number} step */
  before(step) {
    return /** @type {M} */ (this.moments.get(Math.max(...this.steps().filter((kept) => kept <= step))));
  }

  /** Forget what came after a step. @param {number} step */
  forgetAfter(step) {
    for (const kept of this.moments.keys()) if (kept > step) this.moments.delete(kept);
  }
}
