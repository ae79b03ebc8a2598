// Written by pellucid.playground.equations from the tables of core/ and optimizers/. After a change: `make page`.
import { absolute, cos, erf, exp, expm1, floor_divided, heaviside, log, log1p, log2, maximum, minimum, raised, sqrt, tanh, where } from './elementary.js';
import { log_loss_of_softmax, log_loss_of_softmax_gradient, softmax, softmax_pullback } from './rows.js';

function identity(z) {
  return z;
}

function _one(z, a) {
  return heaviside(absolute(z), 1.0);
}

function step(z) {
  return heaviside(z, 1.0);
}

function _zero(z, a) {
  return heaviside(-absolute(z), 0.0);
}

function sign(z) {
  return 2.0 * heaviside(z, 1.0) - 1.0;
}

function logistic(z) {
  let e = exp(-absolute(z));
  return where(z >= 0.0, 1.0, e) / (1.0 + e);
}

function logistic_derivative(z, a) {
  return a * (1.0 - a);
}

function tanh_value(z) {
  return tanh(z);
}

function tanh_derivative(z, a) {
  return 1.0 - a * a;
}

function relu(z) {
  return maximum(z, 0.0);
}

function relu_derivative(z, a) {
  return heaviside(z, 0.0);
}

const LEAKY_SLOPE = 0.01;

function leaky_relu(z) {
  return where(z > 0.0, z, LEAKY_SLOPE * z);
}

function leaky_relu_derivative(z, a) {
  return LEAKY_SLOPE + (1.0 - LEAKY_SLOPE) * heaviside(z, 0.0);
}

function elu(z) {
  return where(z > 0.0, z, expm1(minimum(z, 0.0)));
}

function elu_derivative(z, a) {
  return exp(minimum(z, 0.0));
}

const SELU_SCALE = 1.0507009873554805;

const SELU_ALPHA = 1.6732632423543772;

function selu(z) {
  return SELU_SCALE * where(z > 0.0, z, SELU_ALPHA * expm1(minimum(z, 0.0)));
}

function selu_derivative(z, a) {
  return SELU_SCALE * where(z > 0.0, 1.0, SELU_ALPHA * exp(minimum(z, 0.0)));
}

const INV_SQRT_2 = 0.7071067811865476;

function gelu(z) {
  return 0.5 * z * (1.0 + erf(INV_SQRT_2 * z));
}

const INV_SQRT_2_PI = 0.3989422804014327;

function gelu_derivative(z, a) {
  return 0.5 * (1.0 + erf(INV_SQRT_2 * z)) + INV_SQRT_2_PI * z * exp(-0.5 * z * z);
}

function silu(z) {
  return z * logistic(z);
}

function silu_derivative(z, a) {
  let s = logistic(z);
  return s + a * (1.0 - s);
}

function softplus(z) {
  return maximum(z, 0.0) + log1p(exp(-absolute(z)));
}

function softplus_derivative(z, a) {
  return logistic(z);
}

function mish(z) {
  let e = exp(minimum(z, 20.0));
  let n = e * (e + 2.0);
  return z * (n / (n + 2.0));
}

function mish_derivative(z, a) {
  let x = minimum(z, 20.0);
  let e = exp(x);
  let n = e * (e + 2.0);
  return (n + 4.0 * x * (e * (e + 1.0)) / (n + 2.0)) / (n + 2.0);
}

function exponential(z) {
  return exp(z);
}

function exponential_derivative(z, a) {
  return a;
}

function squared_error(y, p) {
  let r = p - y;
  return 0.5 * r * r;
}

function squared_error_gradient(y, p) {
  return p - y;
}

function _no_kinks(...options) {
  return [];
}

function absolute_error(y, p) {
  return absolute(p - y);
}

function absolute_error_gradient(y, p) {
  return 2.0 * heaviside(p - y, 0.5) - 1.0;
}

function at_zero(...options) {
  return [0.0];
}

function huber(y, p, delta) {
  let r = absolute(p - y);
  return where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta));
}

function huber_gradient(y, p, delta) {
  return maximum(minimum(p - y, delta), -delta);
}

function huber_kinks(delta) {
  return [-delta, delta];
}

