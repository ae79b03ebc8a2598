/** Orthonormal rows or columns: the Q of a normal matrix, with the signs that make R's diagonal positive. */

/**
 * @param {import("./rng.js").Generator} rng @param {number} nIn @param {number} nOut
 * @returns {Float64Array} of nIn x nOut numbers, equal to NumPy's up to rounding
 */
export function orthogonal(rng, nIn, nOut) {
  const rows = Math.max(nIn, nOut);
  const columns = Math.min(nIn, nOut);
  /** @type {Float64Array[]} */
  const q = Array.from({ length: columns }, () => new Float64Array(rows));
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) q[j][i] = rng.normal();
  const dot = (a, b) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += a[i] * b[i];
    return sum;
  };
  // Gram and Schmidt, twice for each column, which is as exact as reflections.
  for (let j = 0; j < columns; j++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < j; k++) {
        const share = dot(q[k], q[j]);
        for (let i = 0; i < rows; i++) q[j][i] -= share * q[k][i];
      }
    }
    const length = Math.sqrt(dot(q[j], q[j]));
    for (let i = 0; i < rows; i++) q[j][i] /= length;
  }
  const out = new Float64Array(nIn * nOut);
  for (let i = 0; i < nIn; i++) {
    for (let j = 0; j < nOut; j++) out[i * nOut + j] = nIn >= nOut ? q[j][i] : q[i][j];
  }
  return out;
}
