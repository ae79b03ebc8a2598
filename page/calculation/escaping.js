/** Names of columns and classes on their way to a reader: pellucid.host.escaping. */
import { HIDDEN, TEX } from "./generated.js";

const hidden = new RegExp(HIDDEN, "gu");
const NAMED = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** A text in which every character is seen and none acts. @param {string} text */
export function visible(text, lines = false) {
  return text.replace(hidden, (found) => {
    if (found === "\n" && lines) return found;
    if (NAMED[found]) return NAMED[found];
    const code = found.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
}

/** A text for the text of LaTeX: none of its characters is a command, and none is lost in a ligature. */
export function forTex(text) {
  return visible(text).replace(/[\\~^<>|&%$#_{}]|(?<=[-'`,?!])[-'`,]/g, (found) => TEX[found] ?? `{}${found}`);
}

/** JSON without hidden characters. @param {string} text */
export function forJson(text) {
  return text.replace(hidden, (found) => found === "\n" ? found
    : Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""));
}

/** A cell of CSV, quoted where it must be, which no spreadsheet takes for a formula. @param {string} text */
export function forCsv(text) {
  const inert = /^ *[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
