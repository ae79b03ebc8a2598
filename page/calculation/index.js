/** The calculation view: where each number comes from, in the reader's notation. No document but in `view.js`. */
export { documentOf } from "./document.js";
export { asLatex, asParts, asText } from "./equations.js";
export { chainToCsv, chainToJson, chainToLatex, chainToText, toCsv, toJson, toLatex, toText } from "./exports.js";
export { symbolOf } from "./labels.js";
export { factorOf, laidOut, NOTATIONS, notationOf } from "./notation.js";
export { write, written } from "./numbers.js";
export { keyOf, openedFrom } from "./opened.js";
export { textOf } from "./phrases.js";
export { afterStep, byHand, canBeByHand, record } from "./record.js";
export { describe } from "./sentences.js";
