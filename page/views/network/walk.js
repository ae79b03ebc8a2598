/**
 * Arrow keys on the network: along a layer, along the edges of a unit, and from an edge to the unit it leads to.
 *
 * On a unit, up and down go to its neighbours, right to its first outgoing weight, left to its first incoming one,
 * B to its bias. On a weight, up and down go to the next weight of the same unit, right and left to its ends.
 */

/** @returns the subject reached by a key from another one, or null */
export function walk(net, subject, key, upright) {
  const turned = upright ? { ArrowDown: "ArrowRight", ArrowUp: "ArrowLeft", ArrowRight: "ArrowDown", ArrowLeft: "ArrowUp" } : {};
  const way = turned[key] ?? key;
  const last = net.sizes.length - 1;
  const unit = (layer, j) => ({ kind: "unit", layer, j });
  const within = (n, j) => (j + n) % n;
  if (subject.kind === "loss") {
    if (way === "ArrowLeft") return unit(last, 0);
    return null;
  }
  if (subject.kind === "unit") {
    const { layer, j } = subject;
    if (way === "ArrowUp") return unit(layer, within(net.sizes[layer], j - 1));
    if (way === "ArrowDown") return unit(layer, within(net.sizes[layer], j + 1));
    if (way === "Home") return unit(0, 0);
    if (way === "End") return { kind: "loss" };
    if (way === "ArrowRight") return layer === last ? { kind: "loss" } : { kind: "weight", block: layer, i: j + 1, j: 0, side: "from" };
    if (way === "ArrowLeft") return layer === 0 ? null : { kind: "weight", block: layer - 1, i: 1, j, side: "to" };
    if (way.toLowerCase() === "b" && layer > 0) return { kind: "weight", block: layer - 1, i: 0, j, side: "to" };
    return null;
  }
  const { block, i, j, side } = subject;
  const { nIn, nOut } = net.blocks[block];
  const along = way === "ArrowUp" ? -1 : way === "ArrowDown" ? 1 : 0;
  if (along && side === "from" && i > 0) return { ...subject, j: within(nOut, j + along) };
  if (along) return { ...subject, i: within(nIn + 1, i + along), side: "to" };
  if (way === "ArrowRight") return unit(block + 1, j);
  if (way === "ArrowLeft") return unit(block, Math.max(0, i - 1));
  return null;
}
