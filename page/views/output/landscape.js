/** The loss on a plane through the run's path: 25×25 points, darker is lower; the path ends at the cross. */
import { forward, lossOf } from "../../kernel/index.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { plane } from "../../state/trail.js";
import { t } from "../../words/words.js";
import { dark } from "../colors.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Disclosure, Table } from "../table.js";

const SIDE = 25;
const SIZE = 250;
const COST = 6e7; // products for all points
const FEWEST_ROWS = 20;

/** Losses on the plane, row by row from the top. */
function survey() {
  const net = s.net.value;
  const data = s.dataset.value;
  const { origin, first, second, places } = plane();
  const n = Math.min(data.n, Math.max(FEWEST_ROWS, Math.floor(COST / (SIDE * SIDE * net.nParameters))));
  const [X, Y] = [data.X.subarray(0, n * data.d), data.Y.subarray(0, n * data.outputs)];
  const reach = places.reduce((most, { u, v }) => Math.max(most, Math.abs(u), Math.abs(v)), 0) || 1;
  const range = reach * 1.25;
  const theta = new Float64Array(origin.length);
  const losses = [];
  for (let r = 0; r < SIDE; r++)
    for (let c = 0; c < SIDE; c++) {
      const u = range * ((2 * (c + 0.5)) / SIDE - 1);
      const v = range * (1 - (2 * (r + 0.5)) / SIDE);
      for (let i = 0; i < theta.length; i++) theta[i] = origin[i] + u * first[i] + v * second[i];
      losses.push(lossOf(net, theta, forward(net, theta, X, n, { state: s.statistics.value }), Y, n, s.setup.value).objective);
    }
  return { losses, places, range, n };
}

export const Landscape = () => html`<${Disclosure} title=${t("landscape.title")}><${Picture} /></${Disclosure}>`;

function Picture() {
  const canvas = useRef(null);
  const still = !s.running.value;
  const theta = still ? s.theta.value : null;
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (still) setFound(survey());
  }, [theta]);
  useEffect(() => {
    if (found) paint(canvas.current, found);
  }, [found, dark.value]);
  const low = found ? Math.min(...found.losses) : 0;
  const high = found ? Math.max(...found.losses.filter(Number.isFinite)) : 0;
  return html`<figure class="landscape"><canvas ref=${canvas} style=${{ width: `${SIZE}px`, height: `${SIZE}px` }} role="img" aria-label=${t("landscape.label", { low: brief(low, 3), high: brief(high, 3) })}></canvas>
    <figcaption>${t("landscape.how", { low: brief(low, 3), high: brief(high, 3) })}</figcaption>
    ${found && html`<${Table} title=${t("landscape.table")} build=${() => [{ caption: t("landscape.path"), head: [t("output.step"), "u", "v"], rows: found.places.map(({ step, u, v }) => [step, brief(u, 3), brief(v, 3)]) }]} />`}</figure>`;
}

function paint(canvas, { losses, places, range }) {
  const scale = devicePixelRatio || 1;
  canvas.width = SIZE * scale;
  canvas.height = SIZE * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const heights = losses.map((loss) => Math.log(loss + 1e-6));
  const [low, high] = [Math.min(...heights), Math.max(...heights.filter(Number.isFinite))];
  const cell = SIZE / SIDE;
  heights.forEach((height, i) => {
    const share = Number.isFinite(height) ? (height - low) / (high - low || 1) : 1;
    const band = Math.floor(share * 12) / 12; // steps, as contours
    const tone = dark.value ? 20 + 150 * band : 60 + 190 * band;
    context.fillStyle = `rgb(${tone * 0.75},${tone * 0.92},${Math.min(255, tone + 30)})`;
    context.fillRect((i % SIDE) * cell, Math.floor(i / SIDE) * cell, cell + 0.6, cell + 0.6);
  });
  const at = ({ u, v }) => [(SIZE / 2) * (1 + u / range), (SIZE / 2) * (1 - v / range)];
  for (const [color, width] of [["#fff", 4], ["#b34e00", 2]]) {
    context.strokeStyle = String(color);
    context.lineWidth = Number(width);
    context.beginPath();
    places.forEach((place, i) => context[i ? "lineTo" : "moveTo"](...at(place)));
    context.stroke();
    const end = places.at(-1);
    if (!end) continue;
    const [x, y] = at(end);
    context.beginPath();
    context.moveTo(x - 6, y);
    context.lineTo(x + 6, y);
    context.moveTo(x, y - 6);
    context.lineTo(x, y + 6);
    context.stroke();
  }
}
