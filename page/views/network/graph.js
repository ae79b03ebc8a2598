/**
 * The network as a drawing: SVG units, and edges in SVG up to 512 of them, on a canvas up to 2,048.
 *
 * The structure is built once per network and size; a frame changes attributes and pixels only, and of the
 * attributes those that have other values.
 */
import { brief } from "../../state/numbers.js";
import { known } from "../../state/phases.js";
import { signOf } from "../colors.js";
import { blank } from "../html.js";
import { edge, labelShare, lettersBeside, LONGEST, namesAbove } from "./layout.js";
import { unitName, weightName } from "./names.js";

const SVG = "http://www.w3.org/2000/svg";
export const MOST_SVG = 512;
const DASH = "5 4";
/** On a canvas only edges that stand out have a width: without a graphics card a line of one pixel costs a fifth. */
const WIDE_FROM = 0.5;
const EDGES_MS = 120; // between two pictures of a thousand edges while they move

/** Set what is different from what was set before: a style that is set anew is parsed and painted anew. */
function restyle(node, styles) {
  const before = (node.styled ??= {});
  for (const key in styles) if (before[key] !== styles[key]) node.style[key] = before[key] = styles[key];
}

function retext(node, text) {
  if (node.said !== text) node.textContent = node.said = text;
}

function make(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
}

/** Whether a pass has come to a block at a phase: forward from the first, back from the last. */
function reached(phase, block) {
  if (!phase || phase.kind === "loss") return true;
  if (phase.kind === "delta") return block >= phase.block;
  return phase.kind === "gradients" || phase.kind === "update" || block <= phase.block;
}

