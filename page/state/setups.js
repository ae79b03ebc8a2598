/** Setups: the first one, and one from the parts of another. */

export const FIRST = {
  version: 1,
  data: { name: "moons" },
  network: {
    hidden: [6],
    activation: ["tanh"],
    output_activation: null,
    initializer: null,
    dropout: 0,
    normalization: null,
    residual: false,
  },
  loss: "log_loss",
  l1: 0,
  l2: 0,
  optimizer: { name: "adam", learning_rate: 0.03, options: {} },
  schedule: { name: "constant", options: {} },
  batch_size: 10,
  shuffle: true,
  seed: 0,
  edits: [],
};

/** Return a whole setup from some of its parts; parts of parts are merged too. */
export function setupFrom(parts, base = FIRST) {
  return {
    ...base,
    edits: [],
    ...parts,
    network: { ...base.network, ...parts.network },
    optimizer: { ...base.optimizer, ...parts.optimizer },
    schedule: { ...base.schedule, ...parts.schedule },
  };
}

/** Return the setup with hidden layers of other widths; a new layer takes the activation of the one before. */
export function withHidden(setup, hidden) {
  const before = setup.network.activation;
  const activation = hidden.map((_, k) => before[k] ?? before[before.length - 1] ?? "tanh");
  return { ...setup, edits: [], network: { ...setup.network, hidden, activation } };
}

/** Return whether two setups have parameters of the same shape on the same data. */
export function sameShape(a, b) {
  const shape = (s) => JSON.stringify([s.data, s.network.hidden, s.network.normalization, s.loss]);
  return shape(a) === shape(b);
}

/** Losses whose targets are classes. */
export const OF_CLASSES = ["log_loss", "perceptron"];

/** The loss that fits a task. */
export const lossFor = (task) => (task === "regression" ? "squared_error" : "log_loss");
