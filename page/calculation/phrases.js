/**
 * Phrases with their places filled, by texts and by factors that open their own calculation.
 *
 * A piece is a text, or `{ text, opens }` where `opens` says which calculation explains the number. Phrases come from
 * `explain` (generated.js); a translation may bring others of the same names and places.
 */
import { PHRASES } from "./generated.js";

/**
 * @typedef {{ quantity: string, block?: number, row?: number, column?: number, sample?: number | null }} What
 * @typedef {{ text: string, opens: What }} Factor
 * @typedef {string | Factor} Piece
 * @typedef {Piece[]} Pieces
 */

/** @param {Record<string, string>} [translated] */
export function phrasebook(translated = {}) {
  /**
   * @param {string} key @param {Record<string, Piece | Pieces>} [places]
   * @returns {Pieces}
   */
  return (key, places = {}) => {
    const template = translated[key] ?? PHRASES[key];
    if (template === undefined) throw new Error(`There is no phrase ${key}.`);
    return template.split(/\{([a-z_]+)\}/).flatMap((part, i) => {
      if (i % 2 === 0) return part ? [part] : [];
      if (!(part in places)) throw new Error(`The phrase ${key} needs ${part}.`);
      return /** @type {Pieces} */ ([]).concat(places[part]);
    });
  };
}

/** Pieces with a text between them. @param {(Piece | Pieces)[]} list @param {string} between @returns {Pieces} */
export const joined = (list, between) =>
  list.flatMap((each, i) => /** @type {Pieces} */ (i ? [between] : []).concat(each));

/** What pieces say. @param {Pieces} pieces */
export const textOf = (pieces) => pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