function quantile(y, p, level) {
  return maximum(level * (y - p), (level - 1.0) * (y - p));
}

function quantile_gradient(y, p, level) {
  let above = heaviside(p - y, 0.0);
  let below = heaviside(y - p, 0.0);
  return (1.0 - level) * above - level * below;
}

const TINY = 1e-30;

function poisson_of_exp(y, z) {
  return exp(z) - y * z + y * log(maximum(y, TINY)) - y;
}

function poisson_of_exp_gradient(y, z) {
  return exp(z) - y;
}

function poisson(y, p) {
  return y * (log(maximum(y, TINY)) - log(maximum(p, TINY))) - y + p;
}

function poisson_gradient(y, p) {
  return 1.0 - y / maximum(p, TINY);
}

const LOG_LEAST = -46.051701859880914;

function tweedie_of_exp(y, z) {
  z = maximum(z, LOG_LEAST);
  let r = exp(0.5 * z) - sqrt(y);
  return 2.0 * r * r * exp(-0.5 * z);
}

function tweedie_of_exp_gradient(y, z) {
  z = maximum(z, LOG_LEAST);
  return exp(0.5 * z) - y * exp(-0.5 * z);
}

const LEAST = 1e-20;

function tweedie(y, p) {
  let r = sqrt(maximum(p, LEAST)) - sqrt(y);
  return 2.0 * r * r / sqrt(maximum(p, LEAST));
}

function tweedie_gradient(y, p) {
  p = maximum(p, LEAST);
  return (p - y) / (p * sqrt(p));
}

function log_loss(y, p) {
  return -y * log(maximum(p, TINY));
}

function log_loss_gradient(y, p) {
  return -y / maximum(p, TINY);
}

function log_loss_of_logistic(y, z) {
  return maximum(z, 0.0) - y * z + log1p(exp(-absolute(z)));
}

function log_loss_of_logistic_gradient(y, z) {
  return logistic(z) - y;
}

function binary_log_loss(y, p) {
  return -y * log(maximum(p, TINY)) - (1.0 - y) * log(maximum(1.0 - p, TINY));
}

function binary_log_loss_gradient(y, p) {
  return (p - y) / maximum(p * (1.0 - p), TINY);
}

function criterion(y, s) {
  return maximum(s, 0.0) - y * s;
}

function correction(y, s) {
  return heaviside(s, 1.0) - y;
}

function criterion_kinks() {
  return [-1.0, 0.0];
}

function sgd_scalars(learning_rate, step) {
  return [learning_rate];
}

function sgd_update(g, rate) {
  return [-rate * g];
}

function sgd_update_part(theta, gradient, memory, first, last, rate) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    theta[i] += -rate * g;
  }
}

function momentum_scalars(learning_rate, step, momentum) {
  return [learning_rate, momentum];
}

function momentum_update(g, v, rate, momentum) {
  v = momentum * v - rate * g;
  return [v, v];
}

function momentum_update_part(theta, gradient, memory, first, last, rate, momentum) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    let v = memory[i];
    v = momentum * v - rate * g;
    theta[i] += v;
    memory[i] = v;
  }
}

function nesterov_update(g, v, rate, momentum) {
  v = momentum * v - rate * g;
  return [momentum * v - rate * g, v];
}

function nesterov_update_part(theta, gradient, memory, first, last, rate, momentum) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    let v = memory[i];
    v = momentum * v - rate * g;
    theta[i] += momentum * v - rate * g;
    memory[i] = v;
  }
}

function adagrad_scalars(learning_rate, step, epsilon) {
  return [learning_rate, epsilon];
}

function adagrad_update(g, s, rate, epsilon) {
  s = s + g * g;
  return [-rate * g / (sqrt(s) + epsilon), s];
}

function adagrad_update_part(theta, gradient, memory, first, last, rate, epsilon) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    let s = memory[i];
    s = s + g * g;
    theta[i] += -rate * g / (sqrt(s) + epsilon);
    memory[i] = s;
  }
}

function rmsprop_scalars(learning_rate, step, beta_2, epsilon) {
  return [learning_rate, beta_2, 1.0 - beta_2, epsilon];
}

