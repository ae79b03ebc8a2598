"""Phrases that describe the numbers of a trace: templates that Python and the interactive page both read.

A phrase is a sentence, or a part of one, with places in braces. :mod:`pellucid.explain.words` and
:mod:`pellucid.explain.document` fill them with texts; the page fills them with texts and with factors that
open their own calculation.
"""

from __future__ import annotations

__all__ = ["OF_LAYERS", "PHRASES", "phrase"]

PHRASES: dict[str, str] = {
    # lists of terms, samples and outputs
    "others": "{count} others {rest}",
    "other_samples": "{count} other samples: {rest}",
    "of_sample": "sample {sample}: {line}",
    "more_samples": "… and {count} more samples",
    "sum": "sum over {count} samples: {value}",
    # names
    "input": "input signal",
    "named_input": "input signal '{name}'",
    "standardized": "{input} (standardized)",
    "sensitivity": "sensitivity",
    "sensitivity_before": "sensitivity before {layer}",
    # gradients
    "weight_gradient": "{input} {a} × {sensitivity} {delta} = {value}",
    "bias_gradient": "bias input 1 × {sensitivity} {delta}",
    "equals": "{terms} = {value}",
    "l2": "L2 {strength} × weight {weight}",
    "l1": "L1 {strength} × sign of the weight {sign}",
    "penalty_gradient": "penalty: {terms} = {value}",
    "together": "together: {value}",
    # forward
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
    # backward
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
    # loss
    "loss_of": "{loss} of {pairs} = {value}",
    "pair": "(target {target}, output {output})",
    "mean": "mean over {count} samples: {value}",
    "weighted_mean": "weighted mean over {count} samples: {value}",
    "objective": "penalty: {penalty}; objective: {value}",
    # update
    "updated_weight": "weight {before} − learning rate {rate} × gradient {gradient} = {value}",
    "updated_bias": "bias {before} − learning rate {rate} × gradient {gradient} = {value}",
    "held_weight": "weight {value}, which the step leaves unchanged",
    "held_bias": "bias {value}, which the step leaves unchanged",
    # a document: titles of steps
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
    # captions of its arrays, and labels
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
    "scale_and_shift": "scale and shift",
    "columns": "columns",
    "parameters": "parameters",
    "bias_label": "bias",
    "sample_label": "sample {number}",
    "finite_difference": "finite difference",
    "by_hand": "by hand",
    # its equations of the loss
    "mean_of": "mean of {losses}",
    "weighted_mean_of": "weighted mean of {losses}",
    # its remarks on the whole
    "without_biases": "The biases are 0 before and after the step; they are left out.",
    "step_number": "step {number}",
    "steps_step": "{steps} of gradient descent",
    "first_row": "The first row of each matrix holds the biases.",
    "first_column": "The first column of each matrix holds the biases.",
    "row_0": "Row 0 of each matrix holds the biases.",
    "column_0": "Column 0 of each matrix holds the biases.",
    "without_half": (
        "This notation's squared error has no ½: losses and derivatives are {factor} times, the learning rate "
        "is 1/{factor} of pellucid's; the step is the same."
    ),
    "share_of_mean": "Each sample's derivatives and sensitivity hold its share 1/n of the mean.",
    "share_of_weighted_mean": (
        "Each sample's derivatives and sensitivity hold its share wᵢ / Σ w of the weighted mean."
    ),
    "penalty_in_gradient": (
        "The gradient of the weights includes the penalty's, {penalty}, which its equation leaves out."
    ),
    "standardized_targets": "Targets and outputs are standardized, as the estimator does before it trains.",
    "standardized_inputs": (
        "Inputs are standardized, as the estimator does: mean 0, scale 1 in its training data."
    ),
    "flat": (
        "The derivative of {activations} is 0: no gradient comes through. A perceptron learns by its own rule."
    ),
    "and": "{first} and {second}",
    "kink": "A unit's signal is exactly 0. This course takes ReLU′(0) = 1; the numbers here use 0.",
    # its remarks on layers that the equations leave out
    "also": "This block also has: {layers}.",
    "before_normalization": (
        "{linear} is the product with the weights; the signal is {linear} normalized, times {scale}, plus {shift}."
    ),
    "dropout_at_rest": "Dropout acts only in training; here everything passes.",
    "gives": "In place of the equation's {activation}, the block passes on {outputs}.",
    "normalized_above": "The block above has {layer}: its ∂{loss}/∂{linear} stands for {delta}.",
    "residual_above": (
        "The block above adds its input to its output: what arrives there arrives here as well."
    ),
    "dropout_first": "The input passes through dropout first: {upstream} is {mask} times that.",
    "signal_too": "The signal is added to the output too: {delta} uses {slope} + 1 in place of {slope}.",
    "with_normalization": "The gradient of the weights uses ∂{loss}/∂{linear} in place of {delta}.",
}
"""Phrases by name."""

OF_LAYERS: dict[str, str] = {
    # sentences
    "function_of": "{function} of {terms}",
    "updated_parameter": "{name} {before} − learning rate {rate} × gradient {gradient} = {value}",
    # titles of steps
    "input_layer_place": "input layer {number}: {layer}",
    # captions
    "upstream_of_layer": "derivative of its output",
    "without_one": "{caption}, without the 1",
    "new_parameter": "new {name}",
    "bends": "bends",
    "encoding_step": "Forward, the columns of the table",
    "cell": "read from the table",
    "median": "of the training rows",
    "center": "of the training rows: the median, and of numbers of text the mean",
    "scale_of_column": "of the training rows",
    # remarks
    "encoded_codes": "Codes, in the last columns, stay as they are ({count}).",
    "encoded_missing": "A missing cell, –, becomes 0.",
    "encoded_parts": (
        "A date gives its day since 1970 and waves of its month and weekday; a category gives 0 or 1 for each, or "
        "−1 and 1 if there are two. A number that is mostly one value gives its place among the values, from 0 "
        "to 1."
    ),
    "encoded_texts": (
        "Free text is split into groups of 2 to 4 characters. A group that occurs n times counts 1 + ln n, and "
        "all counts of a text are divided by the square root of the sum of their squares. The numbers of a text "
        "are its coordinates on directions that many training texts share, and the counts of single groups."
    ),
    "encoded": "(cell {cell} − median {center}) × scale {scale} = {value}",
    "encoded_text": "(number of the text {cell} − mean {center}) × scale {scale} = {value}",
    "clipped": "{value} / √(1 + ({value} / {bound})²) = {input}",
    "missing": "the cell is missing, which counts as {input}",
    "some_rows": "Of {count} rows of {letter}, these samples use {used}: only they are shown.",
    "own_parameters": "{label}: {count} parameters",
    "over_samples": "Σ is the sum over the samples.",
    "own_rates": "The weights have learning rates of their own: {rates}. Other parameters use {rate}.",
    "rate_of": "{rate} · {own} in {weights}",
    "coded": "{name}: {codes}.",
    "code_of": "{code} is {category}",
}
"""Phrases on layers that the interactive page lacks, kept apart so that the page need not load them."""


def phrase(key: str, /, **texts: str) -> str:
    """Return a phrase with its places filled.

    Parameters
    ----------
    key : str
        A key of :data:`PHRASES`.
    **texts : str
        The text of each place.

    Returns
    -------
    str
        The phrase.

    Examples
    --------
    >>> phrase("slope", value="0.248")
    'slope 0.248'
    """
    return (PHRASES if key in PHRASES else OF_LAYERS)[key].format_map(texts)
