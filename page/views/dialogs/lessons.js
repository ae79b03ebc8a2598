/** Lessons: the entry points of the five courses. */
import { openLesson } from "../../state/lesson.js";
import { LESSONS } from "../../lessons/lessons.js";
import { t } from "../../words/words.js";
import * as s from "../../state/store.js";
import { html } from "../html.js";
import { hunted } from "./hunt.js";

const NOTES = ["000", "001", "002", "003", "004"];
/** Notes with a worked example of which some numbers are misprinted. */
const HUNTS = { "002": "iowa-grounded", "004": "kaist-example" };

export function Lessons({ close }) {
  return html`<p>${t("lessons.how")}</p>${NOTES.map((note) => html`<section class="note"><h3>${t(`lessons.notes.${note}`)}</h3><ul>
    ${LESSONS.filter((lesson) => lesson.note === note).map((lesson) => html`<li><button onClick=${() => {
      close();
      openLesson(lesson);
    }}>${t(`lessons.${lesson.name}.title`)}</button><span>${t(`lessons.${lesson.name}.about`)}</span></li>`)}
    ${HUNTS[note] && html`<li><button onClick=${() => {
      hunted.value = HUNTS[note];
      s.dialog.value = "hunt";
    }}>${t("calculation.hunt.title")}</button><span>${t("calculation.hunt.about")}</span></li>`}</ul></section>`)}`;
}
