/**
 * The calculation of a number on the page: its symbol, its sentence, and below each factor its own calculation.
 *
 * Every number that has a calculation is a button. Enter or Space opens it, Escape closes the nearest one that is
 * open, and what is opened stands below its sentence.
 */
import htm from "htm";
import { h } from "preact";
import { useId, useState } from "preact/hooks";
import { root } from "../ports/door.js";
import { DIFFERENTIABLE, differenceOf } from "./differences.js";
import { asParts } from "./equations.js";
import { equationsFor } from "./formulas.js";
import { symbolOf } from "./labels.js";
import { factorOf, notationOf } from "./notation.js";
import { written } from "./numbers.js";
import { keyOf } from "./opened.js";
import { judge } from "./quiz.js";
import { describe } from "./sentences.js";

const html = htm.bind(h);

/**
 * @typedef {import("./phrases.js").What} What
 * @typedef {{ record: import("./record.js").TraceRecord, exact?: import("./record.js").TraceRecord | null,
 *   notation: string, precision: number | "full", phrases?: Record<string, string>,
 *   t: (key: string, values?: Record<string, any>) => string }} Shared `exact` is the exact record where `record` is
 *   one by hand; `t` returns the words of a key of the catalogue's section `calculation`
 */

/** An equation, or a sentence with some, with raised and lowered letters. @param {{ source: string }} props */
export function Equation({ source }) {
  return asParts(source).map(({ kind, text }) =>
    (kind === "sub" ? html`<sub>${text}</sub>` : kind === "sup" ? html`<sup>${text}</sup>` : text));
}

/**
 * One number: symbol = sentence, with its equations, a check by finite difference, and a guess before it is shown.
 *
 * Without `equations` the sentence stands alone, as below a factor. A guess is asked for once: give another `key` where the number is another one.
 *
 * @param {Shared & { what: What, quiz?: boolean, equations?: boolean,
 *   onGuess?: ((what: What, guess: string, right: boolean) => void) | null }} props
 */
export function Calculated(props) {
  const { what, record, exact, notation, precision, phrases, t, quiz = false, equations = true, onGuess = null } = props;
  const factor = factorOf(notationOf(notation), record.lossName);
  const description = describe(record, what, { precision, factor, phrases });
  const symbol = symbolOf(record, what, { notation, phrases });
  const [revealed, setRevealed] = useState(!quiz);
  const other = exact ? describe(exact, what, { precision, factor, phrases }).value : null;
  const differs = other !== null && written(other, precision) !== written(description.value, precision);
  return html`<div class="calculated">
    <${Lines} ...${props} key=${keyOf(what)} lines=${description.lines} hidden=${!revealed}
      head=${html`<span class="symbol"><${Equation} source=${symbol} /></span>${what.quantity === "updated" ? " ← " : " = "}`}
      guess=${html`<${Guess} t=${t} precision=${precision} value=${description.value} hand=${exact ? null : handOf(props)} onGuess=${onGuess && ((guess, right) => onGuess(what, guess, right))} onReveal=${() => setRevealed(true)} />`} />
    ${revealed && differs && html`<p class="note">${t("exactly", { value: written(other, precision) })}</p>`}
    <div class="asides">
      ${equations && equationsFor(record, what, notation).map((source) => html`<span class="equation"><${Equation} source=${source} /></span>`)}
      ${equations && revealed && DIFFERENTIABLE.includes(what.quantity) && html`<${Difference} key=${keyOf(what)} ...${props} factor=${factor} value=${other ?? description.value} />`}
    </div>
  </div>`;
}

/** The number rounded on the way, which a reader who calculates by hand may have. @param {any} props */
function handOf({ hand = null, what, notation, precision }) {
  if (!hand || precision === "full") return null;
  const factor = factorOf(notationOf(notation), hand.lossName);
  return describe(hand, what, { precision, factor }).value;
}

/**
 * The lines of a sentence; below each what its open factors lead to.
 *
 * @param {any} props
 */
export function Lines(props) {
  const { lines, head = null, hidden = false, guess = null, t } = props;
  const [open, setOpen] = useState(/** @type {Record<string, boolean>} */ ({}));
  const id = useId();
  const several = lines.length > 1;
  const toggle = (at) => setOpen((before) => ({ ...before, [at]: !before[at] }));
  return lines.map((pieces, i) => {
    const last = i === lines.length - 1;
    const shown = last && hidden ? pieces.slice(0, -1) : pieces;
    const opened = shown.map((piece, j) => ({ piece, at: `${i}-${j}` })).filter(({ piece, at }) => typeof piece !== "string" && open[at]);
    return html`<div class="line" onKeyDown=${(event) => {
      if (event.key !== "Escape" || !opened.length) return;
      const { at } = opened[opened.length - 1];
      toggle(at);
      root.getElementById(`${id}-${at}-button`)?.focus();
      event.stopPropagation();
    }}>
      ${i === 0 && head && several && html`<p class="several">${head}</p>`}
      <p>${i === 0 && !several && head}${shown.map((piece, j) => (typeof piece === "string" ? piece
        : html`<button class="factor" id=${`${id}-${i}-${j}-button`} aria-expanded=${Boolean(open[`${i}-${j}`])}
            aria-controls=${open[`${i}-${j}`] ? `${id}-${i}-${j}` : null} aria-label=${t("factor", { value: piece.text })}
            title=${t("why")} onClick=${() => toggle(`${i}-${j}`)}>${piece.text}</button>`))}${last && hidden && guess}</p>
      ${opened.map(({ piece, at }) => html`<div class="below" id=${`${id}-${at}`} key=${at} role="group" aria-label=${t("below", { value: piece.text })}>
        <${Calculated} ...${props} what=${piece.opens} quiz=${false} equations=${false} /></div>`)}
    </div>`;
  });
}

/** A field for a guess; what is typed is judged by the digits shown. */
function Guess({ t, precision, value, hand, onReveal, onGuess }) {
  const [text, setText] = useState("");
  const [verdict, setVerdict] = useState(/** @type {string | null} */ (null));
  const submit = (event) => {
    event.preventDefault();
    const found = judge(text, value, precision, { hand });
    setVerdict(found);
    if (found !== "unreadable") onGuess?.(text, found === "right");
    if (found === "right") onReveal();
  };
  return html`<form class="guess" onSubmit=${submit}>
    <input inputmode="decimal" autocomplete="off" aria-label=${t("guess")} placeholder=${t("guess")} value=${text}
      onInput=${(event) => { setText(event.currentTarget.value); setVerdict(null); }} />
    <button type="submit">${t("check")}</button>
    <button type="button" onClick=${onReveal}>${t("reveal")}</button>
    <span class=${`verdict ${verdict ?? ""}`} role="status">${verdict && verdict !== "right" && t(`verdicts.${verdict}`, { digits: precision })}</span>
  </form>`;
}

/** A derivative a second time, when asked. */
function Difference({ record, exact, what, t, factor, value }) {
  const [asked, setAsked] = useState(false);
  if (what.sample === undefined && record.n > 1 && !["W", "weights", "b"].includes(what.quantity)) return null;
  if (!asked) return html`<button class="link" onClick=${() => setAsked(true)}>${t("difference.ask")}</button>`;
  const found = differenceOf(exact ?? record, what);
  if (found.value === null) return html`<span role="status">${t(`difference.${found.reason}`)}</span>`;
  const gap = Math.abs(factor * found.value - value);
  return html`<span role="status">${t("difference.found", { value: written(factor * found.value, 9), gap: written(gap, 2) })}</span>`;
}
