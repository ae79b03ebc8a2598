/** The calculation panel. */
import * as s from "../state/store.js";
import { t } from "../words/words.js";
import { html } from "./html.js";

export function Calculation() {
  return html`<section class="panel calculation" aria-labelledby="calculation-title"><h2 id="calculation-title">${t("calculation.title")}</h2>
    <p>${JSON.stringify(s.chosen.value)}</p></section>`;
}
