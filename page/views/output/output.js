/** The output panel: what the network says, on the plane or the digit; the loss; the results. */
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";
import { Boundary } from "./boundary.js";
import { Compare } from "./compare.js";
import { Curve } from "./curve.js";
import { Landscape } from "./landscape.js";
import { Pad } from "./pad.js";
import { Scores } from "./scores.js";

export function Output() {
  const data = s.dataset.value;
  if (!data) return null;
  return html`<section class="panel output" aria-labelledby="output-title">
    <header><h2 id="output-title">${t("output.title")}</h2></header>
    ${data.name === "digits" ? html`<${Pad} />` : html`<${Boundary} />`}
    <${Curve} />
    <${Compare} />
    <${Scores} />
    <${Landscape} />
  </section>`;
}
