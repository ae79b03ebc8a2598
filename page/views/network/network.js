/** The network panel: overlays, layers and their activations, and the picture that fits the size. */
import { ACTIVATIONS } from "../../kernel/index.js";
import { setActivation, setHidden } from "../../state/commands.js";
import { brief } from "../../state/numbers.js";
import { seen } from "../../state/looked.js";
import * as s from "../../state/store.js";
import { has, named, t } from "../../words/words.js";
import { html } from "../html.js";
import { Drawing } from "./drawing.js";
import { Matrices } from "./matrices.js";
import { Perceptron } from "./perceptron.js";
import { isWide, unitName, weightName } from "./names.js";
import { remedy, rings } from "./health.js";
import { Table } from "../table.js";

export const OVERLAYS = ["values", "sensitivities", "gradients", "updates"];
const MOST_WIDTH = 256;
const MOST_LAYERS = 8;

export function Network() {
  const net = s.net.value;
  if (!net) return null;
  const wide = isWide(net);
  return html`<section class="panel network" aria-labelledby="network-title">
    <header>
      <h2 id="network-title">${t("network.title")}</h2>
      <fieldset class="overlays">
        <legend class="sr">${t("network.show")}</legend>
        ${OVERLAYS.map((name) => html`<label><input type="radio" name="overlay" checked=${s.overlay.value === name}
          onChange=${() => (s.overlay.value = name)} />${t(`network.${name}`)}</label>`)}
      </fieldset>
      <label class="check"><input type="checkbox" checked=${s.health.value} onChange=${() => (s.health.value = !s.health.value)} />${t("health.title")}</label>
    </header>
    <${Layers} />
    ${wide ? html`<${Matrices} />` : html`<${Drawing} />`}
    <${Perceptron} />
    ${s.health.value && html`<${Health} />`}
    <${Values} wide=${wide} />
  </section>`;
}

function Layers() {
  const { hidden, activation } = s.setup.value.network;
  const resize = (k, n) => setHidden(hidden.map((old, i) => (i === k ? Math.min(MOST_WIDTH, Math.max(1, n)) : old)));
  return html`<div class="layers" role="group" aria-label=${t("network.layers")}>
    ${hidden.map((n, k) => html`<span class="layer" role="group" aria-label=${t("network.layer", { layer: k + 1 })}>
      <button class="icon" disabled=${n <= 1} onClick=${() => resize(k, n - 1)} aria-label=${t("network.fewer", { layer: k + 1 })}>−</button>
      <input class="width" inputmode="numeric" value=${n} aria-label=${t("network.units", { layer: k + 1 })}
        onChange=${(event) => {
          const value = Math.round(Number(event.currentTarget.value));
          if (value >= 1 && value !== n) resize(k, value);
          else event.currentTarget.value = n;
        }} />
      <button class="icon" disabled=${n >= MOST_WIDTH} onClick=${() => resize(k, n + 1)} aria-label=${t("network.more", { layer: k + 1 })}>+</button>
      <select aria-label=${t("network.activation", { layer: k + 1 })} value=${activation[k]} onChange=${(event) => setActivation(k, event.currentTarget.value)}>
        ${Object.values(ACTIVATIONS).filter((row) => !row.ofRow).map((row) => row.name).map((name) => html`<option value=${name} selected=${name === activation[k]}>${named("activations", name)}</option>`)}
      </select>
    </span>`)}
    <span class="layer">
      <button disabled=${hidden.length >= MOST_LAYERS} onClick=${() => setHidden([...hidden, hidden.at(-1) ?? 4])}>${t("network.addLayer")}</button>
      <button disabled=${hidden.length === 0} onClick=${() => setHidden(hidden.slice(0, -1))}>${t("network.removeLayer")}</button>
    </span>
  </div>`;
}

function Health() {
  const found = [...rings.value].map(([key, ring]) => {
    const [layer, j] = key.split(",").map(Number);
    return { ...ring, layer, j, name: unitName(layer, j) };
  });
  return html`<div class="health" role="status">
    ${found.length === 0 ? t("health.well") : html`<ul>${found.slice(0, 12).map((unit) => html`<li><b>${unit.letter}</b> ${unit.name}: ${unit.word}. ${t(`health.${unit.state}.why`)}
      ${has(`health.${unit.state}.remedy`) && html`<button class="link" aria-label=${`${unit.name}: ${t(`health.${unit.state}.remedy`)}`} onClick=${() => remedy(unit)}>${t(`health.${unit.state}.remedy`)}</button>`}</li>`)}</ul>`}
  </div>`;
}

/** Every number of the picture as tables. */
function Values({ wide }) {
  return html`<${Table} title=${t("network.table")} build=${() => {
    const net = s.net.value;
    const now = seen.value;
    if (!now) return [];
    const units = [];
    net.sizes.forEach((n, layer) => {
      for (let j = 0; j < Math.min(n, 256); j++)
        units.push([unitName(layer, j), layer ? brief(now.Z[layer - 1][j], 6) : "", brief(now.A[layer][j], 6), layer ? brief(now.deltas[layer - 1][j], 6) : ""]);
    });
    const tables = [{ caption: t("network.unitsTable"), head: [t("network.unitHead"), t("network.signal"), t("network.values"), t("network.sensitivity")], rows: units }];
    if (!wide) {
      const rows = [];
      net.blocks.forEach((block, k) => {
        for (let i = 0; i <= block.nIn; i++)
          for (let j = 0; j < block.nOut; j++) {
            const index = block.offset + i * block.nOut + j;
            rows.push([weightName(k, i, j), brief(s.calm.value[index], 6), brief(now.gradient[index], 6)]);
          }
      });
      tables.push({ caption: t("network.weightsTable"), head: [t("network.weightHead"), t("network.valueHead"), t("network.gradient")], rows });
    }
    return tables;
  }} />`;
}
