// Written by pellucid.playground.notations from the tables of explain: change those, then `make page`.

export const NOTATIONS = {
  "pellucid": {
    "name": "pellucid",
    "title": "pellucid's own: blocks from 0, samples are rows, the bias row on top of W",
    "layer": "a_{$k}",
    "weights": "[b_{$k}; W_{$k}]",
    "signal": "z_{$k}",
    "slope": "φ_{$k}′(z_{$k})",
    "upstream": "∂J/∂a_{$l}",
    "delta": "δ_{$k}",
    "gradient": "∂J/∂[b_{$k}; W_{$k}]",
    "forward": [
      "z_{$k} = a_{$k} W_{$k} + b_{$k}",
      "a_{$l} = φ_{$k}(z_{$k})"
    ],
    "forward_last": [
      "z_{$k} = a_{$k} W_{$k} + b_{$k}",
      "ŷ = a_{$l} = φ_{$k}(z_{$k})"
    ],
    "backward": "∂J/∂a_{$l} = δ_{$l} W_{$l}^{T}",
    "pull": "δ_{$k} = ∂J/∂a_{$l} ∘ φ_{$k}′(z_{$k})",
    "outer": "∂J/∂[b_{$k}; W_{$k}] = [1, a_{$k}]^{T} δ_{$k}",
    "activation": "φ_{$k}",
    "inputs": "X",
    "output": "ŷ",
    "loss": "J",
    "rate": "η",
    "biases": "",
    "bias_gradient": "",
    "outer_biases": "",
    "samples": "rows",
    "transposed": false,
    "bias_unit": false,
    "placeholder": false,
    "drop": "",
    "first_unit": 0,
    "squared_error": 1.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "weights": "W_{$k}",
      "gradient": "∂J/∂W_{$k}",
      "outer": "∂J/∂W_{$k} = a_{$k}^{T} δ_{$k}",
      "forward": [
        "z_{$k} = a_{$k} W_{$k}",
        "a_{$l} = φ_{$k}(z_{$k})"
      ],
      "forward_last": [
        "z_{$k} = a_{$k} W_{$k}",
        "ŷ = a_{$l} = φ_{$k}(z_{$k})"
      ]
    },
    "has_biases": true,
    "first_layer": 0
  },
  "lfd": {
    "name": "lfd",
    "title": "Learning From Data, e-chapter 7: s, x, δ; W is numbered after the layer it leads to",
    "layer": "x^{($k)}",
    "weights": "W^{($l)}",
    "signal": "s^{($l)}",
    "slope": "θ′(s^{($l)})",
    "upstream": "∂e/∂x^{($l)}",
    "delta": "δ^{($l)}",
    "gradient": "∂e/∂W^{($l)}",
    "forward": [
      "s^{($l)} = W^{($l)T} x^{($k)}",
      "x^{($l)} = [1; θ(s^{($l)})]"
    ],
    "forward_last": [
      "s^{($l)} = W^{($l)T} x^{($k)}",
      "h(x) = x^{($l)} = θ(s^{($l)})"
    ],
    "backward": "∂e/∂x^{($l)} = [W^{($m)} δ^{($m)}] without row 0",
    "pull": "δ^{($l)} = θ′(s^{($l)}) ∘ ∂e/∂x^{($l)}",
    "outer": "∂e/∂W^{($l)} = x^{($k)} δ^{($l)T}",
    "activation": "θ",
    "inputs": "x",
    "output": "h(x)",
    "loss": "e",
    "rate": "η",
    "biases": "",
    "bias_gradient": "",
    "outer_biases": "",
    "samples": "columns",
    "transposed": false,
    "bias_unit": true,
    "placeholder": false,
    "drop": "",
    "first_unit": 1,
    "squared_error": 2.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "forward": [
        "s^{($l)} = W^{($l)T} x^{($k)}",
        "x^{($l)} = θ(s^{($l)})"
      ],
      "backward": "∂e/∂x^{($l)} = W^{($m)} δ^{($m)}"
    },
    "has_biases": true,
    "first_layer": 1
  },
  "mit": {
    "name": "mit",
    "title": "z, a, g; the transpose of W at work, a squared loss without ½",
    "layer": "a^{$k}",
    "weights": "W^{$l}",
    "signal": "z^{$l}",
    "slope": "σ′(z^{$l})",
    "upstream": "∂L/∂a^{$l}",
    "delta": "∂L/∂z^{$l}",
    "gradient": "∂L/∂W^{$l}",
    "forward": [
      "z^{$l} = W^{${l}T} a^{$k} + W_{0}^{$l}",
      "a^{$l} = σ(z^{$l})"
    ],
    "forward_last": [
      "z^{$l} = W^{${l}T} a^{$k} + W_{0}^{$l}",
      "g = a^{$l} = σ(z^{$l})"
    ],
    "backward": "∂L/∂a^{$l} = W^{$m} ∂L/∂z^{$m}",
    "pull": "∂L/∂z^{$l} = σ′(z^{$l}) ∘ ∂L/∂a^{$l}",
    "outer": "∂L/∂W^{$l} = a^{$k} (∂L/∂z^{$l})^{T}",
    "activation": "σ",
    "inputs": "x",
    "output": "g",
    "loss": "L",
    "rate": "η",
    "biases": "W_{0}^{$l}",
    "bias_gradient": "∂L/∂W_{0}^{$l}",
    "outer_biases": "∂L/∂W_{0}^{$l} = ∂L/∂z^{$l}",
    "samples": "columns",
    "transposed": false,
    "bias_unit": false,
    "placeholder": false,
    "drop": "",
    "first_unit": 1,
    "squared_error": 2.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "forward": [
        "z^{$l} = W^{${l}T} a^{$k}",
        "a^{$l} = σ(z^{$l})"
      ],
      "forward_last": [
        "z^{$l} = W^{${l}T} a^{$k}",
        "g = a^{$l} = σ(z^{$l})"
      ]
    },
    "has_biases": true,
    "first_layer": 1
  },
  "iowa": {
    "name": "iowa",
    "title": "𝕎 is numbered after the layer it starts from; ψ; δ carries an entry for the bias unit",
    "layer": "x^{($k)}",
    "weights": "𝕎^{($k)}",
    "signal": "𝕎^{($k)T} x^{($k)}",
    "slope": "ψ(x^{($l)})",
    "upstream": "∂J/∂x^{($l)}",
    "delta": "δ^{($l)}",
    "gradient": "∇^{($k)}",
    "forward": [
      "x_{[1+]}^{($l)} = φ(𝕎^{($k)T} x^{($k)})",
      "x^{($l)} = [1; x_{[1+]}^{($l)}]"
    ],
    "forward_last": [
      "ŷ = x^{($l)} = φ(𝕎^{($k)T} x^{($k)})"
    ],
    "backward": "∂J/∂x^{($l)} = 𝕎^{($l)} δ$e^{($m)}",
    "pull": "δ^{($l)} = ψ(x^{($l)}) ∘ ∂J/∂x^{($l)}",
    "outer": "∇^{($k)} = x^{($k)} (δ$d^{($l)})^{T}",
    "activation": "φ",
    "inputs": "x",
    "output": "ŷ",
    "loss": "J",
    "rate": "ρ",
    "biases": "",
    "bias_gradient": "",
    "outer_biases": "",
    "samples": "columns",
    "transposed": false,
    "bias_unit": true,
    "placeholder": true,
    "drop": "_{[1+]}",
    "first_unit": 1,
    "squared_error": 2.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "forward": [
        "x^{($l)} = φ(𝕎^{($k)T} x^{($k)})"
      ]
    },
    "has_biases": true,
    "first_layer": 0
  },
  "umass": {
    "name": "umass",
    "title": "A and w, weights on the left; ReLU′(0) = 1",
    "layer": "A_{$k}",
    "weights": "w_{$l}",
    "signal": "w_{$l} A_{$k}",
    "slope": "σ′(w_{$l} A_{$k})",
    "upstream": "∂L/∂A_{$l}",
    "delta": "∂L/∂(w_{$l} A_{$k})",
    "gradient": "∂L/∂w_{$l}",
    "forward": [
      "A_{$l} = σ(w_{$l} A_{$k} + b_{$l})"
    ],
    "forward_last": [
      "ŷ = A_{$l} = σ(w_{$l} A_{$k} + b_{$l})"
    ],
    "backward": "∂L/∂A_{$l} = w_{$m}^{T} ∂L/∂(w_{$m} A_{$l})",
    "pull": "∂L/∂(w_{$l} A_{$k}) = σ′(w_{$l} A_{$k}) ∘ ∂L/∂A_{$l}",
    "outer": "∂L/∂w_{$l} = ∂L/∂(w_{$l} A_{$k}) A_{$k}^{T}",
    "activation": "σ",
    "inputs": "X",
    "output": "ŷ",
    "loss": "L",
    "rate": "α",
    "biases": "b_{$l}",
    "bias_gradient": "∂L/∂b_{$l}",
    "outer_biases": "∂L/∂b_{$l} = ∂L/∂(w_{$l} A_{$k})",
    "samples": "columns",
    "transposed": true,
    "bias_unit": false,
    "placeholder": false,
    "drop": "",
    "first_unit": 1,
    "squared_error": 1.0,
    "relu_at_zero": 1.0,
    "unbiased": {
      "forward": [
        "A_{$l} = σ(w_{$l} A_{$k})"
      ],
      "forward_last": [
        "ŷ = A_{$l} = σ(w_{$l} A_{$k})"
      ]
    },
    "has_biases": true,
    "first_layer": 1
  },
  "kaist": {
    "name": "kaist",
    "title": "Θ, s, h; the transpose of Θ at work, the bias apart",
    "layer": "h_{$k}",
    "weights": "Θ_{$l}",
    "signal": "s_{$l}",
    "slope": "σ′(s_{$l})",
    "upstream": "∂E/∂h_{$l}",
    "delta": "∂E/∂s_{$l}",
    "gradient": "∂E/∂Θ_{$l}",
    "forward": [
      "s_{$l} = Θ_{$l}^{T} h_{$k} + b_{$l}",
      "h_{$l} = σ(s_{$l})"
    ],
    "forward_last": [
      "s_{$l} = Θ_{$l}^{T} h_{$k} + b_{$l}",
      "ŷ = h_{$l} = σ(s_{$l})"
    ],
    "backward": "∂E/∂h_{$l} = Θ_{$m} ∂E/∂s_{$m}",
    "pull": "∂E/∂s_{$l} = ∂E/∂h_{$l} ∘ σ′(s_{$l})",
    "outer": "∂E/∂Θ_{$l} = h_{$k} (∂E/∂s_{$l})^{T}",
    "activation": "σ",
    "inputs": "x",
    "output": "ŷ",
    "loss": "E",
    "rate": "γ",
    "biases": "b_{$l}",
    "bias_gradient": "∂E/∂b_{$l}",
    "outer_biases": "∂E/∂b_{$l} = ∂E/∂s_{$l}",
    "samples": "columns",
    "transposed": false,
    "bias_unit": false,
    "placeholder": false,
    "drop": "",
    "first_unit": 1,
    "squared_error": 1.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "forward": [
        "s_{$l} = Θ_{$l}^{T} h_{$k}",
        "h_{$l} = σ(s_{$l})"
      ],
      "forward_last": [
        "s_{$l} = Θ_{$l}^{T} h_{$k}",
        "ŷ = h_{$l} = σ(s_{$l})"
      ]
    },
    "has_biases": true,
    "first_layer": 1
  },
  "ng": {
    "name": "ng",
    "title": "Θ, z, a, δ; layers from 1, Θ has one row per unit and the bias column first",
    "layer": "a^{($l)}",
    "weights": "Θ^{($l)}",
    "signal": "z^{($m)}",
    "slope": "g′(z^{($m)})",
    "upstream": "∂J/∂a^{($m)}",
    "delta": "δ^{($m)}",
    "gradient": "∂J/∂Θ^{($l)}",
    "forward": [
      "z^{($m)} = Θ^{($l)} a^{($l)}",
      "a^{($m)} = [1; g(z^{($m)})]"
    ],
    "forward_last": [
      "z^{($m)} = Θ^{($l)} a^{($l)}",
      "h(x) = a^{($m)} = g(z^{($m)})"
    ],
    "backward": "∂J/∂a^{($m)} = Θ^{($m)T} δ^{($n)} without row 0",
    "pull": "δ^{($m)} = ∂J/∂a^{($m)} ∘ g′(z^{($m)})",
    "outer": "∂J/∂Θ^{($l)} = δ^{($m)} a^{($l)T}",
    "activation": "g",
    "inputs": "x",
    "output": "h(x)",
    "loss": "J",
    "rate": "α",
    "biases": "",
    "bias_gradient": "",
    "outer_biases": "",
    "samples": "columns",
    "transposed": true,
    "bias_unit": true,
    "placeholder": false,
    "drop": "",
    "first_unit": 1,
    "squared_error": 1.0,
    "relu_at_zero": 0.0,
    "unbiased": {
      "forward": [
        "z^{($m)} = Θ^{($l)} a^{($l)}",
        "a^{($m)} = g(z^{($m)})"
      ],
      "backward": "∂J/∂a^{($m)} = Θ^{($m)T} δ^{($n)}"
    },
    "has_biases": true,
    "first_layer": 1
  }
};

