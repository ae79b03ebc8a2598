/** Curves with few points. */
const MOST_POINTS = 400;

/** Return at most so many points: the mean and the place of each bin. */
export function binned(step, loss, most = MOST_POINTS) {
  const per = Math.max(1, Math.ceil(step.length / most));
  const points = [];
  for (let at = 0; at < step.length; at += per) {
    let sum = 0;
    let n = 0;
    for (let i = at; i < Math.min(at + per, step.length); i++) {
      if (!Number.isFinite(loss[i])) continue;
      sum += loss[i];
      n++;
    }
    if (n) points.push([step[Math.min(at + per, step.length) - 1], sum / n]);
  }
  return points;
}
