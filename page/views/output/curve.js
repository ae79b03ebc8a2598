/** The loss over the steps on an axis of its own, with the position marked; a click goes there. */
import { jump } from "../../state/commands.js";
import { binned } from "../../state/binned.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useRef, useWidth } from "../html.js";
import { Table } from "../table.js";

const HEIGHT = 120;
const LEFT = 42;

/** While training it follows `calm`: the whole path is a new one each time. */
export function Curve() {
  const host = useRef(null);
  const width = useWidth(host) || 280;
  s.calm.value;
  const { step } = s.course.peek();
  const { step: steps, loss } = s.history.value;
  const points = binned(steps, loss);
  const kept = s.kept.value;
  const others = kept ? binned(kept.history.step, kept.history.loss) : [];
  const most = Math.max(s.furthest.peek(), others.at(-1)?.[0] ?? 0, 10);
  const top = [...points, ...others].reduce((high, [, value]) => Math.max(high, value), 1e-9) * 1.05;
  const x = (value) => LEFT + ((width - LEFT - 8) * value) / most;
  const y = (value) => 8 + (HEIGHT - 26) * (1 - value / top);
  const pathOf = (list) => list.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("");
  const name = (list, letter) => kept && list.length > 0 && html`<text class="tick" x=${x(list.at(-1)[0]) - 4} y=${Math.max(12, y(list.at(-1)[1]) - 6)} text-anchor="end">${letter}</text>`;
  const at = points.findLast(([a]) => a <= step);
  return html`<figure class="curve" ref=${host}>
    <figcaption>${t("output.loss")} <b>${at ? brief(at[1], 4) : "–"}</b></figcaption>
    <svg width=${width} height=${HEIGHT} role="img" aria-label=${t("output.curve", { n: steps.length, loss: at ? brief(at[1], 4) : "–" })}
      onClick=${(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const share = (event.clientX - box.x - LEFT) / (box.width - LEFT - 8);
        if (steps.length) jump(Math.max(0, Math.min(1, share)) * most);
      }}>
      <line class="axis" x1=${LEFT} x2=${width - 8} y1=${y(0)} y2=${y(0)} />
      <text class="tick" x=${LEFT - 6} y=${y(0) + 4} text-anchor="end">0</text>
      ${points.length > 0 && html`<text class="tick" x=${LEFT - 6} y=${14} text-anchor="end">${brief(top / 1.05)}</text>`}
      <text class="tick" x=${width - 8} y=${HEIGHT - 4} text-anchor="end">${t("output.steps", { n: most })}</text>
      ${kept && html`<path class="loss other" d=${pathOf(others)} />`}
      <path class="loss" d=${pathOf(points)} />${name(others, "A")}${name(points, "B")}
      <line class="now" x1=${x(step)} x2=${x(step)} y1="4" y2=${y(0)} />
      ${at && html`<circle class="now" cx=${x(at[0])} cy=${y(at[1])} r="3.5" />`}
    </svg>
    <${Table} title=${t("output.curveTable")} build=${() => [{ caption: t("output.loss"), head: [t("output.step"), t("output.loss")], rows: binned(steps, loss, 60).map(([a, b]) => [a, brief(b, 6)]) }]} />
  </figure>`;
}
