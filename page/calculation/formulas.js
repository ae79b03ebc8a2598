/** The equations that a notation has for a number, as the document of its step shows them. */
import { literal } from "./equations.js";
import { biasApart, notationOf, symbol, written } from "./notation.js";

/**
 * @param {import("./record.js").TraceRecord} r @param {import("./phrases.js").What} what @param {string} name
 * @returns {string[]} for equations.js
 */
export function equationsFor(r, what, name) {
  const notation = notationOf(name);
  const { quantity, block: k = 0, row = 1 } = what;
  const last = r.blocks.length - 1;
  const write = (...templates) => templates.filter(Boolean).map((template) => written(notation, template, k, last + 1));
  if (["W", "weights", "b"].includes(quantity)) {
    const isBias = quantity === "b" || (quantity === "W" && row === 0);
    return isBias && biasApart(notation) ? write(notation.outer_biases) : write(notation.outer);
  }
  if (quantity === "z" || quantity === "a" || quantity === "outputs") {
    const letter = write(notation.activation)[0];
    const forward = write(...(k === last ? notation.forward_last : notation.forward));
    return quantity === "z" ? forward.slice(0, 1) : [...forward.slice(-1), `${letter} = ${literal(r.blocks[k].activation.name)}`];
  }
  if (quantity === "delta") {
    return k === last ? write(notation.pull) : write(notation.pull, notation.backward);
  }
  if (quantity === "updated") {
    const isBias = row === 0 && biasApart(notation);
    const [letter, gradient] = isBias ? ["biases", "bias_gradient"] : ["weights", "gradient"];
    const own = symbol(notation, letter, k);
    return [`${own} ← ${own} − ${notation.rate} ${symbol(notation, gradient, k)}`];
  }
  return [];
}
