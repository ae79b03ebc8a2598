/** The network as a drawing of units and edges: mounts the graph, follows the signals, takes pointer and keys. */
import { effect } from "@preact/signals";
import { currentPhase, seen } from "../../state/looked.js";
import { choose, edit, indexOf } from "../../state/commands.js";
import { brief, format } from "../../state/numbers.js";
import { surface } from "../../state/surface.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { dark } from "../colors.js";
import { blank, html, useEffect, useLayoutEffect, useRef, useState, useWidth } from "../html.js";
import { createGraph } from "./graph.js";
import { rings } from "./health.js";
import { layout, LONGEST } from "./layout.js";
import { paintUnit } from "./maps.js";
import { unitName, weightName } from "./names.js";
import { quantities } from "./quantities.js";
import { walk } from "./walk.js";
import { targetOf } from "../targets.js";

const MAP_FROM = 20; // pixels of a tile from which it shows a map

function tip(subject) {
  const net = s.net.value;
  const now = seen.value;
  if (!subject || !now) return "";
  if (subject.kind === "loss") return `${t("network.loss")} ${format(now.loss.data)}`;
  if (subject.kind === "weight") {
    const index = indexOf(net, subject);
    return `${weightName(subject.block, subject.i, subject.j)}: ${format(s.theta.value[index])}\n${t("network.gradient")} ${format(now.gradient[index])}`;
  }
  const { layer, j } = subject;
  const head = `${unitName(layer, j)}: ${format(now.A[layer][j])}`;
  return layer === 0 ? head : `${head}\n${t("network.signal")} ${format(now.Z[layer - 1][j])}\n${t("network.sensitivity")} ${format(now.deltas[layer - 1][j])}`;
}

