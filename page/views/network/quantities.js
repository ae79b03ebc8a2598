/**
 * Quantities drawn on the network under an overlay: one number per unit, per bias and per weight.
 *
 * values: activations and weights. sensitivities: δ and what flows back along an edge, weight × δ.
 * gradients: those of the batch's mean. updates: the change that the next step makes.
 */
import { computed } from "@preact/signals";
import { batchSeen, inputSensitivities, seen, update } from "../../state/looked.js";
import * as s from "../../state/store.js";

/** @returns {{unit(layer: number, j: number): number, weight(block: number, i: number, j: number): number,
 *    signal?(layer: number, j: number): number,    unitScale: number[], blockScale: number[], weightScale: number} | null} */
function quantitiesOf(overlay) {
  const net = s.net.value;
  const now = seen.value;
  if (!net || !now) return null;
  const theta = s.theta.value;
  const at = (block, i, j) => net.blocks[block].offset + i * net.blocks[block].nOut + j;
  const activation = (layer, j) => now.A[layer][j];
  if (overlay === "sensitivities") {
    const unit = (layer, j) => (layer === 0 ? inputSensitivities.value[j] : now.deltas[layer - 1][j]);
    return scaled(net, unit, (block, i, j) => (i === 0 ? 1 : theta[at(block, i, j)]) * now.deltas[block][j]);
  }
  if (overlay === "gradients" || overlay === "updates") {
    const source = overlay === "gradients" ? (batchSeen.value?.gradient ?? now.gradient) : update.value;
    const values = source ?? new Float64Array(net.nParameters);
    const unit = (layer, j) => (layer === 0 ? NaN : values[at(layer - 1, 0, j)]);
    return scaled(net, unit, (block, i, j) => values[at(block, i, j)]);
  }
  return { ...scaled(net, activation, (block, i, j) => theta[at(block, i, j)]), signal: (layer, j) => now.Z[layer - 1][j] };
}

/** Those of the chosen overlay. */
export const quantities = computed(() => quantitiesOf(s.overlay.value));

function scaled(net, unit, weight) {
  const unitScale = net.sizes.map((n, layer) => {
    let most = 0;
    for (let j = 0; j < n; j++) most = Math.max(most, Math.abs(unit(layer, j)) || 0);
    return most || 1;
  });
  const blockScale = net.blocks.map((block, k) => {
    let weightScale = 0;
    for (let i = 0; i <= block.nIn; i++) for (let j = 0; j < block.nOut; j++) weightScale = Math.max(weightScale, Math.abs(weight(k, i, j)) || 0);
    return weightScale || 1;
  });
  return { unit, weight, unitScale, blockScale, weightScale: Math.max(...blockScale) };
}
