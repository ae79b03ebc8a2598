/** The output panel: what the network says, on the plane or the digit; the loss; the results. */
import { computed } from "@preact/signals";
import { pictureOf } from "../../data/digit.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";
import { Boundary } from "./boundary.js";
import { Compare } from "./compare.js";
import { Curve } from "./curve.js";
import { HiddenPlane } from "./hidden.js";
import { Landscape } from "./landscape.js";
import { Pad } from "./pad.js";
import { Scores } from "./scores.js";

const pictures = computed(() => pictureOf(s.dataset.value));

export function Output() {
  const data = s.dataset.value;
  if (!data) return null;
  const picture = pictures.value;
  return html`<section class="panel output" aria-labelledby="output-title">
    <header><h2 id="output-title">${t("output.title")}</h2></header>
    ${picture ? html`<${Pad} key=${picture} picture=${picture} />` : html`<${Boundary} />`}
    <${Curve} />
    <${Compare} />
    <${Scores} />
    <${HiddenPlane} />
    <${Landscape} />
  </section>`;
}
