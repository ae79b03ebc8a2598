/** Three hints for the first minute: step, click a line, guess. Each goes when it was done. */
import * as s from "../state/store.js";
import { t } from "../words/words.js";
import { html } from "./html.js";

const HINTS = ["step", "click", "guess"];

export function Hints() {
  const at = s.hint.value;
  if (at >= HINTS.length) return null;
  return html`<div class="hint"><b>${at + 1}/${HINTS.length}</b> ${t(`hints.${HINTS[at]}`)}
    <button type="button" class="link" onClick=${() => (s.hint.value = at + 1)}>${t(at === HINTS.length - 1 ? "hints.done" : "hints.next")}</button>
    <button type="button" class="link" onClick=${() => (s.hint.value = HINTS.length)}>${t("hints.skip")}</button></div>`;
}
