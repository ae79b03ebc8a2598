/** The reader's guesses, for a hand-in file that `pellucid playground --check FILE` recomputes. */
import { computed, signal } from "@preact/signals";
import { shared } from "./commands.js";
import * as s from "./store.js";

/** All guesses, each with the run that it was made in. @type {import("@preact/signals").Signal<any[]>} */
const guesses = signal([]);

/** What the numbers of a step depend on: data, setup, and the edits before. @param {number} step */
function runOf(step) {
  const { data, edits, ...method } = shared();
  return { data: data.name === "own" ? data : data.name, method: JSON.stringify([method, edits.filter((edit) => edit.step <= step)]) };
}

/** The last guess at each number of this run, in the form of the file: numbers of another one are not recomputed. */
export const answers = computed(() => guesses.value.map(({ given }) => given).filter((given, k) => {
  const [now, then] = [runOf(given.step), guesses.value[k].run];
  return now.data === then.data && now.method === then.method;
}));

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
  const same = answers.value.find((each) => placeOf(each) === placeOf(given));
  guesses.value = [...guesses.value.filter((each) => each.given !== same), { given, run: runOf(given.step) }];
}

/** The file. @param {string} name of who hands it in */
export const handIn = (name) => ({ format: "pellucid hand-in", version: 1, name, setup: shared(), answers: answers.value });
