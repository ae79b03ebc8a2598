/** Export: the page with this run, the picture, the tables, the run as JSON. */
import { writeTable } from "../../data/csv.js";
import { program } from "../../data/program.js";
import { root } from "../../ports/door.js";
import { shared } from "../../state/commands.js";
import { canSavePage, download, pageWith } from "../../state/files.js";
import { outputs, seen } from "../../state/looked.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";
import { unitName, weightName } from "../network/names.js";
import { pngOf, svgText } from "../picture.js";
import { classOf, cut, inUnits, labelOf } from "../targets.js";

const graph = () => root.querySelector(".stage svg");
const picture = () => svgText(graph(), [...root.querySelectorAll(".stage canvas")]);

function weightsTable() {
  const net = s.net.value;
  const now = seen.value;
  const rows = [];
  net.blocks.forEach((block, k) => {
    for (let i = 0; i <= block.nIn; i++)
      for (let j = 0; j < block.nOut; j++) {
        const index = block.offset + i * block.nOut + j;
        rows.push([weightName(k, i, j), k, i, j, s.theta.value[index], now.gradient[index]]);
      }
  });
  return writeTable(["name", "block", "row", "column", "value", "gradient"], rows);
}

function unitsTable() {
  const now = seen.value;
  const rows = [];
  s.net.value.sizes.forEach((n, layer) => {
    for (let j = 0; j < n; j++) rows.push([unitName(layer, j), layer, j, layer ? now.Z[layer - 1][j] : "", now.A[layer][j], layer ? now.deltas[layer - 1][j] : ""]);
  });
  return writeTable(["name", "layer", "unit", "pre_activation", "activation", "sensitivity"], rows);
}

function rowsTable() {
  const data = s.dataset.value;
  const { P, n } = outputs.value;
  const K = data.outputs;
  const [numbers, labels] = [data.task === "regression", data.task === "multilabel"];
  const rows = Array.from({ length: n }, (_, i) => {
    const [y, p] = [data.Y.subarray(i * K, (i + 1) * K), P.subarray(i * K, (i + 1) * K)];
    const said = numbers ? [...Array.from(y, inUnits), ...Array.from(p, inUnits)]
      : labels ? [...Array.from(y, labelOf), ...Array.from(p, (value, k) => labelOf(Number(value >= cut()), k)), ...p]
        : [data.classes[classOf(y)], data.classes[classOf(p, cut())], ...p];
    return [data.rowNumbers?.[i] ?? i + 1, ...data.X.subarray(i * data.d, (i + 1) * data.d), ...said];
  });
  const each = (name) => Array.from({ length: K }, (_, k) => (name === "output" || K > 1 ? `${name}_${k + 1}` : name));
  const several = numbers || labels;
  const names = [...(several ? each("target") : ["target"]), ...(several ? each("prediction") : ["prediction"]), ...(numbers ? [] : each("output"))];
  return writeTable(["row", ...data.columns.map((column) => column.name), ...names], rows);
}

/** The run as it stands, with everything that another program needs. */
export function runJson() {
  const { step, epoch, batch } = s.course.value;
  const { sizes } = s.net.value;
  return { format: "pellucid playground run", version: 1, setup: shared(), position: { step, epoch, batch }, sizes, parameters: Array.from(s.theta.value), history: s.history.value };
}

const FILES = {
  page: () => download("pellucid.html", pageWith({ setup: shared(), step: s.course.value.step, view: { notation: s.notation.value, digits: s.digits.value, sample: s.sample.value } }), "text/html"),
  svg: () => download("network.svg", picture(), "image/svg+xml"),
  png: async () => download("network.png", await pngOf(picture())),
  weights: () => download("weights.csv", weightsTable(), "text/csv"),
  units: () => download("units.csv", unitsTable(), "text/csv"),
  rows: () => download("predictions.csv", rowsTable(), "text/csv"),
  history: () => download("loss.csv", writeTable(["step", "loss"], s.history.value.step.map((step, i) => [step, s.history.value.loss[i]])), "text/csv"),
  python: () => download("run.py", program(shared(), s.dataset.value, s.net.value, s.course.value.step), "text/x-python"),
  json: () => download("run.json", JSON.stringify(runJson(), null, 1), "application/json"),
};

export function Export() {
  const [done, setDone] = useState("");
  const able = { page: canSavePage(), svg: Boolean(graph()), png: Boolean(graph()) };
  return html`<p>${t("export.how")}</p><ul class="exports">${Object.keys(FILES).map((name) => html`<li>
    <button disabled=${able[name] === false} onClick=${async () => {
      try {
        await FILES[name]();
        setDone(t("export.saved", { name: t(`export.files.${name}`) }));
      } catch (error) {
        setDone(error.message);
      }
    }}>${t(`export.files.${name}`)}</button><span>${t(`export.about.${name}`)}</span></li>`)}</ul>
    <p role="status">${done}</p>`;
}
