/** The catalogue of words: every sentence of the page is in en.json, and nowhere else. */
import english from "./en.json" with { type: "json" };

/** @type {Record<string, any>} */
const catalogue = english;

/**
 * Return the words of a key, with {name} replaced by its value and {name|one|many} by the word for its number.
 *
 * @param {string} key  A path into the catalogue, such as "transport.epoch".
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  /** @type {any} */
  let found = catalogue;
  for (const part of key.split(".")) found = found?.[part];
  if (typeof found !== "string") return key;
  return found
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, name, one, many) => (Number(values[name]) === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Return whether the catalogue has the key. */
export function has(key) {
  let found = catalogue;
  for (const part of key.split(".")) found = found?.[part];
  return typeof found === "string";
}

/** Return a name of the library's tables as words: its entry in the catalogue, or itself without underscores. */
export const named = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : String(name).replaceAll("_", " "));