function rmsprop_update(g, s, rate, beta_2, share_2, epsilon) {
  s = beta_2 * s + share_2 * g * g;
  return [-rate * g / (sqrt(s) + epsilon), s];
}

function rmsprop_update_part(theta, gradient, memory, first, last, rate, beta_2, share_2, epsilon) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    let s = memory[i];
    s = beta_2 * s + share_2 * g * g;
    theta[i] += -rate * g / (sqrt(s) + epsilon);
    memory[i] = s;
  }
}

function adam_scalars(learning_rate, step, beta_1, beta_2, epsilon) {
  let rate = learning_rate / (1.0 - raised(beta_1, step));
  let correction = 1.0 / (1.0 - raised(beta_2, step));
  return [rate, correction, beta_1, 1.0 - beta_1, beta_2, 1.0 - beta_2, epsilon];
}

function adam_update(g, m, v, rate, correction, beta_1, share_1, beta_2, share_2, epsilon) {
  m = beta_1 * m + share_1 * g;
  v = beta_2 * v + share_2 * g * g;
  return [-rate * m / (sqrt(correction * v) + epsilon), m, v];
}

function adam_update_part(theta, gradient, memory, first, last, rate, correction, beta_1, share_1, beta_2, share_2, epsilon) {
  const n = theta.length;
  for (let i = first; i < last; i++) {
    let g = gradient[i];
    let m = memory[i];
    let v = memory[n + i];
    m = beta_1 * m + share_1 * g;
    v = beta_2 * v + share_2 * g * g;
    theta[i] += -rate * m / (sqrt(correction * v) + epsilon);
    memory[i] = m;
    memory[n + i] = v;
  }
}

function constant(moment) {
  return 1.0;
}

function invscaling(moment, power) {
  return raised(moment.samples_seen + 1, -power);
}

function adaptive(moment, factor) {
  return raised(factor, moment.reductions);
}

function schedules_step(moment, every, factor) {
  return raised(factor, floor_divided(moment.epoch, every));
}

const pi = 3.141592653589793;

function cosine(moment, final) {
  return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * minimum(moment.progress, 1.0)));
}

function warmup_cosine(moment, warmup, final) {
  let t = minimum(moment.progress, 1.0);
  if (t < warmup) {
    return t / warmup;
  }
  return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * (t - warmup) / (1.0 - warmup)));
}

function one_cycle(moment, warmup, initial, final) {
  let t = minimum(moment.progress, 1.0);
  if (t < warmup) {
    return initial + (1.0 - initial) * 0.5 * (1.0 - cos(pi * t / warmup));
  }
  return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * (t - warmup) / (1.0 - warmup)));
}

function coslog(moment, cycles) {
  let t = minimum(moment.progress, 1.0);
  return 0.5 * (1.0 - cos(2.0 * pi * log2(1.0 + (raised(2.0, cycles) - 1.0) * t)));
}

function flat_cosine(moment) {
  return 0.5 * (1.0 + cos(pi * (maximum(1.0, 2.0 * minimum(moment.progress, 1.0)) - 1.0)));
}

function initializers_one(n_in, n_out) {
  return 1;
}

function _inputs_and_outputs(n_in, n_out) {
  return n_in + n_out;
}

function _inputs(n_in, n_out) {
  return n_in;
}

const shared_1 = { low: -Infinity, high: Infinity, closed: "" };

const shared_2 = { low: 0.0, high: 1.0, closed: "both" };

const shared_3 = { low: 0.0, high: 1.0, closed: "" };

const shared_4 = { low: 0.0, high: Infinity, closed: "low" };

const shared_5 = { low: 0.0, high: Infinity, closed: "" };

const shared_6 = { low: 0.0, high: 1.0, closed: "", simplex: true };

const shared_7 = [
  "identity",
  "step",
  "sign",
  "logistic",
  "tanh",
  "relu",
  "leaky_relu",
  "elu",
  "selu",
  "gelu",
  "silu",
  "softplus",
  "mish",
  "exp",
  "softmax",
];

const shared_8 = ["logistic", "softplus", "exp", "softmax"];

const shared_9 = { momentum: { default: 0.9, accepted: shared_2 } };