export const PHRASES = {
  "others": "{count} others {rest}",
  "other_samples": "{count} other samples: {rest}",
  "of_sample": "sample {sample}: {line}",
  "more_samples": "… and {count} more samples",
  "sum": "sum over {count} samples: {value}",
  "input": "input signal",
  "named_input": "input signal '{name}'",
  "standardized": "{input} (standardized)",
  "sensitivity": "sensitivity",
  "sensitivity_before": "sensitivity before {layer}",
  "weight_gradient": "{input} {a} × {sensitivity} {delta} = {value}",
  "bias_gradient": "bias input 1 × {sensitivity} {delta}",
  "equals": "{terms} = {value}",
  "l2": "L2 {strength} × weight {weight}",
  "l1": "L1 {strength} × sign of the weight {sign}",
  "penalty_gradient": "penalty: {terms} = {value}",
  "together": "together: {value}",
  "product": "{input} {a} × weight {weight}",
  "bias": "bias {value}",
  "normalized": "; normalized {normalized} × scale {scale} + shift {shift} = {value}",
  "activation_of": "{activation} of {signal} = {value}",
  "signal": "signal {value}",
  "signal_among": "signal {value} among ({signals})",
  "activation": "activation {value}",
  "plus_signal": " + signal {value}",
  "plus_input": " + input of the block {value}",
  "times_dropout": " × dropout {value}",
  "slope": "slope {value}",
  "slope_and_signal": "(1 + slope {value})",
  "hidden_sensitivity": "{slope}{dropout} × ({terms})",
  "term": "weight {weight} × {sensitivity} {delta}",
  "along_residual": "along the residual connection {value}",
  "slope_of": "slope of {activation} at {signal} with {output} = {value}",
  "loss_slope": "slope of {loss} at {pair}",
  "share": "share of the sample {value}",
  "difference": "output {output} − target {target}",
  "output_sensitivity": "slope {slope} × ∂loss/∂output {derivative}",
  "row_sensitivity": "{activation}'s derivatives × ∂loss/∂output ({derivatives})",
  "loss_of": "{loss} of {pairs} = {value}",
  "pair": "(target {target}, output {output})",
  "mean": "mean over {count} samples: {value}",
  "weighted_mean": "weighted mean over {count} samples: {value}",
  "objective": "penalty: {penalty}; objective: {value}",
  "updated_weight": "weight {before} − learning rate {rate} × gradient {gradient} = {value}",
  "updated_bias": "bias {before} − learning rate {rate} × gradient {gradient} = {value}",
  "held_weight": "weight {value}, which the step leaves unchanged",
  "held_bias": "bias {value}, which the step leaves unchanged",
  "title": "{sizes} network, {samples} forward and backward",
  "one_sample": "one sample",
  "samples": "{count} samples",
  "network_step": "The network: {count} parameters",
  "forward_step": "Forward, {place}",
  "loss_step": "Loss: {loss}",
  "backward_step": "Backward, {place}",
  "update_step": "The step",
  "block_place": "block {number}",
  "weights_place": "weights {number}",
  "last_place": "{place}, the last",
  "inputs": "inputs",
  "weights": "weights",
  "bias_vector": "bias",
  "before_layer": "before {layer}",
  "scale": "scale",
  "shift": "shift",
  "signals": "signal",
  "after_activation": "after the activation",
  "mask": "dropout's factors",
  "outputs": "outputs",
  "activations": "activation",
  "targets": "targets",
  "losses": "loss of each sample",
  "loss": "loss",
  "penalty": "penalty",
  "arriving": "arriving from above",
  "upstream": "upstream",
  "slopes": "slope",
  "gradient": "gradient",
  "its_gradient": "its gradient",
  "gradient_of": "gradient, {name}",
  "new_weights": "new weights",
  "new_bias": "new bias",
  "new": "new {name}",
  "learning_rate": "learning rate",
  "loss_before": "loss before",
  "loss_after": "loss after",
  "shapes": "shapes",
  "units": "units",
  "rows": "rows",
  "biases": "biases",
  "scale_and_shift": "γ and β",
  "columns": "columns",
  "parameters": "parameters",
  "bias_label": "bias",
  "sample_label": "sample {number}",
  "finite_difference": "finite difference",
  "by_hand": "by hand",
  "mean_of": "mean of {losses}",
  "weighted_mean_of": "weighted mean of {losses}",
  "without_biases": "The biases are 0 before and after the step; they are left out.",
  "step_number": "step {number}",
  "steps_step": "{count} steps of gradient descent",
  "first_row": "The first row of each matrix holds the biases.",
  "first_column": "The first column of each matrix holds the biases.",
  "row_0": "Row 0 of each matrix holds the biases.",
  "column_0": "Column 0 of each matrix holds the biases.",
  "without_half": "This notation's squared error has no ½: losses and derivatives are {factor} times, the learning rate is 1/{factor} of pellucid's; the step is the same.",
  "share_of_mean": "Each sample's derivatives and sensitivity hold its share 1/n of the mean.",
  "share_of_weighted_mean": "Each sample's derivatives and sensitivity hold its share wᵢ / Σ w of the weighted mean.",
  "penalty_in_gradient": "The gradient of the weights holds the penalty's, {penalty}, left out of its equation.",
  "standardized_targets": "Targets and outputs are standardized, as the estimator does before it trains.",
  "standardized_inputs": "Inputs are standardized, as the estimator does: mean 0, scale 1 in its training data.",
  "flat": "The derivative of {activations} is 0: no gradient comes through. A perceptron learns by its own rule.",
  "and": "{first} and {second}",
  "kink": "A unit's signal is exactly 0. This course takes ReLU′(0) = 1; the numbers here are with 0.",
  "also": "This block also has: {layers}.",
  "before_normalization": "u is the product with the weights; the signal is u normalized, times γ, plus β.",
  "dropout_at_rest": "Dropout acts in training only; here everything passes.",
  "gives": "In place of the equation's {activation}, the block gives {outputs} on.",
  "normalized_above": "The block above has {layer}: its ∂{loss}/∂u stands for {delta}.",
  "residual_above": "The block above adds its input to its output: what arrives there arrives here as well.",
  "dropout_first": "The input passes through dropout first: {upstream} is m times that.",
  "signal_too": "The signal is added to the output too: {delta} is with {slope} + 1 for {slope}.",
  "with_normalization": "The gradient of the weights is taken with ∂{loss}/∂u for {delta}."
};

