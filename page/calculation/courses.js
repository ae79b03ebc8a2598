// Written by pellucid.playground.course_data from courses: change those, then `make page`.

export const COURSES = {
 "000": "Texas A&M University, CSCE 421, Multi-layer perceptron networks",
 "001": "MIT, Introduction to machine learning, Neural networks II",
 "002": "Iowa State University, CS 474/574, 6. Neural networks (F. S. Bao)",
 "003": "UMass Amherst, CS 389, Lectures 3 & 4",
 "004": "KAIST, Multilayer perceptron 1 (W. Y. Kim)"
};

export const EXAMPLES = [
 {
  "name": "mit-two-relus",
  "note": "001",
  "title": "backpropagation, one of two ReLUs off",
  "notation": "mit",
  "setup": {
   "network": {
    "hidden": [
     2
    ],
    "activation": [
     "relu"
    ],
    "output_activation": "identity",
    "residual": [
     false
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   2.0,
   -1.0,
   0.0,
   1.0,
   2.0
  ],
  "x": [
   1.0
  ],
  "y": [
   3.0
  ],
  "learningRate": 0.2,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "The notes' network has no biases: here they are 0, and the step leaves them so.",
   "E38 (dead ReLU, example and recap). Printed: a unit with z < 0 on one sample is dead; dead units have an always negative pre-activation. Right: inactive on a sample is one thing, dead (on every sample of a data set) another. The unit of the example, with weight -1, is inactive at x = 1 and alive for every x < 0."
  ],
  "printed": [
   {
    "role": "signal",
    "block": 0,
    "values": [
     [
      2.0
     ],
     [
      -1.0
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 1,
    "values": [
     [
      2.0
     ],
     [
      0.0
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 2,
    "values": [
     [
      2.0
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "loss",
    "block": 0,
    "values": 1.0,
    "wrong": false,
    "remarks": []
   },
   {
    "role": "upstream",
    "block": 1,
    "values": [
     [
      -2.0
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      -4.0
     ],
     [
      0.0
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      -2.0,
      0.0
     ]
    ],
    "wrong": [
     [
      false,
      false
     ]
    ],
    "remarks": []
   }
  ]
 },
 {
  "name": "mit-unit-off",
  "note": "001",
  "title": "z₁¹ < 0: the weights of one unit stay",
  "notation": "mit",
  "setup": {
   "network": {
    "hidden": [
     2
    ],
    "activation": [
     "relu"
    ],
    "output_activation": "relu",
    "residual": [
     false
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   -1.0,
   1.0,
   0.0,
   1.0,
   2.0
  ],
  "x": [
   1.0
  ],
  "y": [
   3.0
  ],
  "learningRate": 0.2,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "The notes only say which weights stay as they are (the printed zeros).",
   "The notes' network has no biases: here they are 0, and the step leaves them so.",
   "E38 (dead ReLU, example and recap). Printed: a unit with z < 0 on one sample is dead; dead units have an always negative pre-activation. Right: inactive on a sample is one thing, dead (on every sample of a data set) another. The unit of the example, with weight -1, is inactive at x = 1 and alive for every x < 0."
  ],
  "printed": [
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      0.0
     ],
     [
      null
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      0.0,
      null
     ]
    ],
    "wrong": [
     [
      false,
      false
     ]
    ],
    "remarks": []
   }
  ]
 },
 {
  "name": "mit-output-off",
  "note": "001",
  "title": "z² < 0 before a ReLU: no weight learns",
  "notation": "mit",
  "setup": {
   "network": {
    "hidden": [
     2
    ],
    "activation": [
     "relu"
    ],
    "output_activation": "relu",
    "residual": [
     false
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   2.0,
   1.0,
   0.0,
   -1.0,
   -2.0
  ],
  "x": [
   1.0
  ],
  "y": [
   3.0
  ],
  "learningRate": 0.2,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "The notes only say which weights stay as they are (the printed zeros).",
   "The notes' network has no biases: here they are 0, and the step leaves them so.",
   "E38 (dead ReLU, example and recap). Printed: a unit with z < 0 on one sample is dead; dead units have an always negative pre-activation. Right: inactive on a sample is one thing, dead (on every sample of a data set) another. The unit of the example, with weight -1, is inactive at x = 1 and alive for every x < 0."
  ],
  "printed": [
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      0.0
     ],
     [
      0.0
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      0.0,
      0.0
     ]
    ],
    "wrong": [
     [
      false,
      false
     ]
    ],
    "remarks": []
   }
  ]
 },
 {
  "name": "mit-residual",
  "note": "001",
  "title": "with a skip connection all weights learn",
  "notation": "mit",
  "setup": {
   "network": {
    "hidden": [
     2,
     1
    ],
    "activation": [
     "relu",
     "relu"
    ],
    "output_activation": "identity",
    "residual": [
     false,
     "activation"
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   2.0,
   1.0,
   0.0,
   -1.0,
   -2.0,
   0.0,
   1.0
  ],
  "x": [
   1.0
  ],
  "y": [
   3.0
  ],
  "learningRate": 0.02,
  "held": {
   "biases": true,
   "blocks": [
    2
   ]
  },
  "byHand": 3,
  "remarks": [
   "The block with the skip connection is a hidden one here, before a fixed weight of 1.",
   "The notes' network has no biases: here they are 0, and the step leaves them so."
  ],
  "printed": []
 },
 {
  "name": "mit-residual-unit-off",
  "note": "001",
  "title": "the same, z₁¹ < 0: one unit still does not",
  "notation": "mit",
  "setup": {
   "network": {
    "hidden": [
     2,
     1
    ],
    "activation": [
     "relu",
     "relu"
    ],
    "output_activation": "identity",
    "residual": [
     false,
     "activation"
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   -2.0,
   1.0,
   0.0,
   -1.0,
   -2.0,
   0.0,
   1.0
  ],
  "x": [
   1.0
  ],
  "y": [
   3.0
  ],
  "learningRate": 0.02,
  "held": {
   "biases": true,
   "blocks": [
    2
   ]
  },
  "byHand": 3,
  "remarks": [
   "The block with the skip connection is a hidden one here, before a fixed weight of 1.",
   "The notes' network has no biases: here they are 0, and the step leaves them so."
  ],
  "printed": []
 },
 {
  "name": "iowa-grounded",
  "note": "002",
  "title": "feedforward, backpropagation and a step",
  "notation": "iowa",
  "setup": {
   "network": {
    "hidden": [
     2
    ],
    "activation": [
     "logistic"
    ],
    "output_activation": "logistic",
    "residual": [
     false
    ]
   },
   "loss": "log_loss"
  },
  "theta": [
   0.4,
   0.6,
   0.7,
   -0.4,
   -0.2,
   0.3,
   -0.3,
   0.5,
   0.1
  ],
  "x": [
   0.0,
   1.0
  ],
  "y": [
   1.0
  ],
  "learningRate": 1.0,
  "held": {
   "biases": false,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "E17 (grounded example, symbols of 𝕎^{(0)}). Printed: the first row is (w_{0},_{1}, w_{1},_{1}). Right: (w_{0},_{1}, w_{0},_{2}). The first row holds the biases, from node 0 to nodes 1 and 2."
  ],
  "printed": [
   {
    "role": "layer",
    "block": 0,
    "values": [
     [
      1.0
     ],
     [
      0.0
     ],
     [
      1.0
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 1,
    "values": [
     [
      1.0
     ],
     [
      0.55
     ],
     [
      0.711
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 2,
    "values": [
     [
      0.512
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "delta",
    "block": 1,
    "values": [
     [
      -0.488
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      -0.488
     ],
     [
      -0.269
     ],
     [
      -0.347
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "delta",
    "block": 0,
    "values": [
     [
      0.0
     ],
     [
      -0.06
     ],
     [
      -0.01
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      -0.06,
      -0.01
     ],
     [
      0.0,
      0.0
     ],
     [
      -0.06,
      -0.01
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "updated",
    "block": 0,
    "values": [
     [
      0.46,
      0.61
     ],
     [
      0.7,
      -0.4
     ],
     [
      0.46,
      0.61
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      true,
      true
     ]
    ],
    "remarks": [
     "E13 (grounded example III, 𝕎^{(0)}). Printed: the third row of 𝕎^{(0)} becomes (0.460, 0.610). Right: (-0.2 + 0.060, 0.3 + 0.010) = (-0.140, 0.310). It is a copy of the first row. The right weights predict 0.722, this row as printed 0.747, and together with E12 0.597."
    ]
   },
   {
    "role": "updated",
    "block": 1,
    "values": [
     [
      0.188
     ],
     [
      0.769
     ],
     [
      -0.447
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      true
     ]
    ],
    "remarks": [
     "E12 (grounded example III, 𝕎^{(1)}). Printed: 𝕎^{(1)} becomes (0.188, 0.769, -0.447). Right: (0.188, 0.769, +0.447). 0.1 - (-0.347) is +0.447, and the slide's own new prediction 0.722 needs it."
    ]
   },
   {
    "role": "output_after",
    "block": 1,
    "values": 0.722,
    "wrong": false,
    "remarks": []
   }
  ]
 },
 {
  "name": "iowa-homework",
  "note": "002",
  "title": "two hidden layers, weights 0.1, 2, 1",
  "notation": "iowa",
  "setup": {
   "network": {
    "hidden": [
     3,
     2
    ],
    "activation": [
     "logistic",
     "logistic"
    ],
    "output_activation": "logistic",
    "residual": [
     false,
     false
    ]
   },
   "loss": "log_loss"
  },
  "theta": [
   0.1,
   0.1,
   0.1,
   0.1,
   0.1,
   0.1,
   0.1,
   0.1,
   0.1,
   2.0,
   2.0,
   2.0,
   2.0,
   2.0,
   2.0,
   2.0,
   2.0,
   1.0,
   1.0,
   1.0,
   1.0,
   1.0,
   1.0
  ],
  "x": [
   1.0,
   1.0
  ],
  "y": [
   1.0,
   0.0
  ],
  "learningRate": 1.0,
  "held": {
   "biases": false,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "All numbers are in the author's source. To the three digits of the homework, its gradients and new weights are those of the exact calculation, although two sensitivities before them are not."
  ],
  "printed": [
   {
    "role": "signal",
    "block": 0,
    "values": [
     [
      0.3
     ],
     [
      0.3
     ],
     [
      0.3
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 1,
    "values": [
     [
      1.0
     ],
     [
      0.574
     ],
     [
      0.574
     ],
     [
      0.574
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "signal",
    "block": 1,
    "values": [
     [
      5.444
     ],
     [
      5.444
     ]
    ],
    "wrong": [
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "The homework goes on with rounded activations: 2 (1 + 3 × 0.574) = 5.444."
    ]
   },
   {
    "role": "layer",
    "block": 2,
    "values": [
     [
      1.0
     ],
     [
      0.996
     ],
     [
      0.996
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "signal",
    "block": 2,
    "values": [
     [
      2.992
     ],
     [
      2.992
     ]
    ],
    "wrong": [
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "The homework goes on with rounded activations: 1 + 2 × 0.996 = 2.992."
    ]
   },
   {
    "role": "layer",
    "block": 3,
    "values": [
     [
      0.952
     ],
     [
      0.952
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "delta",
    "block": 2,
    "values": [
     [
      -0.048
     ],
     [
      0.952
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "gradient",
    "block": 2,
    "values": [
     [
      -0.048,
      0.952
     ],
     [
      -0.048,
      0.948
     ],
     [
      -0.048,
      0.948
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "delta",
    "block": 1,
    "values": [
     [
      null
     ],
     [
      0.00360154
     ],
     [
      0.00360154
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "The homework rounds on the way: 0.996 (1 - 0.996) × 0.904 = 0.003602, and with that rounded to 0.004, 0.574 (1 - 0.574) × 4 × 0.004 = 0.003912. Rounding to 3 digits costs 7 % and 4 %."
    ]
   },
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      0.004,
      0.004
     ],
     [
      0.002,
      0.002
     ],
     [
      0.002,
      0.002
     ],
     [
      0.002,
      0.002
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "delta",
    "block": 0,
    "values": [
     [
      null
     ],
     [
      0.00391238
     ],
     [
      0.00391238
     ],
     [
      0.00391238
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      true
     ],
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "As above."
    ]
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      0.004,
      0.004,
      0.004
     ],
     [
      0.004,
      0.004,
      0.004
     ],
     [
      0.004,
      0.004,
      0.004
     ]
    ],
    "wrong": [
     [
      false,
      false,
      false
     ],
     [
      false,
      false,
      false
     ],
     [
      false,
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "updated",
    "block": 0,
    "values": [
     [
      0.096,
      0.096,
      0.096
     ],
     [
      0.096,
      0.096,
      0.096
     ],
     [
      0.096,
      0.096,
      0.096
     ]
    ],
    "wrong": [
     [
      false,
      false,
      false
     ],
     [
      false,
      false,
      false
     ],
     [
      false,
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "updated",
    "block": 1,
    "values": [
     [
      1.996,
      1.996
     ],
     [
      1.998,
      1.998
     ],
     [
      1.998,
      1.998
     ],
     [
      1.998,
      1.998
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "updated",
    "block": 2,
    "values": [
     [
      1.048,
      0.048
     ],
     [
      1.048,
      0.052
     ],
     [
      1.048,
      0.052
     ]
    ],
    "wrong": [
     [
      false,
      false
     ],
     [
      false,
      false
     ],
     [
      false,
      false
     ]
    ],
    "remarks": []
   }
  ]
 },
 {
  "name": "umass-chain",
  "note": "003",
  "title": "a chain of four units, one weight each",
  "notation": "umass",
  "setup": {
   "network": {
    "hidden": [
     1,
     1,
     1
    ],
    "activation": [
     "logistic",
     "logistic",
     "logistic"
    ],
    "output_activation": "logistic",
    "residual": [
     false,
     false,
     false
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.8,
   0.0,
   -1.2,
   0.0,
   0.5,
   0.0,
   2.0
  ],
  "x": [
   0.7
  ],
  "y": [
   1.0
  ],
  "learningRate": 1.0,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "The notes have symbols only. The numbers w = (0.8, -1.2, 0.5, 2), X = 0.7, y = 1 are this library's; what counts as printed are the values of the printed formulas.",
   "The notes' network has no biases: here they are 0, and the step leaves them so.",
   "E28 (text before (2.4)). Printed: changing w_{2} affects A_{4}, A_{3}, A_{2}, A_{1} and L. Right: changing w_{1} does; w_{2} does not affect A_{1}. A_{1} is computed before w_{2} is used. The derivative in question is the one with respect to w_{1}."
  ],
  "printed": [
   {
    "role": "gradient",
    "block": 3,
    "values": [
     [
      -0.031844
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E27 (backpropagation, both proofs). Printed: ∂A_{m+1}/∂A_{m} = σ′(A_{m}) w_{m+1};  ∂A_{m}/∂w_{m} = σ′(A_{m-1}) A_{m-1}. Right: σ′(w_{m+1} A_{m}) w_{m+1};  σ′(w_{m} A_{m-1}) A_{m-1}. σ′ belongs at the signal that went into σ, and that is the weight times the activation before it."
    ]
   },
   {
    "role": "gradient",
    "block": 2,
    "values": [
     [
      -0.009145
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E27, as above."
    ]
   },
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      -0.002072
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E27, as above."
    ]
   },
   {
    "role": "gradient",
    "block": 0,
    "values": [
     [
      0.000606
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E27, as above."
    ]
   }
  ]
 },
 {
  "name": "kaist-example",
  "note": "004",
  "title": "forward, backward, three hidden units",
  "notation": "kaist",
  "setup": {
   "network": {
    "hidden": [
     3
    ],
    "activation": [
     "logistic"
    ],
    "output_activation": "logistic",
    "residual": [
     false
    ]
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.0,
   0.0,
   1.2,
   2.1,
   -1.5,
   -0.3,
   -0.7,
   0.3,
   0.0,
   -0.2,
   0.5,
   1.3
  ],
  "x": [
   1.0,
   -0.5
  ],
  "y": [
   1.0
  ],
  "learningRate": 1.0,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 2,
  "remarks": [
   "The notes leave the update of Θ_{1} to the reader; here it is.",
   "The notes' network has no biases: here they are 0, and the step leaves them so."
  ],
  "printed": [
   {
    "role": "layer",
    "block": 0,
    "values": [
     [
      1.0
     ],
     [
      -0.5
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "weights",
    "block": 0,
    "values": [
     [
      1.2,
      2.1,
      1.5
     ],
     [
      -0.3,
      -0.7,
      0.3
     ]
    ],
    "wrong": [
     [
      false,
      false,
      true
     ],
     [
      false,
      false,
      false
     ]
    ],
    "remarks": [
     "E3 (definition of Θ_{1} (every slide)). Printed: Θ_{1} = (1.2 2.1 1.5; -0.3 -0.7 0.3). Right: the third entry is -1.5. The product line uses -1.5, and only that value gives the printed signals and outputs. Our text copy cannot tell whether the slide lacks the minus sign or the extraction lost it."
    ]
   },
   {
    "role": "signal",
    "block": 0,
    "values": [
     [
      1.35
     ],
     [
      2.45
     ],
     [
      -1.65
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 1,
    "values": [
     [
      0.79
     ],
     [
      0.92
     ],
     [
      0.16
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "weights",
    "block": 1,
    "values": [
     [
      -0.2
     ],
     [
      0.5
     ],
     [
      1.3
     ]
    ],
    "wrong": [
     [
      false
     ],
     [
      false
     ],
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "signal",
    "block": 1,
    "values": [
     [
      0.51
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 2,
    "values": [
     [
      0.62
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E4 (example: forward and back propagation). Printed: ŷ = 0.62, ∂E/∂ŷ = -0.38, E = 0.072. Right: ŷ = 0.6250, ∂E/∂ŷ = -0.3750, E = 0.0703. The signal was rounded to 0.51 before σ was applied, and every later number starts from a rounded one."
    ]
   },
   {
    "role": "loss",
    "block": 0,
    "values": 0.072,
    "wrong": true,
    "remarks": [
     "E4, as above."
    ]
   },
   {
    "role": "upstream",
    "block": 1,
    "values": [
     [
      -0.38
     ]
    ],
    "wrong": [
     [
      true
     ]
    ],
    "remarks": [
     "E4, as above."
    ]
   },
   {
    "role": "gradient",
    "block": 1,
    "values": [
     [
      0.02
     ],
     [
      -0.05
     ],
     [
      -0.12
     ]
    ],
    "wrong": [
     [
      true
     ],
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "E1 (example: back propagation (twice)). Printed: ∂E/∂Θ_{2} = (0.02, -0.05, -0.12). Right: (ŷ - y) σ′(s_{2}) h_{1} = (-0.06979, -0.08090, -0.01416). The printed numbers are (ŷ - y) σ′(s_{2}) Θ_{2}, which is ∂E/∂h_{1}: the weights were used in place of the inputs."
    ]
   },
   {
    "role": "updated",
    "block": 1,
    "values": [
     [
      -0.22
     ],
     [
      0.55
     ],
     [
      1.42
     ]
    ],
    "wrong": [
     [
      true
     ],
     [
      true
     ],
     [
      true
     ]
    ],
    "remarks": [
     "E2 (example: back propagation (twice)). Printed: Θ_{2} becomes (-0.22, 0.55, 1.42). Right: (-0.13021, 0.58090, 1.31416) with γ = 1. It follows from the wrong gradient. The prediction still improves, to 0.6365, but less than with the right step, 0.6554."
    ]
   }
  ]
 },
 {
  "name": "kaist-perceptron",
  "note": "004",
  "title": "a perceptron: 12 × 0.5 + 4 × (-1)",
  "notation": "kaist",
  "setup": {
   "network": {
    "hidden": [],
    "activation": [],
    "output_activation": "sign",
    "residual": []
   },
   "loss": "squared_error"
  },
  "theta": [
   0.0,
   0.5,
   -1.0
  ],
  "x": [
   12.0,
   4.0
  ],
  "y": [
   1.0
  ],
  "learningRate": 1.0,
  "held": {
   "biases": true,
   "blocks": []
  },
  "byHand": 3,
  "remarks": [
   "The derivative of sign is 0: no gradient comes through. A perceptron learns by its own rule.",
   "Its definition in the notes puts out 0 and 1, the example -1 and +1.",
   "The notes' network has no biases: here they are 0, and the step leaves them so."
  ],
  "printed": [
   {
    "role": "signal",
    "block": 0,
    "values": [
     [
      2.0
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   },
   {
    "role": "layer",
    "block": 1,
    "values": [
     [
      1.0
     ]
    ],
    "wrong": [
     [
      false
     ]
    ],
    "remarks": []
   }
  ]
 }
];

export const MISPRINTS = [
 {
  "id": "E1",
  "note": "004",
  "place": "example: back propagation (twice)",
  "printed": "∂E/∂Θ₂ = (0.02, -0.05, -0.12)",
  "right": "(ŷ - y) σ′(s₂) h₁ = (-0.06979, -0.08090, -0.01416)",
  "why": "The printed numbers are (ŷ - y) σ′(s₂) Θ₂, which is ∂E/∂h₁: the weights were used in place of the inputs.",
  "label": "error, text copy"
 },
 {
  "id": "E2",
  "note": "004",
  "place": "example: back propagation (twice)",
  "printed": "Θ₂ becomes (-0.22, 0.55, 1.42)",
  "right": "(-0.13021, 0.58090, 1.31416) with γ = 1",
  "why": "It follows from the wrong gradient. The prediction still improves, to 0.6365, but less than with the right step, 0.6554.",
  "label": "error, text copy"
 },
 {
  "id": "E3",
  "note": "004",
  "place": "definition of Θ₁ (every slide)",
  "printed": "Θ₁ = (1.2 2.1 1.5; -0.3 -0.7 0.3)",
  "right": "the third entry is -1.5",
  "why": "The product line uses -1.5, and only that value gives the printed signals and outputs. Our text copy cannot tell whether the slide lacks the minus sign or the extraction lost it.",
  "label": "error, text copy"
 },
 {
  "id": "E4",
  "note": "004",
  "place": "example: forward and back propagation",
  "printed": "ŷ = 0.62, ∂E/∂ŷ = -0.38, E = 0.072",
  "right": "ŷ = 0.6250, ∂E/∂ŷ = -0.3750, E = 0.0703",
  "why": "The signal was rounded to 0.51 before σ was applied, and every later number starts from a rounded one.",
  "label": "rounding"
 },
 {
  "id": "E5",
  "note": "004",
  "place": "code of AND and OR",
  "printed": "val = …; if tmp <= 0",
  "right": "if val <= 0",
  "why": "No variable is called tmp, so Python stops with a NameError.",
  "label": "error, text copy"
 },
 {
  "id": "E6",
  "note": "004",
  "place": "AND and OR, formula next to the code",
  "printed": "w·x + b ≥ 0 with b = 0.7 (AND), b = 0.2 (OR)",
  "right": "b = -0.7 and b = -0.2; the code subtracts b, as a threshold",
  "why": "With + and a positive b both units output 1 on all four rows.",
  "label": "error, text copy"
 },
 {
  "id": "E7",
  "note": "004",
  "place": "multiplication gate, middle line",
  "printed": "σ₂λ² [(u+v)² + (-u-v)² - (u-v)² - (-u+v)²]",
  "right": "½ σ₂λ² […] = 4 σ₂λ² uv",
  "why": "The Taylor series has u²/2, and the bracket is 8uv. The last line of the slide is right, so the ½ may be missing only in our text copy.",
  "label": "error, text copy"
 },
 {
  "id": "E8",
  "note": "004",
  "place": "multiplication gate",
  "printed": "four units without a bias, σ₂ ≠ 0 assumed",
  "right": "with the logistic function or tanh the four units need a bias, since σ″(0) = 0 for both",
  "why": "Both are odd about 0 up to a constant, so the four terms cancel for all u and v, and μ = 1/(4σ₂λ²) is infinite.",
  "label": "completeness"
 },
 {
  "id": "E9",
  "note": "004",
  "place": "drawback of a single perceptron",
  "printed": "a perceptron for OR and one for NOT AND, the two combined, solve XOR",
  "right": "a third perceptron, AND, has to combine them",
  "why": "Two hidden units give two truth values; one more unit has to combine them into one.",
  "label": "error, text copy"
 },
 {
  "id": "E10",
  "note": "004",
  "place": "loss functions",
  "printed": "L2 loss (or MSE) = ½ Σ (y - h)²",
  "right": "that is half the sum; the mean squared error divides by n",
  "why": "Four residuals of 1 give 2.0 one way and 1.0 the other.",
  "label": "error, text copy"
 },
 {
  "id": "E11",
  "note": "004",
  "place": "complexity of the human brain",
  "printed": "10¹¹ neurons with about 7000 synapses each; an adult has 10¹⁴ to 5 × 10¹⁴ synapses",
  "right": "the product is 7 × 10¹⁴, or 3.5 × 10¹⁴ if each synapse is counted once for its two neurons",
  "why": "Counted once, the synapses lie inside the printed range.",
  "label": "remark"
 },
 {
  "id": "E12",
  "note": "002",
  "place": "grounded example III, 𝕎⁽¹⁾",
  "printed": "𝕎⁽¹⁾ becomes (0.188, 0.769, -0.447)",
  "right": "(0.188, 0.769, +0.447)",
  "why": "0.1 - (-0.347) is +0.447, and the slide's own new prediction 0.722 needs it.",
  "label": "error, source"
 },
 {
  "id": "E13",
  "note": "002",
  "place": "grounded example III, 𝕎⁽⁰⁾",
  "printed": "the third row of 𝕎⁽⁰⁾ becomes (0.460, 0.610)",
  "right": "(-0.2 + 0.060, 0.3 + 0.010) = (-0.140, 0.310)",
  "why": "It is a copy of the first row. The right weights predict 0.722, this row as printed 0.747, and together with E12 0.597.",
  "label": "error, source"
 },
 {
  "id": "E14",
  "note": "002",
  "place": "training ANNs",
  "printed": "𝐖 ← 𝐖 + ρ ∇Loss",
  "right": "𝐖 ← 𝐖 - ρ ∇Loss",
  "why": "The gradient points uphill: on the example + takes the loss from 0.6704 to 1.2010, - to 0.3259.",
  "label": "error, source"
 },
 {
  "id": "E15",
  "note": "002",
  "place": "feedforward I",
  "printed": "x⁽ˡ⁺¹⁾ = φ(𝕎⁽ˡ⁾ x⁽ˡ⁾)",
  "right": "φ(𝕎⁽ˡ⁾ᵀ x⁽ˡ⁾), as in the recap",
  "why": "𝕎 has a row per input and a column per unit, so only its transpose can be multiplied by x.",
  "label": "error, source"
 },
 {
  "id": "E16",
  "note": "002",
  "place": "feedforward II, arrows",
  "printed": "the arrows carry 𝕎⁽¹⁾, 𝕎⁽²⁾, 𝕎⁽³⁾",
  "right": "𝕎⁽⁰⁾, 𝕎⁽¹⁾, 𝕎⁽²⁾",
  "why": "𝕎⁽ˡ⁾ leads from layer l to l + 1, and layers count from 0.",
  "label": "typo, source"
 },
 {
  "id": "E17",
  "note": "002",
  "place": "grounded example, symbols of 𝕎⁽⁰⁾",
  "printed": "the first row is (w₀,₁, w₁,₁)",
  "right": "(w₀,₁, w₀,₂)",
  "why": "The first row holds the biases, from node 0 to nodes 1 and 2.",
  "label": "typo, source"
 },
 {
  "id": "E20",
  "note": "002",
  "place": "equations 9 and 10",
  "printed": "x = Uᵀa; the bias term is o₁",
  "right": "x without its bias is φ(Uᵀa); the bias term is o₀",
  "why": "The next formula contains ψ(x), the derivative of the φ that is missing here.",
  "label": "error, source"
 },
 {
  "id": "E21",
  "note": "002",
  "place": "weight gradient, vectorized",
  "printed": "xᵢ⁽ˡ⁻²⁾ (δ⁽ˡ⁻¹⁾)ᵀ",
  "right": "x⁽ˡ⁻²⁾ (δ⁽ˡ⁻¹⁾)ᵀ, the whole vector",
  "why": "One input times the row of sensitivities is one row of the gradient, not the matrix.",
  "label": "typo, source"
 },
 {
  "id": "E22",
  "note": "002",
  "place": "overfitting, early stop",
  "printed": "stop when the loss on the test set drops too much",
  "right": "stop when the loss on a validation set has stopped falling",
  "why": "A falling loss is the goal; a rising loss, on data that decides nothing else, is the sign to stop.",
  "label": "error, source"
 },
 {
  "id": "E23",
  "note": "002",
  "place": "saturation, first advice",
  "printed": "draw the weights from a small range such as [0, 1]",
  "right": "draw them around 0 with a spread of about 1/√fan-in",
  "why": "Weights that are all positive add up: with 50 inputs every unit saturates, which the advice is meant to avoid.",
  "label": "error, source"
 },
 {
  "id": "E24",
  "note": "002",
  "place": "saturation, second advice",
  "printed": "scale after each layer, for example with softmax layers",
  "right": "with batch or layer normalization; softmax is for the output",
  "why": "Softmax makes a row of 50 signals sum to 1, so each is about 0.02 and hardly varies.",
  "label": "error, source"
 },
 {
  "id": "E25",
  "note": "002",
  "place": "gradient vanishing",
  "printed": "ψ lies in [-1, 1], so that the gradient gets smaller",
  "right": "the factor is |w| ψ, ψ in (0, 0.25] (logistic), (0, 1] (tanh), {0, 1} (ReLU); it may exceed 1",
  "why": "Each layer multiplies by the weight too: with tanh, w = 3 and z = 0 by 3, and gradients explode.",
  "label": "judgement"
 },
 {
  "id": "E26",
  "note": "002",
  "place": "gradient vanishing",
  "printed": "LTSM",
  "right": "LSTM, long short-term memory",
  "why": "Two letters are swapped.",
  "label": "typo, source"
 },
 {
  "id": "E27",
  "note": "003",
  "place": "backpropagation, both proofs",
  "printed": "∂A_{m+1}/∂A_m = σ′(A_m) w_{m+1};  ∂A_m/∂w_m = σ′(A_{m-1}) A_{m-1}",
  "right": "σ′(w_{m+1} A_m) w_{m+1};  σ′(w_m A_{m-1}) A_{m-1}",
  "why": "σ′ belongs at the signal that went into σ, and that is the weight times the activation before it.",
  "label": "error, text copy"
 },
 {
  "id": "E28",
  "note": "003",
  "place": "text before (2.4)",
  "printed": "changing w₂ affects A₄, A₃, A₂, A₁ and L",
  "right": "changing w₁ does; w₂ does not affect A₁",
  "why": "A₁ is computed before w₂ is used. The derivative in question is the one with respect to w₁.",
  "label": "typo, text copy"
 },
 {
  "id": "E29",
  "note": "003",
  "place": "1.1, non-linearities",
  "printed": "sigmoid, tanh and ReLU are differentiable; the table gives ReLU′(0) = 1",
  "right": "ReLU has no derivative at 0; a value there is a convention: 1 here, 0 in note 001 and in this library",
  "why": "The slopes left and right of 0 are 0 and 1.",
  "label": "convention"
 },
 {
  "id": "E30",
  "note": "000",
  "place": "backpropagation, cost",
  "printed": "forward propagation costs twice as much as backward propagation",
  "right": "backward costs 1 to 2 times as much as forward",
  "why": "Backward computes the gradient, one product as large as forward's, and passes the sensitivities back, another product in each block but the first.",
  "label": "error, text copy"
 },
 {
  "id": "E31",
  "note": "000",
  "place": "backpropagation, cost",
  "printed": "training is about twice as expensive as predicting",
  "right": "2 to 3 times: 2.01 for 784-100-10, 2.40 for 2-4-2-1, 2.87 for nine layers of 512",
  "why": "A factor of 2 holds only if the first layer, which passes no sensitivity back, is by far the largest.",
  "label": "judgement"
 },
 {
  "id": "E32",
  "note": "000",
  "place": "initialization with zeros",
  "printed": "every single weight changes by the exact same amount",
  "right": "every unit (a column of W) changes by the same amount; weights from different inputs differ",
  "why": "An update is input times sensitivity: the sensitivities of the units agree, the inputs do not.",
  "label": "error, text copy"
 },
 {
  "id": "E33",
  "note": "000",
  "place": "kernel methods",
  "printed": "φ(xᵢ)ᵀφ(xⱼ) = xᵢᵀxⱼ",
  "right": "a function of xᵢᵀxⱼ, such as (xᵢᵀxⱼ)² for the quadratic φ",
  "why": "Without the exponent φ would be the identity, and nothing would be wider.",
  "label": "error, text copy"
 },
 {
  "id": "E34",
  "note": "000",
  "place": "sensitivity",
  "printed": "the derivative of y = 2x in terms of y",
  "right": "in terms of x",
  "why": "A derivative is taken with respect to the input; with respect to y itself it is 1.",
  "label": "typo, text copy"
 },
 {
  "id": "E35",
  "note": "000",
  "place": "saturation",
  "printed": "the slope at a large signal is exactly 0",
  "right": "small, not 0: tanh′(10) = 8.2e-9, logistic′(10) = 4.5e-5",
  "why": "Both functions only approach their limits. In float64, computed as 1 - tanh², the slope does become 0 from a signal of about 19.",
  "label": "judgement"
 },
 {
  "id": "E36",
  "note": "000",
  "place": "AND as a perceptron",
  "printed": "two cases: one input true, both true",
  "right": "a third case: both false, signal -3.5, false",
  "why": "A truth table of two inputs has four rows; the bias must work for all of them.",
  "label": "completeness"
 },
 {
  "id": "E37",
  "note": "000",
  "place": "OR and AND as perceptrons",
  "printed": "the biases +1.5 and -1.5, just what OR and AND need",
  "right": "right for 2 and 3 inputs; with k inputs OR takes a bias in (k - 2, k), AND one in (-k, 2 - k): ±(k - 1)",
  "why": "With k inputs of ±1, the row that OR must map to false has the sum -k, and the next sum is 2 - k.",
  "label": "judgement"
 },
 {
  "id": "E38",
  "note": "001",
  "place": "dead ReLU, example and recap",
  "printed": "a unit with z < 0 on one sample is dead; dead units have an always negative pre-activation",
  "right": "inactive on a sample is one thing, dead (on every sample of a data set) another",
  "why": "The unit of the example, with weight -1, is inactive at x = 1 and alive for every x < 0.",
  "label": "convention"
 },
 {
  "id": "E39",
  "note": "002",
  "place": "further reading, Ng's notation",
  "printed": "Θ⁽ˡ⁾ leads from layer l to l - 1; Θ⁽ˡ⁾ and 𝕎⁽ˡ⁾ᵀ are each other's transpose",
  "right": "Θ⁽ˡ⁾ = 𝕎⁽ˡ⁾ᵀ leads from layer l to l + 1; Θ and 𝕎 are each other's transpose",
  "why": "The same sentence says that Θ⁽ˡ⁾ corresponds to 𝕎⁽ˡ⁾ᵀ, and both cannot hold.",
  "label": "typo, source"
 },
 {
  "id": "E40",
  "note": "002",
  "place": "equation 10, sizes",
  "printed": "∂J/∂𝕌 is c × d, its transpose d × c",
  "right": "(c + 1) × d and d × (c + 1)",
  "why": "a = (a₀, a₁, …, a_c) counts the bias unit, so it has c + 1 entries.",
  "label": "typo, source"
 },
 {
  "id": "E41",
  "note": "002",
  "place": "equation 7, dropping the first row",
  "printed": "bias terms have no impact on the gradient of previous layers",
  "right": "no sensitivity is passed back through a bias; its value still changes every gradient",
  "why": "With v₀ = 2 in place of -0.3, δ₁ of the grounded example goes from -0.0605 to -0.0108.",
  "label": "error, source"
 },
 {
  "id": "E42",
  "note": "002",
  "place": "saturation of a neuron",
  "printed": "𝕎⁽ˡ⁾x⁽ˡ⁾ is the input of the activation function",
  "right": "𝕎⁽ˡ⁾ᵀx⁽ˡ⁾",
  "why": "As in E15: 𝕎 has a row per input and a column per unit.",
  "label": "typo, source"
 },
 {
  "id": "E43",
  "note": "002",
  "place": "loss function for training ANNs",
  "printed": "the logistic function penalizes a big error more than a small one",
  "right": "the logarithm in the loss does",
  "why": "From ŷ = 0.2 to 0.1 the log loss grows 5.9 times as much as from 0.9 to 0.8; 1 - ŷ grows equally.",
  "label": "typo, source"
 },
 {
  "id": "E44",
  "note": "004",
  "place": "how to train, notation",
  "printed": "hᵢ⁽ⁱ⁺¹⁾ = f(Σⱼ wᵢⱼ hⱼ⁽ⁱ⁾ + b⁽ⁱ⁾)",
  "right": "hᵢ⁽ˡ⁺¹⁾ = f(Σⱼ wᵢⱼ hⱼ⁽ˡ⁾ + bᵢ⁽ˡ⁾)",
  "why": "One letter indexes both the units and the layers; a layer of two units already needs two letters.",
  "label": "typo, text copy"
 },
 {
  "id": "E45",
  "note": "004",
  "place": "multiplication gate, Taylor expansion",
  "printed": "activation functions can be expanded, next to a list that contains the step and ReLU",
  "right": "only those with a second derivative; the step and ReLU have none at 0",
  "why": "The second difference of ReLU at 0, divided by h², is 1/h and grows without bound.",
  "label": "judgement"
 },
 {
  "id": "E46",
  "note": "003",
  "place": "tanh and sigmoid compared",
  "printed": "tanh is always preferred to the sigmoid",
  "right": "usually in hidden layers; at an output that is a probability the sigmoid is needed",
  "why": "tanh has negative values, and a probability is never negative.",
  "label": "judgement"
 },
 {
  "id": "E47",
  "note": "003",
  "place": "loss",
  "printed": "½ (y - ŷ)² is called the mean squared error",
  "right": "half the squared error of one sample; the mean squared error divides a sum by n",
  "why": "As in E10: four residuals of 1 give 2.0 one way and 1.0 the other.",
  "label": "convention"
 },
 {
  "id": "E48",
  "note": "000",
  "place": "backpropagation, a question in the notes",
  "printed": "in forward propagation we again multiply this W, but elementwise?",
  "right": "in backward propagation, and as a matrix product; only the slopes are multiplied elementwise",
  "why": "The note asks this as a question. The product passes each unit's sensitivity to every input, weighted.",
  "label": "remark"
 },
 {
  "id": "E49",
  "note": "000",
  "place": "sensitivity, definition",
  "printed": "in terms of the partial derivative of each element of s",
  "right": "in terms of each element of s",
  "why": "A sensitivity is itself the partial derivative; the words are repeated.",
  "label": "typo, text copy"
 }
];