const shared_10 = { default: 1e-08, accepted: shared_5 };

const shared_11 = { low: 0.0, high: 1.0, closed: "low" };

const shared_12 = {
  beta_1: { default: 0.9, accepted: shared_11 },
  beta_2: { default: 0.999, accepted: shared_11 },
  epsilon: shared_10,
};

const shared_13 = { low: 0.0, high: 1.0, closed: "high" };

const shared_14 = { default: 0.0, accepted: shared_2 };

export const ACTIVATIONS = {
  __proto__: null,
  identity: {
    name: "identity",
    value: identity,
    derivative: _one,
    range: shared_1,
    gain: 1.0,
    kinks: [],
    flat: false,
  },
  step: {
    name: "step",
    value: step,
    derivative: _zero,
    range: shared_2,
    gain: 1.4142135623730951,
    kinks: [0.0],
    flat: true,
  },
  sign: {
    name: "sign",
    value: sign,
    derivative: _zero,
    range: { low: -1.0, high: 1.0, closed: "both" },
    gain: 1.0,
    kinks: [0.0],
    flat: true,
  },
  logistic: {
    name: "logistic",
    value: logistic,
    derivative: logistic_derivative,
    range: shared_3,
    gain: 1.8462285453386054,
    kinks: [],
    flat: false,
  },
  tanh: {
    name: "tanh",
    value: tanh_value,
    derivative: tanh_derivative,
    range: { low: -1.0, high: 1.0, closed: "" },
    gain: 1.5925374197228312,
    kinks: [],
    flat: false,
  },
  relu: {
    name: "relu",
    value: relu,
    derivative: relu_derivative,
    range: shared_4,
    gain: 1.4142135623730951,
    kinks: [0.0],
    flat: false,
  },
  leaky_relu: {
    name: "leaky_relu",
    value: leaky_relu,
    derivative: leaky_relu_derivative,
    range: shared_1,
    gain: 1.4141428569978354,
    kinks: [0.0],
    flat: false,
  },
  elu: {
    name: "elu",
    value: elu,
    derivative: elu_derivative,
    range: { low: -1.0, high: Infinity, closed: "" },
    gain: 1.2451983007007066,
    kinks: [0.0],
    flat: false,
  },
  selu: {
    name: "selu",
    value: selu,
    derivative: selu_derivative,
    range: { low: -1.7580993408473766, high: Infinity, closed: "" },
    gain: 1.0,
    kinks: [0.0],
    flat: false,
  },
  gelu: {
    name: "gelu",
    value: gelu,
    derivative: gelu_derivative,
    range: { low: -0.17, high: Infinity, closed: "" },
    gain: 1.5335304411955353,
    kinks: [],
    flat: false,
  },
  silu: {
    name: "silu",
    value: silu,
    derivative: silu_derivative,
    range: { low: -0.2785, high: Infinity, closed: "" },
    gain: 1.6765324703310909,
    kinks: [],
    flat: false,
  },
  softplus: {
    name: "softplus",
    value: softplus,
    derivative: softplus_derivative,
    range: shared_5,
    gain: 1.0418668355353016,
    kinks: [],
    flat: false,
  },
  mish: {
    name: "mish",
    value: mish,
    derivative: mish_derivative,
    range: { low: -0.309, high: Infinity, closed: "" },
    gain: 1.486847581273208,
    kinks: [],
    flat: false,
  },
  exp: {
    name: "exp",
    value: exponential,
    derivative: exponential_derivative,
    range: shared_5,
    gain: 0.36787944117144233,
    kinks: [],
    flat: false,
  },
  softmax: {
    name: "softmax",
    ofRow: softmax,
    pullback: softmax_pullback,
    range: shared_6,
    gain: 1.0,
    kinks: [],
    flat: false,
  },
};

