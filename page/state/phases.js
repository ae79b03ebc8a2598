/**
 * The phases of one sample: forward block by block, the loss, back block by block, gradients, the update.
 *
 * A phase is {kind, block}; `null` in the place of a phase means that everything is shown.
 */

/** Return the phases of a network with that many blocks. */
export function phasesOf(blocks) {
  const list = [];
  for (let k = 0; k < blocks; k++) list.push({ kind: "z", block: k }, { kind: "a", block: k });
  list.push({ kind: "loss", block: blocks - 1 });
  for (let k = blocks - 1; k >= 0; k--) list.push({ kind: "delta", block: k });
  list.push({ kind: "gradients", block: blocks - 1 }, { kind: "update", block: blocks - 1 });
  return list;
}

const OVERLAYS = { z: "values", a: "values", loss: "values", delta: "sensitivities", gradients: "gradients", update: "updates" };

/** The overlay that shows a phase's quantity. */
export const overlayOf = (phase) => OVERLAYS[phase.kind];

/** Return what of a unit is known at a phase: its signal, its activation, its sensitivity. */
export function known(phase, block) {
  if (!phase) return { z: true, a: true, delta: true };
  const back = ["delta", "gradients", "update"].includes(phase.kind);
  const over = back || phase.kind === "loss";
  return {
    z: over || block <= phase.block,
    a: over || block < phase.block || (block === phase.block && phase.kind === "a"),
    delta: phase.kind === "delta" ? block >= phase.block : back,
  };
}

/** The subject of the calculation at a phase, near the one chosen before. */
export function subjectOf(phase, chosen, net) {
  const within = (n, j) => Math.min(Math.max(j ?? 0, 0), n - 1);
  const { block } = phase;
  const unit = chosen.kind === "unit" ? chosen.j : chosen.kind === "weight" ? chosen.j : 0;
  if (phase.kind === "loss") return { kind: "loss" };
  if (phase.kind === "gradients" || phase.kind === "update") {
    if (chosen.kind === "weight") return chosen;
    return { kind: "weight", block: 0, i: 1, j: within(net.sizes[1], unit) };
  }
  return { kind: "unit", layer: block + 1, j: within(net.sizes[block + 1], unit) };
}
