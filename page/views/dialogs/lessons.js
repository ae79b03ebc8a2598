/** Lessons: the entry points of the five courses. */
import { openLesson } from "../../state/lesson.js";
import { LESSONS } from "../../lessons/lessons.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";

const NOTES = ["000", "001", "002", "003", "004"];

export function Lessons({ close }) {
  return html`<p>${t("lessons.how")}</p>${NOTES.map((note) => html`<section class="note"><h3>${t(`lessons.notes.${note}`)}</h3><ul>
    ${LESSONS.filter((lesson) => lesson.note === note).map((lesson) => html`<li><button type="button" onClick=${() => {
      close();
      openLesson(lesson);
    }}>${t(`lessons.${lesson.name}.title`)}</button><span>${t(`lessons.${lesson.name}.about`)}</span></li>`)}</ul></section>`)}
    <section class="note"><h3>${t("hunt.title")}</h3><ul><li><button type="button" onClick=${() => (s.dialog.value = "hunt")}>${t("dialogs.hunt")}</button><span>${t("hunt.about")}</span></li></ul></section>`;
}