export const SUBSCRIPTS = {
  "0": "₀",
  "1": "₁",
  "2": "₂",
  "3": "₃",
  "4": "₄",
  "5": "₅",
  "6": "₆",
  "7": "₇",
  "8": "₈",
  "9": "₉",
  "+": "₊",
  "-": "₋",
  "=": "₌",
  "(": "₍",
  ")": "₎",
  "i": "ᵢ",
  "j": "ⱼ"
};

export const SUPERSCRIPTS = {
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
  "+": "⁺",
  "-": "⁻",
  "=": "⁼",
  "(": "⁽",
  ")": "⁾",
  "T": "ᵀ",
  "i": "ⁱ",
  "l": "ˡ"
};

export const LATEX = {
  "δ": "\\delta ",
  "φ": "\\varphi ",
  "ψ": "\\psi ",
  "θ": "\\theta ",
  "Θ": "\\Theta ",
  "σ": "\\sigma ",
  "η": "\\eta ",
  "ρ": "\\rho ",
  "γ": "\\gamma ",
  "β": "\\beta ",
  "α": "\\alpha ",
  "∂": "\\partial ",
  "∇": "\\nabla ",
  "∘": "\\circ ",
  "·": "\\cdot ",
  "×": "\\times ",
  "←": "\\leftarrow ",
  "→": "\\to ",
  "ℓ": "\\ell ",
  "Ω": "\\Omega ",
  "Σ": "\\sum ",
  "−": "-",
  "′": "'",
  "ŷ": "\\hat{y}",
  "𝕎": "\\mathbf{W}",
  "½": "\\tfrac12 ",
  "₀": "_0",
  "²": "^2",
  "ᵢ": "_i"
};

