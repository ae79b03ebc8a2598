/**
 * The Python program that makes a run again and prints its loss. Names come from the tables, numbers from the setup:
 * nothing that is typed into the page or stands in a table is part of its code.
 */
import { DEFAULTS, OPTIMIZERS } from "../kernel/index.js";

const MOST_NUMBERS = 100_000; // of own data in a program; with more it reads the exported run

/** Data as Python writes them. @param {any} value @returns {string} */
function python(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, each]) => `${python(key)}: ${python(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}

const called = (name, options = {}) => [name, ...Object.entries(options).map(([key, value]) => `${key}=${python(value)}`)].join(", ");

function rows(values, width) {
  const lines = Array.from({ length: values.length / width }, (_, i) => `    ${python(Array.from(values.slice(i * width, (i + 1) * width)))},\n`);
  return `np.array([\n${lines.join("")}], dtype=float)`;
}

function dataOf(setup, data) {
  if (setup.data.name !== "own") return ["from pellucid.playground.datasets import example\n", `data = example(${python(setup.data.name)})\nX, Y = data.X, data.Y`];
  if (data.X.length + data.Y.length <= MOST_NUMBERS) return ["", `X = ${rows(data.X, data.d)}\nY = ${rows(data.Y, data.outputs)}`];
  return ["from pellucid.playground.own import encode\n",
    `# The data are in the file that Export, "Run, JSON" writes.\nwith open("run.json", encoding="utf-8") as file:\n    data = encode(json.load(file)["setup"]["data"])\nX, Y = data.X, data.Y`];
}

/**
 * @param {any} setup with its edits @param {any} data the dataset @param {any} net @param {number} step
 * @returns {string}
 */
export function program(setup, data, net, step) {
  const { optimizer, schedule, network, loss } = setup;
  const hidden = net.blocks.slice(0, -1);
  const [imports, lines] = dataOf(setup, data);
  const options = /** @type {[string, any][]} */ ([["dropout", 0], ["normalization", null], ["residual", false]])
    .filter(([name, usual]) => hidden.some((block) => block[name] !== usual))
    .map(([name]) => `\n    ${name}=${python(hidden.map((block) => block[name]))},`);
  const initializer = network.initializer ?? DEFAULTS.initializer;
  const horizon = schedule.horizon ?? DEFAULTS.max_iter;
  const own = loss === "perceptron";
  const made = (setup.edits ?? []).filter((edit) => edit.step <= step).sort((a, b) => a.step - b.step);
  const edits = made.length && `
for step, index, value in ${python(made.map(({ step: at, index, value }) => [at, index, value]))}:  # parameters set by hand
    stepper.run_to(step)
    network.parameters[index] = value
`;
  return `"""The run of pellucid's playground at step ${step}."""

${lines.includes("json.load") ? "import json\n\n" : ""}import numpy as np

from pellucid import Network
from pellucid.core import Objective, get_loss
${own ? "from pellucid.core.perceptron_rule import PERCEPTRON\n" : ""}from pellucid.engines import Problem, get_engine
from pellucid.optimizers import OPTIMIZERS, get_schedule
${imports}from pellucid.training import Plan, Stepper, TrainingState

${lines}

rng = np.random.default_rng(${setup.seed})
rng.integers(2**31)  # an estimator with random_state=${setup.seed} draws the seed of its validation split here
network = Network(
    ${python(net.sizes)},
    activation=${hidden.length ? python(hidden.map((block) => block.activation)) : '"tanh"'},
    output_activation=${python(net.blocks.at(-1).activation)},
    initializer=${Array.isArray(initializer) ? `(${initializer.map(python).join(", ")})` : python(initializer)},${options.join("")}
    random_state=rng,
)
loss = get_loss(${called(own ? "PERCEPTRON" : python(loss), setup.loss_options)}).on(network.output_activation)
objective = Objective(network, loss, l1=${setup.l1 ?? 0}, l2=${setup.l2 ?? 0})
optimizer = OPTIMIZERS[${python(optimizer.name)}]
problem = Problem(
    objective, X, Y, None, ${Math.min(setup.batch_size, data.n)}, optimizer, optimizer.resolve(${python(optimizer.options ?? {})}),
    weight_decay=${python(optimizer.weight_decay ?? OPTIMIZERS[optimizer.name].weightDecay)}, max_grad_norm=${python(setup.max_grad_norm)},
)
state = TrainingState(optimizer.start(network.n_parameters), rng, horizon=${horizon})
plan = Plan(${horizon}, ${python(optimizer.learning_rate)}, get_schedule(${called(python(schedule.name), schedule.options)}), shuffle=${python(setup.shuffle !== false)})
stepper = Stepper(problem, state, plan, get_engine())
${edits || ""}
stepper.run_to(${step})
print(f"loss after step {stepper.step}: {objective.data_loss(X, Y):.6f}")
`;
}