/** Build the drawing. `onPick(subject)` and `onHover(subject or null, event)` tell what the user points at. */
export function createGraph(svg, canvas, net, place, { columns, outputNames, onPick, onHover }) {
  const { layers, size, upright } = place;
  const inSvg = net.blocks.reduce((sum, b) => sum + b.nIn * b.nOut, 0) <= MOST_SVG;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${place.width} ${place.height}`);
  svg.style.height = `${place.height}px`;
  const under = make("g", { "aria-hidden": "true" }, svg);
  const lines = make("g", {}, svg);
  const labels = make("g", { "aria-hidden": "true", class: "labels" }, svg);
  const tiles = make("g", {}, svg);
  const captions = make("g", { "aria-hidden": "true", class: "captions" }, svg); // apart: names of buttons hold their text
  const halo = make("path", { class: "halo", d: "" }, under);

  const interactive = (node, subject, label) => {
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "-1");
    node.setAttribute("aria-label", label);
    node.subject = subject;
    node.addEventListener("click", () => onPick(subject));
    node.addEventListener("pointerenter", (event) => onHover(subject, event));
    node.addEventListener("pointerleave", () => onHover(null));
    node.addEventListener("focus", (event) => onHover(subject, event));
    node.addEventListener("blur", () => onHover(null));
  };

  // ---- edges ------------------------------------------------------------------------------------------------
  const weights = [];
  net.blocks.forEach((block, k) => {
    for (let i = 1; i <= block.nIn; i++)
      for (let j = 0; j < block.nOut; j++) {
        const shape = edge(layers[k][i - 1], layers[k + 1][j], size, upright);
        const item = { block: k, i, j, shape };
        weights.push(item);
        if (!inSvg) {
          item.solid = new Path2D(shape.path);
          item.dashed = dashes(shape.points);
          continue;
        }
        const group = make("g", { class: "edge" }, lines);
        make("path", { d: shape.path, class: "hit" }, group);
        item.line = make("path", { d: shape.path, class: "line" }, group);
        interactive(group, { kind: "weight", block: k, i, j }, weightName(k, i, j));
        item.group = group;
      }
  });
  const few = net.blocks.map((block) => block.nIn * block.nOut <= 6); // their numbers stay while the network moves
  const shares = layers.slice(1).map((to, k) => (upright ? null : labelShare(layers[k], to, size, place.font)));

  // ---- units ------------------------------------------------------------------------------------------------
  const above = (layer, names, most) => (upright && names && layer.length <= most ? { names, ...namesAbove(layer, names, place) } : null);
  const named = {
    0: above(layers[0], columns.map(({ name }) => name), 6),
    [layers.length - 1]: above(layers.at(-1), outputNames, 12),
  };
  const units = [];
  layers.forEach((layer, k) =>
    layer.forEach((at, j) => {
      const group = make("g", { class: "unit", transform: `translate(${at.x},${at.y})` }, tiles);
      const h = size / 2;
      const round = { x: -h, y: -h, width: size, height: size, rx: size * 0.24 };
      const tile = make("rect", { ...round, class: "tile" }, group);
      make("rect", { ...round, class: "ring", x: -h - 4, y: -h - 4, width: size + 8, height: size + 8, rx: size * 0.24 + 4 }, group);
      const said = make("g", { transform: `translate(${at.x},${at.y})` }, captions);
      const text = place.numbers ? make("text", { y: h + place.font * (place.stagger && j % 2 ? 2 : 1), class: "number" }, said) : null;
      const mark = make("text", { x: h + 3, y: -h + 6, class: "mark" }, said);
      const label = unitName(k, j);
      interactive(group, { kind: "unit", layer: k, j }, label);
      const unit = { layer: k, j, group, tile, text, mark, at, label };
      if (k === 0 && !upright && layer.length <= 30) {
        const name = make("text", { x: -h - 8, y: 4, class: "name" }, said);
        name.textContent = cut(columns[j]?.name ?? "", LONGEST);
      } else if (upright && named[k]) {
        const { names, letters, stagger } = named[k];
        const name = make("text", { y: -h - 5 - (stagger && j % 2 ? place.font : 0), class: "name middle" }, said);
        name.textContent = cut(names[j] ?? "", letters);
      } else if (k === layers.length - 1 && outputNames && layer.length <= 12) {
        const name = make("text", { x: h + 6, y: -5, class: "name first" }, said);
        name.textContent = cut(outputNames[j] ?? "", lettersBeside(at, place));
      }
      if (k > 0 && size >= 12) {
        const b = make("g", { class: "bias", transform: `translate(${at.x - h},${at.y + h * 0.68})` }, tiles);
        make("rect", { x: -9, y: -9, width: 18, height: 18, class: "hit" }, b);
        const r = Math.max(2.5, size * 0.11);
        unit.bias = make("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r, rx: 1.5, class: "dot" }, b);
        interactive(b, { kind: "weight", block: k - 1, i: 0, j }, weightName(k - 1, 0, j));
        unit.biasGroup = b;
      }
      units.push(unit);
    }),
  );

  // ---- the loss ---------------------------------------------------------------------------------------------
  const lossPath = layers.at(-1).map((at) => edge(at, place.loss, size, upright).path).join("");
  make("path", { d: lossPath, class: "to-loss" }, under);
  const loss = make("g", { class: "unit loss", transform: `translate(${place.loss.x},${place.loss.y})` }, tiles);
  const { width, height } = place.loss;
  make("rect", { x: -width / 2, y: -height / 2, width, height, rx: height / 2, class: "tile" }, loss);
  make("rect", { x: -width / 2 - 4, y: -height / 2 - 4, width: width + 8, height: height + 8, rx: height / 2 + 4, class: "ring" }, loss);
  const lossSaid = make("g", { transform: `translate(${place.loss.x},${place.loss.y})` }, captions);
  const lossName = make("text", { y: -place.font * 0.45, class: "caption" }, lossSaid);
  const lossText = make("text", { y: place.font * 0.9, class: "number inside" }, lossSaid);
  const target = make("text", { y: height / 2 + place.font * 1.3, class: "caption" }, lossSaid);
  interactive(loss, { kind: "loss" }, "");

  // ---- painting ---------------------------------------------------------------------------------------------
  const labelNodes = new Map();
  let edgesAt = 0;
  function label(item, value, show) {
    const key = `${item.block},${item.i},${item.j}`;
    let node = labelNodes.get(key);
    if (!show) {
      node?.remove();
      labelNodes.delete(key);
      return;
    }
    if (!node) {
      const at = item.shape.at(shares[item.block] ?? (upright ? 0.55 : 0.34));
      node = make("text", { x: at.x, y: at.y + 4, class: "number on-edge" }, labels);
      labelNodes.set(key, node);
    }
    retext(node, brief(value));
  }

  const isChosen = (subject, item) => subject?.kind === "weight" && subject.block === item.block && subject.i === item.i && subject.j === item.j;
  const enters = (subject, item) => subject?.kind === "unit" && subject.layer === item.block + 1 && subject.j === item.j;

  /**
   * Show quantities: `q` from quantities.js, the chosen and hovered subjects, the phase. While the network is
   * `moving` numbers change only where they are `readable`.
   */
  function paint({ q, chosen, hovered, phase, lossValue, lossWord, targetWord, rings, overlay, moving, readable }) {
    if (!q) return;
    const onCanvas = !inSvg && (!moving || performance.now() - edgesAt > EDGES_MS);
    const context = onCanvas && blank(canvas, place.width, place.height);
    const focus = hovered?.kind === "unit" ? hovered : chosen?.kind === "unit" ? chosen : null;
    let haloPath = "";
    for (const item of weights) {
      const value = q.weight(item.block, item.i, item.j);
      const share = Math.min(1, Math.abs(value) / q.weightScale) || 0;
      const lit = isChosen(chosen, item) || isChosen(hovered, item);
      const around = enters(focus, item);
      const apart = focus && focus.layer === item.block + 1 && !around && !lit;
      const fade = (apart ? 0.25 : 1) * (reached(phase, item.block) ? 1 : 0.15);
      if (isChosen(chosen, item)) haloPath = item.shape.path;
      const width = 0.7 + 5.3 * share;
      const opacity = (0.22 + 0.78 * Math.sqrt(share)) * fade;
      if (item.line) {
        restyle(item.line, { stroke: signOf(value), strokeWidth: width.toFixed(1), strokeOpacity: opacity.toFixed(2),
          strokeDasharray: value < 0 ? DASH : "none" });
        item.group.classList.toggle("chosen", lit);
      } else if (onCanvas) {
        stroke(context, item, value, lit || share > WIDE_FROM ? width * 0.6 : Math.min(1, width * 0.6), lit ? 1 : opacity * 0.8);
      }
      if (readable) label(item, value, lit || (place.numbers && around && net.blocks[item.block].nIn <= 12) || (shares[item.block] !== null && (!moving || few[item.block])));
    }
    if (onCanvas) edgesAt = performance.now();
    if (halo.shape !== haloPath) halo.setAttribute("d", (halo.shape = haloPath));
    for (const unit of units) {
      const now = known(phase, unit.layer - 1);
      const shown = unit.layer === 0 || (overlay === "values" ? now.a || now.z : now.delta || overlay !== "sensitivities");
      const onlySignal = overlay === "values" && unit.layer > 0 && now.z && !now.a;
      const value = onlySignal ? q.signal(unit.layer, unit.j) : q.unit(unit.layer, unit.j);
      const subject = { kind: "unit", layer: unit.layer, j: unit.j };
      unit.group.classList.toggle("chosen", same(chosen, subject));
      unit.group.classList.toggle("unknown", !shown);
      const isHere = phase && ["z", "a", "delta"].includes(phase.kind) && phase.block === unit.layer - 1;
      unit.group.classList.toggle("here", Boolean(isHere));
      const text = shown ? (Number.isNaN(value) && overlay !== "values" ? "" : brief(value)) : "·";
      if (unit.text && readable) retext(unit.text, text);
      const share = Math.abs(value) / q.unitScale[unit.layer];
      restyle(unit.tile, { stroke: shown && value === value ? signOf(value) : "", strokeDasharray: value < 0 ? "4 3" : "none",
        strokeWidth: shown ? (1 + 2 * (share || 0)).toFixed(1) : "1" });
      if (unit.bias) {
        const bias = q.weight(unit.layer - 1, 0, unit.j);
        restyle(unit.bias, { fill: bias < 0 ? "var(--panel)" : signOf(bias), stroke: signOf(bias) });
        const b = { block: unit.layer - 1, i: 0, j: unit.j };
        unit.biasGroup.classList.toggle("chosen", isChosen(chosen, b));
      }
      const ring = rings?.get(`${unit.layer},${unit.j}`);
      retext(unit.mark, ring ? ring.letter : "");
      unit.group.classList.toggle("ill", Boolean(ring));
      if (readable) name(unit.group, `${unit.label}: ${text || "–"}${ring ? `, ${ring.word}` : ""}`);
    }
    loss.classList.toggle("chosen", chosen?.kind === "loss");
    loss.classList.toggle("here", phase?.kind === "loss");
    if (!readable) return;
    retext(lossName, lossWord);
    const lossKnown = !phase || ["loss", "delta", "gradients", "update"].includes(phase.kind);
    retext(lossText, Number.isNaN(lossValue) ? "–" : lossKnown ? brief(lossValue, 3) : "·");
    retext(target, cut(targetWord, 14));
    name(loss, `${lossWord}: ${brief(lossValue, 3)}, ${targetWord}`);
  }

  function stroke(context, { solid, dashed }, value, width, opacity) {
    if (opacity < 0.03) return;
    context.strokeStyle = signOf(value);
    context.globalAlpha = opacity;
    context.lineWidth = width;
    context.stroke(value < 0 ? dashed : solid);
    context.globalAlpha = 1;
  }

  /** Return the element of a subject, if it has one. */
  function elementOf(subject) {
    if (subject.kind === "loss") return loss;
    if (subject.kind === "unit") return units.find((u) => u.layer === subject.layer && u.j === subject.j)?.group;
    if (subject.i === 0) return units.find((u) => u.layer === subject.block + 1 && u.j === subject.j)?.biasGroup;
    return weights.find((w) => w.block === subject.block && w.i === subject.i && w.j === subject.j)?.group;
  }

  return { paint, elementOf, units, inSvg };
}

/** Name an element while the picture moves, if its name has changed. */
function name(node, text) {
  if (node.named !== text) node.setAttribute("aria-label", (node.named = text));
}

/** The path of a curve in dashes of four pixels, made once: a canvas would measure the curve for each stroke. */
function dashes(points) {
  const [x0, y0, a0, b0, a1, b1, x1, y1] = points;
  const path = new Path2D();
  const n = Math.max(4, Math.round(Math.hypot(x1 - x0, y1 - y0) / 8));
  const at = (t) => {
    const u = 1 - t;
    const [p, q, r, s] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    return /** @type {[number, number]} */ ([p * x0 + q * a0 + r * a1 + s * x1, p * y0 + q * b0 + r * b1 + s * y1]);
  };
  for (let i = 0; i < n; i++) {
    path.moveTo(...at(i / n));
    path.lineTo(...at((i + 0.5) / n));
  }
  return path;
}

const cut = (text, n) => (text.length <= n ? text : n ? `${text.slice(0, n - 1)}…` : "");
export const same = (a, b) => a?.kind === b?.kind && a?.layer === b?.layer && a?.block === b?.block && a?.i === b?.i && a?.j === b?.j;
