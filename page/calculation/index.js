/** The calculation view: where each number comes from, in the reader's notation. No document but in `view.js`. */
export { COURSES, EXAMPLES, MISPRINTS } from "./courses.js";
export { DIFFERENTIABLE, differenceOf } from "./differences.js";
export { documentOf } from "./document.js";
export { printedPass, recordOfExample } from "./examples.js";
export { asLatex, asParts, asText } from "./equations.js";
export { chainToCsv, chainToJson, chainToLatex, chainToText, toCsv, toJson, toLatex, toText } from "./exports.js";
export { symbolOf } from "./labels.js";
export { factorOf, laidOut, NOTATIONS, notationOf, symbol } from "./notation.js";
export { write, written } from "./numbers.js";
export { keyOf, openedFrom } from "./opened.js";
export { textOf } from "./phrases.js";
export { cellKey, corrected, isPrinted, judge, judgeHunt, misprintedCells, readNumber } from "./quiz.js";
export { afterStep, byHand, canBeByHand, record } from "./record.js";
export { describe } from "./sentences.js";
export { describeUpdate, UPDATE_PHRASES } from "./update.js";