export function Drawing() {
  const stage = useRef(null);
  const svg = useRef(null);
  const edges = useRef(null);
  const maps = useRef(null);
  const graph = useRef(null);
  const width = useWidth(stage);
  const [editing, setEditing] = useState(null);
  const net = s.net.value;
  const shape = JSON.stringify(net.sizes);
  const large = s.lecture.value;
  const { columns, outputNames } = s.dataset.value;
  const longest = columns.length > 30 ? 0 : Math.min(LONGEST, Math.max(...columns.map(({ name }) => name.length)));
  const room = Math.max(large ? 400 : 320, Math.min(680, innerHeight - (large ? 680 : 480))); // what stands below is seen too
  /** @type {any} */
  const place = width ? layout(net.sizes, width, { large, room, margin: 16 + longest * (large ? 11 : 6.6) }) : null;

  useEffect(() => {
    if (!place) return undefined;
    graph.current = createGraph(svg.current, edges.current, net, place, {
      columns,
      outputNames,
      onPick: (subject) => choose(subject),
      onHover: (subject) => (s.hovered.value = s.net.value === net ? subject : null), // a picture of before is hovered no more
    });
    focusable(s.chosen.peek());
    const painting = effect(() => {
      const now = seen.value;
      if (!now || s.net.value !== net) return;
      dark.value;
      graph.current.paint({
        q: quantities.value,
        chosen: s.chosen.value,
        hovered: s.hovered.value,
        phase: currentPhase.value,
        overlay: s.overlay.value,
        moving: s.running.value,
        readable: !s.running.value || s.calm.value === s.theta.value,
        lossValue: now.row.own ? NaN : now.loss.data,
        lossWord: t("network.loss"),
        targetWord: t("network.target", { value: targetOf(now.row) }),
        rings: s.health.value ? rings.value : null,
      });
    });
    const mapping = effect(() => {
      const grid = surface.value;
      dark.value;
      if (grid && s.net.value === net) paintMaps(grid);
    });
    return () => {
      painting();
      mapping();
    };
  }, [shape, width, s.dataset.value, net, large]);

  /** Make one element reachable by Tab: the chosen one. */
  function focusable(subject) {
    svg.current.querySelectorAll('[tabindex="0"]').forEach((node) => node.setAttribute("tabindex", "-1"));
    const node = graph.current.elementOf(subject) ?? graph.current.units[0].group;
    node.setAttribute("tabindex", "0");
  }

  useEffect(() => {
    if (graph.current) focusable(s.chosen.value);
  }, [s.chosen.value]);

  function paintMaps(grid) {
    const context = blank(maps.current, place.width, place.height);
    if (place.size < MAP_FROM) return;
    for (const { layer, j, at } of graph.current.units) {
      if (layer === 0 && s.dataset.value.d > 6) continue;
      paintUnit(context, grid, layer, j, at.x - place.size / 2, at.y - place.size / 2, place.size);
    }
  }

  function onKey(event) {
    const subject = event.target.closest?.("[role=button]")?.subject;
    if (!subject) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(subject);
      if (subject.kind === "weight" && event.key === "Enter") startEditing(subject);
      return;
    }
    if (/^[-−\d]$/.test(event.key) && subject.kind === "weight") {
      event.preventDefault();
      choose(subject);
      startEditing(subject, event.key);
      return;
    }
    let next = walk(net, subject.kind === "weight" ? { side: "from", ...subject, ...walking(subject) } : subject, event.key, place.upright);
    if (!next) return;
    event.preventDefault();
    if (!graph.current.elementOf(next)) next = beyond(next);
    const node = graph.current.elementOf(next);
    if (!node) return;
    node.walking = next.side;
    focusable(next);
    node.focus();
  }
  const walking = (subject) => {
    const side = graph.current.elementOf(subject)?.walking;
    return side ? { side } : {};
  };
  /** Edges on a canvas have no elements: go on to the unit. */
  const beyond = (subject) => (subject.side === "from" ? { kind: "unit", layer: subject.block + 1, j: subject.j } : { kind: "unit", layer: subject.block, j: Math.max(0, subject.i - 1) });

  function startEditing(subject, text = null) {
    const node = graph.current.elementOf(subject);
    const box = node.getBoundingClientRect();
    const outer = stage.current.getBoundingClientRect();
    const value = s.theta.value[indexOf(net, subject)];
    setEditing({ subject, x: Math.max(0, Math.min(width - 110, box.x - outer.x + box.width / 2 - 50)), y: box.y - outer.y + box.height / 2 - 14, text: text ?? brief(value, 6), fresh: text !== null });
  }

  function finish(text, back) {
    const subject = editing?.subject;
    setEditing(null);
    if (subject && text !== null) {
      const value = Number(text.replaceAll("−", "-").replace(",", "."));
      if (text.trim() !== "") edit(indexOf(net, subject), value);
    }
    if (subject && back) graph.current.elementOf(subject)?.focus();
  }

  return html`<div class="stage" ref=${stage} onKeyDown=${onKey} onDblClick=${(event) => {
    const subject = event.target.closest?.("[role=button]")?.subject;
    if (subject?.kind === "weight") startEditing(subject);
  }}>
    <canvas class="edges" ref=${edges} aria-hidden="true"></canvas>
    <canvas class="maps" ref=${maps} aria-hidden="true"></canvas>
    <svg ref=${svg} role="group" aria-label=${t("network.picture", { sizes: net.sizes.join("–") })} class=${place?.upright ? "upright" : ""}></svg>
    <${Tip} stage=${stage} graph=${graph} />
    ${editing && html`<${Editor} ...${editing} finish=${finish} />`}
  </div>`;
}

function Editor({ subject, x, y, text, fresh, finish }) {
  const input = useRef(null);
  const over = useRef(false); // Enter ends the editing, and so does the blur that follows
  const end = (value, back) => {
    if (over.current) return;
    over.current = true;
    finish(value, back);
  };
  useLayoutEffect(() => { // before the next key: it belongs to the field
    input.current.focus();
    if (!fresh) input.current.select();
  }, []);
  return html`<input class="weight-editor" ref=${input} style=${{ left: `${x}px`, top: `${y}px` }} value=${text} inputmode="decimal"
    aria-label=${t("network.type", { name: weightName(subject.block, subject.i, subject.j) })}
    onKeyDown=${(event) => {
      event.stopPropagation();
      if (event.key === "Enter") end(event.currentTarget.value, true);
      if (event.key === "Escape") end(null, true);
    }}
    onBlur=${(event) => end(event.currentTarget.value, false)} />`;
}

function Tip({ stage, graph }) {
  const subject = s.hovered.value;
  const node = subject && graph.current?.elementOf(subject);
  if (!node || !stage.current) return null;
  const box = node.getBoundingClientRect();
  const outer = stage.current.getBoundingClientRect();
  const x = Math.min(outer.width - 170, Math.max(4, box.x - outer.x + box.width / 2 - 80));
  const over = box.y - outer.y > 80;
  const y = over ? box.y - outer.y - 8 : box.bottom - outer.y + 8;
  return html`<div class=${`tip ${over ? "over" : ""}`} aria-hidden="true" style=${{ left: `${x}px`, top: `${y}px` }}>${tip(subject)}</div>`;
}
