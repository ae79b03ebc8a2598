/** The curve of the loss: the batches of a run, as means of equal parts where there are many. */

const POINTS = 1024;

/**
 * The parts of `every` steps, a power of 2, that end after step `from` and not after `to`.
 *
 * @param {import("./run.js").Run} run @param {number} [from] @param {number} [to] by default all steps reached so far
 * @param {number} [points] the most
 * @returns {{ step: number[], loss: number[] }} the last step of each part, and the mean loss of its rows
 */
export function curveOf(run, from = 0, to = run.losses.length, points = POINTS) {
  let every = 1;
  while ((to - from) / every > points) every *= 2;
  const step = [];
  const loss = [];
  for (let end = from + every; end <= to; end += every) {
    let sum = 0;
    let rows = 0;
    for (let at = end - every; at < end; at++) {
      const own = run.losses[at];
      if (Number.isNaN(own)) continue; // a batch that makes no step
      sum += own * run.rowsOf(at);
      rows += run.rowsOf(at);
    }
    if (!rows) continue;
    step.push(end);
    loss.push(sum / rows);
  }
  return { step, loss };
}
