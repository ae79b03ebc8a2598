/**
 * The functions of whole rows in core/activations.py and core/losses.py, written by hand; BY_HAND of
 * pellucid.playground.equations names them. A row is `n` numbers of an array from place `at` on.
 */

/**
 * @param {Float64Array} z signals @param {Float64Array} a activations, written @param {number} at @param {number} n
 */
export function softmax(z, a, at, n) {
  let top = -Infinity;
  for (let j = at; j < at + n; j++) top = Math.max(top, z[j]);
  let total = 0;
  for (let j = at; j < at + n; j++) {
    a[j] = Math.exp(z[j] - top);
    total += a[j];
  }
  for (let j = at; j < at + n; j++) a[j] /= total;
}

/**
 * @param {Float64Array} z @param {Float64Array} a @param {Float64Array} upstream ∂J/∂a
 * @param {Float64Array} out ∂J/∂z, written @param {number} at @param {number} n
 */
export function softmax_pullback(z, a, upstream, out, at, n) {
  let total = 0;
  for (let j = at; j < at + n; j++) total += a[j] * upstream[j];
  for (let j = at; j < at + n; j++) out[j] = a[j] * (upstream[j] - total);
}

/**
 * @param {Float64Array} y targets @param {Float64Array} z @param {Float64Array} out a loss per output, written
 * @param {number} at @param {number} n
 */
export function log_loss_of_softmax(y, z, out, at, n) {
  let top = -Infinity;
  for (let j = at; j < at + n; j++) top = Math.max(top, z[j]);
  let total = 0;
  for (let j = at; j < at + n; j++) total += Math.exp(z[j] - top);
  const level = top + Math.log(total);
  for (let j = at; j < at + n; j++) out[j] = y[j] * (level - z[j]);
}

/**
 * @param {Float64Array} y @param {Float64Array} z @param {Float64Array} out ∂loss/∂z, written
 * @param {number} at @param {number} n
 */
export function log_loss_of_softmax_gradient(y, z, out, at, n) {
  softmax(z, out, at, n);
  let total = 0;
  for (let j = at; j < at + n; j++) total += y[j];
  for (let j = at; j < at + n; j++) out[j] = out[j] * total - y[j];
}