export const LOSSES = {
  __proto__: null,
  squared_error: {
    name: "squared_error",
    forms: [
      {
        outputs: shared_1,
        targets: shared_1,
        value: squared_error,
        gradient: squared_error_gradient,
        fused: {},
        fits: shared_7,
      },
    ],
    canonical: ["identity"],
    outputActivations: shared_7,
    options: {},
    kinks: _no_kinks,
  },
  absolute_error: {
    name: "absolute_error",
    forms: [
      {
        outputs: shared_1,
        targets: shared_1,
        value: absolute_error,
        gradient: absolute_error_gradient,
        fused: {},
        fits: shared_7,
      },
    ],
    canonical: ["identity"],
    outputActivations: shared_7,
    options: {},
    kinks: at_zero,
  },
  huber: {
    name: "huber",
    forms: [
      {
        outputs: shared_1,
        targets: shared_1,
        value: huber,
        gradient: huber_gradient,
        fused: {},
        fits: shared_7,
      },
    ],
    canonical: ["identity"],
    outputActivations: shared_7,
    options: { delta: { default: 1.0, accepted: { low: 0.0, high: Infinity, closed: "high" } } },
    kinks: huber_kinks,
  },
  quantile: {
    name: "quantile",
    forms: [
      {
        outputs: shared_1,
        targets: shared_1,
        value: quantile,
        gradient: quantile_gradient,
        fused: {},
        fits: shared_7,
      },
    ],
    canonical: ["identity"],
    outputActivations: shared_7,
    options: { level: { default: 0.5, accepted: shared_3 } },
    kinks: at_zero,
  },
  poisson: {
    name: "poisson",
    forms: [
      {
        outputs: shared_5,
        targets: shared_4,
        value: poisson,
        gradient: poisson_gradient,
        fused: { exp: { value: poisson_of_exp, gradient: poisson_of_exp_gradient } },
        fits: shared_8,
      },
    ],
    canonical: ["exp"],
    outputActivations: shared_8,
    options: {},
    kinks: _no_kinks,
  },
  tweedie: {
    name: "tweedie",
    forms: [
      {
        outputs: shared_5,
        targets: shared_4,
        value: tweedie,
        gradient: tweedie_gradient,
        fused: { exp: { value: tweedie_of_exp, gradient: tweedie_of_exp_gradient } },
        fits: shared_8,
      },
    ],
    canonical: ["exp"],
    outputActivations: shared_8,
    options: {},
    kinks: _no_kinks,
  },
  log_loss: {
    name: "log_loss",
    forms: [
      {
        outputs: shared_6,
        targets: shared_2,
        value: log_loss,
        gradient: log_loss_gradient,
        fused: { softmax: { ofRow: log_loss_of_softmax, gradientOfRow: log_loss_of_softmax_gradient } },
        fits: ["softmax"],
      },
      {
        outputs: shared_3,
        targets: shared_2,
        value: binary_log_loss,
        gradient: binary_log_loss_gradient,
        fused: { logistic: { value: log_loss_of_logistic, gradient: log_loss_of_logistic_gradient } },
        fits: ["logistic"],
      },
    ],
    canonical: ["softmax", "logistic"],
    outputActivations: ["logistic", "softmax"],
    options: {},
    kinks: _no_kinks,
  },
  perceptron: {
    name: "perceptron",
    forms: [
      {
        outputs: shared_1,
        targets: shared_2,
        value: criterion,
        gradient: correction,
        fused: {},
        fits: shared_7,
      },
    ],
    canonical: ["identity"],
    outputActivations: shared_7,
    options: {},
    kinks: criterion_kinks,
  },
};

export const OPTIMIZERS = {
  __proto__: null,
  sgd: {
    name: "sgd",
    slots: [],
    options: {},
    weightDecay: 0.0,
    scalars: sgd_scalars,
    update: sgd_update,
    updatePart: sgd_update_part,
  },
  momentum: {
    name: "momentum",
    slots: ["velocity"],
    options: shared_9,
    weightDecay: 0.0,
    scalars: momentum_scalars,
    update: momentum_update,
    updatePart: momentum_update_part,
  },
  nesterov: {
    name: "nesterov",
    slots: ["velocity"],
    options: shared_9,
    weightDecay: 0.0,
    scalars: momentum_scalars,
    update: nesterov_update,
    updatePart: nesterov_update_part,
  },
  adagrad: {
    name: "adagrad",
    slots: ["squares"],
    options: { epsilon: shared_10 },
    weightDecay: 0.0,
    scalars: adagrad_scalars,
    update: adagrad_update,
    updatePart: adagrad_update_part,
  },
  rmsprop: {
    name: "rmsprop",
    slots: ["squares"],
    options: { beta_2: { default: 0.99, accepted: shared_11 }, epsilon: shared_10 },
    weightDecay: 0.0,
    scalars: rmsprop_scalars,
    update: rmsprop_update,
    updatePart: rmsprop_update_part,
  },
  adam: {
    name: "adam",
    slots: ["m", "v"],
    options: shared_12,
    weightDecay: 0.0,
    scalars: adam_scalars,
    update: adam_update,
    updatePart: adam_update_part,
  },
  adamw: {
    name: "adamw",
    slots: ["m", "v"],
    options: shared_12,
    weightDecay: 0.01,
    scalars: adam_scalars,
    update: adam_update,
    updatePart: adam_update_part,
  },
};

