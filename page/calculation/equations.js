/**
 * Equations in Unicode with `_{…}` and `^{…}` as text, as LaTeX and as pieces for the page:
 * pellucid.explain.equations.
 */
import { forTex, visible } from "./escaping.js";
import { LATEX, MATHEMATICS, SUBSCRIPTS, SUPERSCRIPTS } from "./generated.js";

const RAISED = /([_^])\{([^{}]*)\}/g;
const INDEXES = /^[a-z]{2}$/; // two letters at a symbol are two indexes, not a word
const [START, END] = ["\ufdd0", "\ufdd1"];
const WORD = "(?<![A-Za-z])[A-Za-z]{2,}(?:_[a-z]+)*";
const SIGNS = Object.keys(LATEX).join("");
const TOKEN = new RegExp(`(${WORD})|([_^](?=[A-Za-z0-9]))|([^\\x00-\\x7f${SIGNS}]+)|[^]`, "gu");
const IN_SENTENCE = new RegExp(`\\S*[_^]\\{[^{}]*\\}\\S*|[${SIGNS}]+`, "gu");
const TYPESET = { "–": "--", "…": "\\dots{}", "‘": "`", "’": "'", "“": "``", "”": "''" };

/** A user's name, marked where it would be read as mathematics. @param {string} name */
export function literal(name) {
  if (!/[_^]\{|[\ufdd0\ufdd1]/.test(name)) return name;
  return START + name.replace(/[\ufdd0\ufdd1]/g, (mark) => visible(mark)) + END;
}

/** A text without the marks of names. @param {string} text */
export const unmarked = (text) => text.replaceAll(START, "").replaceAll(END, "");

/** What a text consists of, and whether it is a name that stands as it is. @returns {[string, boolean][]} */
function pieces(text) {
  return text.split(/(\ufdd0[^\ufdd0\ufdd1]*\ufdd1)/).map((piece, i) => (i % 2 ? [piece.slice(1, -1), true] : [piece, false]));
}

/** One line, indexes as small letters where Unicode has them. @param {string} equation */
export function asText(equation) {
  return pieces(equation).map(([piece, isName]) => visible(isName ? piece : piece.replace(RAISED, (all, mark, inner) => {
    const letters = mark === "_" ? SUBSCRIPTS : SUPERSCRIPTS;
    const small = [...inner].map((letter) => letters[letter]);
    if (!small.includes(undefined)) return small.join("");
    const ends = small.length === 1 || inner.startsWith("["); // it is seen where the index ends
    return mark + (ends ? inner : `{${inner}}`);
  }))).join("");
}

/**
 * The parts of an equation for the page.
 *
 * @param {string} equation
 * @returns {{ kind: "text" | "sub" | "sup", text: string }[]}
 */
export function asParts(equation) {
  /** @type {{ kind: "text" | "sub" | "sup", text: string }[]} */
  const parts = [];
  const add = (kind, text) => text && parts.push({ kind, text: visible(text, true) });
  for (const [piece, isName] of pieces(equation)) {
    if (isName) {
      add("text", piece);
      continue;
    }
    let end = 0;
    for (const match of piece.matchAll(RAISED)) {
      add("text", piece.slice(end, match.index));
      add(match[1] === "_" ? "sub" : "sup", match[2]);
      end = match.index + match[0].length;
    }
    add("text", piece.slice(end));
  }
  return parts;
}

/** LaTeX's mathematics, for amsmath alone, without dollar signs. @param {string} equation */
export function asLatex(equation) {
  return pieces(equation).map(([piece, isName]) => (isName ? `\\text{${forTex(piece)}}` : mathematics(visible(piece)))).join("");
}

function mathematics(equation) {
  let [made, end] = ["", 0];
  for (const match of equation.matchAll(RAISED)) {
    const index = INDEXES.test(match[2]) ? match[2] : symbols(match[2]);
    made += `${symbols(equation.slice(end, match.index))}${match[1]}{${index}}`;
    end = match.index + match[0].length;
  }
  return made + symbols(equation.slice(end));
}

function symbols(text) {
  return text.replace(TOKEN, (found, word, index, other) => {
    if (word) return word === "log" ? "\\log " : `\\mathrm{${word.replaceAll("_", "\\_")}}`;
    if (other) return `\\text{${found}}`;
    return index ? found : LATEX[found] ?? MATHEMATICS[found] ?? found;
  });
}

/** Words for LaTeX's text, what is mathematics between dollar signs. @param {string} text */
export function asSentence(text) {
  return pieces(text).map(([piece, isName]) => {
    if (isName) return forTex(piece);
    let [made, end] = ["", 0];
    for (const match of piece.matchAll(IN_SENTENCE)) {
      made += `${forTex(piece.slice(end, match.index))}$${asLatex(match[0])}$`;
      end = match.index + match[0].length;
    }
    return (made + forTex(piece.slice(end))).replace(/[–…‘’“”]/g, (letter) => TYPESET[letter]);
  }).join("");
}
