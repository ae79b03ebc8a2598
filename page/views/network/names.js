/** Names of units and weights in words, for screen readers and tooltips. */
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";

export const edges = (net) => net.blocks.reduce((sum, block) => sum + block.nIn * block.nOut, 0);

/** Name a unit: an input by its column, an output by its class. */
export function unitName(layer, j) {
  const net = s.net.value;
  const data = s.dataset.value;
  if (layer === 0) return t("network.input", { name: data.columns[j]?.name ?? j + 1 });
  if (layer < net.sizes.length - 1) return t("network.unit", { layer, unit: j + 1 });
  return data.outputNames ? t("network.outputOf", { name: data.outputNames[j] }) : t("network.output");
}

/** Name a weight by the units it joins, or a bias by its unit. */
export function weightName(block, i, j) {
  const to = unitName(block + 1, j);
  return i === 0 ? t("network.bias", { to }) : t("network.weight", { from: unitName(block, i - 1), to });
}

const MOST_CANVAS = 2048;

/** Whether a network is drawn as images of its matrices, which have cells and no lines. */
export const isWide = (net) => edges(net) > MOST_CANVAS || Math.max(...net.sizes) > 40;
