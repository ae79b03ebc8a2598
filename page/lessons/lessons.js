/**
 * Entry points of the five courses: a setup in the course's notation, and a task with its test.
 *
 * Worked examples come from `pellucid.courses`; their weights are edits of step 0, so that the start of the run has
 * them. Words are in the catalogue under `lessons.NAME`.
 */
import { EXAMPLES } from "../calculation/index.js";
import { PERCEPTRON } from "../state/perceptron.js";
import { setupFrom } from "../state/setups.js";

/** A small table whose numbers go to the network as they are. */
/** @returns {any} */
const table = (columns, rows, target, task, classes = /** @type {any} */ (null)) => ({ name: "own", columns, rows, target, task, classes, raw: true, use: null });

/** Edits of step 0 that write matrices [b; W] into the parameters. */
function wired(...matrices) {
  const flat = matrices.flat(2);
  return flat.map((value, index) => ({ step: 0, index, value }));
}

const lone = (parts) => setupFrom({ batch_size: 1, shuffle: false, optimizer: { name: "sgd", learning_rate: 1, options: {} }, ...parts });
const network = (hidden, activation, output_activation, more = {}) => ({ hidden, activation, output_activation, ...more });

/** The setup of a worked example: its one sample, its weights, steps of plain gradient descent. */
export function courseSetup({ setup, theta, x, y, learningRate }) {
  const names = (letter, values) => values.map((_, i) => (values.length > 1 ? `${letter}${i + 1}` : letter));
  const [inputs, targets] = [names("x", x), names("y", y)];
  const isClass = setup.loss === "log_loss";
  const task = !isClass ? "regression" : y.length > 1 ? "multilabel" : "binary";
  const data = table([...inputs, ...targets], [[...x, ...y]], targets.length > 1 ? targets : targets[0], task, task === "binary" ? ["0", "1"] : null);
  return lone({ ...setup, data, optimizer: { name: "sgd", learning_rate: learningRate, options: {} }, edits: wired(theta) });
}

const course = (name) => courseSetup(EXAMPLES.find((example) => example.name === name));

const SIGNS = [[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]];
const XOR = table(["a", "b", "y"], SIGNS, "y", "regression");
const XOR_WIRES = [[[-1, -1], [1, -1], [-1, 1]], [[1], [1], [1]]];

/** µ Σ s₁s₂ σ(b + λ(s₁u + s₂v)): four logistic units that multiply, b where |σ″| is largest. */
function productGate(scale) {
  const b = Math.log(2 + Math.sqrt(3));
  const a = 1 / (1 + Math.exp(-b));
  const second = a * (1 - a) * (1 - 2 * a);
  const mu = 1 / (4 * second * scale * scale);
  const s = scale;
  return wired([[b, b, b, b], [s, -s, s, -s], [s, -s, -s, s]], [[0], [mu], [mu], [-mu], [-mu]]);
}

const units = (net, theta) => {
  const { offset, nIn, nOut } = net.blocks[0];
  return Array.from({ length: nOut }, (_, j) => Array.from({ length: nIn + 1 }, (_, i) => theta[offset + i * nOut + j]));
};
const apart = (a, b) => a.some((value, i) => Math.abs(value - b[i]) > 1e-6);

