/**
 * The widest margin of rows z = y (x, 1), y = ±1: their convex hull is that far from the origin. It is 0 where no
 * plane through the origin has all of them on one side.
 *
 * P. Wolfe (1976), Finding the nearest point in a polytope, Mathematical Programming 11, 128-149.
 */

const ROUNDING = 1e-10; // of the longest row
const MOST_ROUNDS = 2000;

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Solve A x = (1, …, 1) by elimination with row exchanges; A is changed. */
function solved(A) {
  const n = A.length;
  A.forEach((row) => row.push(1));
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(A[i][k]) > Math.abs(A[best][k])) best = i;
    [A[k], A[best]] = [A[best], A[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const share = A[i][k] / A[k][k];
      for (let j = k; j <= n; j++) A[i][j] -= share * A[k][j];
    }
  }
  return A.map((row, k) => row[n] / row[k]);
}

/**
 * @param {number[][]} given the rows z
 * @returns {{ radius: number, margin: number }} the length of the longest row, and the widest margin
 */
export function widestMargin(given) {
  const radius = Math.sqrt(Math.max(...given.map((row) => dot(row, row))));
  const rows = given.map((row) => row.map((value) => value / radius));
  const chosen = [rows.reduce((best, row, i) => (dot(row, row) < dot(rows[best], rows[best]) ? i : best), 0)];
  let shares = [1];
  const mix = () => rows[0].map((_, j) => chosen.reduce((sum, i, k) => sum + shares[k] * rows[i][j], 0));
  let x = mix();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const length = dot(x, x);
    if (length < ROUNDING ** 2) return { radius, margin: 0 };
    const next = rows.reduce((best, row, i) => (dot(row, x) < dot(rows[best], x) ? i : best), 0);
    if (dot(rows[next], x) > length * (1 - ROUNDING) || chosen.includes(next)) break;
    chosen.push(next);
    shares.push(0);
    for (;;) { // to the nearest point of the plane through the chosen, or to where a share becomes 0
      const found = solved(chosen.map((i) => chosen.map((j) => dot(rows[i], rows[j]) + 1)));
      const sum = found.reduce((a, b) => a + b);
      const goal = found.map((value) => value / sum);
      const step = Math.min(1, ...goal.map((value, k) => (value > ROUNDING ? 1 : shares[k] / (shares[k] - value))));
      shares = shares.map((share, k) => share + step * (goal[k] - share));
      if (step === 1) break;
      const kept = shares.map((share) => share > ROUNDING);
      for (let k = kept.length - 1; k >= 0; k--) if (!kept[k]) [chosen, shares].forEach((list) => list.splice(k, 1));
    }
    x = mix();
  }
  return { radius, margin: radius * Math.sqrt(dot(x, x)) };
}
