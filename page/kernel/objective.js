/** The objective: a loss on the outputs, summed over outputs and averaged over weighted samples, and penalties. */
import { KernelError } from "./errors.js";
import { ACTIVATIONS, LOSSES } from "./generated.js";

/**
 * @typedef {{ loss: any, form: any, fused: any, options: number[], activation: any }} Pair
 * @typedef {import("./net.js").Net} Net
 * @typedef {{ Z: Float64Array[], A: Float64Array[] }} Signals
 */

/** Whether a number lies in an interval of the tables. */
export function within({ low, high, closed }, value) {
  const above = closed === "low" || closed === "both" ? value >= low : value > low;
  return above && (closed === "high" || closed === "both" ? value <= high : value < high);
}

/** A part of a setup that has parts itself, or the error that says so. @param {any} value @param {string} where */
export function objectOf(value, where) {
  if (value && typeof value === "object" && !Array.isArray(value)) return value;
  throw new KernelError(`'${where}' must be an object; got ${JSON.stringify(value)}.`, where);
}

/** Options in the order of the table, those given over the defaults. */
export function optionsOf(row, given, where) {
  given = objectOf(given, where);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(row.options, name));
  if (unknown.length) {
    const known = Object.keys(row.options).join(", ") || "none";
    throw new KernelError(`${where} of ${row.name} are ${known}; got ${unknown.join(", ")}.`, where);
  }
  return Object.entries(row.options).map(([name, { default: value, accepted }]) => {
    const chosen = given[name] ?? value;
    if (typeof chosen !== "number" || !within(accepted, chosen)) {
      const [left, right] = [/low|both/.test(accepted.closed) ? "[" : "(", /high|both/.test(accepted.closed) ? "]" : ")"];
      throw new KernelError(`${name} of ${row.name} must be a number in ${left}${accepted.low}, ${accepted.high}${right};` +
        ` got ${chosen}.`, `${where}.${name}`);
    }
    return chosen;
  });
}

/**
 * A loss on the outputs of an activation, in the form on the scores where there is one.
 *
 * @param {string} name @param {Record<string, number>} options @param {string} output
 * @returns {Pair}
 */
export function pairLoss(name, options, output) {
  const loss = LOSSES[name];
  if (!loss) throw new KernelError(`'loss' must be one of ${Object.keys(LOSSES).join(", ")}; got ${name}.`, "loss");
  const form = loss.forms.find((each) => each.fits.includes(output));
  if (!form) {
    throw new KernelError(`loss ${name} does not take the outputs of ${output}. Use one of ` +
      `${loss.outputActivations.join(", ")} with this loss, or another loss.`, "network.output_activation");
  }
  return { loss, form, fused: form.fused[output] ?? null, options: optionsOf(loss, options, "loss_options"),
    activation: ACTIVATIONS[output] };
}

/**
 * The loss of each sample, summed over outputs, without its weight.
 *
 * @param {Net} net @param {Signals} signals @param {Float64Array} Y @param {number} n
 */
export function lossesOf(net, signals, Y, n) {
  const { form, fused, options } = net.loss;
  const m = net.sizes[net.sizes.length - 1];
  const z = signals.Z[signals.Z.length - 1];
  const a = signals.A[signals.A.length - 1];
  const out = new Float64Array(n);
  if (fused?.ofRow) {
    const row = new Float64Array(n * m);
    for (let i = 0; i < n; i++) {
      fused.ofRow(Y, z, row, i * m, m);
      for (let j = i * m; j < (i + 1) * m; j++) out[i] += row[j];
    }
    return out;
  }
  const [value, of] = fused ? [fused.value, z] : [form.value, a];
  for (let i = 0; i < n; i++) {
    for (let j = i * m; j < (i + 1) * m; j++) out[i] += value(Y[j], of[j], ...options);
  }
  return out;
}

/**
 * ∂loss/∂z of the last block, without the weights of the samples.
 *
 * @param {Net} net @param {Signals} signals @param {Float64Array} Y @param {number} n @param {Float64Array} delta
 *   written
 */
export function lossGradient(net, signals, Y, n, delta) {
  const { form, fused, options, activation } = net.loss;
  const m = net.sizes[net.sizes.length - 1];
  const z = signals.Z[signals.Z.length - 1];
  const a = signals.A[signals.A.length - 1];
  if (fused?.gradientOfRow) {
    for (let i = 0; i < n; i++) fused.gradientOfRow(Y, z, delta, i * m, m);
  } else if (fused) {
    for (let j = 0; j < n * m; j++) delta[j] = fused.gradient(Y[j], z[j], ...options);
  } else if (activation.pullback) {
    const upstream = new Float64Array(n * m);
    for (let j = 0; j < n * m; j++) upstream[j] = form.gradient(Y[j], a[j], ...options);
    for (let i = 0; i < n; i++) activation.pullback(z, a, upstream, delta, i * m, m);
  } else {
    for (let j = 0; j < n * m; j++) {
      delta[j] = form.gradient(Y[j], a[j], ...options) * activation.derivative(z[j], a[j]);
    }
  }
}

/** λ₁ Σ|W| + ½ λ₂ Σ W² over the weights. @param {Net} net @param {Float64Array} theta */
export function penaltyOf(net, theta, l1 = 0, l2 = 0) {
  let penalty = 0;
  if (!l1 && !l2) return penalty;
  for (const [first, last] of net.penalized) {
    let sum = 0;
    let squares = 0;
    for (let i = first; i < last; i++) {
      sum += Math.abs(theta[i]);
      squares += theta[i] * theta[i];
    }
    penalty += l1 * sum + 0.5 * l2 * squares;
  }
  return penalty;
}

/** Add the gradient of the penalty in place; sign(0) = 0. */
export function addPenaltyGradient(net, theta, gradient, l1 = 0, l2 = 0) {
  if (!l1 && !l2) return;
  for (const [first, last] of net.penalized) {
    for (let i = first; i < last; i++) gradient[i] += l1 * Math.sign(theta[i]) + l2 * theta[i];
  }
}

/**
 * Loss, penalty and their sum.
 *
 * @param {Net} net @param {Float64Array} theta @param {Signals} signals @param {Float64Array} Y @param {number} n
 * @param {{ l1?: number, l2?: number }} setup @param {Float64Array | null} [weights]
 * @param {number} [denominator] the divisor of the weighted sum; default: the sum of the weights
 */
export function lossOf(net, theta, signals, Y, n, setup, weights, denominator) {
  const losses = lossesOf(net, signals, Y, n);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const w = weights ? weights[i] : 1;
    sum += w * losses[i];
    total += w;
  }
  const data = sum / (denominator ?? total);
  const penalty = penaltyOf(net, theta, setup.l1, setup.l2);
  return { data, penalty, objective: data + penalty };
}