export const SCHEDULES = {
  __proto__: null,
  constant: { name: "constant", options: {}, perStep: false, factor: constant },
  invscaling: {
    name: "invscaling",
    options: { power: { default: 0.5, accepted: shared_4 } },
    perStep: false,
    factor: invscaling,
  },
  adaptive: {
    name: "adaptive",
    options: { factor: { default: 0.2, accepted: shared_13 } },
    perStep: false,
    factor: adaptive,
  },
  step: {
    name: "step",
    options: {
      every: { default: 20.0, accepted: { low: 1.0, high: Infinity, closed: "both" } },
      factor: { default: 0.5, accepted: shared_13 },
    },
    perStep: false,
    factor: schedules_step,
  },
  cosine: { name: "cosine", options: { final: shared_14 }, perStep: true, factor: cosine },
  warmup_cosine: {
    name: "warmup_cosine",
    options: { warmup: { default: 0.05, accepted: shared_3 }, final: shared_14 },
    perStep: true,
    factor: warmup_cosine,
  },
  one_cycle: {
    name: "one_cycle",
    options: {
      warmup: { default: 0.3, accepted: shared_3 },
      initial: { default: 0.04, accepted: shared_2 },
      final: { default: 0.0001, accepted: shared_2 },
    },
    perStep: true,
    factor: one_cycle,
  },
  coslog: {
    name: "coslog",
    options: { cycles: { default: 4.0, accepted: { low: 1.0, high: Infinity, closed: "low" } } },
    perStep: true,
    factor: coslog,
  },
  flat_cosine: { name: "flat_cosine", options: {}, perStep: true, factor: flat_cosine },
};

export const INITIALIZERS = {
  __proto__: null,
  zeros: { name: "zeros", scale: 0.0, draw: "constant" },
  constant: { name: "constant", scale: 0.1, draw: "constant" },
  uniform: { name: "uniform", scale: 0.05, draw: "uniform", factor: 1.0, fan: initializers_one },
  normal: { name: "normal", scale: 0.05, draw: "normal", factor: 1.0, fan: initializers_one },
  glorot_uniform: { name: "glorot_uniform", scale: 1.0, draw: "uniform", factor: 6.0, fan: _inputs_and_outputs },
  glorot_normal: { name: "glorot_normal", scale: 1.0, draw: "normal", factor: 2.0, fan: _inputs_and_outputs },
  he_uniform: { name: "he_uniform", scale: 1.0, draw: "uniform", factor: 6.0, fan: _inputs },
  he_normal: { name: "he_normal", scale: 1.0, draw: "normal", factor: 2.0, fan: _inputs },
  lecun_uniform: { name: "lecun_uniform", scale: 1.0, draw: "uniform", factor: 3.0, fan: _inputs },
  lecun_normal: { name: "lecun_normal", scale: 1.0, draw: "normal", factor: 1.0, fan: _inputs },
  orthogonal: { name: "orthogonal", scale: 1.0, draw: "orthogonal" },
  sklearn: { name: "sklearn", scale: 1.0, draw: "sklearn" },
};

export const NORMALIZATIONS = ["batch_norm", "layer_norm"];

export const DEFAULTS = {
  __proto__: null,
  initializer: "sklearn",
  activation: "relu",
  tol: 0.0001,
  n_iter_no_change: 10,
  max_iter: 200,
};
