/** Three hints for the first minute: step, click a line, guess. Each goes when it was done. The task of a lesson. */
import { effect } from "@preact/signals";
import { done } from "../state/lesson.js";
import * as s from "../state/store.js";
import { t } from "../words/words.js";
import { html, useEffect } from "./html.js";
import { isWide } from "./network/names.js";

const HINTS = ["step", "click", "guess"];

export function Hints() {
  useEffect(() => {
    const first = s.chosen.peek();
    return effect(() => {
      if (s.hint.value === 0 && s.course.value.step > 0) s.hint.value = 1;
      if (s.hint.value === 1 && s.chosen.value !== first) s.hint.value = 2;
    });
  }, []);
  const lesson = s.lesson.value;
  if (lesson) {
    return html`<div class="hint lesson" role="group" aria-label=${t("lessons.task")}><p><b>${t(`lessons.${lesson.name}.title`)}.</b> ${t(`lessons.${lesson.name}.text`)}</p>
      <p><b>${t("lessons.task")}:</b> ${t(`lessons.${lesson.name}.task`)} <span role="status" class="done">${done.value ? `✓ ${t("lessons.done")}` : ""}</span></p>
      <button class="link" onClick=${() => (s.lesson.value = null)}>${t("lessons.close")}</button></div>`;
  }
  const at = s.hint.value;
  if (!(at < HINTS.length)) return null;
  return html`<div class="hint"><b>${at + 1}/${HINTS.length}</b> <span>${t(`hints.${HINTS[at] === "click" && s.net.value && isWide(s.net.value) ? "cell" : HINTS[at]}`)}</span>
    <button class="link" onClick=${() => (s.hint.value = at + 1)}>${t(at === HINTS.length - 1 ? "hints.done" : "hints.next")}</button>
    <button class="link" onClick=${() => (s.hint.value = HINTS.length)}>${t("hints.skip")}</button></div>`;
}
