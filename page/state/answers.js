/** The reader's guesses, for a hand-in file that `pellucid playground --check FILE` recomputes. */
import { signal } from "@preact/signals";
import { shared } from "./commands.js";
import * as s from "./store.js";

/** The last guess at each number, in the form of the file. @type {import("@preact/signals").Signal<any[]>} */
export const answers = signal([]);

const placeOf = ({ step, row, quantity, block, i, j }) => [step, row, quantity, block, i, j].join(":");

/**
 * Keep a guess; a later one at the same number takes its place.
 *
 * @param {import("../calculation/phrases.js").What} what @param {string} guess
 * @param {{ right: boolean, byHand: number | null }} how `byHand`: the decimals, where the number is one by hand
 */
export function keep(what, guess, { right, byHand }) {
  const { i: row, own } = /** @type {any} */ (s.row.value);
  if (own) return; // a drawn digit is no row of the data
  const given = { step: s.course.value.step, row, quantity: what.quantity, block: what.block ?? 0, i: what.row ?? 0,
    j: what.column ?? 0, digits: Math.min(s.digits.value, 6), notation: s.notation.value, answer: guess, right,
    ...(byHand === null ? {} : { byHand }) };
  answers.value = [...answers.value.filter((each) => placeOf(each) !== placeOf(given)), given];
}

/** The file. @param {string} name of who hands it in */
export const handIn = (name) => ({ format: "pellucid hand-in", version: 1, name, setup: shared(), answers: answers.value });