/** @type {{name: string, note: string, notation: string, lesson: string, setup: any, chosen?: any, health?: boolean, done?: (now: any) => boolean}[]} */
export const LESSONS = [
  {
    name: "gates", note: "000", notation: "lfd", lesson: "03-hard-wired-soft-trained",
    setup: lone({ data: XOR, loss: "squared_error", network: network([2], ["sign"], "sign"), edits: wired(...XOR_WIRES) }),
    chosen: { kind: "unit", layer: 1, j: 0 }, done: ({ seen, setup }) => setup.network.activation[0] !== "sign" && seen.loss.data < 0.02,
  },
  {
    name: "zeros", note: "000", notation: "lfd", lesson: "08-initialization",
    setup: setupFrom({ network: network([4], ["tanh"], null, { initializer: "zeros" }) }),
    done: ({ net, theta, step }) => step > 20 && units(net, theta).every((unit, j, all) => all.every((other, k) => j === k || apart(unit, other))),
  },
  {
    name: "digits", note: "000", notation: "lfd", lesson: "06-losses-and-gradient-descent",
    setup: setupFrom({ data: { name: "digits" }, network: network([32], ["relu"], null), optimizer: { name: "adam", learning_rate: 0.01, options: {} }, batch_size: 32 }),
    done: ({ drawn, step }) => step > 0 && Boolean(drawn),
  },
  {
    name: "relus", note: "001", notation: "mit", lesson: "10-dead-units",
    setup: course("mit-two-relus"),
    chosen: { kind: "weight", block: 0, i: 1, j: 1 }, done: ({ seen }) => seen.deltas[0][1] !== 0,
  },
  {
    name: "residual", note: "001", notation: "mit", lesson: "09-vanishing-gradients",
    setup: course("mit-residual"),
    chosen: { kind: "weight", block: 0, i: 1, j: 0 }, done: ({ step }) => step >= 5,
  },
  {
    name: "dead", note: "001", notation: "mit", lesson: "10-dead-units",
    setup: setupFrom({ network: network([4], ["relu"], null), edits: [{ step: 0, index: 1, value: -6 }] }),
    chosen: { kind: "unit", layer: 1, j: 1 }, done: ({ rings }) => ![...rings.values()].some((ring) => ring.state === "dead"), health: true,
  },
  {
    name: "grounded", note: "002", notation: "iowa", lesson: "07-backpropagation",
    setup: course("iowa-grounded"),
    chosen: { kind: "weight", block: 1, i: 2, j: 0 }, done: ({ step }) => step >= 1,
  },
  {
    name: "chain", note: "003", notation: "umass", lesson: "09-vanishing-gradients",
    setup: course("umass-chain"),
    chosen: { kind: "weight", block: 0, i: 1, j: 0 }, done: ({ phase }) => phase !== null && phase > 11,
  },
  {
    name: "kaist", note: "004", notation: "kaist", lesson: "07-backpropagation",
    setup: course("kaist-example"),
    chosen: { kind: "weight", block: 1, i: 1, j: 0 }, done: ({ step }) => step >= 1,
  },
  {
    name: "perceptron", note: "004", notation: "kaist", lesson: "01-one-neuron",
    setup: setupFrom({ data: table(["a", "b", "y"], [[-1, -1, 0], [-1, 1, 1], [1, -1, 1], [1, 1, 1]], "y", "binary", ["false", "true"]), shuffle: false, ...PERCEPTRON }),
    chosen: { kind: "weight", block: 0, i: 1, j: 0 }, done: ({ mistakes }) => mistakes?.wrong.length === 0,
  },
  {
    name: "product", note: "004", notation: "kaist", lesson: "04-universal-approximation",
    setup: lone({ data: table(["u", "v", "y"], [-1, -0.5, 0, 0.5, 1].flatMap((u) => [-1, -0.5, 0, 0.5, 1].map((v) => [u, v, u * v])), "y", "regression"),
      loss: "squared_error", network: network([4], ["logistic"], "identity"), edits: productGate(0.5) }),
    chosen: { kind: "unit", layer: 1, j: 0 }, done: ({ outputs }) => outputs.loss.data < 1e-6,
  },
  {
    name: "square", note: "004", notation: "kaist", lesson: "04-universal-approximation",
    setup: setupFrom({ data: table(["x", "y"], Array.from({ length: 41 }, (_, i) => [(i - 20) / 20, ((i - 20) / 20) ** 2]), "y", "regression"), loss: "squared_error",
      network: network([3], ["tanh"], "identity"), optimizer: { name: "adam", learning_rate: 0.02, options: {} }, batch_size: 8 }),
    chosen: { kind: "unit", layer: 2, j: 0 }, done: ({ outputs }) => outputs.loss.data < 5e-4,
  },
];
