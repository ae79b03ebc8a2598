/** Keys and help. */
import { isAttached } from "../../ports/door.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";

const KEYS = ["space", "batch", "epoch", "phase", "start", "undo", "network", "weight", "clicker"];
const QUESTIONS = ["colors", "overlays", "rerun", "seed", "privacy"];

export function Help() {
  return html`<table class="keys"><caption class="sr">${t("dialogs.help")}</caption><tbody>${KEYS.map((name) => html`<tr><th scope="row">${t(`keys.${name}.keys`)}</th><td>${t(`keys.${name}.does`)}</td></tr>`)}</tbody></table>
    <dl>${QUESTIONS.map((name) => html`<dt>${t(`help.${name}.term`)}</dt><dd>${t(`help.${name}.${name === "privacy" && isAttached() ? "attached" : "text"}`)}</dd>`)}</dl>`;
}
