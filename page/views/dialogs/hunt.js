/** The misprint hunt: a worked example of a course as its notes print it. */
import { signal } from "@preact/signals";
import { Hunt } from "../../calculation/hunt.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html } from "../html.js";

/** The example that is shown first. */
export const hunted = signal("iowa-grounded");

export function Misprints() {
  const precision = s.digits.value > 15 ? "full" : s.digits.value;
  return html`<${Hunt} start=${hunted.value} t=${(key, values) => t(`calculation.${key}`, values)} precision=${precision} />`;
}