export const MATHEMATICS = {
  "\\": "\\backslash ",
  "~": "\\sim ",
  "_": "\\_",
  "^": "\\wedge ",
  "&": "\\&",
  "%": "\\%",
  "$": "\\$",
  "#": "\\#",
  "{": "\\{",
  "}": "\\}"
};

export const TEX = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "&": "\\&",
  "%": "\\%",
  "$": "\\$",
  "#": "\\#",
  "_": "\\_",
  "{": "\\{",
  "}": "\\}"
};

export const HIDDEN = "[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc01-\udb40\udc7f]|(?<![^\\x00-\\x7f\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc01-\udb40\udc7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc01-\udb40\udc7f\u200c\u200d])";

export const LABELS = {
  "batch_norm": "batch normalization",
  "layer_norm": "layer normalization"
};

export const LETTERS = {
  "scale": "γ",
  "shift": "β"
};

export const SLOPE_AT_ONE = {
  "identity": 1.0,
  "step": 0.0,
  "sign": 0.0,
  "logistic": 0.0,
  "tanh": 0.0,
  "relu": 1.0,
  "leaky_relu": 1.0,
  "elu": 1.0,
  "selu": 0.0,
  "gelu": 0.0,
  "silu": 0.0,
  "softplus": 0.0,
  "mish": 0.0,
  "exp": 0.0,
  "softmax": 0.0
};

export const MANY = 12;

export const NAMED = 8;

export const SHORT = 18;

export const SCHEMA = "pellucid.trace/1";
